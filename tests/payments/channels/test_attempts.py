"""Attempts one after another: whatever the channels answer, in whatever order, the money is booked exactly once net."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.runtime import Runtime
from services.payments.card_returns.model import CardReturnState
from services.payments.channels.contracts import policy, shipped
from services.payments.channels.model import Answer, BankAnswer, InstructionState
from services.payments.topups.model import TopUpState
from tests.conftest import MakeRuntime
from tests.payments.channels.carrying import Carrying, carrying

AMOUNT = 10_000
OWN_FAULT, CARD_S_FAULT = "channel_unavailable", "insufficient_funds"
PAID = BankAnswer(Answer.SUCCEEDED, bank_reference="B-1")
BROKEN = BankAnswer(Answer.DECLINED, OWN_FAULT)
POOR = BankAnswer(Answer.DECLINED, CARD_S_FAULT)
SILENT = BankAnswer(Answer.NO_ANSWER)
NOT_FOUND = BankAnswer(Answer.NOT_FOUND)
NOT_SENT = BankAnswer(Answer.NOT_SENT)
BUSY = BankAnswer(Answer.PROCESSING, bank_reference="B-1")


@pytest.fixture
async def runtime(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("payments")


async def states(world: Carrying, subject_id: Any) -> list[tuple[str, str, bool]]:
    return [(one.bank, str(one.state), one.counts) for one in await world.attempts(subject_id)]


async def test_a_late_success_before_the_second_answers_counts_and_the_second_is_surplus(runtime: Runtime) -> None:
    async with carrying(runtime) as world:
        top_up = await world.top_up()
        (first,) = await world.attempts(top_up.id)
        await world.answer(top_up.id, first, SILENT)
        world.later(timedelta(minutes=30))
        second = await world.answer(top_up.id, first, NOT_FOUND)
        assert second is not None
        await world.answer(top_up.id, second, SILENT)
        await world.answer(top_up.id, first, PAID)
        assert (await world.top_up_now(top_up.id)).bank == "ICBC"
        assert await world.balance() == AMOUNT
        await world.answer(top_up.id, second, PAID)
        assert await states(world, top_up.id) == [("ICBC", "succeeded", True), ("NETSLINK", "succeeded", False)]
        assert await world.balance() == AMOUNT
        assert [(one.channel, one.state) for one in await world.card_returns()] == [
            ("NETSLINK", CardReturnState.RETURNING)
        ]
        assert (await world.places())["CARD_RETURNS"] == (AMOUNT, 0)


async def test_what_is_not_sent_yet_is_not_sent_any_more_once_another_counts(runtime: Runtime) -> None:
    async with carrying(runtime) as world:
        top_up = await world.top_up()
        (first,) = await world.attempts(top_up.id)
        await world.answer(top_up.id, first, SILENT)
        world.later(timedelta(minutes=30))
        second = await world.answer(top_up.id, first, NOT_FOUND)
        assert second is not None
        await world.answer(top_up.id, first, PAID)
        await world.answer(top_up.id, second, NOT_SENT)
        assert await states(world, top_up.id) == [("ICBC", "succeeded", True), ("NETSLINK", "unsent", False)]


async def test_no_more_attempts_than_the_policy_allows_and_each_channel_once(runtime: Runtime) -> None:
    async with carrying(runtime) as world:
        top_up = await world.top_up()
        attempt = (await world.attempts(top_up.id))[0]
        tried = []
        while attempt is not None:
            tried.append(attempt.bank)
            attempt = await world.answer(top_up.id, attempt, BROKEN)  # type: ignore[assignment]
        assert tried == ["ICBC", "NETSLINK", "UNIONLINK"]
        assert len(tried) == policy().attempts
        ended = await world.top_up_now(top_up.id)
        assert (ended.state, ended.failure_code) == (TopUpState.FAILED, OWN_FAULT)


RETURNS = [
    ([PAID], CardReturnState.RETURNED, 0),
    ([SILENT, PAID], CardReturnState.RETURNED, 0),
    ([BUSY, NOT_FOUND, PAID], CardReturnState.RETURNED, 0),
    ([POOR], CardReturnState.CREDITED, AMOUNT),
    ([BROKEN], CardReturnState.CREDITED, AMOUNT),
    ([SILENT], CardReturnState.RETURNING, 0),
    ([NOT_SENT], CardReturnState.CREDITED, AMOUNT),
    ([POOR, POOR], CardReturnState.CREDITED, AMOUNT),
    ([PAID, PAID], CardReturnState.RETURNED, 0),
    ([PAID, POOR], CardReturnState.RETURNED, 0),
]


@pytest.mark.parametrize(("answers", "state", "credited"), RETURNS)
async def test_what_came_twice_goes_back_or_is_credited(
    runtime: Runtime, answers: list[BankAnswer], state: CardReturnState, credited: int
) -> None:
    """The only other reserve is that of the one who counts, which pays when the first cannot."""
    async with carrying(runtime) as world:
        await twice_charged(world)
        (back,) = await world.card_returns()
        refund = (await world.attempts(back.id))[0]
        for answer in answers:
            await world.return_answer(back.id, refund, answer)
        for other in (await world.attempts(back.id))[1:]:
            await world.return_answer(back.id, other, POOR)
        (back,) = await world.card_returns()
        assert back.state is state
        assert await world.balance() == AMOUNT + credited
        due = AMOUNT if state is CardReturnState.RETURNING else 0
        assert (await world.places())["CARD_RETURNS"] == (due, 0)
        reserves = sum(balance for name, (balance, _) in (await world.places()).items() if name in shipped())
        assert reserves == AMOUNT + credited + due


async def test_a_refund_that_was_paid_after_it_was_credited_is_a_receivable(runtime: Runtime) -> None:
    async with carrying(runtime) as world:
        await twice_charged(world)
        (back,) = await world.card_returns()
        (refund,) = await world.attempts(back.id)
        await world.return_answer(back.id, refund, SILENT)
        world.later(timedelta(minutes=120))
        other = await world.return_answer(back.id, refund, NOT_FOUND)
        if other is not None:
            await world.return_answer(back.id, other, POOR)
        assert (await world.card_returns())[0].state is CardReturnState.CREDITED
        world.told()
        for _ in range(2):
            await world.return_answer(back.id, refund, PAID)
        (back,) = await world.card_returns()
        assert (back.state, back.late) == (CardReturnState.CREDITED, True)
        assert (await world.places())["SUSPENSE"][0] == -AMOUNT
        assert world.told() == ["payments.card_return.returned_twice.v1"]


async def twice_charged(world: Carrying) -> None:
    """ICBC was given up, NETSLINK counts, then ICBC had it after all."""
    top_up = await world.top_up()
    (first,) = await world.attempts(top_up.id)
    await world.answer(top_up.id, first, SILENT)
    world.later(timedelta(minutes=30))
    second = await world.answer(top_up.id, first, NOT_FOUND)
    assert second is not None
    await world.answer(top_up.id, second, PAID)
    await world.answer(top_up.id, first, PAID)


async def test_a_standing_follows_what_the_channels_answer(runtime: Runtime) -> None:
    """Five silences close ICBC: the next top-up goes elsewhere; where nobody is left it is refused with the reasons."""
    async with carrying(runtime) as world:
        for _ in range(policy().unreached_limit):
            top_up = await world.top_up()
            (attempt,) = await world.attempts(top_up.id)
            assert attempt.bank == "ICBC"
            await world.answer(top_up.id, attempt, SILENT)
        assert (await world.top_up()).bank == "NETSLINK"


# A second model: what each channel has answered, and what follows from it, told without any of the code above.


@dataclass
class Tried:
    channel: str
    sent_at: datetime | None = None
    acknowledged: bool = False
    state: str = "open"


@dataclass
class Model:
    """first: index of the success that counts."""

    tried: list[Tried]
    first: int | None = None
    wins: int = 0
    left: list[str] = field(default_factory=lambda: ["NETSLINK", "UNIONLINK"])

    def answer(self, index: int, answer: BankAnswer, now: datetime) -> None:
        one = self.tried[index]
        if one.sent_at is None and self.first is not None:
            one.state = "unsent"
        if one.state in ("won", "declined", "unsent"):
            return
        was_open = one.state == "open"
        if one.sent_at is None:
            one.sent_at = now
            fresh = True
        else:
            fresh = False
        if answer.answer is Answer.SUCCEEDED:
            one.state = "won"
            self.wins += 1
            if self.first is None:
                self.first = index
            return
        if answer.answer is Answer.DECLINED:
            one.state = "declined"
            if was_open and answer.detail == OWN_FAULT:
                self.go_on()
            return
        one.acknowledged |= answer.answer is Answer.PROCESSING
        waited = not fresh and now - one.sent_at >= shipped()[one.channel].finality
        if was_open and answer.answer is Answer.NOT_FOUND and waited and not one.acknowledged:
            one.state = "absent"
            self.go_on()

    def go_on(self) -> None:
        if self.first is None and self.left and all(one.state != "open" for one in self.tried):
            self.tried.append(Tried(self.left.pop(0)))


WORDS = {
    InstructionState.REQUESTED: "open",
    InstructionState.UNKNOWN: "open",
    InstructionState.SUCCEEDED: "won",
    InstructionState.DECLINED: "declined",
    InstructionState.ABSENT: "absent",
    InstructionState.UNSENT: "unsent",
}
STEP = st.tuples(
    st.integers(0, 2),
    st.sampled_from([PAID, BROKEN, POOR, SILENT, NOT_FOUND, NOT_FOUND, BUSY]),
    st.sampled_from([0, 1, 31, 125]),
)


async def played(runtime: Runtime, steps: list[tuple[int, BankAnswer, int]]) -> None:
    async with carrying(runtime) as world:
        top_up = await world.top_up()
        model = Model([Tried("ICBC")])
        for which, answer, minutes in steps:
            world.later(timedelta(minutes=minutes))
            attempts = await world.attempts(top_up.id)
            index = which % len(attempts)
            await world.answer(top_up.id, attempts[index], answer)
            model.answer(index, answer, world.tx.now)
        attempts = await world.attempts(top_up.id)
        assert [(one.bank, WORDS[one.state]) for one in attempts] == [(one.channel, one.state) for one in model.tried]
        assert [index for index, one in enumerate(attempts) if one.counts] == (
            [] if model.first is None else [model.first]
        )
        places = await world.places()
        assert await world.balance() == (AMOUNT if model.wins else 0)
        assert places.get("CARD_RETURNS", (0, 0))[0] == AMOUNT * max(model.wins - 1, 0)
        assert sum(balance for name, (balance, _) in places.items() if name in shipped()) == AMOUNT * model.wins
        assert len(await world.card_returns()) == max(model.wins - 1, 0)
        ended = await world.top_up_now(top_up.id)
        still_open = any(one.state == "open" for one in model.tried)
        expected = TopUpState.SUCCEEDED if model.wins else TopUpState.PENDING if still_open else TopUpState.FAILED
        assert ended.state is expected


async def test_in_any_order_of_answers_the_money_is_booked_once_net(runtime: Runtime) -> None:
    loop = asyncio.get_running_loop()

    def wait(coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEP, max_size=9))
    def play(steps: list[tuple[int, BankAnswer, int]]) -> None:
        wait(played(runtime, steps))

    await asyncio.to_thread(play)
