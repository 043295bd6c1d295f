"""The states of an enrolment, and when each ends.

| state | event | by | to |
|---|---|---|---|
| investing | cancel | the lender, or time, before anything was lent; its order ended before | cancelled |
| investing | lock | all is lent, or the days for it are over | locked |
| locked | unlock | time, where the plan waits to be asked | free |
| locked | leave | time, where the plan does not; the lender, where she may leave early | exiting |
| free | leave | the lender; time, before her order expires | exiting |
| exiting | clear | nothing is left but claims on loans that were given up, and no repayment of one is being taken back | settling |
| settling | reopen | a repayment of a claim was taken back, or is being, before a charge was with the ledger | exiting |
| settling | settle | ledger took what is charged, or nothing is | ended |
| settling | waive | time: a month of wallets with too little in them | ended |

ended and cancelled are final. exiting has no date: claims are sold when somebody buys them, and repaid as their loans are.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from services.p2p.claims.model import Claim
from services.p2p.enrolments.errors import AmountOutOfPlan, EarlyExitNotOffered, SomethingIsLent
from services.p2p.enrolments.model import Enrolment, EnrolmentEvent, EnrolmentState, Fills
from services.p2p.errors import CurrencyDiffers, NotAllowedInState
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.plans.model import Plan
from services.p2p.programmes.model import AccruedRule, ResaleTerms
from services.p2p.resale.pricing import quote

MOST_ENROLMENTS = 20
"""Of one lender, alive."""
MOST_ATTEMPTS = 30
"""Of taking what is charged, one a day."""
BEFORE_EXPIRY = timedelta(days=30)
"""So long before its order expires an enrolment leaves by itself."""
NOT_PROMISED = ("payout_date", "payout_amount", "income", "principal")
PLACES = Decimal("0.000001")

TRANSITIONS: Mapping[tuple[EnrolmentState, EnrolmentEvent], EnrolmentState] = {
    (EnrolmentState.INVESTING, EnrolmentEvent.CANCEL): EnrolmentState.CANCELLED,
    (EnrolmentState.INVESTING, EnrolmentEvent.LOCK): EnrolmentState.LOCKED,
    (EnrolmentState.LOCKED, EnrolmentEvent.UNLOCK): EnrolmentState.FREE,
    (EnrolmentState.LOCKED, EnrolmentEvent.LEAVE): EnrolmentState.EXITING,
    (EnrolmentState.FREE, EnrolmentEvent.LEAVE): EnrolmentState.EXITING,
    (EnrolmentState.EXITING, EnrolmentEvent.CLEAR): EnrolmentState.SETTLING,
    (EnrolmentState.SETTLING, EnrolmentEvent.SETTLE): EnrolmentState.ENDED,
    (EnrolmentState.SETTLING, EnrolmentEvent.WAIVE): EnrolmentState.ENDED,
    (EnrolmentState.SETTLING, EnrolmentEvent.REOPEN): EnrolmentState.EXITING,
}


def next_state(enrolment: Enrolment, event: EnrolmentEvent) -> EnrolmentState:
    """Where the event takes the enrolment. Raises NotAllowedInState."""
    state = TRANSITIONS.get((enrolment.state, event))
    if state is None:
        detail = f"an enrolment that is {enrolment.state} cannot {event}"
        raise NotAllowedInState(detail, state=enrolment.state.value)
    return state


def require_amount(plan: Plan, amount_minor: int, currency: str) -> None:
    """Raises CurrencyDiffers, AmountOutOfPlan."""
    if currency != plan.currency:
        raise CurrencyDiffers(f"the plan is in {plan.currency}", field="currency")
    if not plan.least_minor <= amount_minor <= plan.most_minor:
        bounds = {"least_minor": plan.least_minor, "most_minor": plan.most_minor}
        raise AmountOutOfPlan("the plan takes another amount", field="amount", **bounds)


def require_cancellable(fills: Fills) -> None:
    """Raises SomethingIsLent."""
    if fills.claims or fills.under_way:
        raise SomethingIsLent("something is lent already, or bid for", claims=fills.claims, under_way=fills.under_way)


def is_early(enrolment: Enrolment, plan: Plan, now: datetime) -> bool:
    """Whether who leaves now does before the lock-in is over. Raises EarlyExitNotOffered, with when it is."""
    until = enrolment.locked_until_at
    if enrolment.state is not EnrolmentState.LOCKED or until is None or until <= now:
        return False
    if plan.early_exit_fee_rate is None:
        raise EarlyExitNotOffered("nobody leaves this plan before the lock-in is over", locked_until=until.isoformat())
    return True


def begins(today: date, days: int, zone: ZoneInfo) -> datetime:
    """The instant at which the day begins that is so many days after today."""
    return datetime.combine(today + timedelta(days=days), time(), zone).astimezone(UTC)


def fair_share(claim: Claim, loan: Loan, unpaid: Sequence[LoanRow], terms: ResaleTerms, today: date) -> Decimal:
    """The price, as a share of principal and accrued interest, at which a claim costs what it should be worth: what is still to come,
    discounted at the loan's own rate. Within the bounds of its programme."""
    shown = quote(
        claim, loan, unpaid, terms, principal_minor=claim.outstanding_minor, price_share=Decimal(1), day=today
    )
    pays = terms.accrued is AccruedRule.BUYER_PAYS_AT_TRADE
    worth = claim.outstanding_minor + (shown.accrued_minor if pays else 0)
    share = (Decimal(shown.fair_minor) / worth).quantize(PLACES, ROUND_DOWN)
    return min(max(share, terms.least_price), terms.largest_price)


def median(days: Sequence[int]) -> int | None:
    """Of an even number the larger of the two in the middle: nobody is told less."""
    return sorted(days)[len(days) // 2] if days else None
