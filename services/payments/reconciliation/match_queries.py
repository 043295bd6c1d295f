"""The SQL of matching: each rule one statement over all that is open of an account, whatever the number of its lines.

Whoever is paired leaves the open rows in the same statement. Every choice is made by the rows' own contents, never by the order in
which they are read, so that a run on the same books finds the same pairs.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.reconciliation.model import ReconciledAccount, Rule
from services.payments.reconciliation.rules import BATCH_LIMIT

_UNPAIRED_LINE = """NOT EXISTS (SELECT FROM reconciliation_pairs AS pair WHERE pair.line_id = line.id)
    AND NOT EXISTS (SELECT FROM reconciliation_breaks AS moved WHERE moved.line_id = line.id AND moved.resolved_minor <> 0)"""
# What was resolved of a line that had another result with us is the line's: should the record be expected after all, it is missing.
_UNPAIRED_RECORD = """NOT EXISTS (SELECT FROM reconciliation_pairs AS pair WHERE pair.record_id = record.id)
    AND NOT EXISTS (SELECT FROM reconciliation_breaks AS moved WHERE moved.record_id = record.id AND moved.resolved_minor <> 0
        AND moved.type <> 'status')"""

_SPANS = text(f"""SELECT value_on, count(*) AS lines FROM statement_lines AS line
    WHERE account_id = :account_id AND match_key <> '' AND NOT repeated AND {_UNPAIRED_LINE}
    GROUP BY value_on ORDER BY value_on""")  # noqa: S608

# The k-th of a reference and amount with the k-th: where a reference is used twice, both are told apart by their days.
_BY_REFERENCE = text(f"""INSERT INTO reconciliation_pairs (line_id, record_id, run_id, rule)
    SELECT line.id, record.id, :run_id, {Rule.REFERENCE:d} FROM (
        SELECT id, match_key, amount, row_number() OVER (PARTITION BY match_key, amount ORDER BY value_on, number, id) AS place
        FROM statement_lines AS line
        WHERE account_id = :account_id AND match_key <> '' AND NOT repeated AND value_on BETWEEN :from_on AND :until_on
            AND {_UNPAIRED_LINE}
    ) AS line JOIN (
        SELECT id, match_key, amount, row_number() OVER (PARTITION BY match_key, amount ORDER BY value_on, id) AS place
        FROM reconciliation_records AS record
        WHERE account_id = :account_id AND match_key <> '' AND state = 'expected'
            AND value_on BETWEEN CAST(:from_on AS date) - CAST(:days AS integer) AND CAST(:until_on AS date) + CAST(:days AS integer)
            AND {_UNPAIRED_RECORD}
    ) AS record USING (match_key, amount, place)""")  # noqa: S608

# Rows that were written a moment ago have no statistics: taken for few, they would be looked through once for each of the others.
_WHOLE_TABLES = text("""SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('work_mem', '128MB', true)""")
_EMPTY = tuple(
    text(f"DELETE FROM {table} WHERE account_id = :account_id")  # noqa: S608
    for table in ("reconciliation_open_lines", "reconciliation_open_records")
)
_OPEN_LINES = text(f"""INSERT INTO reconciliation_open_lines (account_id, id, match_key, amount, value_on, words, repeated)
    SELECT account_id, id, match_key, amount, value_on, words, repeated
    FROM statement_lines AS line WHERE account_id = :account_id AND {_UNPAIRED_LINE}""")  # noqa: S608
# Under another reference of the bank's own, but with the reference and amount of a line that has its pair: shown before.
_SHOWN_BEFORE = text("""WITH alike AS MATERIALIZED (
        SELECT line.id, shown.id AS shown_id FROM reconciliation_open_lines AS line
        JOIN statement_lines AS shown ON shown.account_id = line.account_id AND shown.match_key = line.match_key
            AND shown.match_key <> '' AND shown.amount = line.amount AND shown.id <> line.id
        WHERE line.account_id = :account_id AND NOT line.repeated
    )
    UPDATE reconciliation_open_lines AS line SET repeated = true
    FROM (SELECT DISTINCT alike.id FROM alike JOIN reconciliation_pairs AS pair ON pair.line_id = alike.shown_id) AS again
    WHERE line.account_id = :account_id AND line.id = again.id""")
_OPEN_RECORDS = text(f"""INSERT INTO reconciliation_open_records
        (account_id, id, match_key, amount, value_on, words, state, group_key)
    SELECT account_id, id, match_key, amount, value_on, words, state, group_key
    FROM reconciliation_records AS record WHERE account_id = :account_id AND {_UNPAIRED_RECORD}""")  # noqa: S608


def _pairing(rule: Rule, found: str) -> TextClause:
    """found: a query of (line_id, record_id) over `lines` and `records`, what is open and may be matched."""
    return text(f"""WITH lines AS (
            SELECT * FROM reconciliation_open_lines WHERE account_id = :account_id AND NOT repeated
        ), records AS (
            SELECT * FROM reconciliation_open_records WHERE account_id = :account_id AND state = 'expected'
        ), found AS MATERIALIZED ({found}
        ), lines_gone AS (
            DELETE FROM reconciliation_open_lines USING (SELECT DISTINCT line_id FROM found) AS gone
            WHERE account_id = :account_id AND id = gone.line_id
        ), records_gone AS (
            DELETE FROM reconciliation_open_records USING (SELECT DISTINCT record_id FROM found) AS gone
            WHERE account_id = :account_id AND id = gone.record_id
        )
        INSERT INTO reconciliation_pairs (line_id, record_id, run_id, rule)
        SELECT line_id, record_id, :run_id, {rule:d} FROM found""")  # noqa: S608


_ONE_LINE = """(SELECT match_key, min(amount) AS amount, min(id::text)::uuid AS id FROM lines
    WHERE match_key <> '' GROUP BY match_key HAVING count(*) = 1)"""
_ONE_RECORD = """(SELECT match_key, min(amount) AS amount, min(id::text)::uuid AS id FROM records
    WHERE match_key <> '' GROUP BY match_key HAVING count(*) = 1)"""
# What has its reference on the other side, paired or not, is a matter of that reference, and no match by its looks. Looked up by index,
# once for each that is open.
_UNNAMED_LINES = """(SELECT * FROM lines AS line WHERE line.match_key = '' OR NOT EXISTS (SELECT FROM reconciliation_records AS named
    WHERE named.account_id = :account_id AND named.match_key = line.match_key AND named.match_key <> ''))"""
_UNNAMED_RECORDS = """(SELECT * FROM records AS record WHERE record.match_key = '' OR NOT EXISTS (SELECT FROM statement_lines AS named
    WHERE named.account_id = :account_id AND named.match_key = record.match_key AND named.match_key <> ''))"""
_NEAR = "abs(line.value_on - record.value_on) <= CAST(:days AS integer)"

_RULES = {
    Rule.REFERENCE: """
        SELECT line.id AS line_id, record.id AS record_id
        FROM (SELECT *, row_number() OVER (PARTITION BY match_key, amount ORDER BY value_on, id) AS place FROM lines
            WHERE match_key <> '') AS line
        JOIN (SELECT *, row_number() OVER (PARTITION BY match_key, amount ORDER BY value_on, id) AS place FROM records) AS record
            USING (match_key, amount, place)""",
    Rule.GROUP: f"""
        SELECT line.id AS line_id, record.id AS record_id FROM (
            SELECT group_key, sum(amount) AS amount FROM records WHERE group_key <> ''
            GROUP BY group_key HAVING count(*) BETWEEN 2 AND {BATCH_LIMIT}
        ) AS batch JOIN {_ONE_LINE} AS line ON line.match_key = batch.group_key AND line.amount = batch.amount
        JOIN records AS record ON record.group_key = batch.group_key""",  # noqa: S608
    Rule.PARTS: f"""
        SELECT line.id AS line_id, record.id AS record_id FROM (
            SELECT match_key, sum(amount) AS amount FROM lines WHERE match_key <> ''
            GROUP BY match_key HAVING count(*) BETWEEN 2 AND {BATCH_LIMIT}
        ) AS parts JOIN {_ONE_RECORD} AS record ON record.match_key = parts.match_key AND record.amount = parts.amount
        JOIN lines AS line ON line.match_key = parts.match_key""",  # noqa: S608
    # Words in common count first, then how near the days are; at least half of the words of whoever says less.
    Rule.TEXT: f"""
        SELECT line_id, record_id FROM (
            SELECT *, count(*) FILTER (WHERE score = line_best) OVER (PARTITION BY line_id) AS line_bests,
                count(*) FILTER (WHERE score = record_best) OVER (PARTITION BY record_id) AS record_bests
            FROM (
                SELECT *, max(score) OVER (PARTITION BY line_id) AS line_best,
                    max(score) OVER (PARTITION BY record_id) AS record_best
                FROM (
                    SELECT line.id AS line_id, record.id AS record_id,
                        shared.words * 100 - abs(line.value_on - record.value_on) AS score
                    FROM {_UNNAMED_LINES} AS line
                    JOIN {_UNNAMED_RECORDS} AS record ON record.amount = line.amount AND {_NEAR}
                    CROSS JOIN LATERAL (SELECT count(*) AS words FROM unnest(line.words) AS word
                        WHERE word = ANY (record.words)) AS shared
                    WHERE line.words && record.words
                        AND shared.words * 2 >= least(cardinality(line.words), cardinality(record.words))
                ) AS candidate
            ) AS ranked
        ) AS best
        WHERE score = line_best AND score = record_best AND line_bests = 1 AND record_bests = 1""",  # noqa: S608
    Rule.AMOUNT: f"""
        SELECT line_id, record_id FROM (
            SELECT line.id AS line_id, record.id AS record_id, line.words AS said, record.words AS known,
                count(*) OVER (PARTITION BY line.id) AS of_line, count(*) OVER (PARTITION BY record.id) AS of_record
            FROM {_UNNAMED_LINES} AS line JOIN {_UNNAMED_RECORDS} AS record ON record.amount = line.amount AND {_NEAR}
        ) AS candidate
        WHERE of_line = 1 AND of_record = 1 AND (said = '{{}}' OR known = '{{}}')""",  # noqa: S608
    Rule.REFERENCE_TOLERANCE: f"""
        SELECT line.id AS line_id, record.id AS record_id
        FROM {_ONE_LINE} AS line JOIN {_ONE_RECORD} AS record USING (match_key)
        WHERE line.amount <> record.amount AND sign(line.amount) = sign(record.amount)
            AND abs(line.amount - record.amount) <= :tolerance""",  # noqa: S608
}
_PAIRINGS = {rule: _pairing(rule, found) for rule, found in _RULES.items()}


async def days_to_match(connection: AsyncConnection, account_id: UUID) -> list[tuple[date, int]]:
    """Days with lines that may be matched by reference, and how many there are."""
    return [(row.value_on, row.lines) for row in await connection.execute(_SPANS, {"account_id": account_id})]


async def expect_many(connection: AsyncConnection) -> None:
    """Until the transaction ends, tables are joined whole."""
    await connection.execute(_WHOLE_TABLES)


async def pair_span(
    connection: AsyncConnection, account: ReconciledAccount, run_id: UUID, span: tuple[date, date]
) -> int:
    """By reference and amount, lines of some days with records of about these days; the number of pairs."""
    told = {"account_id": account.id, "run_id": run_id, "from_on": span[0], "until_on": span[1]}
    return (await connection.execute(_BY_REFERENCE, told | {"days": account.date_window_days})).rowcount


async def open_what_is_left(connection: AsyncConnection, account_id: UUID) -> None:
    """Set out what has no pair, for the rules that follow."""
    for statement in (*_EMPTY, _OPEN_LINES, _OPEN_RECORDS):
        await connection.execute(statement, {"account_id": account_id})


async def mark_shown_before(connection: AsyncConnection, account_id: UUID) -> None:
    """Lines that repeat one that has its pair by now are matched with nothing else."""
    await connection.execute(_SHOWN_BEFORE, {"account_id": account_id})


async def pair_by(connection: AsyncConnection, account: ReconciledAccount, run_id: UUID, rule: Rule) -> int:
    """One rule over what is open; the number of pairs."""
    told = {"account_id": account.id, "run_id": run_id}
    if rule in (Rule.TEXT, Rule.AMOUNT):
        told["days"] = account.date_window_days  # type: ignore[assignment]
    if rule is Rule.REFERENCE_TOLERANCE:
        told["tolerance"] = account.amount_tolerance_minor  # type: ignore[assignment]
    return (await connection.execute(_PAIRINGS[rule], told)).rowcount


async def put_away(connection: AsyncConnection, account_id: UUID) -> None:
    """The run is over: nothing is set out any more."""
    for statement in _EMPTY:
        await connection.execute(statement, {"account_id": account_id})
