"""The SQL of instructions to custody banks and their lines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.custody.model import Instruction, InstructionState, Line, LineKind, Mode
from services.p2p.custody.rules import DONE
from services.p2p.custody.tables import custody_instructions, custody_lines

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('custody_instruction'), hashtext(:id))")


async def lock_new(connection: AsyncConnection, instruction_id: UUID) -> None:
    """Whoever else prepares the same instruction waits until it is there."""
    await connection.execute(_LOCK, {"id": str(instruction_id)})


async def add(connection: AsyncConnection, instruction: Instruction, lines: Sequence[Line]) -> None:
    await connection.execute(insert(custody_instructions).values(asdict(instruction)))
    await connection.execute(insert(custody_lines), [asdict(line) for line in lines])


async def load(connection: AsyncConnection, instruction_id: UUID, *, lock: bool = False) -> Instruction | None:
    wanted = select(custody_instructions).where(custody_instructions.c.id == instruction_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _instruction(row)


async def find(
    connection: AsyncConnection, *, subject: str | None, after: UUID | None, limit: int
) -> list[Instruction]:
    """In the order of their ids."""
    wanted: Select[Any] = select(custody_instructions)
    if subject is not None:
        wanted = wanted.where(custody_instructions.c.subject == subject)
    if after is not None:
        wanted = wanted.where(custody_instructions.c.id > after)
    found = await connection.execute(wanted.order_by(custody_instructions.c.id).limit(limit + 1))
    return [_instruction(row) for row in found]


async def save(connection: AsyncConnection, moved: Instruction) -> None:
    values = {name: getattr(moved, name) for name in ("state", "reason", "booked_at", "posted_at", "changed_at")}
    own = custody_instructions.c
    await connection.execute(update(custody_instructions).where(own.id == moved.id).values(values))


async def lines(connection: AsyncConnection, instruction_id: UUID) -> list[Line]:
    wanted = select(custody_lines).where(custody_lines.c.instruction_id == instruction_id)
    return [_line(row) for row in await connection.execute(wanted.order_by(custody_lines.c.number))]


async def lines_of(connection: AsyncConnection, transfer_ids: Collection[UUID]) -> dict[UUID, Line]:
    wanted = select(custody_lines).where(custody_lines.c.transfer_id.in_(transfer_ids))
    return {row.transfer_id: _line(row) for row in await connection.execute(wanted)}


async def set_results(connection: AsyncConnection, side: str, results: Mapping[UUID, str]) -> None:
    """side: `bank` or `ledger`."""
    if results:
        statement = update(custody_lines).where(custody_lines.c.transfer_id == bindparam("its"))
        statement = statement.values({f"{side}_result": bindparam("said")})
        await connection.execute(statement, [{"its": one, "said": said} for one, said in results.items()])


async def any_unanswered(connection: AsyncConnection, instruction_id: UUID) -> bool:
    """By the ledger, of what the bank has done."""
    own = custody_lines.c
    wanted = select(
        exists().where(own.instruction_id == instruction_id, own.bank_result == DONE, own.ledger_result.is_(None))
    )
    return bool((await connection.execute(wanted)).scalar_one())


async def set_undone(connection: AsyncConnection, transfer_ids: Collection[UUID], at: datetime) -> None:
    own = custody_lines.c
    await connection.execute(update(custody_lines).where(own.transfer_id.in_(transfer_ids)).values(undone_at=at))


async def under_way(connection: AsyncConnection, bank: str, ended: datetime) -> list[Line]:
    """Lines that the bank had done by an instant, or may have done, and of which it is not certain that the ledger had them by then."""
    own, its = custody_lines.c, custody_instructions.c
    wanted = (
        select(custody_lines)
        .join(custody_instructions, its.id == own.instruction_id)
        .where(
            its.bank == bank,
            or_(
                and_(its.booked_at < ended, own.bank_result == DONE),
                # Not answered yet: it may have been done.
                and_(its.state == InstructionState.ASKED.value, its.asked_at < ended),
            ),
            or_(its.posted_at.is_(None), its.posted_at >= ended),
            or_(own.undone_at.is_(None), own.undone_at >= ended),
        )
    )
    return [_line(row) for row in await connection.execute(wanted.order_by(own.transfer_id))]


def _instruction(row: Any) -> Instruction:
    return Instruction(**dict(row._mapping) | {"mode": Mode(row.mode), "state": InstructionState(row.state)})


def _line(row: Any) -> Line:
    return Line(**dict(row._mapping) | {"kind": LineKind(row.kind)})
