"""The adapter to the identity service, of the sandbox in test mode. Opened with the service, found by `runtime.get(Identities)`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from chassis.runtime import Runtime
from chassis.telemetry import current_trace
from clients.errors import DeadlineExceeded, Refused, Unreachable
from clients.transport import Call, Transport
from services.payments.holders.errors import IdentityServiceAway
from services.payments.holders.model import Answer, CheckChannel, Facts, Verdict
from services.payments.settings import ChannelPatience

UNKNOWN = Answer(Verdict.UNKNOWN)
_NEITHER_YES_NOR_NO = frozenset({401, 403, 404, 429})


class IdentityService(Protocol):
    """Both may be called again under the same reference."""

    async def ask(self, reference: str, channel: CheckChannel, facts: Facts) -> Answer: ...

    async def find(self, reference: str) -> Answer | None:
        """None: nothing was asked under this reference."""


@dataclass(frozen=True)
class Identities:
    """The service that is asked, None where none is configured."""

    service: IdentityService | None

    def required(self) -> IdentityService:
        """Raises IdentityServiceAway."""
        if self.service is None:
            raise IdentityServiceAway("there is no identity service to ask")
        return self.service


@dataclass
class SandboxIdentityService:
    transport: Transport
    seconds: float

    async def ask(self, reference: str, channel: CheckChannel, facts: Facts) -> Answer:
        body = {"reference": reference, "channel": str(channel), "name": facts.name, "number": facts.number}
        try:
            return await self._call(Call("POST", "/identity/v1/checks", body))
        except Refused as refused:
            known = refused.status not in _NEITHER_YES_NOR_NO
            return Answer(Verdict.MISMATCH, refused.code) if known else UNKNOWN

    async def find(self, reference: str) -> Answer | None:
        try:
            return await self._call(Call("GET", "/identity/v1/checks", params={"reference": reference}))
        except Refused as refused:
            return None if refused.code == "unknown_check" else UNKNOWN

    async def _call(self, call: Call) -> Answer:
        try:
            answer: dict[str, Any] = await self.transport.call(call, deadline_seconds=self.seconds)
        except (Unreachable, DeadlineExceeded):
            return UNKNOWN
        verdict = {"match": Verdict.MATCH, "mismatch": Verdict.MISMATCH}.get(answer["state"], Verdict.UNKNOWN)
        return Answer(verdict, answer["code"])


@asynccontextmanager
async def open_identity_service(runtime: Runtime) -> AsyncIterator[None]:
    """Where no sandbox is configured, nobody is asked: checks are then refused, the rest works."""
    address = runtime.settings.neighbours.get("sandbox")
    if address is None:
        runtime.provide(Identities(None))
        yield
        return

    def token(acting_for: str | None) -> str:
        return runtime.signer.token("sandbox", ["sandbox:read", "sandbox:write"])

    async with Transport(address, token, headers=_trace) as transport:
        seconds = ChannelPatience.read(runtime.settings).seconds
        runtime.provide(Identities(SandboxIdentityService(transport, seconds)))
        yield


def _trace() -> dict[str, str]:
    trace = current_trace()
    return {} if trace is None else {"traceparent": trace}
