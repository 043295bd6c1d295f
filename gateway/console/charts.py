"""The charts of the console as plain data, drawn by `static/console.js`.

Money is in whole units of its currency here: a drawing needs no more, and the figures beside it are exact.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from finance.currencies import SCALES
from gateway.console.language import Language
from gateway.operations import queries
from gateway.operations.figures import Figure, Kind
from gateway.operations.model import DayTotal, Dimension, Period
from gateway.operations.summary import Summary


@dataclass(frozen=True)
class Series:
    """currency: None for counts."""

    name: str
    values: list[float]
    currency: str | None = None


@dataclass(frozen=True)
class Chart:
    """kind: columns over labels, or rows beside them. degraded: a figure in it rests on a source that stands still."""

    id: str
    title: str
    kind: Literal["columns", "rows"]
    labels: list[str]
    series: list[Series]
    degraded: bool

    @property
    def empty(self) -> bool:
        return not any(value for line in self.series for value in line.values)


def drawing(chart: Chart) -> dict[str, Any]:
    """What the page hands to the script that draws."""
    return asdict(chart) | {"empty": chart.empty}


FUNNEL = ("registrations", "verified_customers", "first_money_customers", "paying_customers")


async def charts(connection: AsyncConnection, summary: Summary, language: Language) -> list[Chart]:
    """The charts of the home page."""
    return [
        await _volume(connection, summary, language),
        await _lending(connection, summary, language),
        await _customers(connection, summary, language),
        _funnel(summary, language),
        await _grades(connection, summary, language),
        await _information(connection, summary, language),
    ]


async def figure_chart(
    connection: AsyncConnection, figure: Figure, period: Period, language: Language, *, degraded: bool
) -> Chart | None:
    """A figure day by day; None for one that is no sum over days."""
    if figure.kind not in (Kind.QUANTITY, Kind.AMOUNT):
        return None
    days = _days(period)
    totals = await queries.by_day(connection, figure.counters[0], period)
    title = figure.title[language.code]
    series = _amounts(title, totals, days) if figure.kind is Kind.AMOUNT else [_counts(title, totals, days)]
    return Chart("figure", language.text("by_day"), "columns", _day_labels(days), series, degraded)


async def _volume(connection: AsyncConnection, summary: Summary, language: Language) -> Chart:
    days = _days(summary.period)
    series = []
    for word, counter in (("topped_up", "top_ups"), ("paid", "orders_paid"), ("withdrawn", "withdrawals")):
        series += _amounts(language.text(word), await queries.by_day(connection, counter, summary.period), days)
    return Chart(
        "volume", language.text("chart_volume"), "columns", _day_labels(days), series, _stale(summary, ["volume_paid"])
    )


async def _lending(connection: AsyncConnection, summary: Summary, language: Language) -> Chart:
    days = _days(summary.period)
    series = []
    for word, counter in (("disbursed", "loans_disbursed"), ("repaid", "repayments")):
        series += _amounts(language.text(word), await queries.by_day(connection, counter, summary.period), days)
    stale = _stale(summary, ["principal_disbursed", "repaid"])
    return Chart("lending", language.text("chart_lending"), "columns", _day_labels(days), series, stale)


async def _customers(connection: AsyncConnection, summary: Summary, language: Language) -> Chart:
    days = _days(summary.period)
    codes = ("registrations", "first_money_customers")
    series = [
        _counts(_title(summary, code, language), await queries.by_day(connection, code, summary.period), days)
        for code in codes
    ]
    title = language.text("chart_customers")
    return Chart("customers", title, "columns", _day_labels(days), series, _stale(summary, codes))


def _funnel(summary: Summary, language: Language) -> Chart:
    readings = {reading.figure.code: reading for reading in summary.readings}
    labels = [_title(summary, code, language) for code in FUNNEL]
    values = [float(readings[code].values[0].value or 0) for code in FUNNEL]
    title = language.text("chart_funnel")
    return Chart("funnel", title, "rows", labels, [Series(language.text("customers"), values)], _stale(summary, FUNNEL))


async def _grades(connection: AsyncConnection, summary: Summary, language: Language) -> Chart:
    totals = await queries.by_day(connection, "graded_borrowers", summary.period, Dimension.GRADE)
    summed: dict[str, float] = {}
    for total in totals:
        summed[total.label] = summed.get(total.label, 0) + total.quantity
    grades = dict(sorted(summed.items()))
    series = [Series(language.text("applications"), list(grades.values()))]
    stale = _stale(summary, ["graded_borrowers"])
    return Chart("grades", language.text("chart_grades"), "columns", list(grades), series, stale)


async def _information(connection: AsyncConnection, summary: Summary, language: Language) -> Chart:
    days = _days(summary.period)
    codes = ("product_views", "leads")
    series = [
        _counts(_title(summary, code, language), await queries.by_day(connection, code, summary.period), days)
        for code in codes
    ]
    title = language.text("chart_information")
    return Chart("information", title, "columns", _day_labels(days), series, _stale(summary, codes))


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range((period.last - period.first).days + 1)]


def _day_labels(days: Sequence[date]) -> list[str]:
    return [day.strftime("%m-%d") for day in days]


def _counts(name: str, totals: Sequence[DayTotal], days: Sequence[date]) -> Series:
    held: dict[date, int] = {}
    for total in totals:
        held[total.counted_on] = held.get(total.counted_on, 0) + total.quantity
    return Series(name, [held.get(day, 0) for day in days])


def _amounts(name: str, totals: Sequence[DayTotal], days: Sequence[date]) -> list[Series]:
    """A series a currency: amounts of different currencies are never added."""
    series = []
    for currency in sorted({total.currency for total in totals}):
        scale = 10 ** SCALES.get(currency, 2)
        held = {total.counted_on: total.amount for total in totals if total.currency == currency}
        series.append(Series(f"{name} {currency}".strip(), [held.get(day, 0) / scale for day in days], currency))
    return series


def _title(summary: Summary, code: str, language: Language) -> str:
    return next(reading.figure.title[language.code] for reading in summary.readings if reading.figure.code == code)


def _stale(summary: Summary, codes: Iterable[str]) -> bool:
    wanted = set(codes)
    return any(reading.degraded for reading in summary.readings if reading.figure.code in wanted)
