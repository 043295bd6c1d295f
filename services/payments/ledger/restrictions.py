"""What money bound to a purpose may be spent on (专款专用). The colour stands on the account: money is bound by entering it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.payments.ledger.model import PURSE, Account, Allowed, Restriction


def against_purpose(
    debit_id: UUID, credit: Account, restrictions: Mapping[UUID, Restriction], now: datetime
) -> str | None:
    """The refusal of a transfer out of a restricted account, or None. Of two purposes neither serves the other."""
    bound = restrictions.get(debit_id)
    if bound is None:
        return "purpose_not_met"
    if credit.id == bound.return_account_id:
        return None
    if bound.expires_at is not None and bound.expires_at <= now:
        return "purpose_expired"
    if not any(_holds(one, credit) for one in bound.allowed):
        return "purpose_not_met"
    if credit.kind == PURSE:
        other = restrictions.get(credit.id)
        return None if other is not None and other.purpose_id == bound.purpose_id else "purpose_not_met"
    return None


def _holds(allowed: Allowed, credit: Account) -> bool:
    return (
        allowed.kind in (None, credit.kind)
        and allowed.owner in (None, credit.owner)
        and allowed.account_id in (None, credit.id)
    )
