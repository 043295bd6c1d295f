from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.screening.model import (
    OPEN,
    Entry,
    EntryKind,
    Form,
    Hit,
    HitState,
    ListVersion,
    Outcome,
    RefusedRow,
    Remembered,
    Screening,
    SubjectKind,
)
from services.payments.screening.tables import (
    screening_entries,
    screening_hits,
    screening_refused_rows,
    screening_removals,
    screening_versions,
    screenings,
)

_hit, _entry, _version = screening_hits.c, screening_entries.c, screening_versions.c
# Versions of all lists one after another: what is committed later has the higher generation.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('screening lists', 0))")
# Persons who said who they are and merchants who opened, and were not compared since, or as they were called before.
_UNSEEN = text("""SELECT 'customer' AS subject_kind, identity.customer_id AS subject_id
    FROM holder_identities AS identity LEFT JOIN screenings AS known ON known.subject_id = identity.customer_id
    WHERE (known.subject_id IS NULL OR known.fingerprint <> sha256(identity.details))
        AND identity.customer_id > CAST(:after AS uuid)
    UNION ALL SELECT 'merchant', merchant.id
    FROM merchants AS merchant LEFT JOIN screenings AS known ON known.subject_id = merchant.id
    WHERE (known.subject_id IS NULL OR known.fingerprint <> sha256(convert_to(merchant.name, 'UTF8')))
        AND merchant.id > CAST(:after AS uuid)
    UNION ALL SELECT 'payee', account.id
    FROM payout_accounts AS account LEFT JOIN screenings AS known ON known.subject_id = account.id
    WHERE known.subject_id IS NULL AND account.id > CAST(:after AS uuid) ORDER BY subject_id LIMIT :limit""")
# Not frozen, and not released since the hit was confirmed: what an operator has released stays so.
_ACCOUNTS_UNFROZEN = text("""WITH confirmed AS (
        SELECT subject_id, min(decided_at) AS since FROM screening_hits WHERE state = 'confirmed' GROUP BY subject_id
    ), theirs AS (
        SELECT wallet.account_id, since FROM confirmed JOIN wallets AS wallet ON wallet.customer_id = subject_id
            LEFT JOIN holder_identities AS identity ON identity.customer_id = subject_id WHERE identity.holder_id IS NULL
        UNION ALL SELECT unnest(ARRAY[account_id, proceeds_account_id]), since FROM confirmed JOIN merchants ON merchants.id = subject_id
    ) SELECT account.id FROM theirs JOIN ledger_accounts AS account ON account.id = theirs.account_id
    WHERE NOT account.frozen AND NOT EXISTS (SELECT FROM ledger_account_steps AS step
        WHERE step.book_id = account.book_id AND step.account_id = account.id AND step.step = 'released' AND step.taken_at >= since)
    ORDER BY account.id LIMIT :limit""")
_UNFROZEN = text("""SELECT DISTINCT identity.holder_id FROM screening_hits AS hit
    JOIN holder_identities AS identity ON identity.customer_id = hit.subject_id
    WHERE hit.state = 'confirmed' AND identity.holder_id IS NOT NULL AND NOT EXISTS (SELECT FROM holder_freezes AS standing
        WHERE standing.holder_id = identity.holder_id AND (standing.released_at IS NULL OR standing.released_at >= hit.decided_at))
    LIMIT :limit""")


async def lock_versions(connection: AsyncConnection) -> None:
    await connection.execute(_ONE_AT_A_TIME)


async def newest_generation(connection: AsyncConnection) -> int:
    """0 before there is a list."""
    return int((await connection.execute(select(func.coalesce(func.max(_version.generation), 0)))).scalar_one())


async def newest_version(connection: AsyncConnection, name: str) -> ListVersion | None:
    statement = select(screening_versions).where(_version.list_name == name).order_by(_version.number.desc()).limit(1)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _read_version(row)


async def versions_of(connection: AsyncConnection, name: str, before: int | None, limit: int) -> list[ListVersion]:
    """Of a list, newest first."""
    statement = select(screening_versions).where(_version.list_name == name)
    if before is not None:
        statement = statement.where(_version.number < before)
    rows = await connection.execute(statement.order_by(_version.number.desc()).limit(limit))
    return [_read_version(row) for row in rows]


async def newest_versions(connection: AsyncConnection, after: str | None, limit: int) -> list[ListVersion]:
    """The newest of every list, by name."""
    newest = select(func.max(_version.generation)).group_by(_version.list_name)
    statement = select(screening_versions).where(_version.generation.in_(newest))
    if after is not None:
        statement = statement.where(_version.list_name > after)
    rows = await connection.execute(statement.order_by(_version.list_name).limit(limit))
    return [_read_version(row) for row in rows]


async def refused_rows(connection: AsyncConnection, version_id: UUID, limit: int) -> list[RefusedRow]:
    rows_ = screening_refused_rows.c
    statement = select(rows_.file, rows_.line, rows_.code, rows_.detail).where(rows_.version_id == version_id)
    return [RefusedRow(*row) for row in await connection.execute(statement.order_by(rows_.number).limit(limit))]


async def add_version(connection: AsyncConnection, version: ListVersion, refused: Sequence[RefusedRow]) -> None:
    await connection.execute(insert(screening_versions).values(asdict(version)))
    rows = [{"version_id": version.id, "number": n, **asdict(one)} for n, one in enumerate(refused, 1)]
    if rows:
        await connection.execute(insert(screening_refused_rows), rows)


async def add_entries(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    if entries:
        await connection.execute(
            insert(screening_entries), [asdict(entry) | {"names": list(entry.names)} for entry in entries]
        )


async def remove_entries(connection: AsyncConnection, entry_ids: Collection[UUID], generation: int) -> None:
    rows = [{"entry_id": one, "generation": generation} for one in sorted(entry_ids)]
    if rows:
        await connection.execute(insert(screening_removals), rows)


async def standing_hashes(connection: AsyncConnection, name: str) -> dict[str, tuple[UUID, str]]:
    """Of a list's entries that stand: by key the id and what it says."""
    gone = select(screening_removals.c.entry_id)
    statement = select(_entry.key, _entry.id, _entry.hash).where(_entry.list_name == name, _entry.id.not_in(gone))
    return {row.key: (row.id, row.hash) for row in await connection.execute(statement)}


async def entries_at(connection: AsyncConnection, generation: int) -> list[Entry]:
    """Of all lists, as they stood then."""
    gone = select(screening_removals.c.entry_id).where(screening_removals.c.generation <= generation)
    statement = select(screening_entries).where(_entry.generation <= generation, _entry.id.not_in(gone))
    return [_read_entry(row) for row in await connection.execute(statement.order_by(_entry.id))]


async def entries_of(
    connection: AsyncConnection, name: str, generation: int, after: UUID | None, limit: int
) -> list[Entry]:
    """Of a list as it stood then, by id."""
    gone = select(screening_removals.c.entry_id).where(screening_removals.c.generation <= generation)
    statement = select(screening_entries).where(
        _entry.list_name == name, _entry.generation <= generation, _entry.id.not_in(gone)
    )
    if after is not None:
        statement = statement.where(_entry.id > after)
    return [_read_entry(row) for row in await connection.execute(statement.order_by(_entry.id).limit(limit))]


async def entry_with(connection: AsyncConnection, entry_id: UUID) -> Entry:
    row = (await connection.execute(select(screening_entries).where(_entry.id == entry_id))).one()
    return _read_entry(row)


async def remembered(connection: AsyncConnection, subject_ids: Collection[UUID]) -> dict[UUID, Remembered]:
    """What was found of some subjects and how long that is good; whoever was not compared yet is not among them.

    With the next version of any list it has ended.
    """
    of = screenings.c
    until = func.least(of.expires_at, _version.taken_at).label("expires_at")
    statement = select(of.subject_id, of.outcome, until).where(of.subject_id.in_(subject_ids))
    later = screenings.outerjoin(screening_versions, _version.generation == of.generation + 1)
    rows = await connection.execute(statement.select_from(later))
    return {row.subject_id: Remembered(Outcome(row.outcome), row.expires_at) for row in rows}


async def screening_with(connection: AsyncConnection, subject_id: UUID, *, lock: bool = False) -> Screening | None:
    statement = select(screenings).where(screenings.c.subject_id == subject_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _read_screening(row)


async def keep_screening(connection: AsyncConnection, screening: Screening) -> None:
    values = asdict(screening)
    fresh = {name: value for name, value in values.items() if name not in ("subject_id", "subject_kind")}
    statement = insert_or_update(screenings).values(values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["subject_id"], set_=fresh))


async def stale_screenings(
    connection: AsyncConnection, generation: int, now: datetime, after: UUID | None, limit: int
) -> list[Screening]:
    """Compared with older lists, or too long ago; locked, and what others have locked is left to them."""
    of = screenings.c
    statement = select(screenings).where((of.generation < generation) | (of.expires_at <= now))
    if after is not None:
        statement = statement.where(of.subject_id > after)
    statement = statement.order_by(of.subject_id).limit(limit).with_for_update(skip_locked=True)
    return [_read_screening(row) for row in await connection.execute(statement)]


async def stale_ids(
    connection: AsyncConnection, generation: int, now: datetime, after: UUID | None, limit: int
) -> list[UUID]:
    """Of the same, by id; nothing is locked."""
    of = screenings.c
    statement = select(of.subject_id).where((of.generation < generation) | (of.expires_at <= now))
    statement = statement.where(of.subject_id > (after or UUID(int=0))).order_by(of.subject_id).limit(limit)
    return list((await connection.execute(statement)).scalars())


async def unseen(connection: AsyncConnection, after: UUID | None, limit: int) -> list[tuple[SubjectKind, UUID]]:
    """By id."""
    rows = await connection.execute(_UNSEEN, {"after": after or UUID(int=0), "limit": limit})
    return [(SubjectKind(row.subject_kind), row.subject_id) for row in rows]


async def confirmed_unfrozen(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Persons with a confirmed hit whom nobody froze or released since."""
    return list((await connection.execute(_UNFROZEN, {"limit": limit})).scalars())


async def accounts_unfrozen(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Of confirmed merchants, and of confirmed customers of whom no person is known, accounts opened since."""
    return list((await connection.execute(_ACCOUNTS_UNFROZEN, {"limit": limit})).scalars())


async def is_confirmed(connection: AsyncConnection, subject_id: UUID) -> bool:
    statement = select(_hit.id).where(_hit.subject_id == subject_id, _hit.state == HitState.CONFIRMED).limit(1)
    return (await connection.execute(statement)).one_or_none() is not None


async def names_of_others(connection: AsyncConnection, name: str) -> int:
    """Names that stand on the lists but one."""
    newest = select(func.max(_version.generation)).where(_version.list_name != name).group_by(_version.list_name)
    statement = select(func.coalesce(func.sum(_version.names), 0)).where(_version.generation.in_(newest))
    return int((await connection.execute(statement)).scalar_one())


async def hits_of(connection: AsyncConnection, subject_id: UUID, *, lock: bool = False) -> list[Hit]:
    statement = select(screening_hits).where(_hit.subject_id == subject_id).order_by(_hit.id)
    rows = await connection.execute(statement.with_for_update() if lock else statement)
    return [_read_hit(row) for row in rows]


async def hit_with(connection: AsyncConnection, hit_id: UUID, *, lock: bool = False) -> Hit | None:
    statement = select(screening_hits).where(_hit.id == hit_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _read_hit(row)


async def list_hits(connection: AsyncConnection, state: HitState | None, before: UUID | None, limit: int) -> list[Hit]:
    """Newest first."""
    statement = select(screening_hits)
    if state is not None:
        statement = statement.where(_hit.state == state)
    if before is not None:
        statement = statement.where(_hit.id < before)
    return [_read_hit(row) for row in await connection.execute(statement.order_by(_hit.id.desc()).limit(limit))]


async def add_hit(connection: AsyncConnection, hit: Hit) -> bool:
    """False if it is known."""
    statement = insert_or_update(screening_hits).values(asdict(hit)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def save_hit(connection: AsyncConnection, hit: Hit) -> None:
    values = asdict(hit)
    await connection.execute(update(screening_hits).where(_hit.id == values.pop("id")).values(values))


async def due_hits(connection: AsyncConnection, now: datetime, limit: int) -> list[Hit]:
    statement = select(screening_hits).where(_hit.due_at <= now, _hit.state.in_(OPEN)).order_by(_hit.due_at)
    rows = await connection.execute(statement.limit(limit).with_for_update(skip_locked=True))
    return [_read_hit(row) for row in rows]


def _read_version(row: Row[Any]) -> ListVersion:
    return ListVersion(**_facts(row) | {"form": Form(row.form)})


def _read_entry(row: Row[Any]) -> Entry:
    return Entry(**_facts(row) | {"kind": EntryKind(row.kind), "names": tuple(row.names)})


def _read_screening(row: Row[Any]) -> Screening:
    kinds = {"subject_kind": SubjectKind(row.subject_kind), "outcome": Outcome(row.outcome)}
    return Screening(**_facts(row) | kinds)


def _read_hit(row: Row[Any]) -> Hit:
    return Hit(**_facts(row) | {"state": HitState(row.state), "subject_kind": SubjectKind(row.subject_kind)})


def _facts(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)
