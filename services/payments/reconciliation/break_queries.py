"""The SQL of breaks: found set-based after matching, worked on one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.reconciliation.model import (
    Break,
    BreakState,
    BreakType,
    ReconciledAccount,
    RecordState,
    Rule,
    Side,
)
from services.payments.reconciliation.tables import (
    reconciliation_breaks,
    reconciliation_records,
    reconciliation_resolutions,
)

GONE = "not found any more by a later run"
"""The reason of breaks that ended by themselves."""

Found = tuple[BreakType, UUID | None, UUID | None, int]
"""Type, line, record, and what the bank has more than we."""

# Whatever is still open, each under the first type that fits. What was booked back although it stands with us has another status, too.
_LEFT = text("""WITH lines AS MATERIALIZED (SELECT * FROM reconciliation_open_lines WHERE account_id = :account_id),
    records AS MATERIALIZED (SELECT * FROM reconciliation_open_records WHERE account_id = :account_id),
    one_line AS (SELECT match_key, min(id::text)::uuid AS id, min(amount) AS amount FROM lines
        WHERE match_key <> '' AND NOT repeated GROUP BY match_key HAVING count(*) = 1),
    one_record AS (SELECT match_key, min(id::text)::uuid AS id, min(amount) AS amount FROM records
        WHERE match_key <> '' AND state = 'expected' GROUP BY match_key HAVING count(*) = 1),
    differing AS MATERIALIZED (SELECT line.id AS line_id, record.id AS record_id, line.amount - record.amount AS amount
        FROM one_line AS line JOIN one_record AS record USING (match_key) WHERE line.amount <> record.amount),
    otherwise AS MATERIALIZED (SELECT line.id AS line_id, min(record.id::text)::uuid AS record_id, line.amount
        FROM lines AS line JOIN records AS record ON record.match_key = line.match_key AND record.state <> 'expected'
        WHERE line.match_key <> '' AND NOT line.repeated AND line.id NOT IN (SELECT line_id FROM differing)
        GROUP BY line.id, line.amount
        UNION SELECT line.id, min(record.id::text)::uuid, line.amount FROM lines AS line
        JOIN reconciliation_records AS record ON record.account_id = line.account_id AND record.match_key = line.match_key
            AND record.amount = -line.amount AND record.state = 'expected'
        WHERE line.match_key <> '' AND NOT line.repeated AND line.id NOT IN (SELECT line_id FROM differing)
            AND EXISTS (SELECT FROM reconciliation_pairs AS pair WHERE pair.record_id = record.id)
        GROUP BY line.id, line.amount),
    stated AS MATERIALIZED (SELECT value_on FROM (SELECT DISTINCT value_on FROM records) AS due
        WHERE EXISTS (SELECT FROM statements AS shown WHERE shown.account_id = :account_id AND shown.kind = 'statement'
            AND due.value_on BETWEEN shown.from_on AND shown.until_on))
    SELECT 'duplicate' AS type, id AS line_id, NULL::uuid AS record_id, amount FROM lines WHERE repeated
    UNION ALL SELECT 'amount', line_id, record_id, amount FROM differing
    UNION ALL SELECT 'status', line_id, record_id, amount FROM otherwise
    UNION ALL SELECT 'long', id, NULL, amount FROM lines WHERE NOT repeated
        AND id NOT IN (SELECT line_id FROM differing UNION ALL SELECT line_id FROM otherwise)
    UNION ALL SELECT 'short', NULL, id, -amount FROM records WHERE state = 'expected'
        AND value_on IN (SELECT value_on FROM stated) AND id NOT IN (SELECT record_id FROM differing)""")
# Of a report we know when we read it, and not the bank's day.
_OF_PAIRS = text(f"""SELECT CASE WHEN pair.rule = {Rule.REFERENCE_TOLERANCE:d} THEN 'amount' ELSE 'date' END AS type,
        pair.line_id, pair.record_id,
        CASE WHEN pair.rule = {Rule.REFERENCE_TOLERANCE:d} THEN line.amount - record.amount ELSE 0 END AS amount
    FROM reconciliation_pairs AS pair JOIN statement_lines AS line ON line.id = pair.line_id
    JOIN reconciliation_records AS record ON record.id = pair.record_id
    WHERE pair.run_id = :run_id AND (pair.rule = {Rule.REFERENCE_TOLERANCE:d}
        OR record.source <> 'report' AND abs(line.value_on - record.value_on) > CAST(:tolerance AS integer))""")  # noqa: S608
# What had gone and is there again is open again; what somebody explained stays so.
_RAISE = text("""INSERT INTO reconciliation_breaks AS old (id, account_id, type, side, line_id, record_id, subject, way, amount, currency,
        state, owner, resolved_minor, raised_on, raised_at, due_at, escalations)
    SELECT found.id, :account_id, found.type, :side, found.line_id, found.record_id, found.subject, found.way, found.amount, :currency,
        'open', :owner, 0, :today, :now, :due_at, 0
    FROM unnest(CAST(:id AS uuid[]), CAST(:type AS text[]), CAST(:line_id AS uuid[]), CAST(:record_id AS uuid[]),
        CAST(:subject AS text[]), CAST(:way AS smallint[]), CAST(:amount AS bigint[]))
        AS found(id, type, line_id, record_id, subject, way, amount)
    ON CONFLICT (account_id, type, line_id, record_id, subject, way) DO UPDATE
        SET state = 'open', amount = excluded.amount, reason = NULL, due_at = excluded.due_at, ended_at = NULL
        WHERE old.state = 'explained' AND old.reason = :gone""")
# Breaks of pairs stay until somebody ends them; the others are over when they are not found any more.
_CLOSE = text("""UPDATE reconciliation_breaks AS old SET state = 'explained', reason = :gone, due_at = NULL, ended_at = :now
    WHERE account_id = :account_id AND side = :side AND state = 'open' AND resolved_minor = 0
        AND NOT EXISTS (SELECT FROM unnest(CAST(:type AS text[]), CAST(:line_id AS uuid[]), CAST(:record_id AS uuid[]),
                CAST(:subject AS text[]), CAST(:way AS smallint[]), CAST(:amount AS bigint[]))
                AS found(type, line_id, record_id, subject, way, amount)
            WHERE found.type = old.type AND found.line_id IS NOT DISTINCT FROM old.line_id
                AND found.record_id IS NOT DISTINCT FROM old.record_id AND found.subject IS NOT DISTINCT FROM old.subject
                AND found.way = old.way AND found.amount = old.amount)
        AND NOT EXISTS (SELECT FROM reconciliation_pairs AS pair
            WHERE pair.line_id = old.line_id AND pair.record_id = old.record_id)""")


async def breaks_left(connection: AsyncConnection, account_id: UUID) -> list[Found]:
    """What is due on a day of which there is no statement is not missing yet."""
    return [_found(row) for row in await connection.execute(_LEFT, {"account_id": account_id})]


async def breaks_of_pairs(connection: AsyncConnection, account: ReconciledAccount, run_id: UUID) -> list[Found]:
    """What does not agree although it was matched, of one run."""
    told = {"run_id": run_id, "tolerance": account.date_tolerance_days}
    return [_found(row) for row in await connection.execute(_OF_PAIRS, told)]


async def add_breaks(connection: AsyncConnection, breaks: Sequence[Break]) -> int:
    """Those that are not known; how many that were. All of one account and side, raised at once."""
    if not breaks:
        return 0
    first = breaks[0]
    told = {
        "account_id": first.account_id, "side": first.side, "currency": first.currency, "owner": first.owner,
        "today": first.raised_on, "now": first.raised_at, "due_at": first.due_at, "gone": GONE,
    }  # fmt: skip
    return (await connection.execute(_RAISE, told | {"id": [one.id for one in breaks]} | _columns(breaks))).rowcount


async def close_others(
    connection: AsyncConnection, account_id: UUID, side: Side, found: Iterable[Break], now: datetime
) -> int:
    """Open breaks that are not among those found; how many that were."""
    told = {"account_id": account_id, "side": side, "now": now, "gone": GONE} | _columns(list(found))
    return (await connection.execute(_CLOSE, told)).rowcount


async def break_with(connection: AsyncConnection, break_id: UUID, *, lock: bool = False) -> Break | None:
    statement = select(reconciliation_breaks).where(reconciliation_breaks.c.id == break_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _break(row)


async def save_break(connection: AsyncConnection, changed: Break) -> None:
    values = asdict(changed)
    table = reconciliation_breaks
    await connection.execute(update(table).where(table.c.id == values.pop("id")).values(values))


async def list_breaks(
    connection: AsyncConnection, chosen: dict[str, Any], before: UUID | None, limit: int
) -> list[Break]:
    """Newest first. chosen: values of columns, None for any."""
    table = reconciliation_breaks
    statement = select(table)
    for name, value in chosen.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    if before is not None:
        statement = statement.where(table.c.id < before)
    rows = await connection.execute(statement.order_by(table.c.id.desc()).limit(limit))
    return [_break(row) for row in rows]


async def breaks_about(connection: AsyncConnection, line_id: UUID) -> list[Break]:
    table = reconciliation_breaks
    statement = select(table).where(table.c.line_id == line_id).order_by(table.c.id)
    return [_break(row) for row in await connection.execute(statement)]


async def due_breaks(connection: AsyncConnection, now: datetime, limit: int) -> list[Break]:
    """Locked; whoever escalates them at the same time takes others."""
    table = reconciliation_breaks
    statement = select(table).where(table.c.due_at <= now).order_by(table.c.due_at, table.c.id).limit(limit)
    return [_break(row) for row in await connection.execute(statement.with_for_update(skip_locked=True))]


async def unbalanced_statements(connection: AsyncConnection, break_id: UUID) -> list[tuple[int, int, list[int]]]:
    """Of the statements that show a break, or should have, and do not add up: by how much, what of it is explained, and the amounts
    that other breaks may stand for."""
    rows = await connection.execute(_UNBALANCED, {"break_id": break_id, "gone": GONE})
    return [(row.difference_minor, row.explained, row.others) for row in rows]


async def is_overtaken(connection: AsyncConnection, one: Break) -> bool:
    """Whether its line or its record has been matched since it was raised."""
    told = {"type": one.type, "line_id": one.line_id, "record_id": one.record_id}
    return bool((await connection.execute(_OVERTAKEN, told)).scalar_one())


async def awaits_its_result(connection: AsyncConnection, one: Break) -> bool:
    """Whether the channel does not know yet what became of its record."""
    table = reconciliation_records
    state = (await connection.execute(select(table.c.state).where(table.c.id == one.record_id))).scalar_one_or_none()
    return bool(state == RecordState.OPEN)


async def add_resolution(
    connection: AsyncConnection,
    *,
    transfer_id: UUID,
    break_id: UUID,
    reverses_id: UUID | None,
    amount: int,
    made_by: str,
    made_at: datetime,
) -> None:
    values = {
        "transfer_id": transfer_id, "break_id": break_id, "reverses_id": reverses_id, "amount": amount, "made_by": made_by,
        "made_at": made_at,
    }  # fmt: skip
    await connection.execute(insert(reconciliation_resolutions).values(values))


async def standing_resolution(connection: AsyncConnection, break_id: UUID) -> tuple[UUID, int] | None:
    """The last transfer that resolved a break and was not taken back whole, and its amount; be it by taking back what had undone it."""
    row = (await connection.execute(_STANDING, {"break_id": break_id})).one_or_none()
    return None if row is None else (row.transfer_id, row.amount)


async def reversed_elsewhere(connection: AsyncConnection, limit: int) -> list[tuple[UUID, UUID, UUID, int]]:
    """Reversals that are not noted of transfers that are: the break, the transfer, its reversal, and how much, signed as the break."""
    rows = await connection.execute(_REVERSED, {"limit": limit})
    return [(row.break_id, row.reversed_id, row.transfer_id, row.amount) for row in rows]


# A line is of the statement that shows it; what is missing, of those of its day. A line of another day than ours may be missing there and
# too much here, or rightly booked later: it may count, and need not.
_UNBALANCED = text("""WITH about AS (
        SELECT break.*, line.amount AS line_amount, record.amount AS record_amount, record.value_on,
            array[line.statement_id, again.statement_id] AS shown_in
        FROM reconciliation_breaks AS asked
        JOIN reconciliation_breaks AS break ON break.account_id = asked.account_id AND break.side = 'bank'
        LEFT JOIN statement_lines AS line ON line.id = break.line_id
        LEFT JOIN statement_confirmations AS again ON again.line_id = line.id
        LEFT JOIN reconciliation_records AS record ON record.id = break.record_id
        WHERE asked.id = :break_id
    ), told AS (
        SELECT about.id, about.type, about.state, about.reason, about.resolved_minor, statement.id AS statement_id,
            statement.difference_minor, CASE WHEN about.type <> 'date' THEN about.amount
                WHEN statement.id = ANY (about.shown_in) THEN about.line_amount ELSE -about.record_amount END AS amount
        FROM about JOIN statements AS statement ON statement.account_id = about.account_id AND statement.kind = 'statement'
            AND statement.difference_minor <> 0 AND (statement.id = ANY (about.shown_in)
                OR (about.line_id IS NULL OR about.type = 'date') AND about.value_on BETWEEN statement.from_on AND statement.until_on)
    )
    SELECT one.difference_minor, coalesce(sum(other.amount)
            FILTER (WHERE other.state = 'explained' AND other.type <> 'date' AND other.reason <> :gone), 0)::bigint AS explained,
        coalesce(array_agg(other.amount ORDER BY other.id)
            FILTER (WHERE other.state = 'open' AND other.resolved_minor = 0 OR other.type = 'date'), '{}') AS others
    FROM told AS one LEFT JOIN told AS other ON other.statement_id = one.statement_id AND other.id <> one.id
    WHERE one.id = :break_id GROUP BY one.statement_id, one.difference_minor ORDER BY one.statement_id""")
# A rest within the tolerance is of a pair. What a bank took back is about a record that has its pair; only its line is left.
_OVERTAKEN = text("""SELECT EXISTS (SELECT FROM reconciliation_pairs AS pair
    WHERE (pair.line_id = :line_id OR pair.record_id = :record_id AND :type <> 'status')
        AND NOT (:type = 'amount' AND pair.rule = 6 AND pair.line_id = :line_id AND pair.record_id = :record_id))""")
_STANDING = text("""SELECT made.transfer_id, made.amount FROM reconciliation_resolutions AS made
    JOIN reconciliation_breaks AS break ON break.id = made.break_id
    WHERE made.break_id = :break_id AND sign(made.amount) = sign(break.amount)
        AND made.amount + coalesce((SELECT sum(undone.amount) FROM reconciliation_resolutions AS undone
            WHERE undone.reverses_id = made.transfer_id), 0) <> 0
    ORDER BY made.made_at DESC, made.transfer_id DESC LIMIT 1""")
_REVERSED = text("""SELECT made.break_id, back.reversed_id, back.transfer_id,
        CASE WHEN made.amount > 0 THEN -back.amount ELSE back.amount END AS amount
    FROM reconciliation_resolutions AS made JOIN reconciliation_breaks AS break ON break.id = made.break_id
    JOIN ledger_reversals AS back ON back.reversed_id = made.transfer_id
    WHERE NOT EXISTS (SELECT FROM reconciliation_resolutions AS noted WHERE noted.transfer_id = back.transfer_id)
    ORDER BY break.account_id, made.break_id, back.transfer_id LIMIT :limit""")


def _columns(breaks: Sequence[Break]) -> dict[str, Any]:
    names = ("type", "line_id", "record_id", "subject", "way", "amount")
    return {name: [getattr(one, name) for one in breaks] for name in names}


def _found(row: Row[Any]) -> Found:
    return BreakType(row.type), row.line_id, row.record_id, row.amount


def _break(row: Row[Any]) -> Break:
    told = {"type": BreakType(row.type), "side": Side(row.side), "state": BreakState(row.state)}
    return Break(**dict(row._mapping) | told)
