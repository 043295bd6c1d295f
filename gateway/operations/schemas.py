"""Wire shapes of operations."""

from datetime import datetime
from typing import Literal

from chassis import wire
from chassis.wire import Day
from gateway.operations.figures import Figure
from gateway.operations.model import Dimension, Group, SourceHealth, Unit, Value
from gateway.operations.summary import FigureReading, Summary


class Source(wire.Answer):
    """status: `degraded` when the source does not answer or its events cannot be applied: what rests on it may be out of date.

    last_event_at: business time; the other instants are real time.
    """

    name: str
    status: Literal["fresh", "degraded"]
    position: int | None
    last_event_at: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None


class FigureValue(wire.Answer):
    """currency: None where the figure is no money. value: count, minor units, seconds or, for a ratio, parts per million."""

    currency: str | None
    value: int | None


class FigureAnswer(wire.Answer):
    """degraded: it rests on a source that is degraded now. records: where the records behind it are listed."""

    code: str
    unit: Unit
    kind: str
    title: dict[str, str]
    definition: dict[str, str]
    sources: list[str]
    dimensions: list[Dimension]
    degraded: bool
    values: list[FigureValue]
    records: str


class GroupAnswer(wire.Answer):
    name: Group
    figures: list[FigureAnswer]


class SummaryAnswer(wire.Answer):
    """complete: no source is degraded."""

    first_on: Day
    last_on: Day
    complete: bool
    sources: list[Source]
    groups: list[GroupAnswer]


class DayAnswer(wire.Answer):
    """label: the class of the dimension asked for, "" where the event names none."""

    counted_on: Day
    label: str
    currency: str | None
    quantity: int
    amount: int


class DaysAnswer(wire.Answer):
    items: list[DayAnswer]
    next: str | None = None


class RecordAnswer(wire.Answer):
    """An event behind a figure. subject: id of what it is about, to be looked up in its service."""

    counter: str
    counted_on: Day
    source: str
    event_id: str
    event_type: str
    subject: str
    occurred_at: datetime
    quantity: int
    amount: int
    currency: str
    product: str
    channel: str
    grade: str


def summary_answer(summary: Summary) -> SummaryAnswer:
    return SummaryAnswer(
        first_on=summary.period.first,
        last_on=summary.period.last,
        complete=summary.complete,
        sources=[_source(source) for source in summary.sources],
        groups=[
            GroupAnswer(
                name=group,
                figures=[_figure(reading) for reading in summary.readings if reading.figure.group is group],
            )
            for group in Group
        ],
    )


def _source(source: SourceHealth) -> Source:
    return Source(
        name=source.name,
        status="degraded" if source.degraded else "fresh",
        position=source.position,
        last_event_at=source.last_event_at,
        last_success_at=source.last_success_at,
        last_failure_at=source.last_failure_at,
        last_failure=source.last_failure,
    )


def _figure(reading: FigureReading) -> FigureAnswer:
    figure: Figure = reading.figure
    return FigureAnswer(
        code=figure.code,
        unit=figure.unit,
        kind=figure.kind,
        title=dict(figure.title),
        definition=dict(figure.definition),
        sources=list(figure.sources),
        dimensions=list(figure.dimensions),
        degraded=reading.degraded,
        values=[_value(value) for value in reading.values],
        records=f"/v1/operations/figures/{figure.code}/records",
    )


def _value(value: Value) -> FigureValue:
    return FigureValue(currency=value.currency or None, value=value.value)
