"""What a coin's node is asked. An adapter to each lives beside this file; none knows anything of our books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.payments.coins.errors import NoChain
from services.payments.coins.model import Listing, NodeAnswer


class Chain(Protocol):
    """Questions raise `clients.errors.ClientError` where the node does not answer; what concerns a send answers so instead.

    network: the first part of its addresses, `bc` or for tests `bcrt`.
    """

    network: str

    async def new_addresses(self, numbers: Sequence[int]) -> list[str]:
        """The same number, the same address."""
        ...

    async def fee_of(self, amount: int) -> int:
        """What sending so much would take just now. Raises NoChain where our addresses have not so much."""
        ...

    async def send(self, reference: str, address: str, amount: int, most_fee: int) -> NodeAnswer:
        """Once under a reference, however often it is asked."""
        ...

    async def find(self, reference: str) -> NodeAnswer: ...

    async def call_off(self, reference: str) -> NodeAnswer:
        """What has not been sent never will be."""
        ...

    async def raise_fee(self, reference: str, fee_rate: int) -> NodeAnswer:
        """Send what no block has taken anew. fee_rate: base units a byte."""
        ...

    async def since(self, block: str, confirmations: int) -> Listing:
        """All that came after a block; its cursor is the last one that so many confirm."""
        ...


@dataclass(frozen=True)
class Chains:
    """By unit; none where no node is configured."""

    by_unit: Mapping[str, Chain]

    def of(self, unit: str) -> Chain:
        """Raises NoChain."""
        try:
            return self.by_unit[unit]
        except KeyError:
            raise NoChain("no node of its chain can be asked", field="unit") from None
