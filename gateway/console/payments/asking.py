"""Payments asked with the viewer's own token: what she may not see or do there, the console does not show or do either."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

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
class Given:
    content: bytes
    media_type: str

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.content))


async def read(request: Request, viewer: Viewer, path: str, params: Mapping[str, str] | None = None) -> Given:
    """Raises Refused, and what `Upstream.send` does."""
    return await _ask(request, viewer, "GET", path, params or {}, None, {})


async def write(request: Request, viewer: Viewer, path: str, body: Mapping[str, Any] | None, key: str) -> Given:
    """A POST under an idempotency key. Raises Refused, and what `Upstream.send` does."""
    content = None if body is None else json.dumps(body).encode()
    return await _ask(request, viewer, "POST", path, {}, content, {"idempotency-key": key})


async def _ask(
    request: Request,
    viewer: Viewer,
    method: str,
    path: str,
    params: Mapping[str, str],
    content: bytes | None,
    headers: Mapping[str, str],
) -> Given:
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
    try:
        given = Given(await answer.aread(), answer.headers.get("content-type", ""))
    finally:
        await answer.aclose()
    if answer.status_code >= 400:
        raise _refused(answer.status_code, given)
    return given


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _refused(status: int, given: Given) -> Refused:
    try:
        told = given.document
    except ValueError:
        told = {}
    return Refused(status, told.get("code", "unavailable"), told.get("detail", ""), told.get("field"))
