"""From a bank's answer to what is known: unknown results are resolved by query, never by guess."""

from datetime import datetime, timedelta

from services.payments.channels.model import Answer, BankAnswer, Instruction, InstructionState

MINUTES = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 30, 60, 120, 300, 600, 600, 900))
"""First schedule: how long to wait before each query."""
HOURS = (*(timedelta(hours=1),) * 6, *(timedelta(hours=6),) * 4, timedelta(days=1))
"""Second schedule; its last step is repeated until the result is known."""
AFTER_ABSENCE = (timedelta(hours=6), timedelta(days=1), timedelta(days=3))
"""An instruction given up as absent is still asked about: a late success must not go unnoticed."""
_SCHEDULE = MINUTES + HOURS
RESEND_AFTER = timedelta(seconds=30)
"""An order nothing was heard of by then is sent again: its job may have been lost with its process."""
SEND_FOR = timedelta(minutes=5)
"""How long an order that cannot have reached its bank is sent again."""


def recorded(instruction: Instruction, answer: BankAnswer, now: datetime, finality: timedelta) -> Instruction:
    """The instruction after an answer. A settled result is never replaced, except absence by what the bank found after all.

    The answer to a sending is as old as the order at its bank can be: finality counts from there, not from when it was asked for.
    """
    if instruction.state in (InstructionState.SUCCEEDED, InstructionState.DECLINED, InstructionState.UNSENT):
        return instruction
    if answer.answer is Answer.SUCCEEDED:
        return _settled(instruction, InstructionState.SUCCEEDED, answer, now)
    if answer.answer is Answer.DECLINED:
        return _settled(instruction, InstructionState.DECLINED, answer, now)
    if instruction.state is InstructionState.ABSENT:
        return _asked_after_absence(instruction, now)
    if answer.answer is Answer.NOT_SENT and instruction.state is InstructionState.REQUESTED:
        waiting = instruction.changed(sends_open=max(instruction.sends_open - 1, 0), due_at=now + RESEND_AFTER)
        if now < instruction.submitted_at + SEND_FOR:
            return waiting
        if waiting.sends_open == 0:
            return given_up(waiting, now)
    never_seen = answer.answer is Answer.NOT_FOUND and instruction.bank_reference is None
    if never_seen and instruction.state is InstructionState.UNKNOWN and now >= instruction.submitted_at + finality:
        return instruction.changed(
            state=InstructionState.ABSENT,
            detail="never_arrived",
            settled_at=now,
            asked=0,
            due_at=now + AFTER_ABSENCE[0],
        )
    sent = instruction.state is InstructionState.REQUESTED
    return instruction.changed(
        state=InstructionState.UNKNOWN,
        submitted_at=now if sent else instruction.submitted_at,
        detail=answer.detail or str(answer.answer),
        # An order that its bank has acknowledged cannot be absent, whatever a later query finds.
        bank_reference=answer.bank_reference or instruction.bank_reference,
        sends_open=0,
        asked=instruction.asked + 1,
        due_at=now + wait_before_query(instruction.asked),
    )


def given_up(instruction: Instruction, now: datetime) -> Instruction:
    """It is not sent any more. Only of one that cannot have arrived: no sending was begun of which nobody knows that."""
    if instruction.state is not InstructionState.REQUESTED or instruction.sends_open:
        return instruction
    return instruction.changed(state=InstructionState.UNSENT, detail="never_sent", settled_at=now, due_at=None)


def wait_before_query(asked: int) -> timedelta:
    """How long to wait before the next query when so many were made."""
    return _SCHEDULE[min(asked, len(_SCHEDULE) - 1)]


def _settled(instruction: Instruction, state: InstructionState, answer: BankAnswer, now: datetime) -> Instruction:
    return instruction.changed(
        state=state,
        detail=answer.detail,
        bank_reference=answer.bank_reference,
        fee_minor=answer.fee_minor,
        settled_at=answer.settled_at or now,
        value_on=answer.value_on,
        sends_open=0,
        due_at=None,
    )


def _asked_after_absence(instruction: Instruction, now: datetime) -> Instruction:
    """Of two that asked at one time only one moves the schedule: a query skipped could be the one that finds the late success."""
    if instruction.due_at is None or now < instruction.due_at:
        return instruction
    asked = instruction.asked + 1
    due_at = now + AFTER_ABSENCE[asked] if asked < len(AFTER_ABSENCE) else None
    return instruction.changed(asked=asked, due_at=due_at)
