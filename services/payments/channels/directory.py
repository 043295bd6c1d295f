"""Which banks can be reached, by the sandbox in test mode. Opened with the service, found by `runtime.get(Channels)`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from chassis.runtime import Runtime
from chassis.telemetry import current_trace
from clients.transport import TokenProvider, Transport
from services.payments.channels.contracts import shipped
from services.payments.channels.errors import BankNotSupported
from services.payments.channels.model import Channel
from services.payments.channels.sandbox_bank import SandboxBank
from services.payments.settings import ChannelPatience


@dataclass(frozen=True)
class Channels:
    """The channel of each bank and payment institution."""

    by_bank: Mapping[str, Channel]

    def of(self, bank: str) -> Channel:
        """Raises BankNotSupported."""
        try:
            return self.by_bank[bank]
        except KeyError:
            raise BankNotSupported(f"no channel reaches {bank}", field="number") from None

    def reaches(self, bank: str) -> bool:
        return bank in self.by_bank


@asynccontextmanager
async def open_channels(runtime: Runtime) -> AsyncIterator[None]:
    """Everybody in the sandbox we have a contract with; none where no sandbox is configured: cards are then refused, the rest works."""
    address = runtime.settings.neighbours.get("sandbox")
    if address is None:
        runtime.provide(Channels({}))
        yield
        return
    async with AsyncExitStack() as stack:
        # A transport each: one bank that hangs must not open the breaker of the others.
        banks = {}
        for bank in shipped():
            transport = Transport(address, _token_of(runtime), headers=_trace)
            banks[bank] = _sandbox_bank(runtime, await stack.enter_async_context(transport), bank)
        runtime.provide(Channels(banks))
        yield


def _sandbox_bank(runtime: Runtime, transport: Transport, bank: str) -> SandboxBank:
    ours = runtime.settings.neighbours.get("payments")
    notify_url = f"{ours}/v1/channels/{bank}/notifications" if ours else None
    return SandboxBank(bank, transport, notify_url, ChannelPatience.read(runtime.settings).seconds)


def _token_of(runtime: Runtime) -> TokenProvider:
    def token(acting_for: str | None) -> str:
        return runtime.signer.token("sandbox", ["sandbox:read", "sandbox:write"])

    return token


def _trace() -> dict[str, str]:
    trace = current_trace()
    return {} if trace is None else {"traceparent": trace}
