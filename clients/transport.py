"""One neighbour over HTTP: an overall deadline per call, retries where they are safe, a breaker, paging.

Only reads and keyed writes are tried again: a write is keyed by its `Idempotency-Key`, or, for ledger
transfers, by the ids in its body (`repeatable=True`). httpx stands behind this module alone.
"""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx

from clients.breaker import Breaker
from clients.errors import CircuitOpen, DeadlineExceeded, Refused, Unreachable

TokenProvider = Callable[[str | None], str]
"""Given the customer a call acts for (`cus_…` or None), a bearer token."""
HeaderProvider = Callable[[], Mapping[str, str]]
"""Headers to pass on, such as the caller's W3C `traceparent`."""

DEFAULT_DEADLINE_SECONDS = 10.0
MOST_TRIES = 4
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
CONNECTIONS = 100
# Answers that say "not now": the same request may succeed in a moment.
_PASSING = frozenset({429, 502, 503, 504})
_UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_BROKEN_OFF = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)


@cache
def _authorities() -> ssl.SSLContext:
    """The certificates trusted, read once a process: that takes longer than a request."""
    return httpx.create_ssl_context()


def no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Call:
    """One request, however often it is sent. `key` becomes the Idempotency-Key.

    document: a body that is no JSON, as it is, in place of `body`; `answer_as_bytes` takes the answer as it is.
    headers: beside those of every call.
    """

    method: str
    path: str
    body: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    acting_for: str | None = None
    repeatable: bool = False
    document: bytes | None = None
    document_type: str = "application/xml"
    answer_as_bytes: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def may_repeat(self) -> bool:
        return self.method == "GET" or self.key is not None or self.repeatable


class Transport:
    """Calls to one neighbour. Usable as an async context manager; `close` it otherwise."""

    def __init__(
        self,
        base_url: str,
        token: TokenProvider | None = None,
        *,
        headers: HeaderProvider = no_headers,
        breaker: Breaker | None = None,
        most_tries: int = MOST_TRIES,
    ) -> None:
        self._token = token
        self._headers = headers
        self._breaker = breaker or Breaker()
        self._most_tries = most_tries
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._http = httpx.AsyncClient(
            base_url=base_url, timeout=None, limits=limits, trust_env=False, verify=_authorities()
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def call(self, call: Call, *, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS) -> Any:
        """The answer's JSON (None if empty), or its bytes where the call wants them. Raises Refused, Unreachable or DeadlineExceeded."""
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._with_retries(call)
        except TimeoutError:
            self._breaker.failed()
            raise DeadlineExceeded(f"{call.method} {call.path}: no answer in {deadline_seconds:g} s") from None

    async def pages(
        self, call: Call, *, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> AsyncIterator[dict[str, Any]]:
        """Every item of a list, page by page; the deadline is each page's own."""
        after: str | None = None
        while True:
            params = dict(call.params) | ({"after": after} if after else {})
            page = await self.call(
                Call("GET", call.path, params=params, acting_for=call.acting_for), deadline_seconds=deadline_seconds
            )
            for item in page["items"]:
                yield item
            after = page["next"]
            if after is None:
                return

    async def _with_retries(self, call: Call) -> Any:
        unsent = True
        for count in range(1, self._most_tries + 1):
            if not self._breaker.permits():
                raise CircuitOpen(f"{call.method} {call.path}: the neighbour has been failing; not tried")
            last = count == self._most_tries or not call.may_repeat
            began = self._breaker.clock()
            try:
                response = await self._send(call)
            except httpx.TransportError as fault:
                unreached = isinstance(fault, _UNREACHED)
                self._breaker.failed(began=began if isinstance(fault, _BROKEN_OFF) else None)
                unsent = unsent and unreached
                if last:
                    detail = f"{call.method} {call.path}: {fault or type(fault).__name__}"
                    raise Unreachable(detail, outcome_known=unsent) from fault
                await asyncio.sleep(_pause(count))
                continue
            unsent = False
            if not last and _worth_repeating(response):
                await asyncio.sleep(_pause(count, response.headers.get("retry-after")))
                continue
            return self._read(call, response)
        raise AssertionError("the last try returns or raises")

    async def _send(self, call: Call) -> httpx.Response:
        headers = dict(self._headers()) | dict(call.headers)
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token(call.acting_for)}"
        if call.key is not None:
            headers["idempotency-key"] = call.key
        params = {name: value for name, value in call.params.items() if value is not None}
        body: dict[str, Any] = {"json": call.body}
        if call.document is not None:
            body = {"content": call.document}
            headers["content-type"] = call.document_type
        return await self._http.request(call.method, call.path, **body, params=params, headers=headers)

    def _read(self, call: Call, response: httpx.Response) -> Any:
        if response.status_code >= 500:
            self._breaker.failed()
            raise Unreachable(f"{call.method} {call.path}: {response.status_code}")
        self._breaker.succeeded()
        if response.status_code >= 400:
            raise _refused(response)
        if call.answer_as_bytes:
            return response.content
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            raise Unreachable(
                f"{call.method} {call.path}: {response.status_code} with a body that is not JSON"
            ) from None


def _worth_repeating(response: httpx.Response) -> bool:
    if response.status_code == 409:
        return _document(response).get("code") == "in_progress"
    return response.status_code in _PASSING or response.status_code >= 500


def _pause(count: int, retry_after: str | None = None) -> float:
    """Full jitter over a doubling ceiling, so that callers of a recovering neighbour spread out."""
    ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**count)
    least = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
    return least + random.uniform(0, ceiling)


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _refused(response: httpx.Response) -> Refused:
    document = _document(response)
    known = {"type", "title", "status", "detail", "code", "field", "instance"}
    return Refused(
        str(document.get("code") or f"http_{response.status_code}"),
        field=document.get("field"),
        detail=str(document.get("detail") or response.reason_phrase),
        status=response.status_code,
        facts={name: value for name, value in document.items() if name not in known},
    )
