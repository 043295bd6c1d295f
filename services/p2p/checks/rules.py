"""Which checks an application needs, when a silent source is asked again, and what the answers mean for the decision."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.p2p.checks.model import Check, CheckKind, CheckState

LONGEST_WAIT = timedelta(hours=1)
TOLERATED_SHARE, TOLERATED_MINOR = 5, 100_000
"""Of what was declared, the fifth, or a thousand yuan if that is more: debts move between a declaration and a report."""

NOT_CONFIRMED = "identity_not_confirmed"
PAST_DUE_ELSEWHERE = "past_due_elsewhere"
OWES_MORE = "owes_more_elsewhere"
REFUSALS = (NOT_CONFIRMED, PAST_DUE_ELSEWHERE)
"""What forbids a loan whatever the score."""


def kinds_for(organisation: bool) -> tuple[CheckKind, ...]:
    """The register knows persons alone; who an organisation is, staff sees from its licence."""
    return (CheckKind.BUREAU,) if organisation else (CheckKind.IDENTITY, CheckKind.BUREAU)


def next_try(now: datetime, tries: int) -> datetime:
    return now + min(LONGEST_WAIT, timedelta(minutes=1 << min(tries, 10)))


def all_ended(checks: Iterable[Check]) -> bool:
    return all(check.state is not CheckState.PENDING for check in checks)


def refusals_of(checks: Iterable[Check]) -> tuple[str, ...]:
    """What forbids a loan whatever the score."""
    found = []
    for check in checks:
        if check.kind is CheckKind.IDENTITY and check.state is CheckState.FAILED:
            found.append(NOT_CONFIRMED)
        if check.past_due_minor:
            found.append(PAST_DUE_ELSEWHERE)
    return tuple(found)


def owes_more_than_declared(checks: Iterable[Check], declared_minor: int) -> bool:
    tolerated = declared_minor + max(TOLERATED_MINOR, declared_minor // TOLERATED_SHARE)
    return any((check.owed_minor or 0) > tolerated for check in checks)


def owed_elsewhere(checks: Iterable[Check], declared_minor: int) -> int:
    """The larger of what she says and what the bureau says."""
    return max([declared_minor, *(check.owed_minor or 0 for check in checks)])


def something_is_open(checks: Iterable[Check], *, organisation: bool, needed: bool) -> bool:
    """Whether her identity, or what she owes elsewhere, was not confirmed: also where nobody was asked, though it is needed."""
    found = {check.kind: check.state for check in checks}
    expected = kinds_for(organisation) if needed else tuple(found)
    return any(found.get(kind) is not CheckState.PASSED for kind in expected)
