"""What may happen to a standing deduction in which state."""

from datetime import date, timedelta

from services.payments.deductions.errors import DeductionEnded, DeductionEndsInPast, DeductionShareTooLarge
from services.payments.deductions.model import Deduction, DeductionState

MOST_SHARE_MILLIONTHS = 500_000
CONSENT_WITHIN = timedelta(days=30)
"""After which a proposal that nobody agreed to lapses."""


def require_proposable(share_millionths: int, ends_on: date | None, today: date) -> None:
    """Raises DeductionShareTooLarge, DeductionEndsInPast."""
    if share_millionths > MOST_SHARE_MILLIONTHS:
        raise DeductionShareTooLarge(
            "at most half of a settlement", field="share", most_millionths=MOST_SHARE_MILLIONTHS
        )
    if ends_on is not None and ends_on < today:
        raise DeductionEndsInPast("its last day is over", field="ends_on")


def may_agree(deduction: Deduction, today: date) -> bool:
    """Whether agreeing changes anything. Raises DeductionEnded."""
    over = deduction.ends_on is not None and deduction.ends_on < today
    if deduction.state in (DeductionState.COMPLETED, DeductionState.REVOKED) or over:
        raise DeductionEnded("it has ended", end_code=deduction.end_code or "end_reached")
    return deduction.state is DeductionState.PROPOSED


def may_revoke(deduction: Deduction) -> bool:
    """Whether revoking changes anything. Raises DeductionEnded for one that has done its work."""
    if deduction.state is DeductionState.COMPLETED:
        raise DeductionEnded("it has ended", end_code=deduction.end_code)
    return deduction.state is not DeductionState.REVOKED
