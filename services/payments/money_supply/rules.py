"""How much of a unit there may be. No I/O."""

from services.payments.money_supply.errors import BeyondSchedule
from services.payments.money_supply.model import Schedule

LAST_HALVING = 64
"""By then every subsidy that fits into 64 bits is shifted away."""


def subsidy_at(schedule: Schedule, height: int) -> int:
    """What the block at a height releases."""
    return schedule.subsidy >> min(height // schedule.halving_blocks, LAST_HALVING)


def released_by(schedule: Schedule, height: int) -> int:
    """What the blocks 0 … height have released together; of no block yet (−1) nothing."""
    blocks, released = height + 1, 0
    for halvings in range(LAST_HALVING):
        era = min(blocks, schedule.halving_blocks)
        released += era * (schedule.subsidy >> halvings)
        blocks -= era
    return released


def released_ever(schedule: Schedule) -> int:
    """All that the schedule will ever release: of Bitcoin's 2,099,999,997,690,000."""
    return sum(schedule.halving_blocks * (schedule.subsidy >> halvings) for halvings in range(LAST_HALVING))


def require_scheduled(schedule: Schedule, issued: int, amount: int, height: int) -> None:
    """Raises BeyondSchedule: what was issued and the amount are more than the blocks up to this height released."""
    limit = released_by(schedule, height)
    if issued + amount > limit:
        raise BeyondSchedule(
            "the schedule has not released that much", field="amount", schedule_limit=limit, left=max(0, limit - issued)
        )
