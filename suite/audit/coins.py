"""Payments against the chains: what our addresses have is no less than what our books say is there, but for what is being sent. Pure."""

from collections.abc import Mapping, Sequence

from clients.payments.shapes import CoinFiguresAnswer
from suite.audit.model import Check, check

WHERE = "payments ↔ chain"
SUBSIDY, HALVING_BLOCKS = 50 * 10**8, 210_000


def checks(ours: Sequence[CoinFiguresAnswer], held: Mapping[str, int], issued: int, height: int) -> list[Check]:
    """held: by unit, what our addresses have, as the chain says; issued, height: of the chain. In base units."""
    short = [
        f"{one.unit}: {held.get(one.unit, 0) - (one.issued - one.sending):+d}"
        for one in ours
        if one.issued - one.sending > held.get(one.unit, 0)
    ]
    beyond = [] if issued <= released_by(height) else [f"height {height}: {issued - released_by(height):+d}"]
    return [
        check(WHERE, "coins are at our addresses", len(ours), short),
        check(WHERE, "the chain issued no more than its schedule", 1, beyond),
    ]


def released_by(height: int) -> int:
    """What the blocks 0 … height release together; of no block yet (−1) nothing."""
    eras = range((height + HALVING_BLOCKS) // HALVING_BLOCKS)
    blocks = [min(height + 1 - era * HALVING_BLOCKS, HALVING_BLOCKS) for era in eras]
    return sum(count * (SUBSIDY >> era) for era, count in enumerate(blocks))
