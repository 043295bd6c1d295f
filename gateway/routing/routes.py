"""`/<service>/v1/…` → the service's `/v1/…`."""

from collections.abc import AsyncIterator

import httpx
from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from chassis.identity import bearer_token
from chassis.runtime import runtime_of
from chassis.trace import outgoing_headers
from gateway.routing import rules
from gateway.routing.upstream import Body, Forwarded, Upstreams
from gateway.settings import GatewaySettings

LONGEST_WAIT_SECONDS = 30.0
CALLER_LEFT = 499
"""Read by nobody but the access log: the caller is gone."""
router = APIRouter(include_in_schema=False)


def _door(service: str) -> None:
    async def forward(request: Request, rest: str) -> Response:
        return await pass_on(request, service)

    router.add_api_route(
        f"/{service}/v1/{{rest:path}}", forward, methods=list(rules.METHODS), name=f"forward_{service}"
    )


for _service in rules.SERVICES:
    _door(_service)


async def pass_on(request: Request, service: str) -> Response:
    """Check the token, forward, stream the answer back. Without a token the service behind decides what a stranger may see."""
    runtime = runtime_of(request)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        runtime.verifier.caller(bearer_token(authorization))
    upstream = runtime.get(Upstreams).of(service)
    forwarded = _forwarded(request, service, runtime.get(GatewaySettings).deadline_seconds)
    try:
        answer = await upstream.send(forwarded)
    except ClientDisconnect:
        return Response(status_code=CALLER_LEFT)
    response = StreamingResponse(
        _body(answer), answer.status_code, background=BackgroundTask(answer.aclose), media_type=None
    )
    response.raw_headers = rules.response_headers(answer.headers.raw, upstream.base_url, service)
    return response


def _forwarded(request: Request, service: str, deadline_seconds: float) -> Forwarded:
    # What a read would carry means nothing (RFC 9110, section 9.3.1), and nobody would limit it.
    with_body = request.method not in rules.READS and _has_body(request)
    added = outgoing_headers() | _origin(request)
    return Forwarded(
        method=request.method,
        path=rules.target_path(request.scope.get("raw_path") or request.url.path.encode(), service),
        query=rules.in_ascii(request.scope["query_string"]),
        headers=rules.request_headers(request.headers.raw, added, with_body=with_body),
        body=Body(request.stream()) if with_body else None,
        deadline_seconds=deadline_seconds + _wait(request),
    )


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    """As it came, compressed or not; closed also when the caller goes away in the middle.

    Where the service breaks off, the caller's connection breaks off too: half an answer must not look like a whole one.
    """
    try:
        async for part in answer.aiter_raw():
            yield part
    finally:
        await answer.aclose()


def _origin(request: Request) -> dict[str, str]:
    return {
        "x-forwarded-for": request.client.host if request.client else "unknown",
        "x-forwarded-proto": request.url.scheme,
        "x-forwarded-host": request.headers.get("host", ""),
    }


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _wait(request: Request) -> float:
    """Seconds a reader asks the service to wait for news (`?wait=`): they do not count against the deadline."""
    try:
        return min(LONGEST_WAIT_SECONDS, max(0.0, float(request.query_params.get("wait", "0"))))
    except ValueError:
        return 0.0
