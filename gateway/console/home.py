"""What the home page shows: cards by group, charts, health of the sources; words and numbers ready to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from finance.currencies import SCALES
from gateway.console.language import Language
from gateway.operations import queries
from gateway.operations.model import DayTotal, Dimension, Group, Period, SourceHealth, Unit, Value
from gateway.operations.summary import FigureReading, Summary

PERIODS = (7, 30, 90)
DEFAULT_PERIOD = 30


@dataclass(frozen=True)
class Card:
    code: str
    title: str
    definition: str
    shown: list[str]
    degraded: bool


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    cards: list[Card]


@dataclass(frozen=True)
class Chip:
    """A source in the health strip; detail: when it was last heard of, in words."""

    name: str
    title: str
    degraded: bool
    event: str
    detail: str


def sections(summary: Summary, language: Language) -> list[Section]:
    return [
        Section(
            group,
            language.text(f"group_{group}"),
            [_card(reading, language) for reading in summary.readings if reading.figure.group is group],
        )
        for group in Group
    ]


def chips(sources: Sequence[SourceHealth], language: Language) -> list[Chip]:
    return [_chip(source, language) for source in sources]


def shown(value: Value, unit: Unit, language: Language) -> str:
    """A value as it is written: 1,234 · ¥12.30 · 2 h 5 min · 56.7%."""
    if value.value is None:
        return language.text("nothing")
    match unit:
        case Unit.MINOR:
            return language.money(value.value, value.currency)
        case Unit.SECONDS:
            return language.duration(value.value)
        case Unit.RATIO:
            return language.ratio(value.value)
        case Unit.COUNT:
            return language.number(value.value)


async def charts(connection: AsyncConnection, period: Period, language: Language) -> list[dict[str, Any]]:
    """Charts as plain data: {"id", "title", "kind", "labels", "series": [{"name", "values"}], "unit"}.

    Money is in whole units of its currency here: a drawing needs no more, and figures beside it are exact.
    """
    days = _days(period)
    read = {name: await queries.by_day(connection, name, period) for name in _DRAWN}
    grades = await queries.by_day(connection, "graded_borrowers", period, Dimension.GRADE)
    text = language.text
    customers = [
        _counts(text("registrations"), read["registrations"], days),
        _counts(text("first_money"), read["first_money_customers"], days),
    ]
    lending = _amounts(read["loans_disbursed"], days, text("disbursed")) + _amounts(
        read["repayments"], days, text("repaid")
    )
    labels = [day.strftime("%m-%d") for day in days]
    by_grade = _by_label(grades)
    return [
        _chart("volume", text("chart_volume"), "bar", labels, _amounts(read["orders_paid"], days, "")),
        _chart("customers", text("chart_customers"), "line", labels, customers),
        _chart("lending", text("chart_lending"), "bar", labels, lending),
        _chart(
            "grades",
            text("chart_grades"),
            "bar",
            list(by_grade),
            [{"name": text("grades"), "values": list(by_grade.values())}],
        ),
    ]


_DRAWN = ("orders_paid", "registrations", "first_money_customers", "loans_disbursed", "repayments")


def _card(reading: FigureReading, language: Language) -> Card:
    figure = reading.figure
    values = [shown(value, figure.unit, language) for value in reading.values]
    return Card(
        code=figure.code,
        title=figure.title[language.code],
        definition=figure.definition[language.code],
        shown=values or [language.text("nothing")],
        degraded=reading.degraded,
    )


def _chip(source: SourceHealth, language: Language) -> Chip:
    text = language.text
    if source.last_event_at is not None:
        event = text("last_event", when=language.instant(source.last_event_at))
    else:
        event = "" if source.name == "gateway" else text("no_event_yet")
    details = []
    if source.name != "gateway":
        details.append(
            text("never_read")
            if source.last_success_at is None
            else text("last_success", when=language.instant(source.last_success_at))
        )
    if source.degraded and source.last_failure_at is not None:
        when = language.instant(source.last_failure_at)
        details.append(text("last_failure", when=when, failure=source.last_failure or ""))
    return Chip(source.name, text(f"source_{source.name}"), source.degraded, event, " · ".join(details))


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range((period.last - period.first).days + 1)]


def _counts(name: str, totals: Sequence[DayTotal], days: Sequence[date]) -> dict[str, Any]:
    held = {total.counted_on: total.quantity for total in totals}
    return {"name": name, "values": [held.get(day, 0) for day in days]}


def _amounts(totals: Sequence[DayTotal], days: Sequence[date], name: str) -> list[dict[str, Any]]:
    """A series a currency: amounts of different currencies are never added."""
    series = []
    for currency in sorted({total.currency for total in totals}):
        scale = 10 ** SCALES.get(currency, 2)
        held = {total.counted_on: total.amount for total in totals if total.currency == currency}
        series.append({"name": f"{name} {currency}".strip(), "values": [held.get(day, 0) / scale for day in days]})
    return series


def _by_label(totals: Sequence[DayTotal]) -> dict[str, int]:
    summed: dict[str, int] = {}
    for total in totals:
        summed[total.label] = summed.get(total.label, 0) + total.quantity
    return dict(sorted(summed.items()))


def _chart(code: str, title: str, kind: str, labels: list[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    empty = not any(value for line in series for value in line["values"])
    return {"id": code, "title": title, "kind": kind, "labels": labels, "series": series, "empty": empty}
