from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, Select, Subquery, cast, func, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.operations.model import DayTotal, Dimension, Fact, Period, Record, Total
from gateway.operations.tables import daily_figures, figure_news, figure_records

FOLD_AT_ONCE = 20_000

# One statement however many facts an event has: feeds bring them by the ten thousand.
_COUNT = text("""
WITH told AS (
    SELECT * FROM unnest(
        CAST(:counters AS text[]), CAST(:subjects AS text[]), CAST(:quantities AS bigint[]), CAST(:amounts AS bigint[]),
        CAST(:currencies AS text[]), CAST(:products AS text[]), CAST(:channels AS text[]), CAST(:grades AS text[]),
        CAST(:onces AS text[])
    ) AS t(counter, subject, quantity, amount, currency, product, channel, grade, once)
), firsts AS (
    INSERT INTO figure_firsts (counter, key) SELECT counter, once FROM told WHERE once IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING counter, key
), written AS (
    INSERT INTO figure_records (counter, counted_on, source, event_id, event_type, subject, occurred_at,
                                quantity, amount, currency, product, channel, grade)
    SELECT told.counter, :counted_on, :source, :event_id, :event_type, told.subject, :occurred_at,
           told.quantity, told.amount, told.currency, told.product, told.channel, told.grade
    FROM told LEFT JOIN firsts ON firsts.counter = told.counter AND firsts.key = told.once
    WHERE told.once IS NULL OR firsts.key IS NOT NULL
    RETURNING id
)
INSERT INTO figure_news (record_id) SELECT id FROM written
""")

_FOLD = text("""
WITH taken AS (
    DELETE FROM figure_news WHERE record_id IN (
        SELECT record_id FROM figure_news ORDER BY record_id LIMIT :at_once FOR UPDATE SKIP LOCKED
    ) RETURNING record_id
), added AS (
    INSERT INTO daily_figures AS held (counter, counted_on, currency, product, channel, grade, quantity, amount)
    SELECT counter, counted_on, currency, product, channel, grade, sum(quantity), sum(amount)
    FROM taken JOIN figure_records ON id = record_id
    GROUP BY counter, counted_on, currency, product, channel, grade
    ON CONFLICT (counter, counted_on, currency, product, channel, grade)
    DO UPDATE SET quantity = held.quantity + excluded.quantity, amount = held.amount + excluded.amount
)
SELECT count(*) FROM taken
""")


async def count(
    connection: AsyncConnection,
    facts: Sequence[Fact],
    *,
    counted_on: date,
    source: str,
    event_id: str,
    event_type: str,
    occurred_at: datetime,
) -> None:
    """Write the facts of one event."""
    columns = {
        "counters": [fact.counter for fact in facts],
        "subjects": [fact.subject for fact in facts],
        "quantities": [fact.quantity for fact in facts],
        "amounts": [fact.amount for fact in facts],
        "currencies": [fact.currency for fact in facts],
        "products": [fact.product for fact in facts],
        "channels": [fact.channel for fact in facts],
        "grades": [fact.grade for fact in facts],
        "onces": [fact.once for fact in facts],
    }
    event = {"source": source, "event_id": event_id, "event_type": event_type, "occurred_at": occurred_at}
    await connection.execute(_COUNT, columns | event | {"counted_on": counted_on})


async def fold(connection: AsyncConnection) -> int:
    """Move a slice of the news into the sums by day; how many facts it was."""
    return int((await connection.execute(_FOLD, {"at_once": FOLD_AT_ONCE})).scalar_one())


def _counted(counters: Iterable[str], first: date | None, last: date) -> Subquery:
    """Sums by day and the news not yet in them, as one table."""
    wanted = list(counters)
    columns = ("counter", "counted_on", "currency", "product", "channel", "grade", "quantity", "amount")
    folded: Select[tuple[object, ...]] = select(*(daily_figures.c[name] for name in columns))
    joined = figure_records.join(figure_news, figure_news.c.record_id == figure_records.c.id)
    news: Select[tuple[object, ...]] = select(*(figure_records.c[name] for name in columns)).select_from(joined)
    parts = []
    for part, table in ((folded, daily_figures), (news, figure_records)):
        narrowed = part.where(table.c.counter.in_(wanted), table.c.counted_on <= last)
        parts.append(narrowed if first is None else narrowed.where(table.c.counted_on >= first))
    return union_all(*parts).subquery("counted")


async def totals(connection: AsyncConnection, counters: Iterable[str], first: date | None, last: date) -> list[Total]:
    """Sums by counter and currency. first: None for everything up to `last`, as a stock needs."""
    counted = _counted(counters, first, last)
    quantity = cast(func.sum(counted.c.quantity), BigInteger)
    amount = cast(func.sum(counted.c.amount), BigInteger)
    summed = select(counted.c.counter, counted.c.currency, quantity.label("quantity"), amount.label("amount"))
    rows = await connection.execute(summed.group_by(counted.c.counter, counted.c.currency))
    return [Total(row.counter, row.currency, row.quantity, row.amount) for row in rows]


async def by_day(
    connection: AsyncConnection, counter: str, period: Period, by: Dimension | None = None
) -> list[DayTotal]:
    """Sums by day, currency and, where asked, the classes of one dimension."""
    counted = _counted([counter], period.first, period.last)
    label = counted.c[by.value] if by else literal("")
    quantity = cast(func.sum(counted.c.quantity), BigInteger)
    amount = cast(func.sum(counted.c.amount), BigInteger)
    summed = select(
        counted.c.counted_on,
        label.label("label"),
        counted.c.currency,
        quantity.label("quantity"),
        amount.label("amount"),
    )
    summed = summed.group_by(counted.c.counted_on, label, counted.c.currency)
    rows = await connection.execute(summed.order_by(counted.c.counted_on, "label", counted.c.currency))
    return [DayTotal(row.counted_on, row.label, row.currency, row.quantity, row.amount) for row in rows]


async def distinct_subjects(connection: AsyncConnection, counter: str, period: Period) -> int:
    """How many different subjects a counter saw."""
    wanted = select(func.count(figure_records.c.subject.distinct())).where(
        figure_records.c.counter == counter, figure_records.c.counted_on.between(period.first, period.last)
    )
    return int((await connection.execute(wanted)).scalar_one())


async def records(
    connection: AsyncConnection,
    counters: Sequence[str],
    first: date | None,
    last: date,
    *,
    narrowed: dict[Dimension, str],
    limit: int,
    before: int | None,
) -> list[Record]:
    """The facts behind a figure, newest first; limit + 1 rows tell whether there is another page."""
    wanted = select(figure_records).where(
        figure_records.c.counter.in_(list(counters)), figure_records.c.counted_on <= last
    )
    if first is not None:
        wanted = wanted.where(figure_records.c.counted_on >= first)
    for dimension, label in narrowed.items():
        wanted = wanted.where(figure_records.c[dimension.value] == label)
    if before is not None:
        wanted = wanted.where(figure_records.c.id < before)
    rows = (await connection.execute(wanted.order_by(figure_records.c.id.desc()).limit(limit + 1))).mappings()
    return [Record(**row) for row in rows]
