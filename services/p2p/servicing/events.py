"""Events of closed days."""

from collections.abc import Sequence

from chassis.wire import Answer, Day
from services.p2p.servicing.model import Aged, DayClose

DAY_CLOSED = "p2p.day.closed.v1"


class AgedTold(Answer):
    """Loans of a currency in a bucket at the end of the day; amounts in minor units. interest_minor: earned on the day."""

    currency: str
    bucket: str
    loans: int
    outstanding_minor: int
    interest_minor: int
    stopped: int


class DayClosed(Answer):
    """A day was closed: every loan that is being repaid has its accrual and its age."""

    day: Day
    loans: int
    aged: list[AgedTold]


EVENT_TYPES: dict[str, type[Answer]] = {DAY_CLOSED: DayClosed}


def told(close: DayClose, found: Sequence[Aged]) -> dict[str, object]:
    aged = [AgedTold.model_validate(one) for one in found]
    return DayClosed(day=close.day, loans=close.loans, aged=aged).model_dump(mode="json")
