"""Long random runs on a ledger whose connections to PostgreSQL are cut at any statement.

What a request without an answer did is not known: the machine goes on with every world that is possible, and each answer leaves those that
foretold it. If none is left, the ledger said or did what it must not. Nothing that is drawn depends on an answer, so that a run can be
played again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.ledger.asking import OPERATOR, SHOP, Answer, Mode, Request, Transfers
from tests.payments.ledger.comparing import accounts_of, differences, prove, same_accounts
from tests.payments.ledger.cutting import Cut
from tests.payments.ledger.drawing import LAST_OF_STORY, Dice, Draft
from tests.payments.ledger.predicting import CODE, Second, Wish
from tests.payments.ledger.stage import Stage
from tests.payments.ledger.stories import Post, Reverse, Step, Sweep

LONGEST_WAITING = 2
"""Requests that are left without an answer while others go on: each doubles the worlds."""
FUNDS, MOST_TOGETHER = 30, 5
LONGEST_HOLD_SECONDS = 2000
MODES: tuple[Mode, ...] = ("atomic", "independent")
OPERATORS_FLAGS = frozenset({"closing_debit", "closing_credit", "imported"})
OTHER: dict[str, Any] = {"code": "tests.other", "reference": "other", "credit_account_id": "late"}
numbers = st.integers(0, 2**32 - 1)


class Machine(RuleBasedStateMachine):
    """stage: what it plays on. asked: every request so far; wishes: every transfer asked for."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.doors, second = self.stage.wait(self.stage.open_book())
        self.worlds = [second]
        self.asked: list[Request] = []
        self.wishes: list[Wish] = []
        self.waiting: list[Request] = []
        self.thrown: Counter[int] = Counter()
        self.run = self.keys = 0
        self.well = True

    @initialize(run=numbers)
    def begin(self, run: int) -> None:
        self.run = run
        wishes = tuple(self._funds(name) for name in ("anna", "shop", "boris"))
        self._request(Transfers("atomic", wishes, OPERATOR), [], at_once=True)

    # Transfers

    @rule(number=numbers)
    def single(self, number: int) -> None:
        dice = self._dice(number)
        caller = dice.caller()
        request = Transfers("single", (self._wish(dice.draft(), caller, dice),), caller)
        self._request(request, dice.cuts(), at_once=dice.one_in(2))

    @rule(number=numbers)
    def bulk(self, number: int) -> None:
        dice = self._dice(number)
        caller = dice.caller()
        wishes: list[Wish] = []
        for _ in range(dice.randint(1, MOST_TOGETHER)):
            wishes.append(self._wish(dice.draft(), caller, dice, wishes))
        mode = dice.choice(MODES)
        self._request(Transfers(mode, tuple(wishes), caller), dice.cuts(), at_once=dice.one_in(2))

    @rule(number=numbers)
    def settle(self, number: int) -> None:
        """A hold is made and ended, sometimes after money was frozen behind it or its time has passed; only its end may be cut."""
        dice = self._dice(number)
        between = dice.choice(("nothing", "freeze", "time"))
        plain: dict[str, Any] = {"amount": dice.randint(1, 6), "flags": frozenset(), "used": False, "hold": 0}
        debit, credit = dice.choice(("bank", "bank", "anna", "shop")), dice.choice(("boris", "vault", "late"))
        closing = dice.one_in(3)
        draft = dice.draft()._replace(kind="pending", debit=debit, credit=credit, timed=between == "time", **plain)
        draft = draft._replace(flags=frozenset({"closing_credit"} if closing else ()))
        self._request(Transfers("single", (self._wish(draft, OPERATOR, dice),), OPERATOR), [], at_once=True)
        if between == "freeze":
            amount = dice.choice((None, FUNDS // 2, FUNDS, FUNDS))
            self._request(Step("freeze", debit, amount, self._key()), [], at_once=True)
        elif between == "time":
            self._pass(LONGEST_HOLD_SECONDS)
        kind = "void" if closing else dice.choice(("post", "post", "void"))
        wish = self._wish(dice.draft()._replace(kind=kind, **plain), OPERATOR, dice)
        self._request(Transfers("single", (wish,), OPERATOR), dice.cuts(), at_once=dice.one_in(2))
        if between == "freeze":
            self._request(Step("release", debit, None, self._key()), [], at_once=True)

    @rule(number=numbers)
    def repeat(self, number: int) -> None:
        """What was asked before, whole; or one transfer of it by itself, perhaps by another caller or with one field changed."""
        dice = self._dice(number)
        request = dice.choice(self.asked)
        how = dice.choice(("whole", "whole", "by itself", "amount", *OTHER))
        if how != "whole":
            wish, caller = dice.choice(self.wishes), dice.caller()
            if caller == SHOP and (wish.flags & OPERATORS_FLAGS or wish.code.startswith("escrow.")):
                caller = OPERATOR
            if how != "by itself":
                changed = {"amount": (wish.amount or 1) % 7 + 1} | OTHER
                wish = wish._replace(**{how: changed[how]})
            request = Transfers("single", (wish,), caller)
        self._request(request, dice.cuts(), at_once=True)

    # Stories

    @rule(number=numbers)
    def reverse(self, number: int) -> None:
        dice = self._dice(number)
        amount = None if dice.one_in(2) else dice.randint(1, 4)
        self._request(
            Reverse(self._new_id(), dice.choice(self.wishes).id, amount), dice.cuts(LAST_OF_STORY), at_once=True
        )

    @rule(number=numbers)
    def share(self, number: int) -> None:
        dice = self._dice(number)
        self._request(Post(self._key(), *dice.shares()), dice.cuts(LAST_OF_STORY), at_once=True)

    @rule(number=numbers)
    def stop(self, number: int) -> None:
        """An account or an amount, or let it go."""
        dice = self._dice(number)
        self._request(Step(*dice.step(), self._key()), dice.cuts(LAST_OF_STORY), at_once=True)

    # Time

    @rule(number=numbers)
    def later(self, number: int) -> None:
        dice = self._dice(number)
        self._pass(dice.choice((1, 5, 10, 400, 90_000)))
        if dice.one_in(2):
            self._request(Sweep(), dice.cuts(LAST_OF_STORY), at_once=True)

    @precondition(lambda self: self.waiting)
    @rule(number=numbers)
    def ask_again(self, number: int) -> None:
        """What had no answer."""
        self._request(self.waiting.pop(0), self._dice(number).cuts(), at_once=True)

    def teardown(self) -> None:
        if not self.well:
            return
        while self.waiting:
            self._request(self.waiting.pop(), [], at_once=True)
        self._request(Sweep(), [], at_once=True)
        found = [self.stage.wait(differences(self.stage.sql, self.doors, world)) for world in self.worlds]
        assert [] in found, found
        assert self.stage.wait(prove(self.doors)) == []

    # How

    def _pass(self, seconds: int) -> None:
        self.stage.wait(self.stage.set_clock(self.stage.now + timedelta(seconds=seconds)))
        for world in self.worlds:
            world.now = self.stage.now

    def _request(self, request: Request, cuts: Sequence[Cut], *, at_once: bool) -> None:
        """at_once: ask again until there is an answer; else that may come later."""
        self.well = False
        if not isinstance(request, Sweep):
            self.asked.append(request)
        if isinstance(request, Transfers):
            self.wishes += request.wishes
        answer, fired = self.stage.wait(self.stage.ask(self.doors, request, cuts))
        note(f"{request}, {cuts}: {answer}")
        self._learn(request, answer, fired)
        if answer is None and (at_once or len(self.waiting) == LONGEST_WAITING):
            answer, fired = self.stage.wait(self.stage.ask(self.doors, request))
            assert answer is not None, "nothing was cut, and there was no answer"
            self._learn(request, answer, fired)
        elif answer is None:
            self.waiting.append(request)
        found = self.stage.wait(accounts_of(self.stage.sql, self.doors))
        assert any(same_accounts(world, found) for world in self.worlds), (found, self.worlds)
        self.well = True

    def _learn(self, request: Request, answer: Answer | None, fired: int) -> None:
        assert answer is not None or fired, "nothing was cut, and there was no answer"
        told, left = [], []
        for world in self.worlds:
            if answer is None:
                left.append(world)
            for said, after in _possible(world, request, fired + (answer is not None)):
                told.append(said)
                if answer is None or said == answer:
                    left.append(after)
        assert left, f"{request} after {fired} cuts\nanswered {answer}\nnot any of {told}"
        self.worlds = [world for number, world in enumerate(left) if world not in left[:number]]

    def _dice(self, number: int) -> Dice:
        """Others each time that a number comes."""
        self.thrown[number] += 1
        return Dice(f"{self.run} {number} {self.thrown[number]}")

    def _funds(self, name: str) -> Wish:
        return Wish(self._new_id(), "single", "bank", name, FUNDS, "CNY", reference="funds")

    def _wish(self, draft: Draft, caller: str, dice: Dice, batch: Sequence[Wish] = ()) -> Wish:
        """batch: what stands before it in the same one, and may hold what it settles."""
        before = [*self.wishes, *batch]
        holds = [one.id for one in before if one.kind == "pending"]
        if not holds:
            draft = draft._replace(kind="pending")
        shop, settles = caller == SHOP, draft.kind in ("post", "void")
        flags = draft.flags - OPERATORS_FLAGS if shop else draft.flags
        named = not settles or draft.named
        self.keys += 1
        return Wish(
            dice.choice(before).id if draft.used else self._new_id(),
            draft.kind,
            None if settles else "shop" if shop and not dice.one_in(3) else draft.debit,
            draft.credit if not settles or (named and dice.one_in(2)) else None,
            draft.amount if named else None,
            None if settles else "CNY",
            holds[max(0, len(holds) - 1 - draft.hold)] if settles else None,
            flags,
            CODE if shop or not settles else draft.code,
            f"r{self.keys % 3}",
            # No two holds of a run end at one instant.
            100 + 1000 * dice.randint(0, 1) + self.keys if draft.timed and draft.kind == "pending" else None,
            self.stage.now - timedelta(seconds=draft.back) if "imported" in flags else None,
        )

    def _new_id(self) -> str:
        return encode("trf", new_id(self.doors.book_id))

    def _key(self) -> str:
        self.keys += 1
        return f"run {self.doors.book_id} story {self.keys}"


def play(stage: Stage, runs: int, steps: int, *, number: int | None = None, shrinking: bool = False) -> None:
    """From another thread than the loop of the stage. number: of the random choices; without one they are always the same."""
    machine = type("Machine", (Machine,), {"stage": stage})
    if number is not None:
        machine = seed(number)(machine)
    phases = (Phase.generate, Phase.shrink) if shrinking else (Phase.generate,)
    wanted = settings(
        max_examples=runs, stateful_step_count=steps, phases=phases, derandomize=number is None, deadline=None, database=None,
        report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=wanted)


def _possible(world: Second, request: Request, times: int) -> Iterator[tuple[Answer, Second]]:
    """What is said and how the world is after a request was decided once, twice, and so on."""
    for _ in range(times):
        world = world.copy()
        yield request.predict(world), world
