"""An atomic posting that is refused leaves what was decided before it, in the same gathering, exactly as it was."""

import copy
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from services.payments.ledger.model import Account, Known, Posting, Rule, TransferCommand, TransferKind
from services.payments.ledger.rules import Ruling

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)


def identifier(number: int) -> UUID:
    """In book 1."""
    return UUID(int=number << 16 | 1)


class Caller:
    """Asks for random batches among five accounts, the first of which may be overdrawn; holds are mostly of those asked for before."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.asked = 1000
        self.holds = [identifier(99)]

    def posting(self) -> Posting:
        return Posting(tuple(self._command() for _ in range(self.random.randint(2, 5))), atomic=True)

    def _command(self) -> TransferCommand:
        self.asked += 1
        name, kind = identifier(self.asked), TransferKind(self.random.choice([0, 0, 1, 1, 2, 3]))
        if kind in (TransferKind.POST, TransferKind.VOID):
            return TransferCommand(name, kind, "tests.move", pending_id=self.random.choice(self.holds[-5:]))
        if kind is TransferKind.PENDING:
            self.holds.append(name)
        debit, credit = (identifier(number) for number in self.random.sample(range(1, 6), 2))
        return TransferCommand(name, kind, "tests.move", "", debit, credit, self.random.randint(1, 5), "CNY")


def state(ruling: Ruling) -> Any:
    known = ruling.known
    return copy.deepcopy(
        (
            known.accounts,
            known.holds,
            known.transfers,
            ruling.created,
            ruling.opened_holds,
            ruling.settled_holds,
            ruling._last,
        )
    )


def test_a_refused_batch_leaves_everything_as_it_was() -> None:
    refused = 0
    for seed in range(300):
        overdrawn = {1: Rule.NONE}
        accounts = [
            Account(identifier(number), "CNY", "x", "p2p", overdrawn.get(number, Rule.DEBITS_MUST_NOT_EXCEED_CREDITS))
            for number in range(1, 6)
        ]
        ruling, caller = Ruling(Known({one.id: one for one in accounts}), NOW, NOW.date()), Caller(seed)
        for _ in range(6):
            before = state(ruling)
            if not all(outcome.accepted for outcome in ruling.decide(caller.posting())):
                refused += 1
                assert state(ruling) == before
    assert refused > 1000
