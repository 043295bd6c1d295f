"""A custody bank's decisions against a naive second bank that plays each line on two sums for each account."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from sandbox.custody import rules
from sandbox.custody.model import (
    Authorisation,
    AuthorisationState,
    HolderKind,
    Line,
    LineKind,
    Mode,
    Scope,
    SubAccount,
)

NOW = datetime(2026, 12, 7, tzinfo=UTC)
TODAY = date(2026, 12, 7)
CAP = 300


def sub_account(number: str, kind: HolderKind, behind: str | None = None, available: int = 0) -> SubAccount:
    return SubAccount(number, kind, f"holder of {number}", behind, None, None, None, None, available, 0, NOW)


def books() -> rules.Books:
    accounts = [
        sub_account("ann", HolderKind.CUSTOMER, available=200),
        sub_account("bob", HolderKind.CUSTOMER, available=100),
        sub_account("project", HolderKind.PROJECT, behind="holder of bob"),
        sub_account("fees", HolderKind.PLATFORM),
    ]
    leaves = [
        Authorisation(
            f"{who}-{scope}", who, scope, CAP, TODAY, 0, AuthorisationState.STANDING, "000000", 1, NOW, NOW, None
        )
        for who in ("ann", "bob")
        for scope in Scope
    ]
    return rules.Books({one.number: one for one in accounts}, {one.reference: one for one in leaves}, {})


who = st.sampled_from(["ann", "bob"])
amounts = st.integers(1, 120)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("freeze"), who, amounts),
        st.tuples(st.sampled_from(["settle", "release", "undo"]), st.integers(0, 11), st.just(0)),
        st.tuples(st.just("payout"), st.just("bob"), amounts),
        st.tuples(st.sampled_from(["repay", "fee"]), who, amounts),
    ),
    max_size=12,
)


def line_of(at: int, what: str, about: str | int, amount: int, made: list[Line]) -> Line | None:
    """The next line; None where it would be about none that was made."""
    name = f"line{at}"
    if what == "freeze":
        return Line(name, LineKind.FREEZE, str(about), "project", amount, f"{about}-invest")
    if what == "payout":
        return Line(name, LineKind.TRANSFER, "project", "bob", amount)
    if what in ("repay", "fee"):
        to = "fees" if what == "fee" else ("ann" if about == "bob" else "bob")
        return Line(name, LineKind.TRANSFER, str(about), to, amount, f"{about}-{what}")
    if not made:
        return None
    was = made[int(about) % len(made)]
    leave = was.authorisation if what == "settle" else None
    return Line(name, LineKind(what), None, None, was.amount, leave, was.reference)


class NaiveBank:
    """Sums, and for each line that was done what it did: no code of the bank's."""

    def __init__(self) -> None:
        self.free = {"ann": 200, "bob": 100, "project": 0, "fees": 0}
        self.held = {"ann": 0, "bob": 0}
        self.used: dict[str, int] = {}
        self.done: dict[str, Line] = {}
        self.ended: dict[str, str] = {}
        self.undone: set[str] = set()

    def take(self, line: Line) -> bool:
        saved = dict(self.free), dict(self.held), dict(self.used), dict(self.ended), set(self.undone)
        if self._play(line) and min([*self.free.values(), *self.held.values()]) >= 0:
            self.done[line.reference] = line
            return True
        self.free, self.held, self.used, self.ended, self.undone = saved
        return False

    def _play(self, line: Line) -> bool:
        if line.kind is LineKind.UNDO:
            return self._undo(line)
        if line.of is not None:
            was = self.done[line.of]
            if was.kind is not LineKind.FREEZE or was.reference in self.ended or was.reference in self.undone:
                return False
            self.ended[was.reference] = line.reference
            self._end(line.kind, was, 1)
            return True
        assert line.debit is not None
        assert line.credit is not None
        leave = line.authorisation
        if leave is not None:
            self.used[leave] = self.used.get(leave, 0) + line.amount
            if self.used[leave] > CAP:
                return False
        self._move(line, 1)
        return True

    def _end(self, kind: LineKind, was: Line, sign: int) -> None:
        owner = str(was.debit)
        self.held[owner] -= sign * was.amount
        if kind is LineKind.SETTLE:
            self.free["project"] += sign * was.amount
        else:
            self.free[owner] += sign * was.amount
            leave = str(was.authorisation)
            self.used[leave] = max(0, min(CAP, self.used[leave] - sign * was.amount))

    def _move(self, line: Line, sign: int) -> None:
        self.free[str(line.debit)] -= sign * line.amount
        if line.kind is LineKind.FREEZE:
            self.held[str(line.debit)] += sign * line.amount
        else:
            self.free[str(line.credit)] += sign * line.amount

    def _undo(self, line: Line) -> bool:
        was = self.done[str(line.of)]
        if was.kind is LineKind.UNDO or was.reference in self.undone or was.reference in self.ended:
            return False
        self.undone.add(was.reference)
        if was.of is not None:
            del self.ended[was.of]
            self._end(was.kind, self.done[was.of], -1)
            return True
        self._move(was, -1)
        if was.authorisation is not None:
            self.used[was.authorisation] = max(0, self.used[was.authorisation] - was.amount)
        return True


@given(steps)
def test_the_bank_does_what_a_naive_one_does_and_no_money_is_made(asked: list[tuple[str, str | int, int]]) -> None:
    kept, naive, made = books(), NaiveBank(), list[Line]()
    for at, (what, about, amount) in enumerate(asked):
        line = line_of(at, what, about, amount, made)
        if line is None:
            continue
        (result,), kept = rules.decide(kept, [line], Mode.ATOMIC, TODAY)
        assert (result.result == rules.DONE) is naive.take(line), (line, result)
        if result.result == rules.DONE:
            made.append(line)
    for number, account in kept.accounts.items():
        assert (account.available_minor, account.frozen_minor) == (naive.free[number], naive.held.get(number, 0))
    assert sum(one.total_minor for one in kept.accounts.values()) == 300
    sums = dict.fromkeys(kept.accounts, (0, 0))
    for line in kept.booked:
        sign = -1 if line.kind is LineKind.UNDO else 1
        shown = kept.lines[str(line.of)] if line.kind is LineKind.UNDO else line
        for number, available, frozen in rules.effect(shown):
            sums[number] = (sums[number][0] + sign * available, sums[number][1] + sign * frozen)
    began = {"ann": 200, "bob": 100}
    assert sums == {
        number: (account.available_minor - began.get(number, 0), account.frozen_minor)
        for number, account in kept.accounts.items()
    }


@given(steps, st.integers(0, 3))
def test_an_atomic_instruction_is_done_whole_or_not_at_all(asked: list[tuple[str, str | int, int]], short: int) -> None:
    lines = [
        line for at, one in enumerate(asked) if (line := line_of(at, *one, [])) is not None
    ]  # fmt: skip
    lines += [Line(f"short{at}", LineKind.TRANSFER, "ann", "bob", 10_000, "ann-repay") for at in range(short)]
    before = books()
    results, after = rules.decide(before, lines, Mode.ATOMIC, TODAY)
    if all(one.result == rules.DONE for one in results):
        assert len(after.booked) == len(lines)
    else:
        assert after is before
        assert not any(one.result == rules.DONE for one in results)
    alone, kept = rules.decide(books(), lines, Mode.INDEPENDENT, TODAY)
    assert [one.reference for one in kept.booked] == [one.reference for one in alone if one.result == rules.DONE]


def test_leave_that_is_over_is_none() -> None:
    line = Line("x", LineKind.TRANSFER, "ann", "bob", 1, "ann-repay")
    yesterday, kept = date(2026, 12, 6), books()
    kept.authorisations["ann-repay"] = replace(kept.authorisations["ann-repay"], until_on=yesterday)
    assert rules.decide(kept, [line], Mode.ATOMIC, yesterday)[0][0].result == rules.DONE
    assert rules.decide(kept, [line], Mode.ATOMIC, TODAY)[0][0].result == "authorisation_over"
