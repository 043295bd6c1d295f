"""What keeps the console's pages and cookie from others: headers, cookie attributes, proof of origin."""

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from chassis.runtime import runtime_of
from gateway.errors import ForeignOrigin
from gateway.sessions.model import CONSOLE_SESSION

COOKIE = "sifang_console"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def protect(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def set_session(response: Response, request: Request, secret: str) -> None:
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(CONSOLE_SESSION.total_seconds()),
        path="/console",
        httponly=True,
        samesite="strict",
        # Behind a proxy the scheme is told by a header, which may be missing: live sessions never travel in the clear.
        secure=request.url.scheme == "https" or not runtime_of(request).settings.test_mode,
    )


def clear_session(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")


def check_origin(request: Request) -> None:
    """A form must come from a page of ours. Raises ForeignOrigin.

    SameSite=strict alone does not cover signing in, where there is no cookie yet, nor a page on a neighbouring port.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign_site = site is not None and site != "same-origin"
    foreign_host = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign_site or foreign_host or (site is None and origin is None):
        raise ForeignOrigin("this form was sent from another page")


def form_token(secret: str) -> str:
    """What a signed-in page's forms carry: only who can read the page or the cookie knows it."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def check_form_token(secret: str, token: str) -> None:
    if not hmac.compare_digest(form_token(secret), token):
        raise ForeignOrigin("this form was sent from another page")
