"""Stories of an order that is tried on one channel after another: never on a second before the first is known to have failed.

Of all attempts for a subject one success counts, the first. Another one is surplus: money that moved twice.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.clock import business_day, start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from services.payments.cards.model import Card
from services.payments.cards.queries import card_with
from services.payments.channels import queries, routing, rules
from services.payments.channels.actions import record_answer, record_instruction
from services.payments.channels.contract_model import Circumstances, Contract, Reason, Route, Wish
from services.payments.channels.contracts import contract_of, policy, shipped
from services.payments.channels.errors import NoChannel, ReserveShort, UnknownInstruction
from services.payments.channels.model import (
    FAILED,
    OPEN,
    Answer,
    BankAnswer,
    Instruction,
    InstructionKind,
    InstructionState,
)
from services.payments.channels.reserves import available_reserves


class Outcome(StrEnum):
    OPEN = "open"
    """Nothing is new for the subject."""
    NEXT = "next"
    """The attempt has failed, another one is recorded."""
    COUNTS = "counts"
    """This success is the subject's."""
    SURPLUS = "surplus"
    """It succeeded as well, and another one counts already."""
    FAILED = "failed"
    """No attempt is open and none will be made."""


@dataclass(frozen=True)
class Step:
    """What an answer came to. instruction: the attempt after it; next: the one recorded instead, to be sent."""

    outcome: Outcome
    instruction: Instruction
    next: Instruction | None = None


async def start_attempts(
    tx: Tx, *, kind: InstructionKind, card: Card, subject_id: UUID, purpose: str, amount: int, currency: str
) -> Instruction:
    """Record the first attempt on the best channel. The card is locked by the caller. Raises NoChannel, ReserveShort."""
    found = await route_for(tx, card, Wish(kind, card.bank, amount, currency), frozenset())
    if not found.candidates:
        raise _refusal(found)
    return await record_instruction(
        tx,
        kind=kind,
        bank=found.candidates[0].channel,
        subject_id=subject_id,
        card_id=card.id,
        amount=amount,
        currency=currency,
        purpose=purpose,
    )


async def record_attempt(tx: Tx, instruction_id: UUID, answer: BankAnswer) -> Step:
    """An answer and what follows from it. The subject's row is locked by the caller, so its attempts are decided one after another."""
    before, after = await record_answer(tx, instruction_id, answer, await _finality_of(tx, instruction_id))
    await _note(tx, before, after, answer)
    if after.state is InstructionState.SUCCEEDED and before.state is not InstructionState.SUCCEEDED:
        return await _succeeded(tx, after)
    if answer.answer is Answer.NOT_SENT and after.state is InstructionState.REQUESTED and not after.sends_open:
        return await _elsewhere_at_once(tx, after)
    if after.state in FAILED and before.state in OPEN:
        return await _failed(tx, after)
    return Step(Outcome.OPEN, after)


async def abandon(tx: Tx, instruction: Instruction) -> None:
    """An attempt just recorded is not to be made after all; it was never sent."""
    await queries.save_instruction(tx.connection, rules.given_up(instruction, tx.now))


async def record_probe(tx: Tx, caller: Caller, *, channel: str, kind: InstructionKind, answered: bool) -> None:
    """What came of asking a closed channel whether it is there."""
    standing = await queries.locked_standing(tx.connection, channel, kind)
    if standing.probe_at is not None and standing.probe_at <= tx.now:
        await queries.save_standing(tx.connection, routing.probed(standing, answered, tx.now, policy()))


async def route_for(tx: Tx, card: Card, wish: Wish, tried: frozenset[str]) -> Route:
    """Which channels would carry this just now, and why not the others."""
    contracts = await contracts_on(tx)
    since = start_of_day(business_day(tx.now, tx.settings.zone), tx.settings.zone)
    reserves = await available_reserves(tx, wish.currency) if wish.kind.moves_out else {}
    circumstances = Circumstances(
        standings=await queries.standings_of(tx.connection, wish.kind),
        moved_today_minor=await queries.moved_since(tx.connection, card.id, wish.kind, since),
        reserves_minor=reserves,
        tried=tried,
    )
    return routing.route(contracts.values(), circumstances, wish, tx.now, tx.settings.zone, policy())


async def contracts_on(tx: Tx, day: date | None = None) -> dict[str, Contract]:
    """The terms in force on a day, today unless told, by channel."""
    rows = await queries.latest_terms(tx.connection, day or tx.today)
    return shipped() | {channel: contract_of(terms) for channel, terms in rows.items()}


async def _finality_of(tx: Tx, instruction_id: UUID) -> timedelta:
    """As agreed today with whoever carries it. Raises UnknownInstruction."""
    instruction = await queries.instruction_with(tx.connection, instruction_id)
    if instruction is None:
        raise UnknownInstruction("no instruction has this id")
    return (await contracts_on(tx))[instruction.bank].finality


async def _succeeded(tx: Tx, instruction: Instruction) -> Step:
    if await queries.counting_attempt(tx.connection, instruction.subject_id) is not None:
        return Step(Outcome.SURPLUS, instruction)
    counting = instruction.changed(counts=True)
    await queries.save_instruction(tx.connection, counting)
    return Step(Outcome.COUNTS, counting)


async def _failed(tx: Tx, instruction: Instruction) -> Step:
    attempts = await queries.instructions_for(tx.connection, instruction.subject_id)
    if any(one.counts or one.state in OPEN for one in attempts):
        return Step(Outcome.OPEN, instruction)
    following = await _next(tx, instruction, attempts)
    return Step(Outcome.FAILED if following is None else Outcome.NEXT, instruction, following)


async def _elsewhere_at_once(tx: Tx, instruction: Instruction) -> Step:
    """It cannot have arrived: whoever else carries it does, and if nobody does it goes on being sent for a while."""
    attempts = await queries.instructions_for(tx.connection, instruction.subject_id)
    if any(one.counts for one in attempts):
        await abandon(tx, instruction)
        return Step(Outcome.OPEN, instruction)
    gone = rules.given_up(instruction, tx.now)
    following = await _next(tx, gone, attempts)
    if following is None:
        return Step(Outcome.OPEN, instruction)
    await queries.save_instruction(tx.connection, gone)
    return Step(Outcome.NEXT, gone, following)


async def _next(tx: Tx, failed: Instruction, attempts: list[Instruction]) -> Instruction | None:
    if not routing.worth_another_channel(failed, policy()) or len(attempts) >= policy().attempts:
        return None
    card = await card_with(tx.connection, failed.card_id, lock=True)
    assert card is not None
    wish = Wish(failed.kind, card.bank, failed.amount, failed.currency)
    found = await route_for(tx, card, wish, frozenset(one.bank for one in attempts))
    if not found.candidates:
        return None
    return await record_instruction(
        tx,
        kind=failed.kind,
        bank=found.candidates[0].channel,
        subject_id=failed.subject_id,
        card_id=failed.card_id,
        amount=failed.amount,
        currency=failed.currency,
        purpose=failed.purpose,
        attempt=max(one.attempt for one in attempts) + 1,
    )


async def _note(tx: Tx, before: Instruction, after: Instruction, answer: BankAnswer) -> None:
    standing = await queries.locked_standing(tx.connection, after.bank, after.kind)
    changed = routing.noted(standing, before, after, answer.answer, tx.now, policy())
    if changed != standing:
        await queries.save_standing(tx.connection, changed)


def _refusal(found: Route) -> NoChannel | ReserveShort:
    """Short of reserve alone, if every channel that would carry it otherwise is; else with the reason of each."""
    reasons = {refused.channel: str(refused.reason) for refused in found.refused}
    if Reason.RESERVE_SHORT in reasons.values():
        return ReserveShort("no reserve that could pay this out holds that much", field="amount", refused=reasons)
    return NoChannel("no channel carries this just now", field="amount", refused=reasons)
