"""The reserve at each bank is what the bank says, but for orders under way; and what only one look saw is no difference."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from clients.payments.shapes import MovementAnswer, ReserveAnswer
from suite.audit import reserves
from suite.audit.gathering import still
from suite.audit.model import Check, Report, check
from suite.audit.reserves import BankBooks

THEN = datetime(2026, 11, 1, tzinfo=UTC)


def reserve(balance: int) -> ReserveAnswer:
    return ReserveAnswer(
        bank="ICBC", currency="CNY", account_id=UUID(int=1), balance_minor=balance, held_minor=0, asked_for_minor=0, bank_fees_minor=0
    )  # fmt: skip


def order(kind: str, amount: int, **changes: Any) -> MovementAnswer:
    facts: dict[str, Any] = {
        "kind": kind, "record": "tup_1", "job": "payments.collect_top_up", "job_record": UUID(int=2), "reference": "chi_1",
        "bank": "ICBC", "amount_minor": amount, "currency": "CNY", "since_at": THEN, "due_at": THEN, "age_seconds": 1,
    }  # fmt: skip
    return MovementAnswer.model_validate(facts | changes)


def holds(balance: int, bank: int, movements: list[MovementAnswer], *booked: str) -> bool:
    (found,) = reserves.checks([reserve(balance)], movements, BankBooks({"ICBC": bank}, frozenset(booked)))
    return found.holds


def test_one_unit_too_many_or_too_few_is_told_with_its_sign() -> None:
    assert holds(1000, 1000, [])
    (found,) = reserves.checks([reserve(1000)], [], BankBooks({"ICBC": 1001}, frozenset()))
    assert found.offending == ("ICBC CNY: +1",)
    (found,) = reserves.checks([reserve(1000)], [], BankBooks({}, frozenset()))
    assert found.offending == ("ICBC CNY: -1000",)


@pytest.mark.parametrize(("kind", "bank"), [("charge", 1050), ("payout", 950)])
def test_an_order_under_way_explains_what_the_bank_has_executed_of_it(kind: str, bank: int) -> None:
    assert holds(1000, bank, [order(kind, 50)], "chi_1")
    assert not holds(1000, bank, [order(kind, 50)])
    assert holds(1000, 1000, [order(kind, 50)])
    assert not holds(1000, bank, [order(kind, 50, bank="CCB")], "chi_1")


def report(*offending: str, failed: int | None = None) -> Report:
    found = check("a", "b", 300, list(offending))
    return Report((found if failed is None else Check("a", "b", 300, failed, tuple(offending)),), ())


class TestSeveralLooks:
    def test_only_what_differs_every_time_is_told(self) -> None:
        assert still(report("x", "y"), report("y", "z")).checks[0].offending == ("y",)
        assert still(report("x"), report("z")).holds
        assert still(report("x"), report()).holds
        assert still(report(), report("x")).holds

    def test_more_than_are_shown_stay_failures(self) -> None:
        both = still(report("x", failed=200), report("x", failed=150))
        assert both.checks[0].failed == 1 + 149
