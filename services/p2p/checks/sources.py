"""Adapters to the identity service and the credit bureau, of the sandbox in test mode. Found by `runtime.get(Sources)`."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chassis.ids import encode
from chassis.runtime import Runtime
from chassis.trace import outgoing_headers
from clients.errors import DeadlineExceeded, Refused, Unreachable
from clients.transport import Call, Transport
from services.p2p.borrowers.model import Identity
from services.p2p.checks.model import Answer, CheckKind
from services.p2p.settings import checks_needed

SECONDS = 3.0
REGISTER = "police"
_NOT_NOW = frozenset({401, 403, 404, 429})


class Source(Protocol):
    """May be asked again under the same application. None: nothing yet, whatever the reason."""

    async def ask(self, application_id: UUID, identity: Identity, currency: str) -> Answer | None: ...


@dataclass(frozen=True)
class Sources:
    """Who is asked about what; nobody where none is configured."""

    by_kind: dict[CheckKind, Source]


@dataclass
class SandboxRegister:
    transport: Transport

    async def ask(self, application_id: UUID, identity: Identity, currency: str) -> Answer | None:
        reference = encode("apn", application_id)
        body = {
            "reference": reference,
            "channel": REGISTER,
            "name": identity.name,
            "number": identity.identity_number,
        }
        answer = await _called(self.transport, Call("POST", "/identity/v1/checks", body))
        if answer is None:
            answer = await _called(self.transport, Call("GET", "/identity/v1/checks", params={"reference": reference}))
        if answer is None or answer["state"] == "processing":
            return None
        return Answer(CheckKind.IDENTITY, answer["state"] == "match", answer["code"])


@dataclass
class SandboxBureau:
    transport: Transport

    async def ask(self, application_id: UUID, identity: Identity, currency: str) -> Answer | None:
        body = {
            "reference": encode("apn", application_id),
            "person": hashlib.sha256(identity.identity_number.encode()).hexdigest(),
            "currency": currency,
        }
        answer = await _called(self.transport, Call("POST", "/bureau/v1/reports", body))
        if answer is None:
            return None
        return Answer(
            CheckKind.BUREAU,
            passed=True,
            lenders=answer["lenders"],
            owed_minor=answer["owed"],
            past_due_minor=answer["past_due"],
        )


async def _called(transport: Transport, call: Call) -> dict[str, Any] | None:
    """A source that is away, or does not let us in, has said nothing. Raises Refused for what it will never answer."""
    try:
        answer: dict[str, Any] = await transport.call(call, deadline_seconds=SECONDS)
    except (Unreachable, DeadlineExceeded):
        return None
    except Refused as refused:
        if refused.status in _NOT_NOW or refused.status >= 500:
            return None
        raise
    return answer


@asynccontextmanager
async def open_sources(runtime: Runtime) -> AsyncIterator[None]:
    """A process that would lend to whom nobody checked, where it must not, does not start."""
    checks_needed(runtime.settings)
    address = runtime.settings.neighbours.get("sandbox")
    if address is None:
        runtime.provide(Sources({}))
        yield
        return

    def token(acting_for: str | None) -> str:
        return runtime.signer.token("sandbox", ["sandbox:read", "sandbox:write"])

    async with Transport(address, token, headers=outgoing_headers) as transport:
        register, bureau = SandboxRegister(transport), SandboxBureau(transport)
        runtime.provide(Sources({CheckKind.IDENTITY: register, CheckKind.BUREAU: bureau}))
        yield
