"""Stories of an instruction: written down before the bank is asked, and then what bank and ledger each answered."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.custody import instruction_queries, queries, rules
from services.p2p.custody.model import (
    Answer,
    Instruction,
    InstructionEvent,
    InstructionState,
    Line,
    Mode,
    Movement,
)


class AskedInParts(Exception):
    """Of a batch that is one, some movements were instructed by themselves: somebody has to look."""


class NotInCustody(Exception):
    """A movement would take money out of custody, or into it, otherwise than by its holder's card."""


async def prepare(
    tx: Tx, caller: Caller, *, bank: str, subject: str, mode: Mode, movements: Sequence[Movement]
) -> list[UUID]:
    """The instructions that these movements are in: asked again they are those of before, with the authorisations named then."""
    known = await instruction_queries.lines_of(tx.connection, [one.transfer_id for one in movements])
    new = [one for one in movements if one.transfer_id not in known]
    if mode is Mode.ATOMIC and new and known:
        raise AskedInParts(f"{subject}: {len(known)} of {len(movements)} movements were instructed before")
    found = {line.instruction_id for line in known.values()}
    if new:
        instruction_id = id_of(bank, mode, new)
        await instruction_queries.lock_new(tx.connection, instruction_id)
        if await instruction_queries.load(tx.connection, instruction_id) is None:
            await _add(tx, bank, subject, mode, instruction_id, new)
        found.add(instruction_id)
    return sorted(found)


async def record_answer(tx: Tx, caller: Caller, *, instruction_id: UUID, answer: Answer) -> Instruction:
    """The bank's last word."""
    asked = await _locked(tx, instruction_id)
    if asked.state is not InstructionState.ASKED:
        return asked
    await instruction_queries.set_results(tx.connection, "bank", answer.results)
    event = InstructionEvent.ACCEPT if answer.executed else InstructionEvent.REFUSE
    reason = None if answer.executed else next((one for one in answer.results.values() if one != "not_done"), None)
    return await _step(tx, replace(asked, booked_at=answer.booked_at, reason=reason), event)


async def record_posted(tx: Tx, caller: Caller, *, instruction_id: UUID, results: Mapping[UUID, str]) -> Instruction:
    """The ledger's last word on lines that the bank had done; of independent ones it may have refused some. Posted with the last."""
    held = await _locked(tx, instruction_id)
    if held.state is not InstructionState.ACCEPTED:
        return held
    await instruction_queries.set_results(tx.connection, "ledger", results)
    if await instruction_queries.any_unanswered(tx.connection, instruction_id):
        return held
    return await _step(tx, replace(held, posted_at=tx.now), InstructionEvent.POST)


async def record_ledger_refused(
    tx: Tx, caller: Caller, *, instruction_id: UUID, reason: str, results: Mapping[UUID, str]
) -> Instruction:
    """The ledger made none of the transfers that the bank had carried out: the bank is to take them back."""
    held = await _locked(tx, instruction_id)
    if held.state is not InstructionState.ACCEPTED:
        return held
    await instruction_queries.set_results(tx.connection, "ledger", results)
    return await _step(tx, replace(held, reason=reason), InstructionEvent.UNDO)


async def record_undone(
    tx: Tx, caller: Caller, *, instruction_id: UUID, transfer_ids: Sequence[UUID], undone_at: datetime
) -> Instruction:
    """The bank took these lines back."""
    held = await _locked(tx, instruction_id)
    await instruction_queries.set_undone(tx.connection, transfer_ids, undone_at)
    if held.state is not InstructionState.UNDOING:
        return held
    return await _step(tx, held, InstructionEvent.RECORD_UNDONE)


def id_of(bank: str, mode: Mode, movements: Sequence[Movement]) -> UUID:
    """The same for the same movements: a key that no crash forgets."""
    said = "\x1f".join([bank, mode, *sorted(str(one.transfer_id) for one in movements)])
    return UUID(bytes=hashlib.blake2b(said.encode(), digest_size=16).digest())


async def _add(
    tx: Tx, bank: str, subject: str, mode: Mode, instruction_id: UUID, movements: Sequence[Movement]
) -> None:
    sides = {
        side for one in movements for side in (one.debit_account_id, one.credit_account_id) if side is not None
    }  # fmt: skip
    accounts = await queries.by_ledger(tx.connection, sides)
    if any(side not in accounts or accounts[side].bank != bank for side in sides):
        raise NotInCustody(f"{subject}: an account of a movement is not at {bank}")
    holds = [one.hold_id for one in movements if one.hold_id is not None]
    freezes = await instruction_queries.lines_of(tx.connection, holds)
    needed = {
        (account.behind or account.holder, scope)
        for one in movements
        if (scope := rules.SCOPES.get(one.code)) is not None and one.debit_account_id is not None
        for account in [accounts[one.debit_account_id]]
    }
    standing = await queries.standing(tx.connection, bank, needed, tx.today)
    named = {key: one.id for key, one in standing.items()}
    lines: list[Line] = []
    for number, one in enumerate(movements, start=1):
        _require_settled_whole(bank, subject, one, freezes)
        lines.append(rules.line_of(one, instruction_id, number, accounts, freezes, named))
        freezes[one.transfer_id] = lines[-1]  # what is frozen here may be released here
    asked = Instruction(
        instruction_id, bank, subject, mode, InstructionState.ASKED, None, tx.now, None, None, tx.now
    )  # fmt: skip
    await instruction_queries.add(tx.connection, asked, lines)


def _require_settled_whole(bank: str, subject: str, movement: Movement, freezes: Mapping[UUID, Line]) -> None:
    if movement.hold_id is None:
        return
    frozen = freezes.get(movement.hold_id)
    if frozen is None:
        raise NotInCustody(f"{subject}: a hold was never frozen at {bank}")
    if movement.amount_minor not in (None, frozen.amount_minor):
        raise NotInCustody(f"{subject}: {bank} settles what it froze whole or not at all")


async def _locked(tx: Tx, instruction_id: UUID) -> Instruction:
    found = await instruction_queries.load(tx.connection, instruction_id, lock=True)
    assert found is not None
    return found


async def _step(tx: Tx, held: Instruction, event: InstructionEvent) -> Instruction:
    moved = replace(held, state=rules.instruction_after(held.state, event), changed_at=tx.now)
    await instruction_queries.save(tx.connection, moved)
    return moved
