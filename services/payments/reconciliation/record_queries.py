"""The SQL that takes over what of ours a bank should have booked, from the channels and from the ledger, and compares these two."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.reconciliation.model import Record

# Orders that are not recorded, or whose result has changed since. What came too much stands in the ledger under its way back.
_ORDERS = text("""SELECT one.id, one.kind, one.state, one.amount, one.purpose, one.subject_id, one.submitted_at,
        coalesce(one.value_on, (one.submitted_at AT TIME ZONE :zone)::date) AS value_on,
        order_payments.order_id, reissue.line_id, back.id AS return_id
    FROM channel_instructions AS one
    LEFT JOIN order_payments ON one.purpose = 'order_payment' AND order_payments.id = one.subject_id
    LEFT JOIN batch_line_reissues AS reissue ON one.purpose = 'payout_line' AND reissue.id = one.subject_id
    LEFT JOIN card_returns AS back ON one.kind = 'charge' AND back.instruction_id = one.id AND back.reason <> 'refund'
    LEFT JOIN reconciliation_records AS record ON record.source = 'channel' AND record.source_id = one.id
    WHERE one.bank = :bank AND one.currency = :currency AND one.state <> 'unsent'
        AND record.state IS DISTINCT FROM CASE one.state WHEN 'succeeded' THEN 'expected' WHEN 'requested' THEN 'open'
            WHEN 'unknown' THEN 'open' ELSE 'failed' END
    ORDER BY one.id LIMIT :limit""")
_REPORTS = text("""SELECT report.id, report.kind, report.amount, report.instruction_reference, report.original, report.state,
        (report.reported_at AT TIME ZONE :zone)::date AS value_on
    FROM bank_reports AS report
    LEFT JOIN reconciliation_records AS record ON record.source = 'report' AND record.source_id = report.id
    WHERE report.bank = :bank AND report.currency = :currency AND record.id IS NULL AND report.state <> 'reported'
        AND report.kind IN ('payout_returned', 'charge_reversed', 'dispute_lost')
    ORDER BY report.id LIMIT :limit""")
# What resolves breaks, and whatever took that back by whichever door, however often: no record itself, and no payment of its subject.
_OF_BREAKS = """WITH RECURSIVE of_breaks AS (
        SELECT transfer_id FROM reconciliation_resolutions
        UNION SELECT back.transfer_id FROM of_breaks JOIN ledger_reversals AS back
            ON back.book_id = :book_id AND back.reversed_id = of_breaks.transfer_id
    )"""
PAYOUT_CODE = "settlement.payout"
"""Of payments by a merchants' payout file: no channel has an instruction of them, though a bank may report that one came back."""

# On the reserve's account: what is posted under a reference of no channel and no report.
# A line of a merchants' payout file is known to its bank by its end-to-end id.
_TRANSFERS = text(f"""{_OF_BREAKS} SELECT transfer.id, transfer.code, transfer.reference, transfer.value_on,
        coalesce(line.end_to_end_id, transfer.reference) AS told,
        CASE WHEN transfer.debit_account_id = :reserve_id THEN transfer.amount ELSE -transfer.amount END AS amount
    FROM ledger_transfers AS transfer LEFT JOIN payout_batch_lines AS line ON line.hold_id = transfer.pending_id
    WHERE transfer.book_id = :book_id AND transfer.kind IN (0, 2)
        AND :reserve_id IN (transfer.debit_account_id, transfer.credit_account_id)
        AND transfer.id NOT IN (SELECT transfer_id FROM of_breaks)
        AND NOT EXISTS (SELECT FROM reconciliation_records AS record WHERE record.source = 'ledger' AND record.source_id = transfer.id)
        AND (transfer.reference = '' OR transfer.code = '{PAYOUT_CODE}' OR NOT EXISTS (SELECT FROM reconciliation_records AS record
            WHERE record.account_id = :account_id AND record.subject = transfer.reference AND record.source <> 'ledger'))
    ORDER BY transfer.id LIMIT :limit""")  # noqa: S608
_SUBJECTS = text("""SELECT DISTINCT subject FROM reconciliation_records
    WHERE account_id = :account_id AND source <> 'ledger' AND subject = ANY (CAST(:subjects AS text[]))""")
_FIRST_DAY = text("""SELECT min(value_on) FROM ledger_transfers
    WHERE book_id = :book_id AND :reserve_id IN (debit_account_id, credit_account_id)""")
_SAVE = text("""INSERT INTO reconciliation_records (id, account_id, source, source_id, state, reference, match_key, group_key,
        subject, amount, value_on, description, words)
    SELECT id, :account_id, source, source_id, state, reference, match_key, group_key, subject, amount, value_on, description,
        string_to_array(words, ' ')
    FROM unnest(CAST(:id AS uuid[]), CAST(:source AS text[]), CAST(:source_id AS uuid[]), CAST(:state AS text[]),
        CAST(:reference AS text[]), CAST(:match_key AS text[]), CAST(:group_key AS text[]), CAST(:subject AS text[]),
        CAST(:amount AS bigint[]), CAST(:value_on AS date[]), CAST(:description AS text[]), CAST(:words AS text[]))
        AS record(id, source, source_id, state, reference, match_key, group_key, subject, amount, value_on, description, words)
    ON CONFLICT (source, source_id) DO UPDATE SET state = excluded.state, value_on = excluded.value_on""")
_SAVED = (
    "id", "source", "source_id", "state", "reference", "match_key", "group_key", "subject", "amount", "value_on", "description",
)  # fmt: skip
# By our own reference and direction: what the channels say, and what was posted on the reserve. What breaks of the subject are about
# counts as posted once something of it is resolved: what is left of it is left of that break.
_COMPARED = text(f"""{_OF_BREAKS}, compared AS (
    SELECT coalesce(told.subject, moved.reference) AS subject, coalesce(told.way, moved.way) AS way,
        coalesce(told.amount, 0)::bigint AS told, coalesce(moved.amount, 0)::bigint AS moved
    FROM (
        SELECT subject, sign(amount) AS way, sum(amount) AS amount FROM reconciliation_records
        WHERE account_id = :account_id AND source <> 'ledger' AND state = 'expected' GROUP BY 1, 2
    ) AS told FULL JOIN (
        SELECT transfer.reference, transfer.way, sum(transfer.way * transfer.amount) AS amount FROM (
            SELECT reference, amount, CASE WHEN debit_account_id = :reserve_id THEN 1 ELSE -1 END AS way FROM ledger_transfers
            WHERE book_id = :book_id AND kind IN (0, 2) AND :reserve_id IN (debit_account_id, credit_account_id)
                AND code <> '{PAYOUT_CODE}' AND id NOT IN (SELECT transfer_id FROM of_breaks)
        ) AS transfer
        WHERE EXISTS (SELECT FROM reconciliation_records AS record WHERE record.account_id = :account_id
            AND record.subject = transfer.reference AND record.source <> 'ledger')
        GROUP BY 1, 2
    ) AS moved ON moved.reference = told.subject AND moved.way = told.way
), resolved AS (
    SELECT subject, way, sum(amount)::bigint AS amount FROM reconciliation_breaks
    WHERE account_id = :account_id AND side = 'ledger' AND resolved_minor <> 0 GROUP BY subject, way
), counted AS (
    SELECT subject, way, compared.told, resolved.amount IS NOT NULL AS again,
        (compared.moved + coalesce(resolved.amount, 0))::bigint AS moved
    FROM compared LEFT JOIN resolved USING (subject, way)
)
SELECT subject, way::int AS way, told, moved, again FROM counted WHERE told <> moved ORDER BY subject, way LIMIT :limit""")  # noqa: S608
_SEEN = text("""SELECT record.*, pair.rule FROM reconciliation_records AS record
    LEFT JOIN LATERAL (SELECT min(pair.rule) AS rule FROM reconciliation_pairs AS pair WHERE pair.record_id = record.id) AS pair ON true
    WHERE record.account_id = :account_id AND (record.match_key = :match_key AND :match_key <> ''
        OR record.group_key = :match_key AND :match_key <> ''
        OR record.amount = :amount AND record.value_on BETWEEN :from_on AND :until_on
        OR record.id IN (SELECT pair.record_id FROM reconciliation_pairs AS pair WHERE pair.line_id = :line_id))
    ORDER BY record.match_key = :match_key DESC, record.value_on, record.id LIMIT :limit""")
_PAIRS_OF = text("""SELECT pair.record_id, pair.rule, pair.run_id,
        (SELECT count(*) FROM reconciliation_pairs AS other WHERE other.record_id = pair.record_id) AS lines
    FROM reconciliation_pairs AS pair WHERE pair.line_id = :line_id ORDER BY pair.record_id LIMIT :limit""")


async def orders_to_record(
    connection: AsyncConnection, bank: str, currency: str, zone: str, limit: int
) -> Sequence[Any]:
    told = {"bank": bank, "currency": currency, "zone": zone, "limit": limit}
    return (await connection.execute(_ORDERS, told)).all()


async def reports_to_record(
    connection: AsyncConnection, bank: str, currency: str, zone: str, limit: int
) -> Sequence[Any]:
    told = {"bank": bank, "currency": currency, "zone": zone, "limit": limit}
    return (await connection.execute(_REPORTS, told)).all()


async def transfers_to_record(
    connection: AsyncConnection, account_id: UUID, reserve_id: UUID, book_id: int, limit: int
) -> Sequence[Any]:
    """On the reserve, with nothing behind them of a channel that is recorded."""
    told = {"account_id": account_id, "reserve_id": reserve_id, "book_id": book_id, "limit": limit}
    return (await connection.execute(_TRANSFERS, told)).all()


async def first_day(connection: AsyncConnection, reserve_id: UUID, book_id: int) -> date | None:
    """On which something was posted on the reserve."""
    told = {"reserve_id": reserve_id, "book_id": book_id}
    day: date | None = (await connection.execute(_FIRST_DAY, told)).scalar_one()
    return day


async def subjects_known(connection: AsyncConnection, account_id: UUID, subjects: Sequence[str]) -> set[str]:
    """Those of our references behind which there is a channel or a report."""
    rows = await connection.execute(_SUBJECTS, {"account_id": account_id, "subjects": list(subjects)})
    return set(rows.scalars())


async def save_records(connection: AsyncConnection, account_id: UUID, records: Sequence[Record]) -> None:
    """New ones, and results that have changed."""
    if records:
        told: dict[str, Any] = {name: [getattr(one, name) for one in records] for name in _SAVED}
        told["words"] = [" ".join(one.words) for one in records]
        await connection.execute(_SAVE, told | {"account_id": account_id})


async def differences(
    connection: AsyncConnection, account_id: UUID, reserve_id: UUID, book_id: int, limit: int
) -> list[tuple[str, int, int, int, bool]]:
    """Our references of which the channels tell otherwise than the ledger, in one direction: 1 or -1, what they told, what was moved, with
    what resolved breaks of it, and whether there are such breaks."""
    told = {"account_id": account_id, "reserve_id": reserve_id, "book_id": book_id, "limit": limit}
    return [(row.subject, row.way, row.told, row.moved, row.again) for row in await connection.execute(_COMPARED, told)]


async def records_like(
    connection: AsyncConnection,
    account_id: UUID,
    *,
    line_id: UUID,
    match_key: str,
    amount: int,
    days: tuple[date, date],
    limit: int,
) -> Sequence[Any]:
    """What a line could have been matched with: by reference first, then by amount within the days; `rule`, if it has a pair."""
    told = {
        "account_id": account_id, "line_id": line_id, "match_key": match_key, "amount": amount, "from_on": days[0],
        "until_on": days[1], "limit": limit,
    }  # fmt: skip
    return (await connection.execute(_SEEN, told)).all()


async def pairs_of(connection: AsyncConnection, line_id: UUID, limit: int) -> Sequence[Any]:
    return (await connection.execute(_PAIRS_OF, {"line_id": line_id, "limit": limit})).all()
