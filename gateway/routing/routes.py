"""`/<service>/v1/…` → the service's `/v1/…`."""

from collections.abc import AsyncIterator

import httpx
from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from chassis.identity import bearer_token
from chassis.runtime import runtime_of
from chassis.trace import outgoing_headers
from gateway.limits import address_of
from gateway.routing import rules
from gateway.routing.upstream import Forwarded, Upstreams
from gateway.settings import GatewaySettings

LONGEST_WAIT_SECONDS = 30.0
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
    path = rules.target_path(request.scope.get("raw_path") or request.url.path.encode(), service)
    upstream = runtime.get(Upstreams).of(service)
    added = outgoing_headers() | _origin(request)
    forwarded = Forwarded(
        method=request.method,
        path=path,
        query=request.scope["query_string"],
        headers=rules.request_headers(request.headers.items(), added),
        body=request.stream() if _has_body(request) else None,
        deadline_seconds=runtime.get(GatewaySettings).deadline_seconds + _wait(request),
    )
    answer = await upstream.send(forwarded)
    response = StreamingResponse(
        _body(answer), answer.status_code, background=BackgroundTask(answer.aclose), media_type=None
    )
    kept = rules.response_headers(answer.headers.multi_items(), upstream.base_url, service)
    response.raw_headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in kept]
    return response


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    """As it came, compressed or not; closed also when the caller goes away in the middle."""
    try:
        async for part in answer.aiter_raw():
            yield part
    finally:
        await answer.aclose()


def _origin(request: Request) -> dict[str, str]:
    return {
        "x-forwarded-for": address_of(request) if request.client is None else request.client.host,
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
