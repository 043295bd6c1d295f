"""The SQL of proofs: every payment of which bank and ledger do not have the same, and what was said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.model import book_of
from services.payments.reconciliation.break_queries import GONE
from services.payments.reserve.classes import DEFAULT_USE
from services.payments.reserve.model import (
    AccountTerms,
    AccountUse,
    BankPart,
    Carried,
    Difference,
    Item,
    ItemKind,
    Look,
    Owed,
    OwedPart,
    Proof,
    ProofState,
    Reserve,
    Stated,
    WholeProof,
)
from services.payments.reserve.tables import (
    reserve_account_terms,
    reserve_proof_banks,
    reserve_proof_classes,
    reserve_proof_items,
    reserve_proofs,
)

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.reserve_proofs', 0))")
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
# A payment is known by our reference. A transfer with a record of its own (no channel stands behind it) is one by itself, as is a line
# that nothing agrees with. What resolved a break, and whatever took that back, belongs to what the break is about. Of the days up to
# one that was proved the differences that were left stand for everything.
_ENTRIES = """RECURSIVE of_breaks AS (
        SELECT transfer_id, break_id FROM reconciliation_resolutions
        UNION SELECT back.transfer_id, of_breaks.break_id FROM of_breaks JOIN ledger_reversals AS back
            ON back.book_id = :book_id AND back.reversed_id = of_breaks.transfer_id
    ), records AS NOT MATERIALIZED (
        SELECT id, value_on, amount, CASE source WHEN 'ledger' THEN 'trf:' || source_id ELSE subject END AS subject
        FROM reconciliation_records WHERE account_id = :account_id
    ), breaks AS (
        SELECT break.*, coalesce(records.subject, 'line:' || break.line_id, break.subject) AS about
        FROM reconciliation_breaks AS break LEFT JOIN records ON records.id = break.record_id
        WHERE break.account_id = :account_id
    ), carried AS (
        SELECT subject, amount FROM reserve_proof_items
        WHERE proof_id = :proof_id AND bank = :bank AND kind <> 'statement_difference'
    ), shown AS (
        SELECT line.id, line.amount, statement.until_on FROM statements AS statement
        JOIN statement_lines AS line ON line.statement_id = statement.id
        WHERE statement.account_id = :account_id AND statement.kind = 'statement' AND statement.until_on > :since_on
        UNION ALL SELECT line.id, line.amount, statement.until_on FROM statements AS statement
        JOIN statement_confirmations AS again ON again.statement_id = statement.id JOIN statement_lines AS line ON line.id = again.line_id
        WHERE statement.account_id = :account_id AND statement.kind = 'statement' AND statement.until_on > :since_on
        UNION ALL SELECT CAST(substring(subject FROM 6) AS uuid), -amount, CAST(:since_on AS date) FROM carried WHERE subject LIKE 'line:%'
    ), paired AS (
        SELECT shown.until_on, records.subject, CASE pair.rule WHEN 2 THEN records.amount ELSE shown.amount END AS amount
        FROM shown JOIN reconciliation_pairs AS pair ON pair.line_id = shown.id JOIN records ON records.id = pair.record_id
    ), alone AS (
        SELECT shown.until_on, shown.amount, coalesce((SELECT min(breaks.about) FROM breaks
            WHERE breaks.line_id = shown.id AND breaks.record_id IS NOT NULL
                AND (breaks.state <> 'explained' OR breaks.reason <> :gone)), 'line:' || shown.id) AS subject
        FROM shown WHERE NOT EXISTS (SELECT FROM reconciliation_pairs AS pair WHERE pair.line_id = shown.id)
    ), sides AS (
        SELECT id, reference, posted_at, value_on, amount FROM ledger_transfers
        WHERE book_id = :book_id AND debit_account_id = :reserve_id AND posted_at >= :since_at AND kind IN (0, 2)
        UNION ALL SELECT id, reference, posted_at, value_on, -amount FROM ledger_transfers
        WHERE book_id = :book_id AND credit_account_id = :reserve_id AND posted_at >= :since_at AND kind IN (0, 2)
    ), moved AS (
        SELECT side.posted_at, side.value_on, side.amount,
            CASE WHEN of_breaks.break_id IS NOT NULL THEN (SELECT about FROM breaks WHERE breaks.id = of_breaks.break_id)
                WHEN side.reference = '' OR EXISTS (SELECT FROM reconciliation_records AS own
                    WHERE own.source = 'ledger' AND own.source_id = side.id) THEN 'trf:' || side.id
                ELSE side.reference END AS subject
        FROM sides AS side LEFT JOIN of_breaks ON of_breaks.transfer_id = side.id
    ), entries AS (
        SELECT subject, amount AS bank, 0 AS ledger, until_on <= :day AS by_then, NULL::date AS value_on FROM paired
        UNION ALL SELECT subject, amount, 0, until_on <= :day, NULL FROM alone
        UNION ALL SELECT subject, 0, amount, posted_at < :ended_at, value_on FROM moved
        UNION ALL SELECT subject, 0, amount, true, NULL FROM carried WHERE subject NOT LIKE 'line:%'
    )"""
_DIFFERENCES = text(f"""WITH {_ENTRIES}, sums AS (
        SELECT subject, coalesce(sum(bank) FILTER (WHERE by_then), 0)::bigint AS bank,
            coalesce(sum(ledger) FILTER (WHERE by_then), 0)::bigint AS ledger,
            sum(bank)::bigint AS bank_now, sum(ledger)::bigint AS ledger_now, max(value_on) AS value_on
        FROM entries GROUP BY subject
        HAVING coalesce(sum(bank) FILTER (WHERE by_then), 0) <> coalesce(sum(ledger) FILTER (WHERE by_then), 0)
    ), expected AS (
        SELECT subject, max(value_on) AS value_on FROM (
            SELECT sums.subject, record.value_on FROM sums JOIN reconciliation_records AS record
                ON record.account_id = :account_id AND record.subject = sums.subject AND record.source <> 'ledger'
            UNION ALL SELECT sums.subject, record.value_on FROM sums JOIN reconciliation_records AS record
                ON record.source = 'ledger' AND record.source_id
                    = CASE WHEN sums.subject LIKE 'trf:%' THEN CAST(substring(sums.subject FROM 5) AS uuid) END
        ) AS known GROUP BY subject
    ), known AS (
        SELECT about AS subject, (array_agg(id ORDER BY state = 'open' DESC, id DESC))[1] AS break_id,
            bool_or(state = 'open') AS open, bool_or(state = 'explained' AND type <> 'date') AS explained,
            bool_or(type = 'date') AS dated
        FROM breaks WHERE state <> 'explained' OR reason <> :gone GROUP BY about
    )
    SELECT sums.subject, bank, ledger, bank_now, ledger_now, coalesce(expected.value_on, sums.value_on) AS value_on,
        known.break_id, coalesce(known.open, false) AS open, coalesce(known.explained, false) AS explained,
        coalesce(known.dated, false) AS dated
    FROM sums LEFT JOIN expected ON expected.subject = sums.subject LEFT JOIN known ON known.subject = sums.subject
    ORDER BY sums.subject LIMIT :limit""")  # noqa: S608
_CARRIED = text("""SELECT last.id, last.day, last.closed_at FROM (
        SELECT DISTINCT ON (day) * FROM reserve_proofs WHERE currency = :currency AND day < :day ORDER BY day DESC, version DESC
    ) AS last JOIN reserve_proof_banks AS part ON part.proof_id = last.id AND part.bank = :bank AND part.state = 'proved'
    ORDER BY last.day DESC LIMIT 1""")
_TOLD = text("""SELECT coalesce(sum(sum_minor), 0)::bigint AS amount FROM statements
    WHERE account_id = :account_id AND kind = 'statement' AND until_on <= :day""")
# The one that ends with the day, whether a statement is missing before it, and whether a run has looked at all there was. Of several it is
# the one from whose balance none of the others goes on, in whatever order they came; where the day goes round in a circle, one that does
# not begin with the balance of the days before.
_STATED = text("""SELECT statement.id, statement.closing_minor,
        EXISTS (SELECT FROM reconciliation_runs AS run WHERE run.account_id = :account_id AND run.ended_at IS NOT NULL
            AND run.began_at >= greatest(statement.taken_at, :ended_at)) AS matched,
        EXISTS (SELECT FROM statements AS before WHERE before.account_id = :account_id AND before.kind = 'statement'
            AND before.until_on < statement.until_on
            AND NOT EXISTS (SELECT FROM statements AS next WHERE next.account_id = :account_id AND next.kind = 'statement'
                AND next.until_on > before.until_on AND next.from_on <= before.until_on + 1)) AS gap
    FROM statements AS statement
    WHERE statement.account_id = :account_id AND statement.kind = 'statement' AND statement.until_on = :day
    ORDER BY EXISTS (SELECT FROM statements AS other WHERE other.account_id = :account_id AND other.kind = 'statement'
            AND other.until_on = :day AND other.id <> statement.id AND other.opening_minor = statement.closing_minor),
        EXISTS (SELECT FROM statements AS before WHERE before.account_id = :account_id AND before.kind = 'statement'
            AND before.closing_minor = statement.opening_minor
            AND before.until_on = (SELECT max(earlier.until_on) FROM statements AS earlier WHERE earlier.account_id = :account_id
                AND earlier.kind = 'statement' AND earlier.until_on < :day)),
        statement.id DESC
    LIMIT 1""")
_RESERVES = text("""SELECT reserve.bank, reserve.account_id, stated.id AS stated_id
    FROM reserve_accounts AS reserve JOIN ledger_accounts AS account ON account.id = reserve.account_id AND account.kind = 'reserve'
    LEFT JOIN reconciliation_accounts AS stated ON stated.bank = reserve.bank AND stated.currency = reserve.currency
    WHERE reserve.currency = :currency AND (EXISTS (SELECT FROM ledger_transfers AS debited WHERE debited.book_id = account.book_id
            AND debited.debit_account_id = account.id AND debited.posted_at < :ended_at)
        OR EXISTS (SELECT FROM ledger_transfers AS credited WHERE credited.book_id = account.book_id
            AND credited.credit_account_id = account.id AND credited.posted_at < :ended_at))
    ORDER BY reserve.bank""")
_ACCOUNTS = text("""SELECT reserve.bank, reserve.currency FROM reserve_accounts AS reserve
    JOIN ledger_accounts AS account ON account.id = reserve.account_id AND account.kind = 'reserve'
    ORDER BY reserve.bank, reserve.currency""")
_CURRENCIES = text("""SELECT reserve.currency, min(account.opened_at) AS began_at FROM reserve_accounts AS reserve
    JOIN ledger_accounts AS account ON account.id = reserve.account_id AND account.kind = 'reserve'
    WHERE account.last_posted_at IS NOT NULL GROUP BY reserve.currency ORDER BY reserve.currency""")
# A day is not settled where a break that it counts as ended is open again.
_LOOKS = text("""SELECT last.day, look.looked_at, bool_and(part.state = 'proved')
            AND NOT EXISTS (SELECT FROM reserve_proof_items AS item JOIN reconciliation_breaks AS break ON break.id = item.break_id
                WHERE item.proof_id = last.id AND break.state = 'open') AS settled,
        bool_or(part.unexplained_minor <> 0) AS unexplained
    FROM (SELECT DISTINCT ON (day) day, id FROM reserve_proofs WHERE currency = :currency AND day >= :since ORDER BY day, version DESC
    ) AS last JOIN reserve_proof_banks AS part ON part.proof_id = last.id
    LEFT JOIN reserve_looks AS look ON look.day = last.day AND look.currency = :currency
    GROUP BY last.id, last.day, look.looked_at""")
_LOOKED = text("""INSERT INTO reserve_looks (day, currency, looked_at) VALUES (:day, :currency, :at)
    ON CONFLICT (day, currency) DO UPDATE SET looked_at = :at""")
_CHANGED = text("""SELECT max(changed.at) FROM reconciliation_accounts AS account CROSS JOIN LATERAL (
        SELECT max(taken_at) AS at FROM statements WHERE account_id = account.id
        UNION ALL SELECT max(ended_at) FROM reconciliation_runs WHERE account_id = account.id
        UNION ALL SELECT max(greatest(raised_at, ended_at)) FROM reconciliation_breaks WHERE account_id = account.id
        UNION ALL SELECT max(resolution.made_at) FROM reconciliation_breaks AS break
            JOIN reconciliation_resolutions AS resolution ON resolution.break_id = break.id WHERE break.account_id = account.id
    ) AS changed WHERE account.currency = :currency""")
_ADD_ITEMS = text("""INSERT INTO reserve_proof_items (proof_id, number, bank, kind, subject, break_id, amount)
    SELECT :proof_id, given.number, given.bank, given.kind, given.subject, given.break_id, given.amount
    FROM unnest(CAST(:bank AS text[]), CAST(:kind AS text[]), CAST(:subject AS text[]), CAST(:break_id AS uuid[]),
        CAST(:amount AS bigint[])) WITH ORDINALITY AS given(bank, kind, subject, break_id, amount, number)""")


async def lock_proofs(connection: AsyncConnection) -> None:
    """Proofs are made one at a time, so that versions of a day are counted."""
    await connection.execute(_LOCK)


async def reserves_of(connection: AsyncConnection, currency: str, ended_at: datetime) -> list[Reserve]:
    """Where anything was moved by then, by bank."""
    rows = await connection.execute(_RESERVES, {"currency": currency, "ended_at": ended_at})
    return [Reserve(row.bank, row.account_id, row.stated_id) for row in rows]


async def currencies(connection: AsyncConnection) -> list[tuple[str, datetime]]:
    """In which a reserve was moved, and since when."""
    return [(row.currency, row.began_at) for row in await connection.execute(_CURRENCIES)]


async def stated(connection: AsyncConnection, account_id: UUID | None, day: date, ended_at: datetime) -> Stated:
    """The statement of a day, or why it says nothing."""
    if account_id is None:
        return Stated(None, None, "statement_missing")
    told = {"account_id": account_id, "day": day, "ended_at": ended_at}
    row = (await connection.execute(_STATED, told)).one_or_none()
    if row is None:
        return Stated(None, None, "statement_missing")
    if row.closing_minor is None:
        return Stated(row.id, None, "balance_not_told")
    held_up = "earlier_statement_missing" if row.gap else None if row.matched else "not_matched"
    return Stated(row.id, row.closing_minor, held_up)


async def told_by(connection: AsyncConnection, account_id: UUID, day: date) -> int:
    """The sum of all lines that statements show up to a day."""
    return int((await connection.execute(_TOLD, {"account_id": account_id, "day": day})).scalar_one())


async def carried_to(connection: AsyncConnection, bank: str, currency: str, day: date) -> Carried | None:
    """The last day before that was proved at a bank: what was left of it stands for all that was before."""
    row = (await connection.execute(_CARRIED, {"bank": bank, "currency": currency, "day": day})).one_or_none()
    return None if row is None else Carried(row.id, row.day, row.closed_at)


async def differences(
    connection: AsyncConnection, about: Reserve, day: date, ended_at: datetime, carried: Carried | None, limit: int
) -> list[Difference]:
    """By our reference. With `carried`, sums are those since then; what differs is the same."""
    told = {
        "account_id": about.stated_id, "reserve_id": about.account_id, "book_id": book_of(about.account_id), "bank": about.bank,
        "day": day, "ended_at": ended_at, "gone": GONE, "limit": limit, "proof_id": carried.proof_id if carried else None,
        "since_on": carried.day if carried else date.min, "since_at": carried.closed_at if carried else _EARLIEST,
    }  # fmt: skip
    return [Difference(**row._mapping) for row in await connection.execute(_DIFFERENCES, told)]


async def add_proof(connection: AsyncConnection, whole: WholeProof) -> None:
    proof_id = whole.proof.id
    await connection.execute(insert(reserve_proofs).values(asdict(whole.proof)))
    for table, parts in ((reserve_proof_banks, whole.banks), (reserve_proof_classes, whole.classes)):
        if parts:
            await connection.execute(insert(table), [asdict(one) | {"proof_id": proof_id} for one in parts])
    if whole.items:
        columns = {
            name: [getattr(one, name) for one in whole.items]
            for name in ("bank", "kind", "subject", "break_id", "amount")
        }
        await connection.execute(_ADD_ITEMS, columns | {"proof_id": proof_id})


async def latest_proof(connection: AsyncConnection, day: date, currency: str) -> WholeProof | None:
    table = reserve_proofs
    chosen = select(table).where(table.c.day == day, table.c.currency == currency)
    row = (await connection.execute(chosen.order_by(table.c.version.desc()).limit(1))).one_or_none()
    return None if row is None else await _whole(connection, _proof(row))


async def proof_with(connection: AsyncConnection, proof_id: UUID) -> WholeProof | None:
    row = (await connection.execute(select(reserve_proofs).where(reserve_proofs.c.id == proof_id))).one_or_none()
    return None if row is None else await _whole(connection, _proof(row))


async def list_proofs(
    connection: AsyncConnection,
    currency: str | None,
    state: ProofState | None,
    before: tuple[date, UUID] | None,
    limit: int,
) -> list[Proof]:
    """The last version of each day, the newest day first."""
    table = reserve_proofs.c
    last = select(reserve_proofs).ext(distinct_on(table.day, table.currency))
    found = last.order_by(table.day, table.currency, table.version.desc()).subquery()
    chosen = select(found)
    for column, value in ((found.c.currency, currency), (found.c.state, state)):
        if value is not None:
            chosen = chosen.where(column == value)
    if before is not None:
        chosen = chosen.where(tuple_(found.c.day, found.c.id) < before)
    rows = await connection.execute(chosen.order_by(found.c.day.desc(), found.c.id.desc()).limit(limit))
    return [_proof(row) for row in rows]


async def items_of(connection: AsyncConnection, proof_id: UUID, after: int, limit: int) -> list[tuple[int, Item]]:
    """With their numbers."""
    table = reserve_proof_items
    chosen = select(table).where(table.c.proof_id == proof_id, table.c.number > after)
    rows = await connection.execute(chosen.order_by(table.c.number).limit(limit))
    return [(row.number, Item(row.bank, ItemKind(row.kind), row.subject, row.break_id, row.amount)) for row in rows]


async def looks(connection: AsyncConnection, currency: str, since: date) -> dict[date, Look]:
    """By day, of those that have a proof."""
    rows = await connection.execute(_LOOKS, {"currency": currency, "since": since})
    return {row.day: Look(row.settled, row.unexplained, row.looked_at) for row in rows}


async def note_look(connection: AsyncConnection, day: date, currency: str, at: datetime) -> None:
    await connection.execute(_LOOKED, {"day": day, "currency": currency, "at": at})


async def changed_at(connection: AsyncConnection, currency: str) -> datetime | None:
    """When a statement came, a run of the matcher ended, or something happened to a break, at any bank."""
    found: datetime | None = (await connection.execute(_CHANGED, {"currency": currency})).scalar_one()
    return found


async def accounts(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Bank and currency of every account where a reserve of ours is."""
    return [(row.bank, row.currency) for row in await connection.execute(_ACCOUNTS)]


async def terms_on(connection: AsyncConnection, currency: str, day: date) -> dict[str, AccountTerms]:
    """By bank, what was said last of those that are valid on a day; banks of which nothing was said are left out."""
    table = reserve_account_terms.c
    chosen = (
        select(table.bank, table.currency, table.use, table.valid_from_on)
        .ext(distinct_on(table.bank))
        .where(table.currency == currency, table.valid_from_on <= day)
        .order_by(table.bank, table.valid_from_on.desc(), table.position.desc())
    )
    rows = await connection.execute(chosen)
    return {row.bank: AccountTerms(row.bank, row.currency, AccountUse(row.use), row.valid_from_on) for row in rows}


async def use_on(connection: AsyncConnection, bank: str, currency: str, day: date) -> AccountUse:
    known = (await terms_on(connection, currency, day)).get(bank)
    return DEFAULT_USE if known is None else known.use


async def add_terms(connection: AsyncConnection, terms: AccountTerms, at: datetime, by: str) -> None:
    await connection.execute(
        insert(reserve_account_terms).values(asdict(terms) | {"recorded_at": at, "recorded_by": by})
    )


async def _whole(connection: AsyncConnection, proof: Proof) -> WholeProof:
    """Without its items, which are read by the page."""
    banks = await _parts(connection, reserve_proof_banks, "bank", proof.id)
    classes = await _parts(connection, reserve_proof_classes, "owed", proof.id)
    return WholeProof(
        proof,
        tuple(BankPart(**one | {"state": ProofState(one["state"])}) for one in banks),
        tuple(OwedPart(**one | {"owed": Owed(one["owed"])}) for one in classes),
        (),
    )


async def _parts(connection: AsyncConnection, table: Any, key: str, proof_id: UUID) -> Iterable[dict[str, Any]]:
    rows: Sequence[Row[Any]] = (
        await connection.execute(select(table).where(table.c.proof_id == proof_id).order_by(table.c[key]))
    ).all()
    return [{name: value for name, value in row._mapping.items() if name != "proof_id"} for row in rows]


def _proof(row: Row[Any]) -> Proof:
    return Proof(**dict(row._mapping) | {"state": ProofState(row.state)})
