"""The audit of debits: what the platform lent on them, and accounts where nothing may rest."""

from typing import Any
from uuid import UUID

import pytest

from clients.p2p.shapes import AdvanceAnswer, DistributionAnswer, ReceiptsAnswer
from suite.audit import debiting, lending
from suite.audit.lending import ADVANCE, BORNE, INTEREST, PRINCIPAL
from suite.audit.posted import Posted
from tests.suite.books import ANN, BO, BORROWER, LOAN, account, books, holder, loan, sum_of, sums

LENT, RECEIPTS, AWAY = (UUID(int=place) for place in range(40, 43))
ADVANCES = UUID(int=43)


def debit_books(lent: int = 0, received: int = 0, away: int = 0, **changes: Any) -> debiting.DebitBooks:
    """Balances of the accounts, beside what p2p says: 700 advanced and 50 moving, 20 that a bank may yet take."""
    facts = {"advanced_minor": 700, "moving_minor": 50, "moving": False} | changes
    moving = {"moving": facts["moving"]}
    back = {"advanced_minor": facts.get("paid_for", 0), "repaid_minor": facts.get("repaid", 0)}
    named = {"loan_id": LOAN, "currency": "CNY"}
    return debiting.DebitBooks(
        advances=[
            AdvanceAnswer(
                currency="CNY",
                account_id=LENT,
                advanced_minor=facts["advanced_minor"],
                moving_minor=facts["moving_minor"],
            )
        ],
        receipts=[ReceiptsAnswer.model_validate({"account_id": RECEIPTS, "most_minor": 20, **back, **named, **moving})],
        distributions=[DistributionAnswer.model_validate({"account_id": AWAY, "book_id": 2, **named, **moving})],
        accounts={
            one: account(id=one, balance=balance) for one, balance in ((LENT, lent), (RECEIPTS, received), (AWAY, away))
        },
    )


def failing(found: debiting.DebitBooks, *posted: Any) -> set[str]:
    return {one.name for one in debiting.checks(found, Posted(posted)) if not one.holds}


LENT_WRONG, RESTS, AWAY_RESTS = (
    "advances are those of debits not final",
    "debited money rests nowhere",
    "money for other books rests nowhere",
)


@pytest.mark.parametrize(
    ("balances", "changes", "expected"),
    [
        ((-700, 0, 0), {}, set()),
        ((-750, 20, 0), {}, set()),
        ((-699, 0, 0), {}, {LENT_WRONG}),
        ((-751, 0, 0), {}, {LENT_WRONG}),
        ((-700, 21, 0), {}, {RESTS}),
        ((-700, 0, 1), {}, {AWAY_RESTS}),
        ((-700, 500, 500), {"moving": True}, set()),
        ((0, 0, 0), {"advanced_minor": 0, "moving_minor": 0}, set()),
        ((1, 0, 0), {"advanced_minor": 0, "moving_minor": 0}, {LENT_WRONG}),
    ],
)
def test_what_differs_is_named(balances: tuple[int, int, int], changes: dict[str, Any], expected: set[str]) -> None:
    assert failing(debit_books(*balances, **changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"paid_for": 300, "repaid": 100}, set()),
        ({"paid_for": 299, "repaid": 100}, {"what banks took back is paid for them"}),
        ({"paid_for": 300, "repaid": 99}, {"what banks took back is paid for them"}),
        ({"paid_for": 0, "repaid": 0, "moving": True}, set()),
    ],
)
def test_what_the_platform_paid_for_what_a_bank_took_back_is_on_the_ledger(
    changes: dict[str, Any], expected: set[str]
) -> None:
    paid = sum_of(debiting.ADVANCED, ADVANCES, RECEIPTS, 300)
    repaid = sum_of(debiting.REPAID, BORROWER, ADVANCES, 100)
    assert failing(debit_books(-700, **changes), paid, repaid) == expected


def test_an_account_that_is_not_there_is_a_difference() -> None:
    found = debit_books(-700)
    assert failing(debiting.DebitBooks(found.advances, found.receipts, found.distributions, {})) == {
        LENT_WRONG,
        RESTS,
        AWAY_RESTS,
    }


def repaid_by_mandate() -> tuple[dict[str, Any], list[Any]]:
    """The first row came by mandate, and Ann's part of it was made good past her account: she kept 75, and p2p has 70 of her claim."""
    ann = holder("ann", ANN, 700, 0, 0) | {
        "compensated_minor": 75,
        "borne_principal_minor": 70,
        "borne_interest_minor": 5,
        "outstanding_minor": 625,
    }
    bo = holder("bo", BO, 300, 0, 0)
    platform = holder("p2p", ADVANCES, 0, 0, 0) | {"bought_minor": 75, "outstanding_minor": 75}
    facts = {
        "principal_repaid_minor": 0,
        "interest_repaid_minor": 0,
        "outstanding_minor": 1000,
        "borne_minor": 75,
        "payer_account_ids": [BORROWER, RECEIPTS],
        "holders": [ann, bo, platform],
    }
    lent = [one for one in sums() if one.code not in (PRINCIPAL, INTEREST)]
    moved = [
        sum_of(PRINCIPAL, RECEIPTS, ANN, 70),
        sum_of(PRINCIPAL, RECEIPTS, BO, 30),
        sum_of(INTEREST, RECEIPTS, ANN, 5),
        sum_of(INTEREST, RECEIPTS, BO, 2),
        sum_of("p2p.reversal.principal", BO, RECEIPTS, 30),
        sum_of("p2p.reversal.interest", BO, RECEIPTS, 2),
        sum_of(BORNE, ADVANCES, RECEIPTS, 75),
    ]
    return facts, lent + moved


def test_a_repayment_by_mandate_taken_back_past_a_holder_follows_from_transfers() -> None:
    facts, moved = repaid_by_mandate()
    found = lending.checks(books(loans=[loan(**facts)]), Posted(moved))
    assert [one.name for one in found if not one.holds] == []


@pytest.mark.parametrize(
    "change",
    [
        {"borne_minor": 74},
        {"payer_account_ids": [BORROWER]},
        {"principal_repaid_minor": 70},
    ],
)
def test_what_was_made_good_differently_is_named(change: dict[str, Any]) -> None:
    facts, moved = repaid_by_mandate()
    found = lending.checks(books(loans=[loan(**(facts | change))]), Posted(moved))
    assert {one.name for one in found if not one.holds} == {"loans follow from transfers"}


def test_an_advance_in_place_of_what_was_borne_is_named() -> None:
    facts, moved = repaid_by_mandate()
    wrong = [one if one.code != BORNE else sum_of(ADVANCE, ADVANCES, RECEIPTS, 75) for one in moved]
    found = lending.checks(books(loans=[loan(**facts)]), Posted(wrong))
    assert "loans follow from transfers" in {one.name for one in found if not one.holds}
