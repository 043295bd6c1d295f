"""Who looks at the console: a cookie says it, and it is asked of the database on every page."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from chassis.runtime import runtime_of
from gateway.console.protection import COOKIE, check_form_token, check_origin, form_token, protect
from gateway.identities.model import Identity
from gateway.identities.rules import scopes_of
from gateway.sessions import actions

SIGN_IN = "/console/sign-in"
SEE = "gateway:operate"


@dataclass(frozen=True)
class Viewer:
    identity: Identity
    secret: str


async def viewer_of(request: Request) -> Viewer | None:
    """Who looks; None for nobody, for an ended session, and for a role without the figures."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    async with runtime_of(request).reading() as connection:
        identity = await actions.viewer(connection, secret)
    if identity is None or SEE not in scopes_of(identity):
        return None
    return Viewer(identity, secret)


ViewerOrNone = Annotated[Viewer | None, Depends(viewer_of)]


def frame(viewer: Viewer) -> dict[str, Any]:
    """What every signed-in page shows around its own: roles, the token of its forms, which pages there are for her."""
    return {
        "roles": viewer.identity.roles,
        "form_token": form_token(viewer.secret),
        "operates_payments": may(viewer, "payments:operate"),
    }


def may(viewer: Viewer, scope: str) -> bool:
    return scope in scopes_of(viewer.identity)


def check_form(request: Request, viewer: Viewer, token: str) -> None:
    """A form of a page of this viewer's own. Raises ForeignOrigin."""
    check_origin(request)
    check_form_token(viewer.secret, token)


def to_sign_in(request: Request) -> Response:
    """To the sign-in page; a part asked for by htmx sends the whole page there."""
    if request.headers.get("hx-request") == "true":
        return protect(Response(status_code=401, headers={"HX-Redirect": SIGN_IN}))
    return protect(RedirectResponse(SIGN_IN, 303))
