"""The services behind the door: one connection pool and one circuit breaker each.

Nothing is tried twice here but a read whose connection broke: a caller knows its key, the door does not keep bodies.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from chassis.authorities import trusted_authorities
from clients.breaker import Breaker
from gateway.errors import (
    BodyTooSlow,
    OutcomeUnknown,
    OutcomeUnknownInTime,
    ServiceTimeout,
    ServiceUnavailable,
    UnsafePath,
)
from gateway.routing.rules import READS, Headers

CONNECTIONS = 200
CONNECT_SECONDS = 2.0
WAIT_FOR_CONNECTION_SECONDS = 2.0
# Shorter than any service keeps an idle connection (uvicorn by itself: five seconds): the side that may not send closes first.
KEEP_ALIVE_SECONDS = 2.0
RETRY_AFTER_SECONDS = 2
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass
class Body:
    """A caller's body on its way. complete: all of it has come, so that whatever is late now is not the caller."""

    parts: AsyncIterator[bytes]
    complete: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.parts:
            yield part
        self.complete = True


@dataclass(frozen=True)
class Forwarded:
    """A request for a service behind. body: None where there is none; deadline in seconds, to the first byte of the answer."""

    method: str
    path: str
    query: str
    headers: Headers
    body: Body | None
    deadline_seconds: float

    @property
    def reads(self) -> bool:
        return self.method in READS


@dataclass
class Upstream:
    """One service. base_url: without a slash at the end."""

    service: str
    base_url: str
    breaker: Breaker = field(default_factory=Breaker)
    _http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        limits = httpx.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS
        )
        self._http = httpx.AsyncClient(
            limits=limits, trust_env=False, follow_redirects=False, verify=trusted_authorities()
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, forwarded: Forwarded) -> httpx.Response:
        """The answer with its body unread; the caller closes it.

        Raises ServiceUnavailable (nothing was done), ServiceTimeout (a read), OutcomeUnknown (a write that may have been done),
        BodyTooSlow (the caller's fault, so that it says nothing about the service).
        """
        if not self.breaker.permits():
            raise self._away("has been failing and is left alone for a moment")
        began = self.breaker.clock()
        try:
            async with asyncio.timeout(forwarded.deadline_seconds):
                response = await self._tried(forwarded)
        except TimeoutError:
            if forwarded.body is not None and not forwarded.body.complete:
                raise BodyTooSlow(f"the body did not come in {forwarded.deadline_seconds:g} s") from None
            self.breaker.failed()
            raise self._late(forwarded) from None
        except httpx.PoolTimeout as fault:
            raise self._away("has too many requests under way") from fault
        except _UNSENT as fault:
            self.breaker.failed()
            raise self._away("cannot be reached") from fault
        except httpx.TransportError as fault:
            self.breaker.failed(began=began)
            raise self._broken(forwarded) from fault
        self.breaker.succeeded()
        return response

    async def _tried(self, forwarded: Forwarded) -> httpx.Response:
        try:
            return await self._once(forwarded)
        except _UNSENT:
            raise
        except httpx.TransportError:
            if not forwarded.reads:
                raise
            return await self._once(forwarded)

    async def _once(self, forwarded: Forwarded) -> httpx.Response:
        """Made without the client's help: it would add its own headers, and cookies that a service set for somebody else."""
        target = f"{forwarded.path}?{forwarded.query}" if forwarded.query else forwarded.path
        try:
            url = httpx.URL(self.base_url).copy_with(raw_path=target.encode("ascii"))
        except httpx.InvalidURL:
            raise UnsafePath("this is no address") from None
        # Also how long the answer may stand still once it has begun.
        timeout = httpx.Timeout(
            forwarded.deadline_seconds + 1, connect=CONNECT_SECONDS, pool=WAIT_FOR_CONNECTION_SECONDS
        )
        request = httpx.Request(
            forwarded.method,
            url,
            headers=[(b"host", url.netloc), *forwarded.headers],
            content=forwarded.body,
            extensions={"timeout": timeout.as_dict()},
        )
        return await self._http.send(request, stream=True)

    def _away(self, how: str) -> ServiceUnavailable:
        return ServiceUnavailable(
            f"{self.service} {how}; nothing was done, the same request may succeed later",
            service=self.service,
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )

    def _late(self, forwarded: Forwarded) -> ServiceTimeout | OutcomeUnknown:
        waited = f"{self.service} did not answer in {forwarded.deadline_seconds:g} s"
        if forwarded.reads:
            return ServiceTimeout(waited, service=self.service, retry_after_seconds=RETRY_AFTER_SECONDS)
        return OutcomeUnknownInTime(f"{waited}; {_ASK_AGAIN}", service=self.service)

    def _broken(self, forwarded: Forwarded) -> ServiceUnavailable | OutcomeUnknown:
        if forwarded.reads:
            return self._away("broke off")
        return OutcomeUnknown(f"{self.service} broke off before its answer; {_ASK_AGAIN}", service=self.service)


_ASK_AGAIN = "whether it was done is not known: send the same request under the same Idempotency-Key (the same ids for ledger transfers)"


class Upstreams:
    """The services this gateway was told of."""

    def __init__(self, addresses: Mapping[str, str], services: tuple[str, ...]) -> None:
        self._held = {name: Upstream(name, addresses[name].rstrip("/")) for name in services if name in addresses}

    def of(self, service: str) -> Upstream:
        """Raises ServiceUnavailable for one that this suite runs without."""
        upstream = self._held.get(service)
        if upstream is None:
            raise ServiceUnavailable(f"{service} is not part of this suite", service=service)
        return upstream

    async def close(self) -> None:
        for upstream in self._held.values():
            await upstream.close()


@asynccontextmanager
async def opened(addresses: Mapping[str, str], services: tuple[str, ...]) -> AsyncIterator[Upstreams]:
    upstreams = Upstreams(addresses, services)
    try:
        yield upstreams
    finally:
        await upstreams.close()
