"""The SQL of participants, their licences and accounts, models, positions and caps."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.clearing.model import (
    Delay,
    Granularity,
    Interchange,
    Licence,
    Participant,
    ParticipantState,
    Position,
    SettlementModel,
    Standing,
)
from services.payments.clearing.tables import (
    clearing_caps,
    clearing_licences,
    clearing_models,
    clearing_participants,
    clearing_positions,
    clearing_settlement_accounts,
)

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.clearing_participants', 0))")
_TAKE_PART = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('payments.clearing_standing', 0))")
_SLOTS = 127
"""A prime, so that ids made one after another do not share one. Each is a lock, and the server has room for some thousands."""
_OF_SLOTS = "(hashtextextended('payments.clearing_obligation_id', slot)) FROM unnest(CAST(:slots AS int[])) AS slot"
_LOCK_IDS = text(f"SELECT pg_advisory_xact_lock{_OF_SLOTS}")
_SHARE_IDS = text(f"SELECT pg_advisory_xact_lock_shared{_OF_SLOTS}")
_CHANGE_STANDING = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.clearing_standing', 0))")
_LOCK_ACCOUNTS = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.clearing_settlement_accounts', 0))")
_participant, _model, _position = clearing_participants.c, clearing_models.c, clearing_positions.c


async def lock_registers(connection: AsyncConnection) -> None:
    """Participants and models are added one at a time."""
    await connection.execute(_LOCK)


async def take_part(connection: AsyncConnection) -> None:
    """Who may take part stays so until the story ends: read it after this."""
    await connection.execute(_TAKE_PART)


async def keep_ids(connection: AsyncConnection, ids: Iterable[UUID], *, alone: bool) -> None:
    """An id is of one obligation, recorded or waiting, which are two tables: who may write to both is alone with it until its end."""
    facts = {"slots": sorted({one.int % _SLOTS for one in ids})}
    await connection.execute(_LOCK_IDS if alone else _SHARE_IDS, facts)


async def change_standing(connection: AsyncConnection) -> None:
    """Once all who record something just now have ended, and nobody else until the story has."""
    await connection.execute(_CHANGE_STANDING)


async def lock_accounts(connection: AsyncConnection) -> None:
    await connection.execute(_LOCK_ACCOUNTS)


async def add_participant(connection: AsyncConnection, values: Mapping[str, Any]) -> Participant:
    row = (
        await connection.execute(insert(clearing_participants).values(values).returning(clearing_participants))
    ).one()
    return _as_participant(row)


async def save_participant_state(connection: AsyncConnection, number: int, state: ParticipantState) -> None:
    await connection.execute(update(clearing_participants).where(_participant.number == number).values(state=state))


async def let_in_again(connection: AsyncConnection, number: int, now: datetime) -> None:
    """One that had left; payments made while it was away are not its own."""
    await connection.execute(update(clearing_participants).where(_participant.number == number).values(joined_at=now))


async def participant_with(connection: AsyncConnection, code: str, *, lock: bool = False) -> Participant | None:
    """lock: without keeping out who adds rows that refer to it, as recording and settling do."""
    statement = select(clearing_participants).where(_participant.code == code)
    locking = statement.with_for_update(key_share=True)
    row = (await connection.execute(locking if lock else statement)).one_or_none()
    return None if row is None else _as_participant(row)


async def participant_named(connection: AsyncConnection, code: str, bic: str | None) -> bool:
    """Whether there is one of this code or BIC."""
    same = (_participant.code == code) if bic is None else (_participant.code == code) | (_participant.bic == bic)
    return (await connection.execute(select(_participant.number).where(same).limit(1))).first() is not None


async def participants_with(connection: AsyncConnection, codes: Iterable[str]) -> dict[str, Participant]:
    rows = await connection.execute(select(clearing_participants).where(_participant.code.in_(sorted(set(codes)))))
    return {row.code: _as_participant(row) for row in rows}


async def all_participants(connection: AsyncConnection) -> dict[int, Participant]:
    """By number: some hundreds."""
    return {row.number: _as_participant(row) for row in await connection.execute(select(clearing_participants))}


async def list_participants(connection: AsyncConnection, after: str | None, limit: int) -> list[Participant]:
    """By code."""
    statement = select(clearing_participants).order_by(_participant.code).limit(limit)
    if after is not None:
        statement = statement.where(_participant.code > after)
    return [_as_participant(row) for row in await connection.execute(statement)]


async def add_licence(connection: AsyncConnection, number: int, licence: Licence) -> None:
    values = {
        "participant_number": number,
        "kind": licence.kind,
        "number": licence.number,
        "valid_from_on": licence.valid_from_on,
        "valid_until_on": licence.valid_until_on,
        "recorded_at": licence.recorded_at,
        "recorded_by": licence.recorded_by,
    }
    await connection.execute(insert(clearing_licences).values(values))


async def licences_of(connection: AsyncConnection, numbers: Iterable[int]) -> dict[int, list[Licence]]:
    """Of each, as they were recorded."""
    wanted = sorted(set(numbers))
    found: dict[int, list[Licence]] = {number: [] for number in wanted}
    statement = select(clearing_licences).where(clearing_licences.c.participant_number.in_(wanted))
    for row in await connection.execute(statement.order_by(clearing_licences.c.position)):
        facts = dict(row._mapping)
        del facts["position"]
        found[facts.pop("participant_number")].append(Licence(**facts))
    return found


async def add_model(connection: AsyncConnection, values: Mapping[str, Any]) -> SettlementModel:
    row = (await connection.execute(insert(clearing_models).values(values).returning(clearing_models))).one()
    return _as_model(row)


async def retire_model(connection: AsyncConnection, number: int, now: datetime) -> None:
    await connection.execute(update(clearing_models).where(_model.number == number).values(retired_at=now))


async def model_with(connection: AsyncConnection, code: str) -> SettlementModel | None:
    row = (await connection.execute(select(clearing_models).where(_model.code == code))).one_or_none()
    return None if row is None else _as_model(row)


async def model_collecting(connection: AsyncConnection, currency: str) -> SettlementModel | None:
    mine = (_model.currency == currency, _model.collects, _model.retired_at.is_(None))
    statement = select(clearing_models).where(*mine)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _as_model(row)


async def all_models(connection: AsyncConnection) -> dict[int, SettlementModel]:
    """By number: some dozens."""
    return {row.number: _as_model(row) for row in await connection.execute(select(clearing_models))}


async def list_models(connection: AsyncConnection, after: str | None, limit: int) -> list[SettlementModel]:
    """By code."""
    statement = select(clearing_models).order_by(_model.code).limit(limit)
    if after is not None:
        statement = statement.where(_model.code > after)
    return [_as_model(row) for row in await connection.execute(statement)]


async def settlement_account(connection: AsyncConnection, number: int, currency: str) -> UUID | None:
    table = clearing_settlement_accounts.c
    statement = select(table.account_id).where(table.participant_number == number, table.currency == currency)
    return (await connection.execute(statement)).scalar_one_or_none()


async def settlement_accounts(connection: AsyncConnection, currency: str) -> dict[int, UUID]:
    """By participant, the pool's under POOL."""
    table = clearing_settlement_accounts.c
    statement = select(table.participant_number, table.account_id).where(table.currency == currency)
    return {row.participant_number: row.account_id for row in await connection.execute(statement)}


async def add_settlement_account(connection: AsyncConnection, number: int, currency: str, account_id: UUID) -> None:
    values = {"participant_number": number, "currency": currency, "account_id": account_id}
    await connection.execute(insert(clearing_settlement_accounts).values(values))


async def lock_positions(
    connection: AsyncConnection, model_number: int, numbers: Iterable[int], window_number: int = 0
) -> dict[int, Standing]:
    """Those rows, made where there are none, locked by number: nobody else moves them until the story ends. window_number: the open one."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    rows = [{"model_number": model_number, "participant_number": number} for number in wanted]
    await connection.execute(upsert(clearing_positions).values(rows).on_conflict_do_nothing())
    statement = select(clearing_positions).where(
        _position.model_number == model_number, _position.participant_number.in_(wanted)
    )
    rows_locked = await connection.execute(statement.order_by(_position.participant_number).with_for_update())
    return {
        row.participant_number: Standing(
            row.position_minor, row.cap_minor, row.gross_minor if row.gross_window == window_number else 0
        )
        for row in rows_locked
    }


_MOVE = text(
    """UPDATE clearing_positions AS position SET position_minor = position_minor + moved.amount
       FROM unnest(CAST(:numbers AS smallint[]), CAST(:amounts AS bigint[])) AS moved (number, amount)
       WHERE position.model_number = :model AND position.participant_number = moved.number"""
)


async def move_positions(connection: AsyncConnection, model_number: int, moves: Mapping[int, int]) -> None:
    """Of participants whose rows are locked."""
    moved = {number: amount for number, amount in moves.items() if amount}
    if moved:
        facts = {"model": model_number, "numbers": list(moved), "amounts": list(moved.values())}
        await connection.execute(_MOVE, facts)


_OWE_MORE = text(
    """UPDATE clearing_positions AS position SET position_minor = moved.position, gross_window = :window, gross_minor = moved.gross
       FROM unnest(CAST(:numbers AS smallint[]), CAST(:positions AS bigint[]), CAST(:gross AS bigint[]))
           AS moved (number, position, gross)
       WHERE position.model_number = :model AND position.participant_number = moved.number"""
)


async def save_standings(
    connection: AsyncConnection, model_number: int, window_number: int, standings: Mapping[int, Standing]
) -> None:
    """As recording in the open window left them; their rows are locked."""
    if standings:
        facts = {
            "model": model_number,
            "window": window_number,
            "numbers": list(standings),
            "positions": [standing.position for standing in standings.values()],
            "gross": [standing.gross for standing in standings.values()],
        }
        await connection.execute(_OWE_MORE, facts)


async def set_cap(
    connection: AsyncConnection, model_number: int, participant_number: int, cap_minor: int, at: object, by: str
) -> None:
    """Of a row that is locked; every cap stays known."""
    mine = (_position.model_number == model_number, _position.participant_number == participant_number)
    await connection.execute(update(clearing_positions).where(*mine).values(cap_minor=cap_minor))
    values = {
        "model_number": model_number,
        "participant_number": participant_number,
        "cap_minor": cap_minor,
        "valid_from_at": at,
        "recorded_by": by,
    }
    await connection.execute(insert(clearing_caps).values(values))


_POSITIONS = """SELECT participant.code AS participant, model.code AS model, model.currency, position.position_minor, position.cap_minor,
        coalesce((SELECT sum(amount) FROM clearing_queue AS queue
            WHERE queue.model_number = model.number AND queue.payer = participant.number), 0)::bigint AS waiting_minor,
        coalesce(account.credits_posted - account.debits_posted - account.debits_pending - account.frozen_amount, 0) AS liquidity_minor
    FROM clearing_positions AS position
    JOIN clearing_models AS model ON model.number = position.model_number
    JOIN clearing_participants AS participant ON participant.number = position.participant_number
    LEFT JOIN clearing_settlement_accounts AS own ON own.participant_number = participant.number AND own.currency = model.currency
    LEFT JOIN ledger_accounts AS account ON account.book_id = 1 AND account.id = own.account_id"""
_OF_PARTICIPANT = text(f"{_POSITIONS} WHERE participant.code = :code ORDER BY model.code")


async def positions_of(connection: AsyncConnection, code: str) -> list[Position]:
    """In each model it has taken part in."""
    return [Position(**row._mapping) for row in await connection.execute(_OF_PARTICIPANT, {"code": code})]


_BUSY = text(
    """SELECT EXISTS (SELECT FROM clearing_positions WHERE participant_number = :number AND position_minor <> 0)
        OR EXISTS (SELECT FROM clearing_queue WHERE payer = :number OR payee = :number)
        OR EXISTS (SELECT FROM clearing_windows AS open JOIN clearing_obligations AS owed ON owed.window_number = open.number
            WHERE open.state <> 'SETTLED' AND :number IN (owed.payer, owed.payee))
        OR EXISTS (SELECT FROM clearing_carried AS carried JOIN clearing_windows AS open ON open.number = carried.to_window
            WHERE open.state <> 'SETTLED' AND :number IN (carried.payer, carried.payee))
        OR EXISTS (SELECT FROM clearing_settlement_accounts AS own JOIN ledger_accounts AS account
                ON account.book_id = 1 AND account.id = own.account_id
            WHERE own.participant_number = :number
                AND (account.credits_posted <> account.debits_posted OR account.debits_pending <> 0))"""
)


_OWES = text(
    """SELECT EXISTS (SELECT FROM clearing_positions WHERE participant_number = :number AND position_minor > 0)
        OR EXISTS (SELECT FROM clearing_queue WHERE payer = :number)
        OR EXISTS (SELECT FROM clearing_settlements AS settlement JOIN clearing_settlement_participants AS member
                ON member.settlement_id = settlement.id
            WHERE settlement.ended_at IS NULL AND member.participant_number = :number AND member.net_minor > 0)"""
)


async def owes(connection: AsyncConnection, number: int) -> bool:
    """More than it is owed, or something that waits."""
    return bool((await connection.execute(_OWES, {"number": number})).scalar_one())


async def still_takes_part(connection: AsyncConnection, number: int) -> bool:
    """It owes, is owed or waits for something, or has money on a settlement account."""
    return bool((await connection.execute(_BUSY, {"number": number})).scalar_one())


def _as_participant(row: Row[Any]) -> Participant:
    return Participant(**dict(row._mapping) | {"state": ParticipantState(row.state)})


def _as_model(row: Row[Any]) -> SettlementModel:
    typed = {
        "granularity": Granularity(row.granularity),
        "interchange": Interchange(row.interchange),
        "delay": Delay(row.delay),
        "cut_offs": tuple(row.cut_offs),
    }
    return SettlementModel(**dict(row._mapping) | typed)
