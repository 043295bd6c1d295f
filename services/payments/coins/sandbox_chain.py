"""The adapter to the sandbox's chain, in the place of a Bitcoin node. Opened with the service, found by `runtime.get(Chains)`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from chassis.runtime import Runtime
from clients.errors import DeadlineExceeded, Refused, Unreachable
from clients.transport import Call, Transport
from services.payments.coins.chain import Chains
from services.payments.coins.errors import NoChain
from services.payments.coins.model import Listing, NodeAnswer, Seen, Sent
from services.payments.settings import ChannelPatience

UNIT = "BTC"
MOST_PAGES = 50
_NEITHER_YES_NOR_NO = frozenset({401, 403, 429})


@dataclass
class SandboxChain:
    transport: Transport
    seconds: float
    network: str = "bcrt"

    async def new_addresses(self, numbers: Sequence[int]) -> list[str]:
        made = []
        for number in numbers:
            answer = await self._ask(Call("POST", "/chain/v1/addresses", {"label": f"deposit-{number}"}))
            made.append(str(answer["address"]))
        return made

    async def fee_of(self, amount: int) -> int:
        try:
            answer = await self._ask(Call("GET", "/chain/v1/fees", params={"amount": amount}))
        except Refused as refused:
            raise NoChain(f"the node does not say: {refused.code}", field="amount") from None
        return int(answer["fee"])

    async def send(self, reference: str, address: str, amount: int, most_fee: int) -> NodeAnswer:
        body = {"reference": reference, "address": address, "amount": amount, "max_fee": most_fee}
        return await self._told(Call("POST", "/chain/v1/sends", body))

    async def find(self, reference: str) -> NodeAnswer:
        return await self._told(Call("GET", "/chain/v1/sends", params={"reference": reference}))

    async def call_off(self, reference: str) -> NodeAnswer:
        return await self._told(Call("POST", f"/chain/v1/sends/{reference}/cancellation"))

    async def raise_fee(self, reference: str, fee_rate: int) -> NodeAnswer:
        return await self._told(Call("POST", f"/chain/v1/sends/{reference}/fee", {"fee_rate": fee_rate}))

    async def since(self, block: str, confirmations: int) -> Listing:
        seen: list[Seen] = []
        removed: frozenset[str] = frozenset()
        cursor = block
        for number in range(MOST_PAGES):
            params = {"block": cursor, "confirmations": confirmations}
            answer = await self._ask(Call("GET", "/chain/v1/since", params=params))
            seen += [_seen(one) for one in answer["receipts"]]
            removed |= frozenset(answer["removed"]) if number == 0 else frozenset()
            cursor = answer["last_block"]
            if answer["complete"]:
                break
        return Listing(
            asked_from=block,
            cursor=cursor,
            height=answer["height"],
            best_block=answer["best_block"],
            held=answer["held"],
            seen=tuple(seen),
            removed=removed,
        )

    async def _told(self, call: Call) -> NodeAnswer:
        try:
            answer = await self._ask(call)
        except Refused as refused:
            return _refused(refused)
        except (Unreachable, DeadlineExceeded) as fault:
            return NodeAnswer(Sent.NO_ANSWER, type(fault).__name__)
        if answer["txid"] is None:
            return NodeAnswer(Sent.CALLED_OFF)
        return NodeAnswer(Sent.SENT, None, answer["txid"], answer["fee"], answer["confirmations"], answer["height"])

    async def _ask(self, call: Call) -> Any:
        return await self.transport.call(call, deadline_seconds=self.seconds)


@asynccontextmanager
async def open_chains(runtime: Runtime) -> AsyncIterator[None]:
    """Where no sandbox is configured nobody is asked: coins then neither come nor go."""
    address = runtime.settings.neighbours.get("sandbox")
    if address is None:
        runtime.provide(Chains({}))
        yield
        return

    def token(acting_for: str | None) -> str:
        return runtime.signer.token("sandbox", ["sandbox:read", "sandbox:write"])

    async with Transport(address, token) as transport:
        runtime.provide(Chains({UNIT: SandboxChain(transport, ChannelPatience.read(runtime.settings).seconds)}))
        yield


def _refused(refused: Refused) -> NodeAnswer:
    if refused.code == "unknown_send":
        return NodeAnswer(Sent.NOT_FOUND, refused.code)
    if refused.code == "send_called_off":
        return NodeAnswer(Sent.CALLED_OFF, refused.code)
    if refused.status in _NEITHER_YES_NOR_NO:
        return NodeAnswer(Sent.NO_ANSWER, refused.code)
    return NodeAnswer(Sent.REFUSED, refused.code)


def _seen(item: dict[str, Any]) -> Seen:
    return Seen(item["txid"], item["position"], item["address"], item["amount"], item["confirmations"])
