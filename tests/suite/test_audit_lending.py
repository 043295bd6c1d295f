"""Each comparison of p2p with the ledger holds on books that agree, and fails, by name, on the smallest difference."""

from typing import Any
from uuid import UUID

import pytest

from suite.audit import lending
from suite.audit.lending import FUNDED, INTEREST, PAYOUT, PRINCIPAL, LendingBooks
from suite.audit.posted import Posted
from tests.suite.books import (
    ANN,
    BO,
    BORROWER,
    ESCROW,
    FEES,
    LISTING,
    LOAN,
    account,
    books,
    holder,
    listing,
    loan,
    movement,
    passed,
    posted,
    sum_of,
    sums,
)


def failing(these: LendingBooks, moved: Posted) -> dict[str, tuple[str, ...]]:
    return {check.name: check.offending for check in lending.checks(these, moved) if not check.holds}


def test_books_that_agree_hold_and_everything_is_counted() -> None:
    checks = lending.checks(books(), posted())
    assert all(check.holds for check in checks)
    assert [check.examined for check in checks] == [1, 2, 1, 1, 0]


@pytest.mark.parametrize(
    "field",
    [
        "disbursed_minor", "payout_minor", "origination_fee_minor", "reserve_contribution_minor", "principal_repaid_minor",
        "interest_repaid_minor", "outstanding_minor",
    ],
)  # fmt: skip
def test_a_loan_that_says_one_unit_else_is_named(field: str) -> None:
    wrong = loan(**{field: getattr(loan(), field) + 1})
    assert failing(books([wrong]), posted())["loans follow from transfers"] == (LOAN,)


@pytest.mark.parametrize("place", range(9))
def test_a_transfer_of_one_unit_else_is_found(place: int) -> None:
    changed = sums()
    changed[place] = changed[place].model_copy(update={"amount": changed[place].amount - 1})
    assert failing(books(), posted(changed))["loans follow from transfers"] == (LOAN,)


@pytest.mark.parametrize(
    "field", ["funded_minor", "principal_received_minor", "interest_received_minor", "outstanding_minor"]
)
def test_a_claim_that_says_one_unit_else_is_named(field: str) -> None:
    wrong: dict[str, Any] = holder("ann", ANN, 700, 70, 5)
    wrong[field] += 1
    these = books([loan(holders=[wrong, holder("bo", BO, 300, 30, 2)])])
    assert failing(these, posted()) == {"claims follow from transfers": ("clm_ann",)}


def test_a_claim_that_passed_on_follows_from_its_transfers() -> None:
    """Ann sold 200 of her 630 to Bo for 190, of which the house kept 1: the principal is told by metadata, whatever the price."""
    ann = holder("ann", ANN, 700, 70, 5) | {"sold_minor": 200, "outstanding_minor": 430}
    bo = holder("bo", BO, 300, 30, 2) | {"bought_minor": 200, "outstanding_minor": 470}
    resold = loan(holders=[ann, bo], resale_paid_minor=190)
    paid = [*sums(), sum_of(lending.RESOLD, BO, ANN, 189), sum_of("p2p.fee.resale", BO, FEES, 1)]
    assert failing(books([resold]), Posted(paid, [passed(BO, ANN, 200, 189)])) == {}
    less = failing(books([resold]), Posted(paid, [passed(BO, ANN, 199, 189)]))
    assert less == {"claims follow from transfers": ("clm_ann", "clm_bo")}
    astray = failing(books([resold]), Posted(paid[:-1], [passed(BO, ANN, 200, 189)]))
    assert astray == {"loans follow from transfers": (LOAN,)}


def test_a_purchase_under_way_explains_what_its_transfers_moved() -> None:
    paid = [*sums(), sum_of(lending.RESOLD, BO, ANN, 189), sum_of("p2p.fee.resale", BO, FEES, 1)]
    ahead = Posted(paid, [passed(BO, ANN, 200, 189)])
    assert failing(books(movements=[movement("purchase", LOAN, 190)]), ahead) == {}
    assert set(failing(books(movements=[movement("purchase", LOAN, 189)]), ahead)) == {
        "loans follow from transfers",
        "claims follow from transfers",
    }


class TestKept:
    """Of 70 and 5 that Ann received late the platform kept 7 and 1: they never reached her."""

    def loan(self, principal: int = 7, interest: int = 1) -> Any:
        ann = holder("ann", ANN, 700, 70, 5) | {"principal_kept_minor": principal, "interest_kept_minor": interest}
        return loan(holders=[ann, holder("bo", BO, 300, 30, 2)])

    def posted(self, principal: int = 7, interest: int = 1) -> Posted:
        less = [one for one in sums() if one.credit_account_id != ANN]
        reached = [
            sum_of(PRINCIPAL, BORROWER, ANN, 70 - principal),
            sum_of(INTEREST, BORROWER, ANN, 5 - interest),
            sum_of("p2p.fee.collection.principal", BORROWER, FEES, 7),
            sum_of("p2p.fee.collection.interest", BORROWER, FEES, 1),
        ]
        return posted([*less, *reached])

    def test_books_that_agree_hold(self) -> None:
        assert failing(books([self.loan()]), self.posted()) == {}

    @pytest.mark.parametrize("said", [(6, 1), (7, 2), (8, 0)])
    def test_a_fee_that_says_one_unit_else_is_named(self, said: tuple[int, int]) -> None:
        found = failing(books([self.loan(*said)]), self.posted())
        assert found == {"loans follow from transfers": (LOAN,), "claims follow from transfers": ("clm_ann",)}

    @pytest.mark.parametrize("moved", [(6, 1), (7, 0)])
    def test_what_reached_her_is_what_was_not_kept(self, moved: tuple[int, int]) -> None:
        found = failing(books([self.loan()]), self.posted(*moved))
        assert found["claims follow from transfers"] == ("clm_ann",)

    def test_what_was_given_back_is_kept_no_more(self) -> None:
        """All of it came back: hers as far as it had reached her, the fee from the platform."""
        back = [
            sum_of("p2p.reversal.principal", ANN, BORROWER, 63),
            sum_of("p2p.reversal.principal", BO, BORROWER, 30),
            sum_of("p2p.reversal.interest", ANN, BORROWER, 4),
            sum_of("p2p.reversal.interest", BO, BORROWER, 2),
            sum_of("p2p.reversal.collection.principal", FEES, BORROWER, 7),
            sum_of("p2p.reversal.collection.interest", FEES, BORROWER, 1),
        ]
        moved = [one for one in sums() if one.credit_account_id != ANN]
        moved += [
            sum_of(PRINCIPAL, BORROWER, ANN, 63),
            sum_of(INTEREST, BORROWER, ANN, 4),
            sum_of("p2p.fee.collection.principal", BORROWER, FEES, 7),
            sum_of("p2p.fee.collection.interest", BORROWER, FEES, 1),
        ]
        none = loan(
            principal_repaid_minor=0,
            interest_repaid_minor=0,
            outstanding_minor=1000,
            holders=[holder("ann", ANN, 700, 0, 0), holder("bo", BO, 300, 0, 0)],
        )
        assert failing(books([none]), posted([*moved, *back])) == {}


class TestCompensated:
    """A fund paid Ann 200 of her principal and 3 of interest: so much of her claim is the fund's."""

    FUND = UUID(int=900 << 16 | 1)

    def loan(self, fund: int = 200, ann: int = 200) -> Any:
        hers: dict[str, Any] = holder("ann", ANN, 700, 70, 5) | {"compensated_minor": ann, "outstanding_minor": 430}
        own: dict[str, Any] = holder("fund", self.FUND, 0, 0, 0) | {"bought_minor": fund, "outstanding_minor": 200}
        holders = [hers, holder("bo", BO, 300, 30, 2), own]
        return loan(holders=holders, compensated_principal_minor=200, compensated_interest_minor=3)

    def posted(self, principal: int = 200, interest: int = 3) -> Posted:
        paid = [
            sum_of("p2p.loss.principal", self.FUND, ANN, principal),
            sum_of("p2p.loss.interest", self.FUND, ANN, interest),
        ]
        return posted([*sums(), *paid])

    def test_books_that_agree_hold(self) -> None:
        assert failing(books([self.loan()]), self.posted()) == {}

    @pytest.mark.parametrize("moved", [(199, 3), (200, 2)])
    def test_a_transfer_of_one_unit_else_is_found(self, moved: tuple[int, int]) -> None:
        assert failing(books([self.loan()]), self.posted(*moved))["loans follow from transfers"] == (LOAN,)

    @pytest.mark.parametrize(("claims", "who"), [((199, 200), "clm_fund"), ((200, 199), "clm_ann")])
    def test_a_claim_that_says_one_unit_else_is_named(self, claims: tuple[int, int], who: str) -> None:
        wrong = failing(books([self.loan(*claims)]), self.posted())
        assert wrong == {"claims follow from transfers": (who,), "loans follow from transfers": (LOAN,)}

    def test_one_under_way_is_explained_by_exactly_its_amount(self) -> None:
        before = books([loan()], movements=[movement("compensation", LOAN, 203)])
        assert failing(before, self.posted()) == {}
        other = books([loan()], movements=[movement("compensation", LOAN, 202)])
        assert failing(other, self.posted())["loans follow from transfers"] == (LOAN,)


def test_money_in_another_currency_or_to_another_account_is_not_the_loans() -> None:
    dollars = [one.model_copy(update={"currency": "USD"}) if one.code == PAYOUT else one for one in sums()]
    assert "loans follow from transfers" in failing(books(), posted(dollars))
    astray = [one.model_copy(update={"credit_account_id": FEES}) if one.code == PAYOUT else one for one in sums()]
    assert "loans follow from transfers" in failing(books(), posted(astray))


def test_interest_to_somebody_who_holds_nothing_is_found() -> None:
    moved = [*sums(), sum_of(INTEREST, BORROWER, UUID(int=99), 1)]
    assert "loans follow from transfers" in failing(books(), posted(moved))


def test_transfers_for_a_loan_that_nobody_knows_are_named() -> None:
    assert failing(books([], []), posted()) == {"transfers belong to a loan": (LOAN,)}


def test_money_moved_for_a_cancelled_loan_is_found() -> None:
    nothing = dict.fromkeys(
        (
            "disbursed_minor", "payout_minor", "origination_fee_minor", "reserve_contribution_minor",
            "principal_repaid_minor", "interest_repaid_minor", "outstanding_minor",
        ),
        0,
    )  # fmt: skip
    cancelled = loan(state="cancelled", holders=[], **nothing)
    assert failing(books([cancelled]), posted([])) == {}
    assert "loans follow from transfers" in failing(books([cancelled]), posted([sum_of(FUNDED, ANN, ESCROW, 1)]))


class TestUnderWay:
    """A difference is explained by a listed movement of exactly that amount, and by nothing else."""

    nothing = dict.fromkeys(
        (
            "disbursed_minor", "payout_minor", "origination_fee_minor", "reserve_contribution_minor",
            "principal_repaid_minor", "interest_repaid_minor", "outstanding_minor",
        ),
        0,
    )  # fmt: skip

    def test_a_repayment(self) -> None:
        before = loan(
            principal_repaid_minor=0,
            interest_repaid_minor=0,
            outstanding_minor=1000,
            holders=[holder("ann", ANN, 700, 0, 0), holder("bo", BO, 300, 0, 0)],
        )
        assert failing(books([before]), posted())["loans follow from transfers"] == (LOAN,)
        assert failing(books([before], movements=[movement("repayment", LOAN, 107)]), posted()) == {}
        assert failing(books([before], movements=[movement("repayment", LOAN, 106)]), posted())
        not_yet = [one for one in sums() if one.code not in (PRINCIPAL, INTEREST)]
        assert failing(books([before], movements=[movement("repayment", LOAN, 107)]), posted(not_yet)) == {}

    def test_a_disbursement(self) -> None:
        before = loan(state="disbursing", holders=[], **self.nothing)
        full = listing(state="disbursing", held_minor=1000, holds=2)
        paid_out = posted([one for one in sums() if one.code not in (PRINCIPAL, INTEREST)])
        moving = [movement("disbursement", LOAN, 1000)]
        assert failing(books([before], [full], moving), paid_out) == {}
        assert failing(books([before], [full], moving, [account(credits_pending=1000)]), posted([])) == {}
        assert set(failing(books([before], [full]), paid_out)) == {
            "loans follow from transfers", "holds are pending on the listing"
        }  # fmt: skip

    def test_both_sides_are_listed(self) -> None:
        before = loan(principal_repaid_minor=0, interest_repaid_minor=0, outstanding_minor=1000)
        (one,) = lending.under_way(books([before], movements=[movement("repayment", LOAN, 107)]), posted())
        assert (one.amount_minor, one.ledger_minor, one.record) == (107, 107, LOAN)

    def test_an_old_one_is_named(self) -> None:
        old = movement("hold", LISTING, 10, age_seconds=301, record="bid_old")
        assert failing(books(movements=[old]), posted()) == {"movements at most 5 minutes old": ("bid_old",)}
        assert not failing(books(movements=[movement("hold", LISTING, 10, age_seconds=300)]), posted())


class TestListings:
    @pytest.mark.parametrize(("pending", "holds"), [(500, True), (499, False), (501, False)])
    def test_what_is_held_is_pending_on_its_account(self, pending: int, holds: bool) -> None:
        these = books([], [listing(state="open", holds=1, held_minor=500)], accounts=[account(credits_pending=pending)])
        assert (failing(these, posted([])) == {}) is holds

    def test_a_hold_or_release_under_way_may_be_on_either_side_of_done(self) -> None:
        opened = listing(state="open", holds=1, held_minor=500)
        for moving, bounds in (
            (movement("hold", LISTING, 50), (500, 550)),
            (movement("release", LISTING, 50), (450, 500)),
        ):
            for pending, holds in (
                (bounds[0], True),
                (bounds[1], True),
                (bounds[0] - 1, False),
                (bounds[1] + 1, False),
            ):
                these = books([], [opened], [moving], [account(credits_pending=pending)])
                assert (failing(these, posted([])) == {}) is holds, (moving.kind, pending)

    def test_no_money_rests_on_it(self) -> None:
        assert failing(books(accounts=[account(balance=1)]), posted()) == {
            "holds are pending on the listing": (LISTING,)
        }

    def test_its_account_must_be_there(self) -> None:
        assert failing(books(accounts=[]), posted()) == {"holds are pending on the listing": (LISTING,)}

    def test_one_that_never_opened_has_none(self) -> None:
        assert failing(books([], [listing(state="draft", account_id=None)], accounts=[]), posted([])) == {}


def test_what_a_partner_passed_on_comes_through_the_loans_account_and_from_nowhere_else() -> None:
    through = [
        one.model_copy(update={"debit_account_id": ESCROW}) if one.code in (PRINCIPAL, INTEREST) else one
        for one in sums()
    ]
    assert failing(books([loan(payer_account_ids=[BORROWER, ESCROW])]), posted(through)) == {}
    assert failing(books(), posted(through))["loans follow from transfers"] == (LOAN,)


@pytest.mark.parametrize(
    ("known", "owed", "moved", "holds"),
    [(5, 0, 5, True), (5, 0, 6, False), (5, 0, 4, False), (0, 5, 0, True), (0, 5, 5, True), (0, 5, 6, False)],
)
def test_interest_of_a_partner_is_what_it_paid_and_never_more_than_it_owed(
    known: int, owed: int, moved: int, holds: bool
) -> None:
    told = loan(holding_interest_minor=known, holding_interest_owed_minor=owed)
    paid = [*sums(), sum_of(lending.HOLDING, BORROWER, ANN, moved)] if moved else sums()
    assert ("loans follow from transfers" not in failing(books([told]), posted(paid))) is holds


class TestOnItsWay:
    def test_what_a_partner_passed_on_rests_on_the_account_while_it_is_taken_back(self) -> None:
        through, moving = loan(payer_account_ids=[BORROWER, ESCROW]), [movement("reversal", LOAN, 40)]
        name = "holds are pending on the listing"
        for balance, holds in ((0, True), (40, True), (41, False), (-1, False)):
            rests = [account(balance=balance)]
            assert (name not in failing(books([through], movements=moving, accounts=rests), posted())) is holds, balance
        rests = [account(balance=40)]
        assert name in failing(books([through], accounts=rests), posted())
        assert name in failing(books(movements=moving, accounts=rests), posted()), "not what a partner passed on"

    @pytest.mark.parametrize(("kind", "code"), [("compensation", "p2p.loss.principal"), ("repayment", PRINCIPAL)])
    def test_what_goes_to_several_books_may_have_reached_one_of_them(self, kind: str, code: str) -> None:
        home, away = UUID(int=1 << 80 | 1), UUID(int=1 << 80 | 2)
        spread, one_book = loan(payer_account_ids=[home, away]), loan(payer_account_ids=[home])
        part = posted([*sums(), sum_of(code, home, ANN, 5)])
        moving = [movement(kind, LOAN, 12)]
        assert failing(books([spread], movements=moving), part) == {}
        assert failing(books([spread]), part)
        assert failing(books([one_book], movements=moving), part), "there it is all or nothing"
        assert failing(books([spread], movements=[movement(kind, LOAN, 4)]), part)
