"""The operator's picture of a period: every figure with its value, and how well each source behind it is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.feeds import FeedState, feed_states
from gateway.operations import queries
from gateway.operations.figures import FIGURES, Figure, Kind
from gateway.operations.model import SOURCES, Period, SourceHealth, Total, Value
from gateway.operations.rules import degraded, values_of


@dataclass(frozen=True)
class FigureReading:
    figure: Figure
    values: list[Value]
    degraded: bool


@dataclass(frozen=True)
class Summary:
    period: Period
    readings: list[FigureReading]
    sources: list[SourceHealth]

    @property
    def complete(self) -> bool:
        return not any(source.degraded for source in self.sources)


async def read_summary(connection: AsyncConnection, period: Period, now: datetime) -> Summary:
    """now: real time, against which a silent source is judged."""
    sources = await read_sources(connection, now)
    figures = list(FIGURES.values())
    flows = {name for figure in figures if figure.kind not in (Kind.STOCK, Kind.DISTINCT) for name in figure.counters}
    stocks = {name for figure in figures if figure.kind is Kind.STOCK for name in figure.counters}
    flow_totals = await queries.totals(connection, flows, period.first, period.last)
    stock_totals = await queries.totals(connection, stocks, None, period.last)
    readings = []
    for figure in figures:
        values = await _values(connection, figure, period, flow_totals, stock_totals)
        readings.append(FigureReading(figure, values, degraded(figure, sources)))
    return Summary(period, readings, sources)


async def read_sources(connection: AsyncConnection, now: datetime) -> list[SourceHealth]:
    """Every source, in a fixed order; one that was never reached is as degraded as one that stopped."""
    states = {state.name: state for state in await feed_states(connection, now)}
    return [SourceHealth("gateway", degraded=False), *(_health(name, states.get(name)) for name in SOURCES[1:])]


def window(figure: Figure, period: Period) -> Period:
    """The days a distinct count looks at."""
    if figure.window_days is None:
        return period
    return Period(period.last - timedelta(days=figure.window_days - 1), period.last)


async def _values(
    connection: AsyncConnection, figure: Figure, period: Period, flows: Sequence[Total], stocks: Sequence[Total]
) -> list[Value]:
    if figure.kind is Kind.DISTINCT:
        return [Value("", await queries.distinct_subjects(connection, figure.counters[0], window(figure, period)))]
    return values_of(figure, stocks if figure.kind is Kind.STOCK else flows)


def _health(name: str, state: FeedState | None) -> SourceHealth:
    if state is None:
        return SourceHealth(name, degraded=True)
    return SourceHealth(
        name, state.degraded, state.position, state.event_at, state.succeeded_at, state.failed_at, state.failure
    )
