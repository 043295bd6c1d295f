"""Chains of evidence worked out again to their ends, in steps that each take little: what one answer looks through is not all there is.

A chain goes on growing while it is gone through: its end is the last link that it had at the beginning.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from clients.payments.audit import PaymentsAudit
from clients.payments.shapes import BreakAnswer, ChainAnswer
from suite.audit.model import ChainWalked, Check, check

SAY_EVERY_SECONDS = 2.0
Say = Callable[[str], None]


@dataclass
class ChainWalk:
    """walked: how far each book's chain has been gone through until now."""

    payments: PaymentsAudit
    say: Say
    walked: dict[int, ChainWalked] = field(default_factory=dict)
    _said_at: float = field(default_factory=time.monotonic)

    async def go_on(self, looked: Sequence[ChainAnswer]) -> Check:
        """From where the service's own audit ended with each chain. Raises ClientError when the service does not answer any more."""
        for chain in looked:
            head = 0 if chain.complete else await self._head(chain.book_id)
            self.walked[chain.book_id] = ChainWalked(
                chain.book_id, chain.until, max(head, chain.until), chain.links, chain.transfers
            )
        broken = [found for book_id in list(self.walked) if (found := await self._walk(book_id)) is not None]
        return check("payments", "evidence chains", sum(one.links for one in self.walked.values()), broken)

    async def _head(self, book_id: int) -> int:
        link = (await self.payments.head(book_id)).link
        return 0 if link is None else link.number

    async def _walk(self, book_id: int) -> str | None:
        """The first link that does not hold, in words."""
        while not (one := self.walked[book_id]).complete:
            step = await self.payments.recomputation(book_id, one.until)
            self.walked[book_id] = replace(
                one, until=step.until, links=one.links + step.links, transfers=one.transfers + step.transfers
            )
            self._tell(self.walked[book_id])
            if step.broken is not None:
                return _named(book_id, step.broken)
        return None

    def _tell(self, one: ChainWalked) -> None:
        if time.monotonic() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self.say(f"{_how_far(one)}, {one.transfers:,} transfers")

    @property
    def how_far(self) -> str:
        """What is proved, where it ended early; nothing beyond it is."""
        return "; ".join(map(_how_far, self.walked.values())) or "no chain of evidence was gone through"


def _how_far(one: ChainWalked) -> str:
    return f"book {one.book_id} was gone through up to link {one.until:,} of {one.head:,}"


def _named(book_id: int, broken: BreakAnswer) -> str:
    return f"book {book_id} link {broken.number} {broken.fault}"
