"""The SQL of obligations and of the queue of those that wait."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.clearing.model import Facts, Obligation, ObligationState, QueuePass, Source, Waiting, Wish
from services.payments.clearing.tables import clearing_passes, clearing_queue

_queue, _pass = clearing_queue.c, clearing_passes.c

_ADD = """INSERT INTO clearing_obligations (window_number, model_number, payer, payee, from_payment, amount, id, recorded_at, end_to_end)
    SELECT $1, $2, wish.payer, wish.payee, $3, wish.amount, wish.id, $4, wish.end_to_end
    FROM unnest($5::uuid[], $6::smallint[], $7::smallint[], $8::bigint[], $9::text[]) WITH ORDINALITY
        AS wish (id, payer, payee, amount, end_to_end, place)
    ORDER BY place ON CONFLICT (id) DO NOTHING RETURNING id"""
_QUEUE = """INSERT INTO clearing_queue (model_number, payer, payee, from_payment, amount, id, queued_at, due_at, end_to_end)
    SELECT $1, wish.payer, wish.payee, $2, wish.amount, wish.id, $3, $4, wish.end_to_end
    FROM unnest($5::uuid[], $6::smallint[], $7::smallint[], $8::bigint[], $9::text[]) WITH ORDINALITY
        AS wish (id, payer, payee, amount, end_to_end, place)
    ORDER BY place ON CONFLICT (id) DO NOTHING RETURNING id"""


async def add_obligations(
    connection: AsyncConnection,
    model_number: int,
    window_number: int,
    wishes: Sequence[Wish],
    source: Source,
    now: datetime,
) -> int:
    """In their order; how many were new."""
    if not wishes:
        return 0
    facts = (window_number, model_number, source is Source.PAYMENT, now, *_columns(wishes))
    return len(await (await direct_of(connection)).fetch(_ADD, *facts))


async def queue_up(
    connection: AsyncConnection,
    model_number: int,
    wishes: Sequence[Wish],
    source: Source,
    now: datetime,
    due_at: datetime,
) -> int:
    """In their order; how many were new."""
    if not wishes:
        return 0
    facts = (model_number, source is Source.PAYMENT, now, due_at, *_columns(wishes))
    return len(await (await direct_of(connection)).fetch(_QUEUE, *facts))


def _columns(wishes: Sequence[Wish]) -> tuple[list[Any], ...]:
    return (
        [wish.id for wish in wishes],
        [wish.payer for wish in wishes],
        [wish.payee for wish in wishes],
        [wish.amount for wish in wishes],
        [wish.end_to_end for wish in wishes],
    )


_FACTS = "SELECT id, model_number, payer, payee, amount, end_to_end"
_KNOWN = f"""{_FACTS}, from_payment, 'recorded' AS kept FROM clearing_obligations WHERE id = ANY($1)
    UNION ALL {_FACTS}, from_payment, 'queued' FROM clearing_queue WHERE id = ANY($1)
    UNION ALL {_FACTS}, false, 'ended' FROM clearing_queue_ended WHERE id = ANY($1)"""


async def known(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, tuple[Facts, str]]:
    """Of those that are there already: what each is, and whether `recorded`, `queued` or `ended`."""
    rows = await (await direct_of(connection)).fetch(_KNOWN, list(ids))
    return {row[0]: (Facts(*tuple(row)[1:7]), row[7]) for row in rows}


async def waiting_payers(connection: AsyncConnection, model_number: int, payers: Iterable[int]) -> frozenset[int]:
    statement = select(_queue.payer).where(_queue.model_number == model_number, _queue.payer.in_(sorted(set(payers))))
    return frozenset((await connection.execute(statement.distinct())).scalars())


# An obligation's state is that of the window it is in: its own, or the last one that it was carried over to.
_OBLIGATIONS = """SELECT owed.number, owed.id, model.code AS model, model.currency, payer.code AS payer, payee.code AS payee, owed.amount,
        owed.end_to_end, coalesce(open.state, 'SETTLED') AS state, owed.from_payment, open.id AS window_id,
        owed.recorded_at, NULL::timestamptz AS due_at
    FROM clearing_obligations AS owed JOIN clearing_models AS model ON model.number = owed.model_number
    JOIN clearing_participants AS payer ON payer.number = owed.payer
    JOIN clearing_participants AS payee ON payee.number = owed.payee
    LEFT JOIN clearing_windows AS open ON open.number = coalesce(
        (SELECT max(to_window) FROM clearing_carried AS carried WHERE carried.obligation_id = owed.id), owed.window_number)"""
_WAITING = """SELECT owed.number, owed.id, model.code AS model, model.currency, payer.code AS payer, payee.code AS payee, owed.amount,
        owed.end_to_end, 'QUEUED' AS state, owed.from_payment, NULL::uuid AS window_id, owed.queued_at AS recorded_at, owed.due_at
    FROM clearing_queue AS owed JOIN clearing_models AS model ON model.number = owed.model_number
    JOIN clearing_participants AS payer ON payer.number = owed.payer
    JOIN clearing_participants AS payee ON payee.number = owed.payee"""
_ENDED = """SELECT 0::bigint AS number, owed.id, model.code AS model, model.currency, payer.code AS payer, payee.code AS payee, owed.amount,
        owed.end_to_end, owed.state, false AS from_payment, NULL::uuid AS window_id, owed.queued_at AS recorded_at,
        NULL::timestamptz AS due_at
    FROM clearing_queue_ended AS owed JOIN clearing_models AS model ON model.number = owed.model_number
    JOIN clearing_participants AS payer ON payer.number = owed.payer
    JOIN clearing_participants AS payee ON payee.number = owed.payee"""
_ONE = text(" UNION ALL ".join(f"({found} WHERE owed.id = :id)" for found in (_OBLIGATIONS, _WAITING, _ENDED)))
# Each half by its own index, and no more of it than is asked for.
_OF_WINDOW = text(
    f"""WITH here AS (
        (SELECT id FROM clearing_obligations AS own WHERE window_number = :window AND number > :after AND NOT EXISTS
            (SELECT FROM clearing_carried WHERE obligation_id = own.id AND from_window = :window) ORDER BY number LIMIT :limit)
        UNION ALL
        (SELECT own.id FROM clearing_carried AS carried JOIN clearing_obligations AS own ON own.id = carried.obligation_id
            WHERE carried.to_window = :window AND own.number > :after AND NOT EXISTS
            (SELECT FROM clearing_carried AS again WHERE again.obligation_id = own.id AND again.from_window = :window)
            ORDER BY own.number LIMIT :limit))
    {_OBLIGATIONS} WHERE owed.id IN (SELECT id FROM here) ORDER BY owed.number LIMIT :limit"""  # noqa: S608
)
_OF_QUEUE = text(
    f"{_WAITING} WHERE owed.number > :after AND owed.model_number = :model ORDER BY owed.number LIMIT :limit"
)


async def obligation_with(connection: AsyncConnection, obligation_id: UUID) -> Obligation | None:
    row = (await connection.execute(_ONE, {"id": obligation_id})).one_or_none()
    return None if row is None else _obligation(row)


async def obligations_of(
    connection: AsyncConnection, window_number: int, after: int, limit: int
) -> list[tuple[int, Obligation]]:
    """What is in a window now, in the order of recording, with the number each may be asked after."""
    rows = await connection.execute(_OF_WINDOW, {"window": window_number, "after": after, "limit": limit})
    return [(row.number, _obligation(row)) for row in rows]


async def queue_of(
    connection: AsyncConnection, model_number: int, after: int, limit: int
) -> list[tuple[int, Obligation]]:
    """What waits, in order, with the number each may be asked after."""
    rows = await connection.execute(_OF_QUEUE, {"model": model_number, "after": after, "limit": limit})
    return [(row.number, _obligation(row)) for row in rows]


_MAY_GO = """model_number = $1 AND payer <> ALL($2::smallint[]) AND payee <> ALL($2::smallint[])
        AND (from_payment OR due_at > $3)"""
_FIRST_WAITING = f"SELECT number, payer, payee, amount FROM clearing_queue WHERE {_MAY_GO} ORDER BY number LIMIT $4"  # noqa: S608
_FIRST_OF_EACH = f"""WITH payers AS MATERIALIZED (SELECT DISTINCT payer AS name FROM clearing_queue WHERE model_number = $1),
        share AS MATERIALIZED (SELECT greatest($4 / count(*), 1) AS most FROM payers)
    SELECT own.number, own.payer, own.payee, own.amount FROM payers, LATERAL (
        SELECT number, payer, payee, amount FROM clearing_queue WHERE {_MAY_GO} AND payer = payers.name
        ORDER BY number LIMIT (SELECT most FROM share)) AS own
    ORDER BY own.number"""  # noqa: S608


async def first_waiting(
    connection: AsyncConnection, model_number: int, without: Iterable[int], now: datetime, limit: int
) -> list[Waiting]:
    """In order; none whose time is over, or from or to participants that may not take part just now.

    Where there are more, each payer's first ones, of each the same number: a long queue of one hides nobody else's.
    """
    direct, facts = await direct_of(connection), (model_number, sorted(set(without)), now)
    rows = await direct.fetch(_FIRST_WAITING, *facts, limit + 1)
    if len(rows) > limit:
        rows = await direct.fetch(_FIRST_OF_EACH, *facts, limit)
    return [Waiting(*row) for row in rows]


async def models_waiting(connection: AsyncConnection) -> list[int]:
    """Which have somebody in their queue."""
    statement = "SELECT number FROM clearing_models AS model WHERE EXISTS (SELECT FROM clearing_queue WHERE model_number = model.number)"
    return list((await connection.execute(text(f"{statement} ORDER BY number"))).scalars())


# What a pass decides by: the queue, positions and caps, money, who may take part, and where it would be recorded.
_BEARINGS = text(
    """SELECT md5(concat_ws('/',
        (SELECT count(*) || ':' || max(number) FROM clearing_queue WHERE model_number = :model),
        (SELECT string_agg(concat_ws(':', position.model_number, participant_number, position_minor, cap_minor), ','
                ORDER BY position.model_number, participant_number)
            FROM clearing_positions AS position JOIN clearing_models AS own ON own.number = position.model_number
            WHERE own.currency = model.currency),
        (SELECT string_agg(concat_ws(':', own.account_id, credits_posted - debits_posted - debits_pending, frozen, frozen_amount), ','
                ORDER BY own.participant_number)
            FROM clearing_settlement_accounts AS own JOIN ledger_accounts AS account ON account.book_id = 1 AND account.id = own.account_id
            WHERE own.currency = model.currency),
        (SELECT string_agg(participant.number || participant.state, ',' ORDER BY participant.number)
            FROM clearing_participants AS participant),
        (SELECT max(position) FROM clearing_licences),
        (SELECT max(number) FROM clearing_windows WHERE model_number = :model)))
    FROM clearing_models AS model WHERE model.number = :model"""
)


async def bearings(connection: AsyncConnection, model_number: int) -> str:
    """The same as long as a pass over a model's queue would find, on the same day, what it found before."""
    return str((await connection.execute(_BEARINGS, {"model": model_number})).scalar_one())


_LOCK_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.clearing_queue', :model))")
_RELEASE = """WITH released AS (
        DELETE FROM clearing_queue AS queue USING unnest($1::bigint[]) AS taken (number) WHERE queue.number = taken.number
        RETURNING queue.number, queue.payer, queue.payee, queue.from_payment, queue.amount, queue.id, queue.end_to_end
    ), made AS (
        INSERT INTO clearing_obligations (window_number, model_number, payer, payee, from_payment, amount, id, recorded_at, end_to_end)
        SELECT $2, $3, payer, payee, from_payment, amount, id, $4, end_to_end FROM released ORDER BY number RETURNING 1
    ) SELECT count(*) FROM made"""


async def lock_queue(connection: AsyncConnection, model_number: int) -> None:
    """Passes over one queue, and what ends something in it, take turns."""
    await connection.execute(_LOCK_QUEUE, {"model": model_number})


async def release(
    connection: AsyncConnection, model_number: int, window_number: int, numbers: Sequence[int], now: datetime
) -> int:
    """Out of the queue into the obligations; how many."""
    rows = await (await direct_of(connection)).fetch(_RELEASE, list(numbers), window_number, model_number, now)
    return int(rows[0][0])


_END = text(
    """WITH ended AS (DELETE FROM clearing_queue WHERE id = ANY(:ids) RETURNING *)
       INSERT INTO clearing_queue_ended (id, model_number, payer, payee, amount, end_to_end, state, queued_at, ended_at)
       SELECT id, model_number, payer, payee, amount, end_to_end, :state, queued_at, :now FROM ended RETURNING id"""
)


async def end_waiting(connection: AsyncConnection, ids: Sequence[UUID], state: ObligationState, now: datetime) -> int:
    rows = await connection.execute(_END, {"ids": list(ids), "state": state, "now": now})
    return len(rows.all())


async def waiting_with(connection: AsyncConnection, obligation_id: UUID) -> tuple[int, bool] | None:
    """Its model and whether a payment is behind it; None of what does not wait."""
    statement = select(_queue.model_number, _queue.from_payment).where(_queue.id == obligation_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else (row.model_number, row.from_payment)


async def expired(connection: AsyncConnection, model_number: int, now: datetime, limit: int) -> list[UUID]:
    """Whose time is over; what follows from a payment waits on."""
    statement = select(_queue.id).where(
        _queue.model_number == model_number, _queue.due_at <= now, _queue.from_payment.is_(False)
    )
    return list((await connection.execute(statement.order_by(_queue.due_at).limit(limit))).scalars())


async def add_pass(connection: AsyncConnection, one: QueuePass) -> None:
    values = {name: getattr(one, name) for name in QueuePass.__dataclass_fields__}
    await connection.execute(insert(clearing_passes).values(values))


async def passes_of(connection: AsyncConnection, model_number: int, before: UUID | None, limit: int) -> list[QueuePass]:
    """Newest first."""
    statement = select(clearing_passes).where(_pass.model_number == model_number)
    if before is not None:
        statement = statement.where(_pass.id < before)
    rows = await connection.execute(statement.order_by(_pass.id.desc()).limit(limit))
    return [QueuePass(**row._mapping) for row in rows]


def _obligation(row: Row[Any]) -> Obligation:
    facts = dict(row._mapping)
    del facts["number"]
    source = Source.PAYMENT if facts.pop("from_payment") else Source.API
    return Obligation(**facts | {"state": ObligationState(row.state), "source": source})


# What was recorded in a closed window never changes, so that a page is the same whenever it is read.
_PAGE = """SELECT number, id, payer, payee, amount, end_to_end FROM clearing_obligations
    WHERE window_number = $1 AND number >= $2 ORDER BY number LIMIT $3"""
_PAGE_BEGINS = "SELECT number FROM clearing_obligations WHERE window_number = $1 ORDER BY number OFFSET $2 LIMIT 1"
_PAGE_TOTAL = """SELECT count(*), coalesce(sum(amount), 0)::bigint FROM (SELECT amount FROM clearing_obligations
    WHERE window_number = $1 AND number >= $2 ORDER BY number LIMIT $3) AS page"""


async def page_begins(connection: AsyncConnection, window_number: int, skipped: int) -> int | None:
    """The number of the first obligation of a page, so many after the window's first; None beyond the last page."""
    rows = await (await direct_of(connection)).fetch(_PAGE_BEGINS, window_number, skipped)
    return int(rows[0][0]) if rows else None


async def page_total(connection: AsyncConnection, window_number: int, first: int, limit: int) -> tuple[int, int]:
    """How many obligations a page has, and what they come to."""
    rows = await (await direct_of(connection)).fetch(_PAGE_TOTAL, window_number, first, limit)
    return int(rows[0][0]), int(rows[0][1])


async def page_of(
    connection: AsyncConnection, window_number: int, first: int, limit: int
) -> list[tuple[int, UUID, int, int, int, str]]:
    """Number, id, payer, payee, amount and the payment's own reference, from a number on."""
    rows = await (await direct_of(connection)).fetch(_PAGE, window_number, first, limit)
    return [tuple(row) for row in rows]
