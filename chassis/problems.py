"""Every failure as an RFC 9457 document with a stable code; an expected refusal is never a 500."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from chassis.errors import PROBLEM_CONTENT_TYPE, Invalid, Malformed, NotFound, Refusal, Unavailable

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
    if "retry_after_seconds" in refusal.facts:
        headers["Retry-After"] = str(refusal.facts["retry_after_seconds"])
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
    app.add_exception_handler(Exception, _fault)


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
    """A pool or server that does not answer is a passing state; anything else the database says is a fault of ours."""
    lost = isinstance(fault, DBAPIError) and (fault.connection_invalidated or isinstance(fault, OperationalError))
    sqlstate = getattr(getattr(fault, "orig", None), "sqlstate", None) or ""
    if lost or not isinstance(fault, DBAPIError) or sqlstate[:2] in ("08", "53", "57"):
        log.warning("database_unavailable", fault=type(fault).__name__, sqlstate=sqlstate)
        return respond(DatabaseUnavailable("the database does not answer; the same request may succeed later"), request)
    return await _fault(request, fault)


async def _fault(request: Request, fault: Exception) -> Response:
    log.error("fault", path=request.url.path, exc_info=fault)
    refusal = Refusal("the service failed; the request may be sent again under the same key")
    return JSONResponse(refusal.problem(request.url.path) | {"code": "internal"}, 500, media_type=PROBLEM_CONTENT_TYPE)
