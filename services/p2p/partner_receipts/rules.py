"""The states of a partner's receipt, and what it costs the partner to keep the money.

| state | event | by | to |
|---|---|---|---|
| held | pass_on | the partner, staff, or time after the last day without interest | passing |
| held | return | staff: it was given back to the borrower | returned |
| passing | refuse | the repayment was refused, or the partner has no wallet | held |
| passing | settle | the repayment reached its holders, in time | passed |
| passing | settle_late | the repayment reached its holders, late | owing |
| owing | pay | ledger moved the interest to the holders | passed |

passed and returned are final. held is tried again each day after its last day without interest, owing each day until it is paid.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.clock import start_of_day
from finance.exact import rounded
from finance.sharing import share_interest
from services.p2p.errors import NotAllowedInState
from services.p2p.partner_receipts.errors import ReceivedOnNotAllowed
from services.p2p.partner_receipts.model import InterestShare, PartnerReceipt, ReceiptEvent, ReceiptState
from services.p2p.repayments.model import Share
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text

S, E = ReceiptState, ReceiptEvent
MOST_HELD = 24
"""Of one loan at a time."""
AGAIN = timedelta(days=1)
SOON = timedelta(minutes=1)
TRANSITIONS: Mapping[tuple[ReceiptState, ReceiptEvent], ReceiptState] = {
    (S.HELD, E.PASS_ON): S.PASSING,
    (S.HELD, E.RETURN): S.RETURNED,
    (S.PASSING, E.REFUSE): S.HELD,
    (S.PASSING, E.SETTLE): S.PASSED,
    (S.PASSING, E.SETTLE_LATE): S.OWING,
    (S.OWING, E.PAY): S.PASSED,
}
OPEN = (S.HELD, S.PASSING)


def next_state(receipt: PartnerReceipt, event: ReceiptEvent) -> ReceiptState:
    """Where the event takes the receipt. Raises NotAllowedInState."""
    state = TRANSITIONS.get((receipt.state, event))
    if state is None:
        raise NotAllowedInState(f"a receipt that is {receipt.state} cannot {event}", state=receipt.state.value)
    return state


def require_received_on(received_on: date, *, starts_on: date, today: date) -> None:
    """Raises ReceivedOnNotAllowed."""
    if not starts_on <= received_on <= today:
        raise ReceivedOnNotAllowed("received between the loan's first day and today", field="received_on")


def tried_at(pass_on_by: date, now: datetime, zone: ZoneInfo) -> datetime:
    """When money that is held is fetched: after its last day, and then a day after the last try."""
    return max(start_of_day(pass_on_by + timedelta(days=1), zone), now)


def interest_of(receipt: PartnerReceipt, of_others_minor: int, passed_on: date) -> int:
    """Simple interest on what belongs to others for each day after the last without it, half up; minor units."""
    days = max(0, (passed_on - receipt.pass_on_by).days)
    return rounded(Fraction(Decimal(receipt.daily_rate)) * of_others_minor * days, "half_up")


def shares_of(receipt: PartnerReceipt, interest_minor: int, paid: Sequence[Share]) -> list[InterestShare]:
    """By what each holder received of it, but the partner itself, to the minor unit; Σ = the interest. Shares of 0 are left out."""
    by_holder: dict[str, int] = {}
    own: dict[str, Share] = {}
    for share in paid:
        if share.holder != receipt.party:
            by_holder[share.holder] = by_holder.get(share.holder, 0) + share.amount_minor
            own[share.holder] = share
    if not interest_minor or not by_holder:
        return []
    shared = share_interest(
        interest_minor, by_holder, loan=loan_text(receipt.loan_id), row=-receipt.received_on.toordinal()
    )
    return [
        InterestShare(receipt.id, own[holder].claim_id, holder, own[holder].account_id, amount)
        for holder, amount in sorted(shared.items())
        if amount
    ]


def of_others(receipt: PartnerReceipt, paid: Sequence[Share]) -> int:
    """What of a repayment went to others than the partner; minor units."""
    return sum(share.amount_minor for share in paid if share.holder != receipt.party)


def transfer_id(receipt: PartnerReceipt, share: InterestShare) -> UUID:
    """The same for a receipt, holder and try, whenever it is worked out; in the book where the holder's account is."""
    return derived(receipt.recorded_at, share.account_id, "holding", receipt.id, share.claim_id, receipt.tries)
