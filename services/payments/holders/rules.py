"""What an identity number must be, and when a source is asked again. Pure."""

from datetime import datetime, timedelta

from stdnum.cn import ric

from services.payments.holders.errors import MalformedIdentityNumber
from services.payments.holders.model import Answer, Check, CheckState, Verdict

SHOWN_FIRST, SHOWN_LAST = 3, 4
ASKED_FOR = timedelta(hours=24)
"""How long an answer is waited for; after that the check is as good as never asked."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
CHECKS_A_DAY = 5
"""Of one customer by one source."""
MOST_CUSTOMERS = 20
"""As how many customers a person may be known."""


def checked_number(number: str) -> str:
    """A resident identity number (GB 11643: region, day of birth, sequence, check digit) in capitals. Raises MalformedIdentityNumber."""
    number = number.upper()
    if not ric.is_valid(number):
        raise MalformedIdentityNumber("the region, the day of birth or the check digit is wrong", field="number")
    return number


def masked(number: str) -> str:
    """The number as it may be shown: 110***********0037."""
    return number[:SHOWN_FIRST] + "*" * (len(number) - SHOWN_FIRST - SHOWN_LAST) + number[-SHOWN_LAST:]


def state_after(check: Check, answer: Answer, now: datetime) -> CheckState:
    if answer.verdict is Verdict.MATCH:
        return CheckState.PASSED
    if answer.verdict is Verdict.MISMATCH:
        return CheckState.FAILED
    return CheckState.EXPIRED if check.expires_at <= now else CheckState.PENDING


def ask_again_at(check: Check, now: datetime) -> datetime:
    """At growing intervals, and a last time when the patience ends."""
    doubled: int = 2 ** min(check.tries, 10)
    return min(now + min(FIRST_PAUSE * doubled, LONGEST_PAUSE), check.expires_at)
