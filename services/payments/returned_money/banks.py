"""What a bank is asked about payments that were final: its list of reports, and its ear for evidence."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chassis.runtime import Runtime
from clients.transport import Call, Transport
from services.payments.channels.contracts import shipped
from services.payments.returned_money.errors import UnknownReportingBank
from services.payments.returned_money.model import ReportedByBank, ReportKind

CALL_SECONDS = 5.0
MOST_REPORTS = 200


class ReportingBank(Protocol):
    """Raises `clients.errors.ClientError` when the bank cannot be reached, or refuses."""

    bank: str

    async def reports(self, after: int) -> list[ReportedByBank]:
        """What it reported after a position of its list, at most 200."""
        ...

    async def give_evidence(self, reference: str, text: str, digest: str) -> None:
        """The answer to a dispute; the same again is taken once."""
        ...


@dataclass(frozen=True)
class ReportingBanks:
    """The banks that can be asked; none without a sandbox in test mode."""

    by_bank: Mapping[str, ReportingBank]

    def of(self, bank: str) -> ReportingBank:
        """Raises UnknownReportingBank."""
        try:
            return self.by_bank[bank]
        except KeyError:
            raise UnknownReportingBank(f"no channel reaches {bank}", field="bank") from None


@dataclass
class SandboxReports:
    bank: str
    transport: Transport

    async def reports(self, after: int) -> list[ReportedByBank]:
        params = {"after": after, "limit": MOST_REPORTS}
        call = Call("GET", f"/bank/{self.bank}/v1/reports", params=params)
        answer = await self.transport.call(call, deadline_seconds=CALL_SECONDS)
        return [_read(item) for item in answer["items"]]

    async def give_evidence(self, reference: str, text: str, digest: str) -> None:
        path = f"/bank/{self.bank}/v1/disputes/{reference}/evidence"
        await self.transport.call(Call("POST", path, {"text": text, "hash": digest}), deadline_seconds=CALL_SECONDS)


@asynccontextmanager
async def open_reporting_banks(runtime: Runtime) -> AsyncIterator[None]:
    """Every bank of the sandbox, by connections of their own; none where no sandbox is configured."""
    address = runtime.settings.neighbours.get("sandbox")
    async with AsyncExitStack() as stack:
        banks: dict[str, ReportingBank] = {}
        for bank in shipped() if address is not None else ():
            assert address is not None
            transport = Transport(address, lambda _: runtime.signer.token("sandbox", ["sandbox:read", "sandbox:write"]))
            banks[bank] = SandboxReports(bank, await stack.enter_async_context(transport))
        runtime.provide(ReportingBanks(banks))
        yield


def _read(item: dict[str, Any]) -> ReportedByBank:
    return ReportedByBank(
        position=item["position"],
        reference=item["reference"],
        kind=ReportKind(item["kind"]),
        instruction_kind=item["instruction_kind"],
        instruction_reference=item["instruction_reference"],
        amount=item["amount"],
        currency=item["currency"],
        reason=item["reason"],
        answer_by=datetime.fromisoformat(item["answer_by"]) if item["answer_by"] else None,
    )
