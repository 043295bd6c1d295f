"""Each comparison of credit with the ledger holds on books that agree, and fails, by name, on the smallest difference."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from clients.ecommerce_credit.shapes import CapitalFigures, DrawingFigures, LineFigures, MovementAnswer
from clients.ids import encode
from clients.payments.shapes import PostedSum
from suite.audit import credit
from suite.audit.credit import CreditBooks

DRAWING, LINE, CAPITAL = encode("drw", UUID(int=1)), encode("crl", UUID(int=2)), encode("cap", UUID(int=3))
WALLET, LENDER, INCOME, FUNDER = (UUID(int=place) for place in range(10, 14))
THEN = datetime(2026, 11, 1, tzinfo=UTC)
DRAWN = ("credit.drawing.disbursement", LENDER, WALLET, 1000)
PRINCIPAL = ("credit.repayment.principal", WALLET, LENDER, 400)
INTEREST = ("credit.repayment.interest", WALLET, INCOME, 7)
FUNDED = ("credit.capital.contribution", FUNDER, LENDER, 5000)
Moved = tuple[str, UUID, UUID, int]


def posted(*moved: Moved, reference: str = DRAWING) -> list[PostedSum]:
    return [
        PostedSum(
            reference=reference, code=code, debit_account_id=debit, credit_account_id=credited, currency="CNY", amount=amount, count=1
        )
        for code, debit, credited, amount in moved
    ]  # fmt: skip


def all_posted() -> list[PostedSum]:
    return [*posted(DRAWN, PRINCIPAL, INTEREST), *posted(FUNDED, reference=CAPITAL)]


def expected(*moved: Moved, reference: str = DRAWING) -> list[dict[str, Any]]:
    return [
        {
            "code": code, "reference": reference, "debit_account_id": debit, "credit_account_id": credited,
            "currency": "CNY", "amount_minor": amount,
        }
        for code, debit, credited, amount in moved
    ]  # fmt: skip


def drawing(**changes: Any) -> DrawingFigures:
    facts = {
        "id": DRAWING, "line_id": LINE, "currency": "CNY", "state": "outstanding", "account_id": WALLET,
        "disbursed_minor": 1000, "principal_repaid_minor": 400, "interest_repaid_minor": 7, "outstanding_minor": 600,
        "transfers": expected(DRAWN, PRINCIPAL, INTEREST),
    }  # fmt: skip
    return DrawingFigures.model_validate(facts | changes)


def books(
    drawings: list[DrawingFigures] | None = None, movements: list[MovementAnswer] | None = None, owed: int = 600
) -> CreditBooks:
    line = {"id": LINE, "state": "open", "currency": "CNY", "limit_minor": 9000, "pending_minor": 0}
    capital = {"id": CAPITAL, "customer": "cus_funder", "kind": "contribution", "state": "done", "currency": "CNY"}
    moved = {"amount_minor": 5000, "transfers": expected(FUNDED, reference=CAPITAL)}
    return CreditBooks(
        drawings=[drawing()] if drawings is None else drawings,
        lines=[LineFigures.model_validate(line | {"outstanding_minor": owed})],
        capital=[CapitalFigures.model_validate(capital | moved)],
        movements=movements or [],
    )


def movement(amount: int, **changes: Any) -> MovementAnswer:
    facts: dict[str, Any] = {
        "kind": "repayment", "record": "crp_1", "job": "ecommerce_credit.receive_repayment", "job_record": UUID(int=9),
        "reference": DRAWING, "amount_minor": amount, "currency": "CNY", "since_at": THEN, "age_seconds": 1,
    }  # fmt: skip
    return MovementAnswer.model_validate(facts | changes)


def failing(these: CreditBooks, sums: list[PostedSum]) -> dict[str, tuple[str, ...]]:
    return {check.name: check.offending for check in credit.checks(these, sums) if not check.holds}


def test_books_that_agree_hold_and_everything_is_counted() -> None:
    checks = credit.checks(books(), all_posted())
    assert all(check.holds for check in checks), checks
    assert [check.examined for check in checks] == [1, 1, 1, 2, 0]


@pytest.mark.parametrize("place", range(4))
def test_a_transfer_of_one_unit_else_is_found(place: int) -> None:
    changed = all_posted()
    changed[place] = changed[place].model_copy(update={"amount": changed[place].amount + 1})
    assert tuple(failing(books(), changed).values()) == ((DRAWING if place < 3 else CAPITAL,),)


def test_a_transfer_too_many_is_found() -> None:
    moved = [*all_posted(), *posted(("credit.repayment.penalty", WALLET, INCOME, 1))]
    assert failing(books(), moved) == {"drawings follow from transfers": (DRAWING,)}


def test_money_to_another_account_or_in_another_currency_is_not_the_drawings() -> None:
    for change in ({"credit_account_id": FUNDER}, {"currency": "USD"}):
        moved = all_posted()
        moved[0] = moved[0].model_copy(update=change)
        assert failing(books(), moved) == {"drawings follow from transfers": (DRAWING,)}


def test_a_claim_that_its_own_sums_do_not_make_is_named() -> None:
    """Though credit expects what the ledger has: what is owed is worked out from the transfers, not taken on its word."""
    wrong = drawing(outstanding_minor=601)
    assert failing(books([wrong], owed=601), all_posted()) == {"drawings follow from transfers": (DRAWING,)}


def test_a_line_that_owes_another_sum_than_its_drawings_is_named() -> None:
    assert failing(books(owed=599), all_posted()) == {"lines follow from their drawings": (LINE,)}


def test_transfers_for_a_drawing_that_nobody_knows_are_named() -> None:
    assert failing(books([], owed=0), all_posted()) == {"transfers belong to a drawing or to capital": (DRAWING,)}


def test_a_repayment_under_way_is_whole_on_the_ledger_or_not_at_all() -> None:
    before = drawing(
        principal_repaid_minor=0, interest_repaid_minor=0, outstanding_minor=1000, transfers=expected(DRAWN)
    )
    these = books([before], [movement(407)], owed=1000)
    funded = posted(FUNDED, reference=CAPITAL)
    assert failing(these, all_posted()) == {}
    assert failing(these, [*posted(DRAWN), *funded]) == {}
    assert failing(these, [*posted(DRAWN, PRINCIPAL), *funded]) == {"drawings follow from transfers": (DRAWING,)}
    assert failing(books([before], owed=1000), all_posted()) == {"drawings follow from transfers": (DRAWING,)}
    (shown,) = credit.under_way(these, all_posted())
    assert (shown.amount_minor, shown.ledger_minor) == (407, 407)


def test_an_old_movement_is_named() -> None:
    old = movement(407, age_seconds=301)
    assert failing(books(movements=[old]), all_posted()) == {"movements at most 5 minutes old": ("crp_1",)}
