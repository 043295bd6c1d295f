"""What the story stands on: keys that survive a cut, patience that ends, numbers that are valid and nobody's."""

import asyncio
import stat
from pathlib import Path

import pytest
from stdnum import luhn
from stdnum.cn import ric

from clients.errors import DeadlineExceeded, Refused, Unreachable
from sandbox.bank.behaviours import behaviour_for
from sandbox.bank.directory import banks
from services.payments.cards.rules import card_type
from suite.folder import Folder
from suite.story import borrowing, run
from suite.story.lending import LENDERS, identity_number_of
from suite.story.patience import StoryFault, patiently, until
from suite.story.together import meanwhile, together
from suite.story.town import BANKS, card_number_of


class TestRuns:
    def test_one_that_was_cut_short_is_taken_up_with_its_keys(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path)
        first = run.begin(folder)
        assert run.begin(folder) == first
        assert (first.number, first.key("a", 1)) == (1, f"story-{first.secret}-a-1")
        run.finish(folder, first)
        second = run.begin(folder)
        assert (second.number, second.contact("buyer")) == (2, "buyer-2@demo.example")
        assert second.secret != first.secret
        assert second.operator_password == first.operator_password

    def test_its_passwords_are_ours_alone(self, tmp_path: Path) -> None:
        run.begin(Folder(tmp_path))
        assert stat.S_IMODE((tmp_path / "story.json").stat().st_mode) == 0o600


class TestPatience:
    async def test_a_service_that_is_away_is_asked_again(self) -> None:
        answers = [Unreachable("away"), DeadlineExceeded("late"), refusal("in_progress"), "here"]

        async def ask() -> str:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        assert await patiently(ask) == "here"

    async def test_a_refusal_is_told_at_once(self) -> None:
        asked = 0

        async def ask() -> None:
            nonlocal asked
            asked += 1
            raise refusal("insufficient_funds")

        with pytest.raises(Refused):
            await patiently(ask)
        assert asked == 1

    async def test_it_ends(self) -> None:
        async def away() -> None:
            raise Unreachable("away")

        async def never() -> int:
            return 1

        with pytest.raises(Unreachable):
            await patiently(away, seconds=0.1)
        with pytest.raises(StoryFault, match="the moon did not come about"):
            await until(never, lambda it: it == 2, "the moon", seconds=0.1)


def refusal(code: str) -> Refused:
    return Refused(code, field=None, detail=code, status=409, facts={})


class TestTogether:
    async def test_answers_keep_their_order(self) -> None:
        async def after(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return seconds

        assert await together((after(seconds) for seconds in (0.02, 0.0, 0.01)), at_once=2) == [0.02, 0.0, 0.01]

    async def test_the_first_fault_alone_is_told_and_the_others_stop(self) -> None:
        stopped = asyncio.Event()

        async def waits() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()

        async def fails() -> None:
            await asyncio.sleep(0)
            raise StoryFault("no")

        with pytest.raises(StoryFault, match="no"):
            await together([waits(), fails()])
        assert stopped.is_set()

    async def test_what_goes_on_meanwhile_ends_with_the_block(self) -> None:
        begun: list[asyncio.Task[None]] = []

        async def fails() -> None:
            async with meanwhile(asyncio.sleep(60)) as task:
                begun.append(task)
                await asyncio.sleep(0)
                raise StoryFault("no")

        with pytest.raises(StoryFault):
            await fails()
        assert begun[0].cancelled()


@pytest.mark.parametrize("bank", BANKS)
def test_cards_are_the_banks_and_behave(bank: str) -> None:
    numbers = {card_number_of(bank, played, person) for played in (1, 2, 3, 999) for person in range(40)}
    assert len(numbers) == 160
    for number in numbers:
        assert luhn.is_valid(number)
        assert card_type(number).bank == bank
        assert banks()[bank].issued(number)
        assert behaviour_for(number, 100) == behaviour_for("", 100)


def test_borrowers_have_numbers_of_residents_of_age() -> None:
    numbers = [identity_number_of(played) for played in range(1, 2000)]
    assert len(set(numbers)) == len(numbers)
    assert all(ric.is_valid(number) for number in numbers)
    assert {ric.get_birth_date(number).year for number in numbers} <= set(range(1970, 2000))


def test_each_run_has_a_shop_of_its_own() -> None:
    places = [borrowing.place_of(played) for played in range(1, 20)]
    assert len(set(places)) == len(places)
    assert places[0][0] == borrowing.MARKETPLACE
    assert LENDERS == 20
