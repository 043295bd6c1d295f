"""Long random runs on a ledger whose connections to PostgreSQL are cut at any statement.

What a request without an answer did is not known: the machine goes on with every world that is possible, and each answer leaves those that
foretold it. If none is left, the ledger said or did what it must not. Nothing that is drawn depends on an answer, so that a run can be
played again.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.ledger import drawing
from tests.payments.ledger.asking import OPERATOR, SHOP, Answer, Post, Request, Reverse, Step, Sweep, Transfers
from tests.payments.ledger.comparing import accounts_of, differences, prove, same_accounts
from tests.payments.ledger.cutting import Cut
from tests.payments.ledger.drawing import Draft, Shares
from tests.payments.ledger.predicting import Second, Wish
from tests.payments.ledger.stage import Stage

LONGEST_WAITING = 2
"""Requests that are left without an answer while others go on: each doubles the worlds."""
FUNDS = 12
OPERATORS_FLAGS = frozenset({"closing_debit", "closing_credit", "imported"})


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
        self.keys = 0

    @initialize()
    def fund(self) -> None:
        wishes = tuple(
            Wish(self._new_id(), "single", "bank", name, FUNDS, "CNY", reference="funds") for name in ("anna", "shop")
        )
        self._request(Transfers("atomic", wishes, OPERATOR), [], at_once=True)
        self.wishes += wishes

    # Transfers

    @rule(draft=drawing.drafts(), caller=drawing.callers, cuts=drawing.cuts, at_once=st.booleans())
    def single(self, draft: Draft, caller: str, cuts: list[Cut], at_once: bool) -> None:
        self._request(Transfers("single", (self._wish(draft, caller),), caller), cuts, at_once=at_once)

    @rule(
        drafts=st.lists(drawing.drafts(), min_size=1, max_size=5), mode=st.sampled_from(["atomic", "independent"]),
        caller=drawing.callers, cuts=drawing.cuts, at_once=st.booleans(),
    )  # fmt: skip
    def bulk(
        self, drafts: list[Draft], mode: Literal["atomic", "independent"], caller: str, cuts: list[Cut], at_once: bool
    ) -> None:
        wishes = tuple(self._wish(draft, caller) for draft in drafts)
        self._request(Transfers(mode, wishes, caller), cuts, at_once=at_once)

    @rule(number=drawing.numbers, cuts=drawing.cuts)
    def again(self, number: int, cuts: list[Cut]) -> None:
        self._request(self.asked[-1 - number % len(self.asked)], cuts, at_once=True)

    @rule(number=drawing.numbers, caller=drawing.callers, cuts=drawing.cuts)
    def one_again(self, number: int, caller: str, cuts: list[Cut]) -> None:
        """Of a batch, by itself; perhaps by another caller."""
        wish = self.wishes[-1 - number % len(self.wishes)]
        if caller == SHOP and (wish.flags & OPERATORS_FLAGS or wish.code.startswith("escrow.")):
            caller = OPERATOR
        self._request(Transfers("single", (wish,), caller), cuts, at_once=True)

    @rule(number=drawing.numbers, name=st.sampled_from(["amount", "code", "reference", "credit_account_id"]), cuts=drawing.cuts)
    def differently(self, number: int, name: str, cuts: list[Cut]) -> None:
        """An old id with one field changed."""
        wish = self.wishes[-1 - number % len(self.wishes)]
        other = {"amount": (wish.amount or 1) % 7 + 1, "code": "tests.other", "reference": "other", "credit_account_id": "late"}
        self._request(Transfers("single", (wish._replace(**{name: other[name]}),), OPERATOR), cuts, at_once=True)

    # Stories

    @rule(number=drawing.numbers, amount=st.none() | st.integers(1, 4), cuts=drawing.cuts)
    def reverse(self, number: int, amount: int | None, cuts: list[Cut]) -> None:
        of = self.wishes[-1 - number % len(self.wishes)].id
        self._request(Reverse(self._new_id(), of, amount), cuts, at_once=True)

    @rule(wanted=drawing.shares(), cuts=drawing.cuts)
    def share(self, wanted: Shares, cuts: list[Cut]) -> None:
        self._request(Post(self._key(), *wanted), cuts, at_once=True)

    @rule(account=drawing.names, amount=st.none() | st.integers(1, 8), cuts=drawing.cuts)
    def freeze(self, account: str, amount: int | None, cuts: list[Cut]) -> None:
        self._request(Step("freeze", account, amount, self._key()), cuts, at_once=True)

    @rule(account=drawing.names, cuts=drawing.cuts)
    def release(self, account: str, cuts: list[Cut]) -> None:
        self._request(Step("release", account, None, self._key()), cuts, at_once=True)

    @rule(account=st.sampled_from(["late", "late", "late", "boris"]), cuts=drawing.cuts)
    def close(self, account: str, cuts: list[Cut]) -> None:
        self._request(Step("closure", account, None, self._key()), cuts, at_once=True)

    # Time

    @rule(seconds=st.sampled_from([1, 5, 10, 400, 90_000]))
    def later(self, seconds: int) -> None:
        self.stage.wait(self.stage.set_clock(self.stage.now + timedelta(seconds=seconds)))
        for world in self.worlds:
            world.now = self.stage.now

    @rule(cuts=drawing.cuts)
    def expire(self, cuts: list[Cut]) -> None:
        self._request(Sweep(), cuts, at_once=True)

    @precondition(lambda self: self.waiting)
    @rule(cuts=drawing.cuts)
    def ask_again(self, cuts: list[Cut]) -> None:
        """What had no answer."""
        self._request(self.waiting.pop(0), cuts, at_once=True)

    def teardown(self) -> None:
        while self.waiting:
            self._request(self.waiting.pop(), [], at_once=True)
        self._request(Sweep(), [], at_once=True)
        found = [self.stage.wait(differences(self.stage.sql, self.doors, world)) for world in self.worlds]
        assert [] in found, found
        assert self.stage.wait(prove(self.doors)) == []

    # How

    def _request(self, request: Request, cuts: Sequence[Cut], *, at_once: bool) -> None:
        """at_once: ask again until there is an answer; else that may come later."""
        if not isinstance(request, Sweep):
            self.asked.append(request)
        if isinstance(request, Transfers):
            self.wishes += request.wishes
        answer, fired = self.stage.wait(self.stage.ask(self.doors, request, cuts))
        self._learn(request, answer, fired)
        if answer is None and (at_once or len(self.waiting) == LONGEST_WAITING):
            answer, fired = self.stage.wait(self.stage.ask(self.doors, request))
            assert answer is not None, "nothing was cut, and there was no answer"
            self._learn(request, answer, fired)
        elif answer is None:
            self.waiting.append(request)
        found = self.stage.wait(accounts_of(self.stage.sql, self.doors))
        assert any(same_accounts(world, found) for world in self.worlds), (found, self.worlds)

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

    def _wish(self, draft: Draft, caller: str) -> Wish:
        flags, shop = draft.flags, caller == SHOP
        if shop:
            flags -= OPERATORS_FLAGS
        hold = [one.id for one in self.wishes if one.kind == "pending"][-1 - draft.hold :][:1] or [self._new_id()]
        settles = draft.kind in ("post", "void")
        named = not settles or draft.named
        self.keys += 1
        return Wish(
            self._new_id() if draft.used is None else self.wishes[-1 - draft.used % len(self.wishes)].id,
            draft.kind,
            None if settles else "shop" if shop and draft.amount % 2 else draft.debit,
            draft.credit if not settles or (named and draft.amount % 2) else None,
            draft.amount if named else None,
            "CNY" if not settles else None,
            hold[0] if settles else None,
            flags,
            "tests.move" if shop else draft.code,
            f"r{self.keys % 3}",
            100 + 1000 * (draft.amount % 2) + self.keys if draft.timed else None,
            self.stage.now - timedelta(seconds=draft.back) if "imported" in flags else None,
        )

    def _new_id(self) -> str:
        return encode("trf", new_id(self.doors.book_id))

    def _key(self) -> str:
        self.keys += 1
        return f"run {self.doors.book_id} story {self.keys}"


def _possible(world: Second, request: Request, times: int) -> Iterator[tuple[Answer, Second]]:
    """What is said and how the world is after a request was decided once, twice, and so on."""
    for _ in range(times):
        world = world.copy()
        yield request.predict(world), world
