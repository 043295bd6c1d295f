"""When somebody may be contacted: never in quiet hours, never more often than the rules in force say; and the states of a contact.

| state | event | by | to |
|---|---|---|---|
| allowed | report | whoever asked for it | reported |
| allowed | lapse | time | unreported |

reported and unreported are final.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.clock import business_day, start_of_day
from finance.calendars import is_business_day
from finance.errors import CalendarUnknown
from services.p2p.collections.errors import (
    ContactCapReached,
    ContactRulesContradict,
    ContactRulesNotNewer,
    QuietHours,
)
from services.p2p.collections.model import ContactEvent, ContactRules, ContactState
from services.p2p.errors import NotAllowedInState

DAY_MINUTES = 24 * 60
WEEK = timedelta(days=6)
"""A day and the six before it."""
LONGEST_QUIET = 20 * 60
"""Minutes of a day: what is quieter would stop contacts, which is decided case by case."""

TRANSITIONS: Mapping[tuple[ContactState, ContactEvent], ContactState] = {
    (ContactState.ALLOWED, ContactEvent.REPORT): ContactState.REPORTED,
    (ContactState.ALLOWED, ContactEvent.LAPSE): ContactState.UNREPORTED,
}


def next_state(state: ContactState, event: ContactEvent) -> ContactState:
    """Raises NotAllowedInState."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise NotAllowedInState(f"a contact that is {state} cannot {event}", state=state.value)
    return after


@dataclass(frozen=True, slots=True)
class Answer:
    """at: the earliest instant at which a contact is allowed, not before it was asked for; bound_by: what made it wait, if anything."""

    at: datetime
    bound_by: str | None


def minute_of(instant: datetime, zone: ZoneInfo) -> int:
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute


def earliest(rules: ContactRules, days: Sequence[date], now: datetime, zone: ZoneInfo) -> Answer:
    """When a contact is allowed after contacts on the days given (of the last week, in any order, a day once for each)."""
    at, bound_by = now, None
    while True:
        later, why = _pushed(rules, days, at, zone)
        if why is None:
            return Answer(at, bound_by)
        at, bound_by = later, bound_by or why


def require_allowed(rules: ContactRules, days: Sequence[date], now: datetime, zone: ZoneInfo) -> None:
    """Raises QuietHours, ContactCapReached, with the time when it is allowed."""
    found = earliest(rules, days, now, zone)
    if found.bound_by is None:
        return
    if found.bound_by == "quiet_hours":
        raise QuietHours("nobody is contacted at this time", field="channel", allowed_at=found.at.isoformat())
    most = rules.most_a_day if found.bound_by == "day" else rules.most_a_week
    raise ContactCapReached(
        f"she was contacted {most} times, the most for a {found.bound_by}",
        field="channel",
        per=found.bound_by,
        most=most,
        allowed_at=found.at.isoformat(),
    )


def _pushed(rules: ContactRules, days: Sequence[date], at: datetime, zone: ZoneInfo) -> tuple[datetime, str | None]:
    """The next instant worth trying, and why this one is not allowed; None if it is."""
    day, minute = business_day(at, zone), minute_of(at, zone)
    tomorrow = start_of_day(day + timedelta(days=1), zone)
    if _rests(rules, day):
        return tomorrow, "quiet_hours"
    if _quiet(rules, minute):
        over_midnight = minute >= rules.quiet_to
        return _at_minute(day + timedelta(days=over_midnight), rules.quiet_to, zone), "quiet_hours"
    if sum(one == day for one in days) >= rules.most_a_day:
        return tomorrow, "day"
    if sum(day - WEEK <= one <= day for one in days) >= rules.most_a_week:
        return tomorrow, "week"
    return at, None


def _quiet(rules: ContactRules, minute: int) -> bool:
    if rules.quiet_from <= rules.quiet_to:
        return rules.quiet_from <= minute < rules.quiet_to
    return minute >= rules.quiet_from or minute < rules.quiet_to


def _rests(rules: ContactRules, day: date) -> bool:
    """Of a year whose holidays are not announced only the weekends are known."""
    try:
        return not is_business_day(day, rules.rest_calendar)
    except CalendarUnknown:
        return not is_business_day(day, "weekends")


def _at_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone).astimezone(UTC)


def require_sound(draft: ContactRules, before: ContactRules, today: date) -> None:
    """Raises ContactRulesContradict, ContactRulesNotNewer."""
    if (draft.quiet_to - draft.quiet_from) % DAY_MINUTES > LONGEST_QUIET:
        raise ContactRulesContradict("hardly an hour of the day is left", field="quiet_to")
    if draft.most_a_week < draft.most_a_day:
        raise ContactRulesContradict("a week has at least as many as a day", field="most_a_week")
    if draft.valid_from < max(today, before.valid_from):
        earliest_day = max(today, before.valid_from)
        raise ContactRulesNotNewer(f"they begin on {earliest_day} or later", field="valid_from")
