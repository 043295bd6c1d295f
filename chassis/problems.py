"""Every failure as an RFC 9457 document with a stable code; an expected refusal is never a 500."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.database import is_away
from chassis.errors import PROBLEM_CONTENT_TYPE, Invalid, Malformed, NotFound, Refusal, Unavailable

# character_not_in_repertoire, untranslatable_character
NOT_TEXT = frozenset({"22021", "22P05"})
log = structlog.get_logger(__name__)


class MalformedJson(Malformed):
    code = "malformed_json"


class UnknownField(Invalid):
    code = "unknown_field"


class MissingField(Invalid):
    code = "missing_field"


class InvalidValue(Invalid):
    code = "invalid_value"


class NoSuchRoute(NotFound):
    code = "no_such_route"


class Internal(Refusal):
    """No refusal at all, but a fault of ours."""

    code = "internal"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


class Problem(BaseModel):
    """RFC 9457 document. `code` is stable; `field` names the offending input where there is one."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None


def respond(refusal: Refusal, request: Request | None = None) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
    if (seconds := refusal.facts.get("retry_after_seconds", refusal.passes_in_seconds)) is not None:
        headers["Retry-After"] = str(seconds)
    instance = None if request is None else request.url.path
    return JSONResponse(refusal.problem(instance), refusal.status, headers=headers, media_type=PROBLEM_CONTENT_TYPE)


def from_validation(faults: list[Any]) -> Refusal:
    """The first fault of a pydantic report as a refusal; the others stand in `faults`."""
    listed = [{"field": _path(fault["loc"]), "detail": fault["msg"]} for fault in faults[:20]]
    kind, field, detail = faults[0]["type"], listed[0]["field"], listed[0]["detail"]
    if kind == "json_invalid":
        return MalformedJson(f"the body is not JSON: {faults[0].get('ctx', {}).get('error', detail)}")
    if kind == "extra_forbidden":
        return UnknownField("this field is not known here", field=field, faults=listed)
    if kind == "missing":
        return MissingField("this field is required", field=field, faults=listed)
    refusal = InvalidValue(detail, field=field, faults=listed)
    if kind == "malformed_id":
        refusal.code = "malformed_id"  # type: ignore[misc]
    return refusal


def _path(location: tuple[Any, ...]) -> str:
    """`("body", "items", 0, "amount")` → `items.0.amount`; parameters keep their bare name."""
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return ".".join(str(part) for part in parts) or str(location[0] if location else "body")


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PoolTimeout, _database)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(ConnectionError, _database)
    app.add_exception_handler(UnicodeEncodeError, _text)
    app.add_middleware(FaultMiddleware)


async def _refusal(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, Refusal)
    return respond(fault, request)


async def _validation(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)
    return respond(from_validation(list(fault.errors())), request)


async def _http(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    if fault.status_code == 404:
        return respond(NoSuchRoute("nothing is served here"), request)
    refusal = Refusal(str(fault.detail))
    code = {405: "method_not_allowed", 400: "malformed"}.get(fault.status_code, "refused")
    document = refusal.problem(request.url.path) | {"status": fault.status_code, "code": code}
    return JSONResponse(document, fault.status_code, headers=fault.headers, media_type=PROBLEM_CONTENT_TYPE)


async def _database(request: Request, fault: Exception) -> Response:
    """A pool or server that does not answer is a passing state; anything else the database says is a fault of ours,
    but for a text that no text column can hold."""
    sqlstate = getattr(getattr(fault, "orig", None), "sqlstate", None) or ""
    if is_away(fault):
        log.warning("database_unavailable", fault=str(fault) if isinstance(fault, ConnectionError) else sqlstate)
        return respond(DatabaseUnavailable("the database does not answer; the same request may succeed later"), request)
    if sqlstate in NOT_TEXT or _unencodable(fault):
        return await _text(request, fault)
    return _failed(request.scope, fault)


def _unencodable(fault: BaseException | None) -> bool:
    return fault is not None and (isinstance(fault, UnicodeEncodeError) or _unencodable(fault.__cause__))


async def _text(request: Request, fault: Exception) -> Response:
    """Half of a surrogate pair, or U+0000: JSON can carry them, UTF-8 or PostgreSQL cannot."""
    return respond(InvalidValue("a text holds a character that cannot be stored"), request)


class FaultMiddleware:
    """Answers and logs what nobody expected. The framework's own place for it lies outside the middleware that knows the
    request's ids: its answer would carry none, and neither would the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as fault:
            if started or scope["type"] != "http":
                raise
            await _failed(scope, fault)(scope, receive, send)


def _failed(scope: Scope, fault: Exception) -> Response:
    log.error("fault", path=scope["path"], exc_info=fault)
    document = Internal("the service failed; the request may be sent again under the same key").problem(scope["path"])
    return JSONResponse(document, 500, media_type=PROBLEM_CONTENT_TYPE)
