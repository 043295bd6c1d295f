"""Each comparison of crowdfunding with the ledger holds on books that agree, and fails, by name, on the smallest difference."""

from typing import Any
from uuid import UUID

import pytest

from clients.ids import encode
from clients.p2p.shapes import MovementAnswer, ProjectFigures
from clients.payments.shapes import PostedSum
from suite.audit import crowdfunding
from suite.audit.crowdfunding import COLLECTION, COVER, FEE, PAYOUT, REFUND, REPAYMENT, CrowdfundingBooks
from suite.audit.posted import Posted
from tests.suite.books import ANN, BO, FEES, THEN, account, sum_of

PROJECT = encode("prj", UUID(int=3))
ESCROW = UUID(int=16)
BACK = "what is put back for chargebacks follows from transfers"
PAID, HELD = "payouts of projects follow from transfers", "accounts of projects hold what is left of them"


def project(**changes: Any) -> ProjectFigures:
    facts: dict[str, Any] = {
        "id": PROJECT,
        "state": "refunding",
        "currency": "CNY",
        "account_id": encode("acc", ESCROW),
        "collected_minor": 1_000,
        "paid_minor": 485,
        "fee_minor": 15,
        "refunded_minor": 200,
        "charged_back_minor": 0,
        "recovered_minor": 0,
        "held_minor": 300,
    }
    return ProjectFigures.model_validate(facts | changes)


def sums() -> list[PostedSum]:
    return [
        sum_of(COLLECTION, ANN, ESCROW, 1_000, PROJECT),
        sum_of(PAYOUT, ESCROW, BO, 485, PROJECT),
        sum_of(FEE, ESCROW, FEES, 15, PROJECT),
        sum_of(REFUND, ESCROW, ANN, 200, PROJECT),
    ]


def moving(kind: str, amount: int) -> MovementAnswer:
    facts = {"record": PROJECT, "job": "p2p.job", "job_record": UUID(int=9), "reference": PROJECT, "currency": "CNY"}
    return MovementAnswer.model_validate(
        facts | {"kind": kind, "amount_minor": amount, "since_at": THEN, "age_seconds": 0}
    )


def failing(
    one: ProjectFigures, moved: list[PostedSum], balance: int = 300, *movements: MovementAnswer
) -> dict[str, tuple[str, ...]]:
    its = account(id=encode("acc", ESCROW), balance=balance)
    books = CrowdfundingBooks([one], movements, {its.id: its})
    return {check.name: check.offending for check in crowdfunding.checks(books, Posted(moved)) if not check.holds}


def test_books_that_agree_hold() -> None:
    assert failing(project(), sums()) == {}


@pytest.mark.parametrize("field", ["paid_minor", "fee_minor", "refunded_minor"])
def test_a_project_that_says_one_unit_else_is_named(field: str) -> None:
    for more in (1, -1):
        assert failing(project(**{field: getattr(project(), field) + more}), sums())[PAID] == (PROJECT,)


def test_a_balance_of_one_unit_else_is_named() -> None:
    assert failing(project(), sums(), 299) == {HELD: (PROJECT,)}
    assert failing(project(), sums(), 301) == {HELD: (PROJECT,)}
    assert failing(project(account_id=None), sums())[HELD] == (PROJECT,)


def test_what_is_under_way_explains_its_amount_and_no_more() -> None:
    ahead = [*sums(), sum_of(REFUND, ESCROW, BO, 100, PROJECT)]
    leaving = moving("project_refund", 100)
    assert failing(project(), ahead, 200, leaving) == {}
    assert failing(project(), ahead, 199, leaving) == {HELD: (PROJECT,)}
    assert failing(project(), [*ahead, sum_of(REFUND, ESCROW, BO, 1, PROJECT)], 200, leaving) == {PAID: (PROJECT,)}
    assert failing(project(), sums(), 350, moving("project_collection", 50)) == {}


def test_money_from_another_account_and_of_no_project_is_found() -> None:
    assert failing(project(), [*sums(), sum_of(PAYOUT, ANN, BO, 1, PROJECT)]) == {PAID: (PROJECT,)}
    stray = [*sums(), sum_of(PAYOUT, ESCROW, BO, 1, "prj_other")]
    assert failing(project(), stray) == {"transfers of crowdfunding belong to a project": ("prj_other",)}


def test_what_is_owed_on_an_account_leaves_it_empty() -> None:
    """A bank took back 1,000 of which 300 were there: 700 are owed, 100 of it put back."""
    one = project(charged_back_minor=1_000, recovered_minor=100, held_minor=-600)
    back = [*sums(), sum_of(REPAYMENT, BO, ESCROW, 60, PROJECT), sum_of(COVER, FEES, ESCROW, 40, PROJECT)]
    assert failing(one, back, 0) == {}
    assert failing(one, back, 1) == {HELD: (PROJECT,)}
    assert failing(one, back[:-1], 0) == {BACK: (PROJECT,)}
    more = [*back, sum_of(REPAYMENT, BO, ESCROW, 5, PROJECT)]
    assert failing(one, more, 0)[BACK] == (PROJECT,)
    assert failing(one, more, 5, moving("project_chargeback_debt", 5)) == {}
    elsewhere = [*back, sum_of(COVER, FEES, BO, 5, PROJECT)]
    assert failing(one, elsewhere, 0)[BACK] == (PROJECT,)
    # The bank has it, and p2p has heard of it and not booked it yet.
    assert failing(project(), sums(), 0, moving("project_chargeback", 1_000)) == {}
