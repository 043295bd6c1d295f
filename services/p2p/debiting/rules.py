"""When what is due is debited, and the states of mandates and debits.

| mandate | event | by | to |
|---|---|---|---|
| requested | ask | payments has it | unsigned |
| requested, unsigned | lapse | payments refused it; not signed in time; signed for less than was asked | ended |
| unsigned | sign | the borrower, at payments | active |
| active | stop | a debit was refused for good | stopped |
| requested, unsigned, active | end | the borrower; nothing is owed any more | ended |

| debit | event | by | to |
|---|---|---|---|
| asked | send | the bank is asked | sent |
| asked, sent | advance | the bank is asked, and the programme shares out at once | advanced |
| advanced | withhold | the ledger refused to share it out | sent |
| asked, sent, advanced | pay | the bank, finally | paid |
| asked, sent | fail | the bank or payments, finally | failed |
| advanced | bounce | the bank, finally | bounced |
| paid | settle | everything is where it belongs | settled |
| bounced | unwind | the holders gave back, the advance is covered | unwound |
| failed, unwound | pay_late | the bank, after it had refused | late |
| late | return | it is in the borrower's wallet | returned |
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.p2p.debiting.errors import DebitCapTooSmall, MandateTooShort
from services.p2p.debiting.model import DebitState, LoanDebit, MandateState, RepaymentMandate, Signed
from services.p2p.errors import NotAllowedInState
from services.p2p.loans.model import LoanRow
from services.p2p.programmes.model import DebitTerms

HOURS = (8, 20)
"""Of the suite's zone, at which the rounds of a day begin."""
AFTER_REVERSAL = timedelta(days=1)
"""Nothing is debited of a loan of which a repayment was taken back: first the bank has its money back."""
SIGN_WITHIN = timedelta(days=7)
LOOK_AGAIN = timedelta(days=1)
LATE = timedelta(days=3)
"""Within so long banks have said their last, also of what they had refused."""
FINAL_REASONS = frozenset(
    {
        "card_not_bound",
        "card_restricted",
        "payer_account_closed",
        "payer_not_verified",
        "mandate_revoked",
        "mandate_expired",
        "mandate_refused",
        "unknown_mandate",
    }
)
"""No other day brings another answer."""


class MandateEvent(StrEnum):
    ASK = "ask"
    LAPSE = "lapse"
    SIGN = "sign"
    STOP = "stop"
    END = "end"


class DebitEvent(StrEnum):
    SEND = "send"
    ADVANCE = "advance"
    WITHHOLD = "withhold"
    PAY = "pay"
    FAIL = "fail"
    BOUNCE = "bounce"
    SETTLE = "settle"
    UNWIND = "unwind"
    PAY_LATE = "pay_late"
    RETURN = "return"


_MANDATE = MandateState
MANDATES: Mapping[tuple[MandateState, MandateEvent], MandateState] = {
    (_MANDATE.REQUESTED, MandateEvent.ASK): _MANDATE.UNSIGNED,
    (_MANDATE.REQUESTED, MandateEvent.LAPSE): _MANDATE.ENDED,
    (_MANDATE.UNSIGNED, MandateEvent.LAPSE): _MANDATE.ENDED,
    (_MANDATE.UNSIGNED, MandateEvent.SIGN): _MANDATE.ACTIVE,
    (_MANDATE.ACTIVE, MandateEvent.STOP): _MANDATE.STOPPED,
    (_MANDATE.REQUESTED, MandateEvent.END): _MANDATE.ENDED,
    (_MANDATE.UNSIGNED, MandateEvent.END): _MANDATE.ENDED,
    (_MANDATE.ACTIVE, MandateEvent.END): _MANDATE.ENDED,
}
_DEBIT = DebitState
DEBITS: Mapping[tuple[DebitState, DebitEvent], DebitState] = {
    (_DEBIT.ASKED, DebitEvent.SEND): _DEBIT.SENT,
    (_DEBIT.ASKED, DebitEvent.ADVANCE): _DEBIT.ADVANCED,
    (_DEBIT.SENT, DebitEvent.ADVANCE): _DEBIT.ADVANCED,
    (_DEBIT.ADVANCED, DebitEvent.WITHHOLD): _DEBIT.SENT,
    (_DEBIT.ASKED, DebitEvent.PAY): _DEBIT.PAID,
    (_DEBIT.SENT, DebitEvent.PAY): _DEBIT.PAID,
    (_DEBIT.ADVANCED, DebitEvent.PAY): _DEBIT.PAID,
    (_DEBIT.ASKED, DebitEvent.FAIL): _DEBIT.FAILED,
    (_DEBIT.SENT, DebitEvent.FAIL): _DEBIT.FAILED,
    (_DEBIT.ADVANCED, DebitEvent.BOUNCE): _DEBIT.BOUNCED,
    (_DEBIT.PAID, DebitEvent.SETTLE): _DEBIT.SETTLED,
    (_DEBIT.BOUNCED, DebitEvent.UNWIND): _DEBIT.UNWOUND,
    (_DEBIT.FAILED, DebitEvent.PAY_LATE): _DEBIT.LATE,
    (_DEBIT.UNWOUND, DebitEvent.PAY_LATE): _DEBIT.LATE,
    (_DEBIT.LATE, DebitEvent.RETURN): _DEBIT.RETURNED,
}


def next_mandate_state(mandate: RepaymentMandate, event: MandateEvent) -> MandateState:
    """Raises NotAllowedInState."""
    state = MANDATES.get((mandate.state, event))
    if state is None:
        raise NotAllowedInState(
            f"a mandate that is {mandate.state} cannot {event}", field="state", state=mandate.state.value
        )
    return state


def next_debit_state(debit: LoanDebit, event: DebitEvent) -> DebitState:
    """Raises NotAllowedInState."""
    state = DEBITS.get((debit.state, event))
    if state is None:
        raise NotAllowedInState(f"a debit that is {debit.state} cannot {event}", field="state", state=debit.state.value)
    return state


def round_at(now: datetime, zone: ZoneInfo) -> int:
    """Which round of its day an instant is in; 0 before the first."""
    hour = now.astimezone(zone).hour
    return sum(hour >= begins for begins in HOURS)


def is_planned(terms: DebitTerms, unpaid: Sequence[date], tried: Iterable[date], today: date) -> bool:
    """Whether the mandate is to be debited today. unpaid: due days of rows with something owed; tried: days on which it was.

    Each due day has its own plan: itself and so many days after it. A day that was missed is made up for on the next.
    """
    planned = [day + timedelta(days=after) for day in unpaid for after in (0, *terms.retry_days)]
    passed = [day for day in planned if day <= today]
    return bool(passed) and not any(day >= max(passed) for day in tried)


def require_wide(rows: Sequence[LoanRow], most_minor: int, most_monthly_minor: int, valid_until: date) -> None:
    """A mandate takes every row that is left, at one time and in its month, to the last. Raises DebitCapTooSmall, MandateTooShort."""
    unpaid = [row for row in rows if row.paid_at is None]
    largest = max((row.principal_left_minor + row.interest_left_minor for row in unpaid), default=0)
    if most_minor < largest:
        raise DebitCapTooSmall("less than an instalment", field="most_minor", least_minor=largest)
    if most_monthly_minor < most_minor:
        raise DebitCapTooSmall("a month takes one debit at least", field="most_monthly_minor", least_minor=most_minor)
    last = max((row.due_on for row in unpaid), default=valid_until)
    if valid_until < last:
        raise MandateTooShort("the loan goes on after it", field="valid_until", last_due_on=last.isoformat())


def fits(mandate: RepaymentMandate, signed: Signed) -> bool:
    """Whether what payments has is what was asked of the borrower: hers, to the loan's account, and no narrower."""
    return (
        signed.customer == mandate.borrower
        and signed.account_id == mandate.account_id
        and signed.currency == mandate.currency
        and signed.most_minor >= mandate.most_minor
        and signed.most_monthly_minor >= mandate.most_monthly_minor
        and signed.valid_until >= mandate.valid_until
    )
