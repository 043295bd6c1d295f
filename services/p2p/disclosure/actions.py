"""Stories of disclosure: a month is reported once its last day is closed; a correction is another version."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.disclosure import queries
from services.p2p.disclosure.errors import AlreadyRelated, MonthNotClosed, NotRelated, TooManyRelated, UnknownReport
from services.p2p.disclosure.events import REPORT_PUBLISHED, told
from services.p2p.disclosure.model import MOST_RELATED, Month, OperatingReport, RelatedParty

PUBLISH_JOB = "p2p.publish_report"


async def publish(tx: Tx, caller: Caller, *, month: Month, reserves: Mapping[str, int]) -> list[OperatingReport]:
    """The first version of each currency lent in by then. reserves: minor units of the reserve fund at the month's end, by currency.

    Those that are published already stay. Raises MonthNotClosed.
    """
    await require_closed(tx, month)
    made = []
    for currency in sorted(reserves):
        if await queries.newest_version(tx.connection, str(month), currency) == 0:
            made.append(await _make(tx, caller, month, currency, reserves[currency], version=1, reason=None))
    return made


async def request_correction(tx: Tx, caller: Caller, *, month: Month, currency: str, reason: str) -> OperatingReport:
    """Staff wants the month reckoned again, for a reason that is published with it; answers the version that it will follow.

    Raises UnknownReport.
    """
    version = await queries.newest_version(tx.connection, str(month), currency)
    report = await queries.load(tx.connection, str(month), currency, version)
    if report is None:
        raise UnknownReport("no such report", field="month")
    facts = {"month": str(month), "currency": currency, "follows": version, "reason": reason, "by": caller.party}
    tx.jobs.add(PUBLISH_JOB, facts)
    return report


async def correct(
    tx: Tx, caller: Caller, *, month: Month, currency: str, follows: int, reason: str, by: str, reserve_minor: int
) -> OperatingReport | None:
    """follows: the version that it corrects; nothing where somebody has corrected that already."""
    if await queries.newest_version(tx.connection, str(month), currency) != follows:
        return None
    return await _make(tx, caller, month, currency, reserve_minor, version=follows + 1, reason=reason, by=by)


async def require_closed(tx: Tx, month: Month) -> None:
    if not await queries.closed(tx.connection, last_day(month)):
        raise MonthNotClosed(f"{last_day(month)} is not closed yet", field="month")


async def relate(tx: Tx, caller: Caller, *, party: RelatedParty) -> RelatedParty:
    """Raises AlreadyRelated, TooManyRelated."""
    await queries.lock_related(tx.connection)
    known = await queries.related(tx.connection)
    if any(one.party == party.party and (one.until_on is None or one.until_on > party.from_on) for one in known):
        raise AlreadyRelated("she is one already", field="party")
    if len(known) >= MOST_RELATED:
        raise TooManyRelated(f"there are at most {MOST_RELATED}", field="party")
    await queries.add_related(tx.connection, party)
    return party


async def unrelate(tx: Tx, caller: Caller, *, party: str, until_on: date) -> RelatedParty:
    """Raises NotRelated where she is none, or began later."""
    if not await queries.end_related(tx.connection, party, until_on):
        raise NotRelated("no such related party on that day", field="party")
    return next(one for one in await queries.related(tx.connection) if (one.party, one.until_on) == (party, until_on))


def last_day(month: Month) -> date:
    return month.following.first_day - timedelta(days=1)


def bounds(month: Month, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which a month begins, and at which the next one does."""
    return start_of_day(month.first_day, zone), start_of_day(month.following.first_day, zone)


async def _make(
    tx: Tx,
    caller: Caller,
    month: Month,
    currency: str,
    reserve_minor: int,
    *,
    version: int,
    reason: str | None,
    by: str | None = None,
) -> OperatingReport:
    since, until = bounds(month, tx.settings.zone)
    found = await queries.indicators(
        tx.connection, currency, since=since, until=until, last_day=last_day(month), reserve_minor=reserve_minor
    )
    report = OperatingReport(str(month), currency, version, found, reason, by or caller.party, tx.now)
    await queries.add(tx.connection, report)
    tx.events.add(REPORT_PUBLISHED, f"{month}_{currency}", told(report))
    return report
