"""The states of a restructuring, and what may be agreed.

| state | event | by | to |
|---|---|---|---|
| proposed | confirm | staff, not who proposed it | offered |
| offered | accept | the borrower | accepted |
| offered | decline | the borrower | declined |
| proposed, offered | withdraw | staff | withdrawn |
| proposed, offered | expire | time | expired |

What was due by the day of acceptance stays due, and as late as it is: no loan gets younger by being restructured.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from finance.calendars import add_months
from finance.errors import FinanceError
from finance.rate_ceilings import check_offer
from finance.rate_ceilings_cn import CHINA
from finance.servicing import Account, Renegotiation
from services.p2p.errors import AboveRateCeiling, CannotBeScheduled, NotAllowedInState
from services.p2p.repayments.standing import Serviced
from services.p2p.restructurings.errors import RestructuringExpired
from services.p2p.restructurings.model import Restructuring, RestructuringEvent, RestructuringState

LONGEST_PAUSE_MONTHS = 24
"""Between the day of the agreement and the first row after it."""
_WAITING = (RestructuringState.PROPOSED, RestructuringState.OFFERED)
TRANSITIONS: Mapping[tuple[RestructuringState, RestructuringEvent], RestructuringState] = {
    (RestructuringState.PROPOSED, RestructuringEvent.CONFIRM): RestructuringState.OFFERED,
    (RestructuringState.OFFERED, RestructuringEvent.ACCEPT): RestructuringState.ACCEPTED,
    (RestructuringState.OFFERED, RestructuringEvent.DECLINE): RestructuringState.DECLINED,
    **{(state, RestructuringEvent.WITHDRAW): RestructuringState.WITHDRAWN for state in _WAITING},
    **{(state, RestructuringEvent.EXPIRE): RestructuringState.EXPIRED for state in _WAITING},
}


def next_state(restructuring: Restructuring, event: RestructuringEvent) -> RestructuringState:
    """Where the event takes it. Raises NotAllowedInState."""
    state = TRANSITIONS.get((restructuring.state, event))
    if state is None:
        detail = f"a restructuring that is {restructuring.state} cannot {event}"
        raise NotAllowedInState(detail, state=restructuring.state.value)
    return state


def require_in_time(restructuring: Restructuring, now: datetime) -> None:
    """Raises RestructuringExpired."""
    if restructuring.due_at is not None and restructuring.due_at <= now:
        raise RestructuringExpired("the time to answer is over", due_at=restructuring.due_at.isoformat())


def agreed(serviced: Serviced, restructuring: Restructuring, day: date) -> Account:
    """How the loan stands with the terms from a day on. Raises CannotBeScheduled, AboveRateCeiling."""
    if restructuring.annual_rate is not None and restructuring.annual_rate < 0:
        raise CannotBeScheduled("a rate is not negative", field="annual_rate")
    if restructuring.first_due_on is not None and restructuring.first_due_on > add_months(day, LONGEST_PAUSE_MONTHS):
        raise CannotBeScheduled(
            f"the first row is due within {LONGEST_PAUSE_MONTHS} months",
            field="first_due_on",
            latest=add_months(day, LONGEST_PAUSE_MONTHS).isoformat(),
        )
    terms = Renegotiation(
        str(restructuring.id), day, restructuring.annual_rate, restructuring.periods, restructuring.first_due_on
    )
    try:
        after = serviced.on(day, terms)
    except FinanceError as fault:
        raise CannotBeScheduled(fault.detail, field=fault.field) from fault
    _require_allowed(serviced, after)
    return after


def _require_allowed(serviced: Serviced, after: Account) -> None:
    """The whole loan with every fee, and its lateness, under the ceiling of the day of its contract."""
    loan = serviced.loan
    assert after.schedule is not None
    whole = replace(after.schedule, upfront_fee_minor=loan.origination_fee_minor + loan.reserve_contribution_minor)
    late = serviced.programme.late_daily_rate
    found = check_offer(whole, loan.starts_on, table=CHINA, lender=serviced.programme.lender_kind, late_daily_rate=late)
    if found.verdict != "allowed":
        raise AboveRateCeiling(
            "with every fee the loan would be dearer than the law allows",
            field="annual_rate",
            all_in_rate=f"{found.all_in_rate:.6f}",
            ceiling=str(Decimal(found.enforceable)),
            source=found.source,
        )
