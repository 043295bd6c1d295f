"""Asking a custody bank, outside any transaction: for what an instruction says, and to take it back."""

from collections.abc import Sequence
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from services.p2p.custody import instructing, queries, rules
from services.p2p.custody.custodians import Custodians
from services.p2p.custody.model import Instruction, Line

P2P = service_caller("p2p")


class NotUndone(Exception):
    """The bank does not take back what the ledger refused: somebody has to look."""


async def ask(runtime: Runtime, held: Instruction, lines: Sequence[Line]) -> Instruction:
    """The bank, under the instruction's own key. Raises NotAnswered while it has not answered."""
    sides = {side for line in lines for side in (line.debit_account_id, line.credit_account_id) if side is not None}
    async with runtime.reading() as connection:
        accounts = await queries.by_ledger(connection, sides)
    numbers = {its: one.number for its, one in accounts.items() if one.number is not None}
    answer = await runtime.get(Custodians).at(held.bank).instruct(held.id, held.mode, lines, numbers)
    seed = f"p2p.custody.answered\0{held.id}"
    return await commands.perform(
        runtime, instructing.record_answer, P2P, seed=seed, instruction_id=held.id, answer=answer
    )


async def undo(runtime: Runtime, held: Instruction, lines: Sequence[Line]) -> None:
    """Every line that the bank had done, as if it had not been."""
    await take_back(runtime, held.bank, held.id, [line for line in lines if line.bank_result == rules.DONE])


async def take_back(runtime: Runtime, bank: str, instruction_id: UUID, lines: Sequence[Line]) -> None:
    answer = await runtime.get(Custodians).at(bank).undo(instruction_id, lines)
    if not answer.executed:
        why = sorted(set(answer.results.values()))
        raise NotUndone(f"{encode('cin', instruction_id)} is not taken back: {', '.join(why)}")
    await commands.perform(
        runtime,
        instructing.record_undone,
        P2P,
        seed=f"p2p.custody.undone\0{instruction_id}",
        instruction_id=instruction_id,
        transfer_ids=[line.transfer_id for line in lines],
        undone_at=answer.booked_at,
    )
