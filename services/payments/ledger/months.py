"""Which months of the log are given a partition, and when: calendar months in UTC, of `posted_at`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

MONTHS_AHEAD = 2
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """What a partition holds: from `since`, None for all before, to before `until`, None for all after."""

    since: datetime | None
    until: datetime | None


def months_to_make(now: datetime, spans: Iterable[Span]) -> list[date]:
    """First days of those months, this one and the next two, that no partition holds yet. None beyond 2199."""
    held = list(spans)
    current = now.astimezone(UTC)
    months = [_month(current.year, current.month + ahead) for ahead in range(MONTHS_AHEAD + 1)]
    return [month for month in months if FIRST <= month <= LAST and not any(_holds(span, month) for span in held)]


def _month(year: int, month: int) -> date:
    """month: beyond 12, of the year after."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _holds(span: Span, month: date) -> bool:
    begin = datetime(month.year, month.month, 1, tzinfo=UTC)
    return (span.since is None or span.since <= begin) and (span.until is None or begin < span.until)
