"""`/v1/operations`: the figures, their days, the records behind them. For staff."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from chassis.clock import business_day, real_now
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from chassis.wire import Day
from gateway.errors import PeriodTooLong, UnknownFigure
from gateway.operations import queries, schemas
from gateway.operations.figures import FIGURES, Figure, Kind
from gateway.operations.model import Dimension, Period
from gateway.operations.summary import read_summary, window

DEFAULT_DAYS = 30
LONGEST_DAYS = 400
EARLIEST = date(2000, 1, 1)
router = APIRouter(prefix="/v1/operations", tags=["operations"])
Operator = Annotated[Caller, requires("gateway:operate")]
From = Annotated[Day | None, Query(alias="from", description="first business day, 30 days up to `to` by default")]
To = Annotated[Day | None, Query(description="last business day, today by default")]
Label = Annotated[str | None, Query(max_length=64)]


@router.get("/summary")
async def read_operations_summary(
    request: Request, caller: Operator, first: From = None, to: To = None
) -> schemas.SummaryAnswer:
    """Figures by group over a period, with the health of each source. A degraded source is marked, never left out."""
    runtime = runtime_of(request)
    period = await read_period(runtime, first, to)
    async with runtime.reading() as connection:
        return schemas.summary_answer(await read_summary(connection, period, real_now()))


@router.get("/figures/{code}/days")
async def read_figure_days(
    request: Request,
    code: str,
    caller: Operator,
    first: From = None,
    to: To = None,
    by: Dimension | None = None,
) -> schemas.DaysAnswer:
    """What a figure's (first) counter took in on each day; days on which nothing happened are left out."""
    runtime = runtime_of(request)
    figure = figure_of(code)
    period = await read_period(runtime, first, to)
    async with runtime.reading() as connection:
        days = await queries.by_day(connection, figure.counters[0], period, by)
    items = [
        schemas.DayAnswer(
            counted_on=day.counted_on,
            label=day.label,
            currency=day.currency or None,
            quantity=day.quantity,
            amount=day.amount,
        )
        for day in days
    ]
    return schemas.DaysAnswer(items=items)


@router.get("/figures/{code}/records")
async def list_figure_records(
    request: Request,
    code: str,
    paging: Paging,
    caller: Operator,
    first: From = None,
    to: To = None,
    product: Label = None,
    channel: Label = None,
    grade: Label = None,
    currency: Label = None,
) -> Page[schemas.RecordAnswer]:
    """The events behind a figure, newest first: their quantities and amounts add up to it."""
    runtime = runtime_of(request)
    figure = figure_of(code)
    period = await read_period(runtime, first, to)
    labels = {
        Dimension.PRODUCT: product,
        Dimension.CHANNEL: channel,
        Dimension.GRADE: grade,
        Dimension.CURRENCY: currency,
    }
    looked_at = window(figure, period)
    async with runtime.reading() as connection:
        rows = await queries.records(
            connection,
            sorted(set(figure.counters)),
            None if figure.kind is Kind.STOCK else looked_at.first,
            looked_at.last,
            narrowed={dimension: label for dimension, label in labels.items() if label is not None},
            limit=paging.limit,
            before=paging.after[0] if paging.after else None,
        )
    shown: dict[str, Any] = page(rows, paging, key=lambda row: (row.id,))
    items = [schemas.RecordAnswer.model_validate(row) for row in shown["items"]]
    return Page[schemas.RecordAnswer](items=items, next=shown["next"])


def figure_of(code: str) -> Figure:
    figure = FIGURES.get(code)
    if figure is None:
        raise UnknownFigure("no figure of that code", field="code", known=sorted(FIGURES))
    return figure


async def read_period(runtime: Runtime, first: date | None, last: date | None) -> Period:
    """The period asked for; 30 days up to today unless told. Raises PeriodTooLong."""
    if last is None:
        last = business_day(await runtime.database.now(), runtime.settings.zone)
    if first is None:
        first = max(EARLIEST, last - timedelta(days=DEFAULT_DAYS - 1))
    if not EARLIEST <= first <= last or (last - first).days >= LONGEST_DAYS:
        raise PeriodTooLong(f"from {EARLIEST}, first day before last, at most {LONGEST_DAYS} days", field="from")
    return Period(first, last)
