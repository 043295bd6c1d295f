"""Payments asked with the viewer's own token: what she may not see or do there, the console does not show or do either."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import Request

from chassis.runtime import runtime_of
from chassis.trace import outgoing_headers
from gateway.console.viewers import Viewer
from gateway.routing.upstream import Body, Forwarded, Upstreams
from gateway.sessions.tokens import access_token
from gateway.settings import GatewaySettings

SERVICE = "payments"


class Refused(Exception):
    """What the service would not do, as it says it."""

    def __init__(self, status: int, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.field = status, code, detail, field


@dataclass(frozen=True)
class Contents:
    """Of a file, as they come: a bill may be larger than what should be held at once. The connection ends with the last part."""

    parts: AsyncIterator[bytes]
    media_type: str


async def read(request: Request, viewer: Viewer, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A document. Raises Refused, and what `Upstream.send` does."""
    answer = await _ask(request, viewer, "GET", path, params or {}, None, {})
    return _document(await _whole(answer))


async def read_file(request: Request, viewer: Viewer, path: str, params: Mapping[str, str]) -> Contents:
    """Raises Refused, and what `Upstream.send` does."""
    answer = await _ask(request, viewer, "GET", path, params, None, {})
    return Contents(_parts(answer), answer.headers.get("content-type", "application/octet-stream"))


async def write(request: Request, viewer: Viewer, path: str, body: Mapping[str, Any] | None, key: str) -> None:
    """A POST under an idempotency key. Raises Refused, and what `Upstream.send` does."""
    content = None if body is None else json.dumps(body).encode()
    await _whole(await _ask(request, viewer, "POST", path, {}, content, {"idempotency-key": key}))


async def _ask(
    request: Request,
    viewer: Viewer,
    method: str,
    path: str,
    params: Mapping[str, str],
    content: bytes | None,
    headers: Mapping[str, str],
) -> httpx.Response:
    """The answer, its body unread."""
    runtime = runtime_of(request)
    sent = outgoing_headers() | dict(headers)
    sent |= {"authorization": f"Bearer {access_token(runtime.signer, viewer.identity)}", "accept-encoding": "identity"}
    if content is not None:
        sent |= {"content-type": "application/json", "content-length": str(len(content))}
    forwarded = Forwarded(
        method=method,
        path=path,
        query=urlencode(params),
        headers=[(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        body=None if content is None else Body(_once(content)),
        deadline_seconds=runtime.get(GatewaySettings).deadline_seconds,
    )
    answer = await runtime.get(Upstreams).of(SERVICE).send(forwarded)
    if answer.status_code >= 400:
        raise _refused(answer.status_code, await _whole(answer))
    return answer


async def _whole(answer: httpx.Response) -> bytes:
    try:
        return await answer.aread()
    finally:
        await answer.aclose()


async def _parts(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_raw():
            yield part
    finally:
        await answer.aclose()


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _document(content: bytes) -> dict[str, Any]:
    return dict(json.loads(content))


def _refused(status: int, content: bytes) -> Refused:
    try:
        told = _document(content)
    except ValueError:
        told = {}
    return Refused(status, told.get("code", "unavailable"), told.get("detail", ""), told.get("field"))
