"""Adapters to custody banks, the sandbox's in test mode. Found by `runtime.get(Custodians)`.

What a bank refuses of an instruction is an answer. Everything else that is no answer (silence, a failure, a door that is shut) leaves
the outcome unknown: the same instruction is sent again, under the same key, by the job that needs it.
"""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from chassis.ids import decode, encode
from chassis.runtime import Runtime
from chassis.trace import outgoing_headers
from clients.errors import ClientError, Refused, Unreachable
from clients.transport import Call, Transport
from finance.money import Money
from services.p2p.custody.errors import BankAway
from services.p2p.custody.model import Answer, Authorisation, Held, Line, Mode
from services.p2p.wire_ids import custody_authorisation_text, custody_instruction_text

SECONDS = 8.0
TOTAL = "TOTAL"
_SAYS_NO = frozenset({409, 422})


class NotAnswered(ClientError):
    """The bank has not given a usable answer: it may have done what it was asked."""


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Who she is, shown to the bank and kept nowhere here, in no log either."""

    name: str
    identity_number: str
    mobile: str
    card_number: str


class Custodian(Protocol):
    """One bank. Each call may be made again with the same key. Raises NotAnswered; Refused for what it will never do."""

    async def open(
        self, holder: str, currency: str, *, kind: str, behind: str | None = None, person: Person | None = None
    ) -> str:
        """The number of the holder's account."""

    async def ask_leave(self, authorisation: Authorisation, number: str) -> None:
        """Its code goes to the holder's phone."""

    async def give_leave(self, authorisation_id: UUID, sms_code: str) -> None: ...

    async def take_leave_back(self, authorisation_id: UUID) -> None: ...

    async def instruct(
        self, instruction_id: UUID, mode: Mode, lines: Sequence[Line], numbers: Mapping[UUID, str]
    ) -> Answer: ...

    async def undo(self, instruction_id: UUID, lines: Sequence[Line]) -> Answer:
        """Lines as if they had not been, the last first, all or none."""

    async def statement(self, day: date) -> dict[str, tuple[str, Held]] | None:
        """By number, whose it is and what is in it at the end of a day; and `TOTAL`. None while the day goes on there."""


@dataclass
class SandboxCustodian:
    """bank: its code."""

    transport: Transport
    bank: str

    async def open(
        self, holder: str, currency: str, *, kind: str, behind: str | None = None, person: Person | None = None
    ) -> str:
        shown = {} if person is None else {name: getattr(person, name) for name in Person.__slots__}
        body = {"holder": holder, "currency": currency, "kind": kind} | ({"behind": behind} if behind else {}) | shown
        return str((await self._say("POST", "accounts", body))["number"])

    async def ask_leave(self, authorisation: Authorisation, number: str) -> None:
        body = {
            "reference": custody_authorisation_text(authorisation.id),
            "number": number,
            "scope": authorisation.scope.value,
            "cap_minor": authorisation.cap_minor,
            "until_on": authorisation.until_on.isoformat(),
        }
        await self._say("POST", "authorisations", body)

    async def give_leave(self, authorisation_id: UUID, sms_code: str) -> None:
        path = f"authorisations/{custody_authorisation_text(authorisation_id)}/confirmation"
        await self._say("POST", path, {"sms_code": sms_code})

    async def take_leave_back(self, authorisation_id: UUID) -> None:
        try:
            await self._say("POST", f"authorisations/{custody_authorisation_text(authorisation_id)}/revocation", {})
        except NotAnswered as fault:
            # It never came to know of it: there is nothing to take back.
            if not isinstance(fault.__cause__, Refused) or fault.__cause__.code != "unknown_authorisation":
                raise

    async def instruct(
        self, instruction_id: UUID, mode: Mode, lines: Sequence[Line], numbers: Mapping[UUID, str]
    ) -> Answer:
        said = [_line(line, numbers) for line in lines]
        return await self._instructed(custody_instruction_text(instruction_id), mode, said)

    async def undo(self, instruction_id: UUID, lines: Sequence[Line]) -> Answer:
        said = [
            {"reference": f"{_text(line)}-undo", "kind": "undo", "amount": line.amount_minor, "of": _text(line)}
            for line in reversed(lines)
        ]
        # Of independent lines more may be taken back by another call: the first tells which undoing this is.
        first = _text(lines[0]).removeprefix("trf_")
        return await self._instructed(f"{custody_instruction_text(instruction_id)}-undo-{first}", Mode.ATOMIC, said)

    async def statement(self, day: date) -> dict[str, tuple[str, Held]] | None:
        call = Call("GET", self._path("statements"), params={"on": day.isoformat()}, answer_as_bytes=True)
        try:
            answered = await self.transport.call(call, deadline_seconds=SECONDS)
        except Refused as refused:
            if refused.code == "day_not_closed":
                return None
            raise NotAnswered(str(refused)) from refused
        rows = csv.DictReader(io.StringIO(bytes(answered).decode()))
        return {
            row["number"]: (
                row["holder"],
                Held(_minor(row["total"], row["currency"]), _minor(row["frozen"], row["currency"])),
            )
            for row in rows
        }

    async def _instructed(self, reference: str, mode: Mode, said: Sequence[Mapping[str, object]]) -> Answer:
        """A refusal stands in the answer; whatever else the bank says no with is a fault of ours, looked at by somebody."""
        body = {"reference": reference, "mode": mode.value, "lines": list(said)}
        try:
            answer = await self._say("POST", "instructions", body)
        except Refused as refused:
            raise NotAnswered(f"{self.bank}: {refused}") from refused
        results = {decode("trf", one["reference"].removesuffix("-undo")): one["result"] for one in answer["results"]}
        return Answer(answer["state"] != "refused", results, datetime.fromisoformat(answer["booked_at"]))

    async def _say(self, method: str, path: str, body: Mapping[str, object]) -> Any:
        try:
            return await self.transport.call(Call(method, self._path(path), body), deadline_seconds=SECONDS)
        except Refused as refused:
            if refused.status in _SAYS_NO or refused.code == "unknown_bank":
                raise
            raise NotAnswered(f"{self.bank}: {refused}") from refused

    def _path(self, path: str) -> str:
        return f"/custody/{self.bank}/v1/{path}"


@dataclass(frozen=True)
class Custodians:
    """Who is asked of a bank; nobody where none is configured."""

    transport: Transport | None

    def at(self, bank: str) -> Custodian:
        """Raises Unreachable."""
        if self.transport is None:
            raise Unreachable(f"no way to {bank} is configured", outcome_known=True)
        return SandboxCustodian(self.transport, bank)

    def asked_by_a_person(self, bank: str) -> Custodian:
        """Raises BankAway, which her request is answered with."""
        if self.transport is None:
            raise BankAway(f"no way to {bank} is configured")
        return SandboxCustodian(self.transport, bank)


@asynccontextmanager
async def open_custodians(runtime: Runtime) -> AsyncIterator[None]:
    address = runtime.settings.neighbours.get("sandbox")
    if address is None:
        runtime.provide(Custodians(None))
        yield
        return

    def token(acting_for: str | None) -> str:
        return runtime.signer.token("sandbox", ["sandbox:read", "sandbox:write"])

    async with Transport(address, token, headers=outgoing_headers) as transport:
        runtime.provide(Custodians(transport))
        yield


def _line(line: Line, numbers: Mapping[UUID, str]) -> dict[str, object]:
    """Of what was frozen the bank knows the sides; of a card it knows the number."""
    said: dict[str, object] = {"reference": _text(line), "kind": line.kind.value, "amount": line.amount_minor}
    if line.hold_id is not None:
        said["of"] = encode("trf", line.hold_id)
    else:
        sides = (("debit", line.debit_account_id), ("credit", line.credit_account_id))
        said |= {side: numbers[its] for side, its in sides if its is not None and its in numbers}
    if line.authorisation_id is not None:
        said["authorisation"] = custody_authorisation_text(line.authorisation_id)
    return said


def _text(line: Line) -> str:
    return encode("trf", line.transfer_id)


def _minor(amount: str, currency: str) -> int:
    return Money.of(amount, currency).amount
