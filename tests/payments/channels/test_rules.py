"""Every answer in every state: unknown results are resolved by query, never by guess."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from services.payments.channels.model import Answer, BankAnswer, Instruction, InstructionKind, InstructionState
from services.payments.channels.rules import (
    AFTER_ABSENCE,
    RESEND_AFTER,
    SEND_FOR,
    given_up,
    recorded,
    wait_before_query,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
FINALITY = timedelta(minutes=30)
OPEN = (InstructionState.REQUESTED, InstructionState.UNKNOWN)
UNREACHED = (InstructionState.REQUESTED, Answer.NOT_SENT)


def instruction(state: InstructionState, submitted_at: datetime = NOW) -> Instruction:
    due_at = None if state in FINAL else NOW
    return Instruction(
        uuid4(), InstructionKind.CHARGE, "ICBC", uuid4(), uuid4(), 100, "CNY", state, None, None, 0,
        submitted_at, None, None, 0, due_at,
    )  # fmt: skip


FINAL = [InstructionState.SUCCEEDED, InstructionState.DECLINED, InstructionState.UNSENT]
EARLY = {
    Answer.SUCCEEDED: InstructionState.SUCCEEDED,
    Answer.DECLINED: InstructionState.DECLINED,
    Answer.PROCESSING: InstructionState.UNKNOWN,
    Answer.NOT_FOUND: InstructionState.UNKNOWN,
    Answer.NO_ANSWER: InstructionState.UNKNOWN,
    Answer.NOT_SENT: InstructionState.UNKNOWN,
}


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("answer", list(Answer))
def test_before_finality(state: InstructionState, answer: Answer) -> None:
    expected = InstructionState.REQUESTED if (state, answer) == UNREACHED else EARLY[answer]
    assert recorded(instruction(state), BankAnswer(answer), NOW, FINALITY).state is expected


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("answer", list(Answer))
def test_at_finality_only_absence_becomes_failure(state: InstructionState, answer: Answer) -> None:
    """Of what is sent: an order whose first sending is still under way cannot be absent yet."""
    if state is InstructionState.REQUESTED:
        expected = EARLY | {Answer.NOT_SENT: InstructionState.UNSENT}
    else:
        expected = EARLY | {Answer.NOT_FOUND: InstructionState.ABSENT}
    after = recorded(instruction(state), BankAnswer(answer), NOW + FINALITY, FINALITY)
    assert after.state is expected[answer]
    just_before = recorded(instruction(state), BankAnswer(answer), NOW + FINALITY - timedelta(microseconds=1), FINALITY)
    assert just_before.state is (InstructionState.UNSENT if (state, answer) == UNREACHED else EARLY[answer])


@pytest.mark.parametrize("state", FINAL)
@pytest.mark.parametrize("answer", list(Answer))
def test_a_final_result_is_never_replaced(state: InstructionState, answer: Answer) -> None:
    before = instruction(state)
    assert recorded(before, BankAnswer(answer), NOW + FINALITY, FINALITY) is before


def test_absence_gives_way_to_what_the_bank_found_after_all() -> None:
    absent = instruction(InstructionState.ABSENT)
    assert recorded(absent, BankAnswer(Answer.SUCCEEDED), NOW, FINALITY).state is InstructionState.SUCCEEDED
    assert recorded(absent, BankAnswer(Answer.DECLINED), NOW, FINALITY).state is InstructionState.DECLINED


def test_absence_is_asked_about_for_some_days_and_then_rests() -> None:
    now, current = NOW, instruction(InstructionState.ABSENT).changed(due_at=NOW)
    for wait in AFTER_ABSENCE[1:]:
        current = recorded(current, BankAnswer(Answer.NOT_FOUND), now, FINALITY)
        assert current.due_at == now + wait
        now = current.due_at
    assert recorded(current, BankAnswer(Answer.NOT_FOUND), now, FINALITY).due_at is None


def test_an_answer_that_came_before_a_query_was_due_skips_none() -> None:
    """Two workers asked at one time: the first found it absent, and the second says so again."""
    unknown = instruction(InstructionState.UNKNOWN)
    absent = recorded(unknown, BankAnswer(Answer.NOT_FOUND), NOW + FINALITY, FINALITY)
    assert absent.due_at == NOW + FINALITY + AFTER_ABSENCE[0]
    assert recorded(absent, BankAnswer(Answer.NOT_FOUND), NOW + FINALITY, FINALITY) is absent


def test_an_unknown_result_always_has_a_next_query_further_off() -> None:
    waits = [wait_before_query(asked) for asked in range(40)]
    assert all(earlier <= later for earlier, later in pairwise(waits))
    assert waits[0] == timedelta(seconds=5)
    assert waits[-1] == timedelta(days=1)
    after = recorded(instruction(InstructionState.UNKNOWN), BankAnswer(Answer.NO_ANSWER), NOW, FINALITY)
    assert (after.asked, after.due_at) == (1, NOW + waits[0])


def test_the_bank_s_facts_are_kept() -> None:
    answer = BankAnswer(Answer.SUCCEEDED, None, "bki_1", 30, NOW, NOW.date())
    after = recorded(instruction(InstructionState.UNKNOWN), answer, NOW, FINALITY)
    assert (after.bank_reference, after.fee_minor, after.settled_at, after.value_on, after.due_at) == (
        "bki_1", 30, NOW, NOW.date(), None,
    )  # fmt: skip


@pytest.mark.parametrize("answer", [Answer.NO_ANSWER, Answer.PROCESSING])
def test_finality_counts_from_the_sending(answer: Answer) -> None:
    """An order that waited an hour for its process to come back may still be executed half an hour after it was sent at last."""
    sent_at = NOW + timedelta(hours=1)
    sent = recorded(instruction(InstructionState.REQUESTED), BankAnswer(answer), sent_at, FINALITY)
    absent = BankAnswer(Answer.NOT_FOUND)
    early = recorded(sent, absent, sent_at + FINALITY - timedelta(seconds=1), FINALITY)
    assert early.state is InstructionState.UNKNOWN
    assert recorded(early, absent, sent_at + FINALITY, FINALITY).state is InstructionState.ABSENT


def test_an_order_that_its_bank_acknowledged_is_never_absent() -> None:
    processing = BankAnswer(Answer.PROCESSING, bank_reference="B-17")
    known = recorded(instruction(InstructionState.REQUESTED), processing, NOW, FINALITY)
    lost = recorded(known, BankAnswer(Answer.NOT_FOUND), NOW + FINALITY, FINALITY)
    assert (lost.state, lost.bank_reference) == (InstructionState.UNKNOWN, "B-17")
    paid = recorded(lost, BankAnswer(Answer.SUCCEEDED, bank_reference="B-17"), NOW + FINALITY, FINALITY)
    assert paid.state is InstructionState.SUCCEEDED


def test_an_order_that_cannot_have_arrived_is_sent_again_for_five_minutes_and_then_given_up() -> None:
    current = instruction(InstructionState.REQUESTED).changed(sends_open=1)
    unreached = BankAnswer(Answer.NOT_SENT)
    waiting = recorded(current, unreached, NOW, FINALITY)
    assert (waiting.state, waiting.sends_open, waiting.due_at) == (InstructionState.REQUESTED, 0, NOW + RESEND_AFTER)
    assert (
        recorded(waiting, unreached, NOW + SEND_FOR - timedelta(seconds=1), FINALITY).state
        is InstructionState.REQUESTED
    )
    ended = recorded(waiting, unreached, NOW + SEND_FOR, FINALITY)
    assert (ended.state, ended.detail, ended.due_at) == (InstructionState.UNSENT, "never_sent", None)


def test_an_order_that_another_sending_may_have_brought_is_unknown_and_never_given_up() -> None:
    """A process died while it sent; the one after it finds nobody there. The bank may have the order all the same."""
    twice = instruction(InstructionState.REQUESTED).changed(sends_open=2)
    unreached = BankAnswer(Answer.NOT_SENT)
    waiting = recorded(twice, unreached, NOW, FINALITY)
    assert (waiting.state, waiting.sends_open) == (InstructionState.REQUESTED, 1)
    assert given_up(waiting, NOW) is waiting
    again = waiting.changed(sends_open=2)
    assert recorded(again, unreached, NOW + SEND_FOR, FINALITY).state is InstructionState.UNKNOWN
