"""Banks that take payment orders by file: pain.001 in, pain.002 out. Opened with the service, found by `runtime.get(FileBanks)`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from chassis.runtime import Runtime
from clients.errors import DeadlineExceeded, Refused, Unreachable
from clients.transport import Call, Transport
from services.payments.channels.contracts import shipped
from services.payments.merchant_payouts.model import BankWord
from services.payments.settings import ChannelPatience


class FileBank(Protocol):
    """Neither call raises for the bank's troubles: what is no report has a code. A message id is taken once, whatever is sent under it."""

    bank: str

    async def submit(self, document: bytes) -> BankWord: ...

    async def find(self, message_id: str) -> BankWord:
        """`unknown_message`: the bank does not have it."""
        ...


@dataclass(frozen=True)
class FileBanks:
    """longest_turn: how long asking after a batch and sending it may take together."""

    by_bank: Mapping[str, FileBank]
    longest_turn: timedelta = timedelta(0)

    @property
    def reached(self) -> frozenset[str]:
        return frozenset(self.by_bank)


@dataclass
class SandboxFiles:
    bank: str
    transport: Transport
    call_seconds: float

    async def submit(self, document: bytes) -> BankWord:
        path = f"/bank/{self.bank}/v1/payment-orders"
        call = Call("POST", path, document=document, repeatable=True, answer_as_bytes=True)
        return await self._word(call)

    async def find(self, message_id: str) -> BankWord:
        call = Call("GET", f"/bank/{self.bank}/v1/payment-orders/{message_id}", answer_as_bytes=True)
        return await self._word(call)

    async def _word(self, call: Call) -> BankWord:
        try:
            answer: bytes = await self.transport.call(call, deadline_seconds=self.call_seconds)
        except Refused as refused:
            return BankWord(None, refused.code)
        except (Unreachable, DeadlineExceeded) as fault:
            return BankWord(None, "not_sent" if fault.outcome_known else "no_answer")
        return BankWord(answer.decode(errors="replace"))


@asynccontextmanager
async def open_file_banks(runtime: Runtime) -> AsyncIterator[None]:
    """Everybody in the sandbox, by connections of their own; none where no sandbox is configured: batches then stay with operators."""
    address = runtime.settings.neighbours.get("sandbox")
    seconds = ChannelPatience.read(runtime.settings).seconds
    async with AsyncExitStack() as stack:
        banks: dict[str, FileBank] = {}
        for bank in shipped() if address is not None else ():
            assert address is not None
            transport = Transport(address, lambda _: runtime.signer.token("sandbox", ["sandbox:read", "sandbox:write"]))
            banks[bank] = SandboxFiles(bank, await stack.enter_async_context(transport), seconds)
        runtime.provide(FileBanks(banks, timedelta(seconds=2 * seconds)))
        yield
