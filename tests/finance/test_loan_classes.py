from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.errors import CannotBeMet, FinanceError, InexactNumber, OutOfRange, UnknownChoice, WrongShape
from finance.loan_classes import CLASSES, ClassRule, Provision, ProvisionRule, by_matrix, provide, rule_on
from finance.loan_classes_cn import CLASS_RULES, PROVISION_RULES

BANK = rule_on(CLASS_RULES, "bank_assets", date(2023, 7, 1))
CARDS = rule_on(CLASS_RULES, "credit_cards", date(2023, 7, 1))
LOANS = rule_on(PROVISION_RULES, "loans", date(2023, 7, 1))


def whole(*values: int) -> Any:
    return numpy.array(values, dtype=numpy.int64)


@pytest.mark.parametrize(
    ("days", "bank", "card"),
    [
        (0, "normal", "normal"),
        (1, "special_mention", "special_mention"),
        (90, "special_mention", "special_mention"),
        (91, "substandard", "substandard"),
        (120, "substandard", "substandard"),
        (121, "substandard", "doubtful"),
        (180, "substandard", "doubtful"),
        (181, "substandard", "loss"),
        (270, "substandard", "loss"),
        (271, "doubtful", "loss"),
        (360, "doubtful", "loss"),
        (361, "loss", "loss"),
    ],
)
def test_classes_by_days_past_due(days: int, bank: str, card: str) -> None:
    """2023 rules for bank assets (more than 90, 270, 360 days); article 92 of the rules for credit cards."""
    for rule, expected in ((BANK, bank), (CARDS, card)):
        assert rule.classify(days) == expected
        assert CLASSES[rule.numbers(whole(days))[0]] == expected


def test_judgement_makes_a_class_worse_and_never_better() -> None:
    assert BANK.classify(5, judged="doubtful") == "doubtful"
    assert BANK.classify(300, judged="special_mention") == "doubtful"


def test_impairment_is_a_reason_of_its_own() -> None:
    assert BANK.classify(0, impaired=True) == "substandard"
    assert BANK.classify(0, impaired=True, loss_share="0.4999") == "substandard"
    assert BANK.classify(0, impaired=True, loss_share="0.5") == "doubtful"
    assert BANK.classify(0, impaired=True, loss_share="0.9") == "loss"
    assert BANK.classify(400, impaired=True) == "loss"
    assert BANK.classify(0, loss_share="0.9") == "normal", "an expected loss is not an impairment"
    assert CARDS.classify(0, impaired=True, loss_share="1") == "substandard"


def test_a_technical_delay_is_none_for_a_week() -> None:
    assert BANK.classify(7, technical=True) == "normal"
    assert BANK.classify(8, technical=True) == "special_mention"
    assert BANK.classify(7) == "special_mention"
    assert CARDS.classify(1, technical=True) == "special_mention"


def test_provisions_by_class() -> None:
    """The guide of 2002: 1 % of everything, and 2, 25, 50 and 100 % of the four lower classes."""
    found = provide(whole(0, 1, 2, 3, 4, 0), whole(1_000_000, 10_000, 10_000, 10_000, 10_000, 0), LOANS)
    assert found.by_class == (
        Provision("normal", 2, 1_000_000, 0),
        Provision("special_mention", 1, 10_000, 200),
        Provision("substandard", 1, 10_000, 2_500),
        Provision("doubtful", 1, 10_000, 5_000),
        Provision("loss", 1, 10_000, 10_000),
    )
    assert found.general_minor == 10_400
    assert found.total_minor == 28_100
    assert found.non_performing_minor == 30_000
    odd = provide(whole(1), whole(75), LOANS)
    assert odd.by_class[1].specific_minor == 2  # 1.5
    assert provide(whole(1), whole(75), LOANS, rounding="down").by_class[1].specific_minor == 1


def test_provision_matrices_of_the_standard_and_of_others() -> None:
    """IFRS 9, Illustrative Examples, Example 12: CU30 million of receivables, an allowance of CU580,000."""
    amounts = [15_000_000, 7_500_000, 4_000_000, 2_500_000, 1_000_000]
    assert by_matrix(amounts, ["0.003", "0.016", "0.036", "0.066", "0.106"]) == [
        45_000, 120_000, 144_000, 165_000, 106_000,
    ]  # fmt: skip
    # faqifrs.com, step 6: 75, 165, 108 and, of 112.5, 112 euros.
    assert by_matrix([15_000, 7_500, 4_000, 2_500], ["0.005", "0.022", "0.027", "0.045"], rounding="down") == [
        75, 165, 108, 112,
    ]  # fmt: skip
    assert by_matrix([2_500, 70, 70, 0], ["0.045", "1", "0", "0.5"]) == [113, 70, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 10**15)), max_size=40))
def test_provisions_conserve_the_portfolio(loans: list[tuple[int, int]]) -> None:
    days, balances = whole(*(late for late, _ in loans)), whole(*(balance for _, balance in loans))
    found = provide(BANK.numbers(days), balances, LOANS)
    assert sum(one.loans for one in found.by_class) == len(loans)
    assert sum(one.balance_minor for one in found.by_class) == sum(balance for _, balance in loans)
    for one, rate in zip(found.by_class, LOANS.rates, strict=True):
        own = [balance for late, balance in loans if BANK.classify(late) == one.loan_class]
        assert (one.loans, one.balance_minor) == (len(own), sum(own))
        assert abs(one.specific_minor - sum(own) * Fraction(rate)) <= Fraction(1, 2)


def test_rules_are_dated() -> None:
    with pytest.raises(OutOfRange):
        rule_on(CLASS_RULES, "bank_assets", date(2023, 6, 30))
    with pytest.raises(UnknownChoice):
        rule_on(CLASS_RULES, "pawnshops", date(2023, 7, 1))
    with pytest.raises(InexactNumber):
        rule_on(CLASS_RULES, "bank_assets", "2023-07-01")  # type: ignore[arg-type]
    until = [ProvisionRule("loans", date(2002, 1, 1), date(2003, 1, 1), LOANS.rates, Decimal(0), "")]
    assert rule_on(until, "loans", date(2002, 12, 31)).general_rate == 0
    with pytest.raises(OutOfRange):
        rule_on(until, "loans", date(2003, 1, 1))
    for rule in (*CLASS_RULES, *PROVISION_RULES):
        assert rule.source


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"over_days": (0, 90, 270)}, OutOfRange),
        ({"over_days": (0, 90, 90, 360)}, CannotBeMet),
        ({"over_days": (-1, 90, 270, 360)}, OutOfRange),
        ({"over_days": (0.5, 90, 270, 360)}, InexactNumber),
        ({"technical_days": -1}, OutOfRange),
        ({"over_days": None}, WrongShape),
        ({"impaired_shares": (Decimal("0.5"),)}, OutOfRange),
        ({"impaired_shares": 5}, WrongShape),
        ({"impaired_shares": (Decimal("0.5"), Decimal("1.1"))}, OutOfRange),
        ({"impaired_shares": (Decimal("0.9"), Decimal("0.5"))}, OutOfRange),
        ({"impaired_shares": (Decimal(0), Decimal("0.5"))}, OutOfRange),
    ],
)
def test_class_rules_that_are_refused(facts: dict[str, Any], error: type[FinanceError]) -> None:
    terms: dict[str, Any] = {"name": "x", "from_on": date(2023, 1, 1), "before_on": None, "source": "none"}
    with pytest.raises(error):
        ClassRule(**(terms | {"over_days": (0, 90, 270, 360)} | facts))


def test_shares_of_impairment_may_be_everything() -> None:
    whole_loss = ClassRule("x", date(2023, 1, 1), None, (0, 1, 2, 3), "", impaired_shares=(Decimal(1), Decimal(1)))
    assert [whole_loss.classify(0, impaired=True, loss_share=share) for share in ("0.99", 1)] == ["substandard", "loss"]


def test_other_refusals() -> None:
    with pytest.raises(OutOfRange):
        BANK.classify(-1)
    with pytest.raises(UnknownChoice):
        BANK.classify(1, judged="good")  # type: ignore[arg-type]
    for share in ("-0.1", "1.1"):
        with pytest.raises(OutOfRange):
            BANK.classify(1, impaired=True, loss_share=share)
    for rates in (LOANS.rates[:4], (*LOANS.rates[:4], Decimal("1.1"))):
        with pytest.raises(OutOfRange):
            ProvisionRule("x", date(2023, 1, 1), None, rates, Decimal(0), "")  # type: ignore[arg-type]
    with pytest.raises(OutOfRange):
        ProvisionRule("x", date(2023, 1, 1), None, LOANS.rates, Decimal("-0.1"), "")
    for classes, balances in (
        (whole(5), whole(1)),
        (whole(-1), whole(1)),
        (whole(1), whole(-1)),
        (whole(1), whole(1, 2)),
    ):
        with pytest.raises(OutOfRange):
            provide(classes, balances, LOANS)
    with pytest.raises(UnknownChoice):
        provide(whole(1), whole(1), LOANS, rounding="nearest")  # type: ignore[arg-type]
    for amounts, rates_ in (([1], []), ([1], ["1.1"]), ([1], ["-0.1"]), ([-1], ["0.1"]), ([1] * 101, ["0.1"] * 101)):
        with pytest.raises(OutOfRange):
            by_matrix(amounts, rates_)
    with pytest.raises(InexactNumber):
        by_matrix([1], [0.1])  # type: ignore[list-item]
