"""`/console/second-factor`: staff set up the codes that their sign-in asks for."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from chassis.errors import Refusal
from chassis.runtime import runtime_of
from gateway.console.pages import language_of, show
from gateway.console.protection import protect
from gateway.console.viewers import Viewer, ViewerOrNone, check_form, frame, to_sign_in
from gateway.factors import actions, queries
from gateway.factors.model import Enrolment
from gateway.factors.sealing import sealing_keys

PAGE = "/console/second-factor"
LONGEST_CODE = 12
KNOWN_REFUSALS = frozenset({"second_factor_refused", "second_factor_exists", "foreign_origin"})
FormToken = Annotated[str, Form(max_length=64)]
router = APIRouter(prefix=PAGE, include_in_schema=False)


@router.get("")
async def read_second_factor(request: Request, viewer: ViewerOrNone) -> Response:
    return to_sign_in(request) if viewer is None else await _page(request, viewer)


@router.post("")
async def begin_second_factor(request: Request, viewer: ViewerOrNone, form_token: FormToken = "") -> Response:
    """Make a secret and show it, this once."""
    if viewer is None:
        return to_sign_in(request)
    runtime = runtime_of(request)
    try:
        check_form(request, viewer, form_token)
        async with runtime.transaction() as tx:
            made = await actions.enrol(tx, sealing_keys(runtime), viewer.identity)
    except Refusal as refusal:
        return await _page(request, viewer, refusal=refusal)
    return await _page(request, viewer, made=made)


@router.post("/confirmation")
async def confirm_second_factor(
    request: Request,
    viewer: ViewerOrNone,
    form_token: FormToken = "",
    code: Annotated[str, Form(max_length=LONGEST_CODE)] = "",
) -> Response:
    if viewer is None:
        return to_sign_in(request)
    runtime = runtime_of(request)
    try:
        check_form(request, viewer, form_token)
        async with runtime.transaction() as tx:
            await actions.confirm(tx, sealing_keys(runtime), viewer.identity, code.replace(" ", ""))
    except Refusal as refusal:
        return await _page(request, viewer, refusal=refusal)
    return protect(RedirectResponse(PAGE, 303))


async def _page(
    request: Request, viewer: Viewer, *, made: Enrolment | None = None, refusal: Refusal | None = None
) -> Response:
    async with runtime_of(request).reading() as connection:
        factor = await queries.load(connection, viewer.identity.id)
    fault = None
    if refusal is not None:
        fault = language_of(request).text(refusal.code if refusal.code in KNOWN_REFUSALS else "foreign_origin")
    return show(
        request,
        "second_factor.html",
        200 if refusal is None else refusal.status,
        confirmed=factor is not None and factor.confirmed,
        begun=factor is not None,
        made=made,
        fault=fault,
        **frame(viewer),
    )
