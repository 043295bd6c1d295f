"""Programmes as data: what they offer, what they refuse, and when they contradict themselves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.p2p.errors import AboveRateCeiling, CurrencyDiffers, NotOffered
from services.p2p.offers.rules import NO_FEES, Wish, offer_of, offer_under, require_allowed
from services.p2p.programmes.contradictions import contradictions
from services.p2p.programmes.model import (
    Distribution,
    FundingGoal,
    FundingProgramme,
    LossBearer,
    LossLayer,
    Origination,
    OriginatorTerms,
    Programme,
    RateFormation,
    ResaleTerms,
    ShortfallRule,
)
from services.p2p.programmes.rules import fees_of, rate_of, require_offered

TODAY = date(2026, 11, 24)
FIXED = Programme(
    code="fixed",
    version=1,
    names={"en": "Fixed", "zh": "固定"},
    currency="CNY",
    lender_kind="private",
    rate_formation=RateFormation.FIXED,
    lowest_rate=Decimal("0.03"),
    highest_rate=Decimal("0.12"),
    rates_by_grade={},
    loss_borne_by=LossBearer.LENDER,
    grades=("A", "B"),
    methods=("equal_instalment", "bullet"),
    terms_months=(6, 12),
    day_count="30/360",
    least_amount_minor=100_000,
    largest_amount_minor=1_000_000,
    lot_minor=5_000,
    longest_open_days=7,
    origination_fee_annual={"A": Decimal("0.01")},
    reserve_contribution_annual={},
    late_daily_rate=Decimal("0.0003"),
    valid_from=date(2026, 1, 1),
)
FUND = LossLayer(LossBearer.RESERVE_FUND, 30)
BY_GRADE = replace(
    FIXED,
    rate_formation=RateFormation.BY_GRADE,
    rates_by_grade={"A": Decimal("0.06"), "B": Decimal("0.07")},
    loss_borne_by=LossBearer.RESERVE_FUND,
    loss_waterfall=(FUND,),
    reserve_contribution_annual={"B": Decimal("0.004")},
)
KEPT = replace(FIXED, custody="ICBC")
WISH = Wish(600_000, "CNY", 12, "equal_instalment", Decimal("0.10"))


@pytest.mark.parametrize("programme", [FIXED, BY_GRADE, KEPT])
def test_a_sound_programme_contradicts_nothing(programme: Programme) -> None:
    assert contradictions(programme) == []


@pytest.mark.parametrize(
    ("programme", "named"),
    [
        (replace(FIXED, grades=("Z",)), "grades"),
        (replace(FIXED, grades=("A", "A")), "named once"),
        (replace(FIXED, currency="XYZ"), "currency"),
        (replace(FIXED, methods=()), "methods"),
        (replace(FIXED, terms_months=(0,)), "terms_months"),
        (replace(FIXED, lowest_rate=Decimal("0.2")), "lowest_rate"),
        (replace(FIXED, least_amount_minor=2_000_000), "least_amount_minor"),
        (replace(FIXED, lot_minor=7), "lots"),
        (replace(FIXED, longest_open_days=0), "longest_open_days"),
        (replace(FIXED, rates_by_grade={"A": Decimal("0.1")}), "rates_by_grade"),
        (replace(FIXED, reserve_contribution_annual={"A": Decimal("0.1")}), "contributions"),
        (replace(FIXED, origination_fee_annual={"A": Decimal(2)}), "fees"),
        (replace(BY_GRADE, rates_by_grade={"A": Decimal("0.06")}), "grade B has no rate"),
        (replace(BY_GRADE, rates_by_grade={"A": Decimal("0.06"), "B": Decimal("0.9")}), "rate of grade B"),
        (replace(BY_GRADE, reserve_contribution_annual={}), "reserve fund"),
        (replace(FIXED, names={"en": "Fixed"}), "zh"),
        (replace(FIXED, highest_rate=Decimal("0.3")), "statutory ceiling"),
        (replace(FIXED, lender_kind="nobody"), "lenders of kind"),
        (replace(FIXED, late_daily_rate=Decimal("0.01")), "a day"),
        (replace(FIXED, origination_fee_annual={"D": Decimal("0.01")}), "not eligible"),
        (replace(FIXED, loss_borne_by=LossBearer.GUARANTOR), "loss_borne_by is guarantor"),
        (replace(BY_GRADE, loss_waterfall=(FUND, FUND)), "twice"),
        (replace(BY_GRADE, loss_waterfall=(FUND, LossLayer(LossBearer.LENDER, 40))), "what nobody covers"),
        (replace(BY_GRADE, loss_waterfall=(FUND, LossLayer(LossBearer.GUARANTOR, 20))), "no earlier"),
        (replace(BY_GRADE, loss_waterfall=(replace(FUND, share=Decimal(2)),)), "shares above 0"),
        (replace(BY_GRADE, loss_waterfall=(FUND, LossLayer(LossBearer.ORIGINATOR, 40))), "who buys back"),
        (replace(FIXED, origination=()), "at least one"),
        (replace(KEPT, plans=True), "lends again"),
        (
            replace(KEPT, loss_borne_by=LossBearer.GUARANTOR, loss_waterfall=(LossLayer(LossBearer.GUARANTOR, 60),)),
            "sureties keep",
        ),
        (replace(KEPT, origination=(Origination.ONLINE, Origination.BRANCH)), "loans are online"),
        (replace(KEPT, distribution=Distribution.AT_ONCE), "nothing is advanced"),
        (replace(KEPT, rate_formation=RateFormation.REVERSE_AUCTION), "lent whole"),
        (replace(FIXED, origination=(Origination.PARTNER,)), "originator's share"),
        (replace(FIXED, originator=OriginatorTerms(Decimal("0.1"), Decimal(10))), "only loans of partners"),
        (replace(FIXED, origination=(Origination.FIRST_LENDER,)), "able to sell"),
        (replace(FIXED, resale=ResaleTerms(0, Decimal(1), Decimal("0.9"), Decimal(0))), "prices"),
        (replace(FIXED, resale=ResaleTerms(0, Decimal(1), Decimal(1), Decimal("0.2"))), "the fee"),
        (replace(FIXED, plans=True), "selling claims"),
        (replace(FIXED, rate_formation=RateFormation.REVERSE_AUCTION), "not matched"),
        (replace(FIXED, level_by_grade={"A": 9}), "levels"),
        (replace(FIXED, largest_lender_share=Decimal(0)), "at most 1"),
        (replace(FIXED, grace_days=40), "0 to 30"),
        (replace(FIXED, accrual_stop_days=400), "1 to 180"),
    ],
)
def test_a_contradiction_is_named(programme: Programme, named: str) -> None:
    found = contradictions(programme)
    assert any(named in f"{field}: {detail}" for field, detail in found), found


def test_every_contradiction_is_listed() -> None:
    found = contradictions(replace(FIXED, grades=(), methods=(), terms_months=(), origination_fee_annual={}))
    assert [field for field, _ in found] == ["grades", "methods", "terms_months"]


FUNDING = FundingProgramme(
    code="rewards",
    version=1,
    names={"en": "Rewards", "zh": "回报"},
    currency="CNY",
    valid_from=date(2026, 1, 1),
    goal=FundingGoal.ALL_OR_NOTHING,
    fee_rate=Decimal("0.03"),
    least_goal_minor=100,
    largest_goal_minor=1_000,
    longest_open_days=30,
)


@pytest.mark.parametrize(
    ("programme", "field"),
    [
        (replace(FUNDING, least_goal_minor=2_000), "least_goal_minor"),
        (replace(FUNDING, fee_rate=Decimal("0.5")), "fee_rate"),
        (replace(FUNDING, public_benefit=True), "fee_rate"),
        (replace(FUNDING, shortfall=ShortfallRule.REFUND_BELOW_SHARE), "refund_below_share"),
        (replace(FUNDING, refund_below_share=Decimal("0.8")), "refund_below_share"),
        (replace(FUNDING, remind_hours=24 * 8), "retry_days"),
        (replace(FUNDING, longest_open_days=90), "longest_open_days"),
    ],
)
def test_crowdfunding_contradicts_itself_too(programme: FundingProgramme, field: str) -> None:
    assert contradictions(FUNDING) == []
    assert [name for name, _ in contradictions(programme)] == [field]


def test_a_fixed_rate_is_the_borrowers_within_bounds() -> None:
    assert rate_of(FIXED, "A", Decimal("0.10")) == Decimal("0.10")
    for wanted in (None, Decimal("0.02"), Decimal("0.13")):
        with pytest.raises(NotOffered) as refused:
            rate_of(FIXED, "A", wanted)
        assert refused.value.field == "annual_rate"


def test_a_rate_by_grade_is_the_programmes() -> None:
    assert rate_of(BY_GRADE, "B", None) == rate_of(BY_GRADE, "B", Decimal("0.07")) == Decimal("0.07")
    with pytest.raises(NotOffered):
        rate_of(BY_GRADE, "B", Decimal("0.06"))


def test_a_grade_that_is_not_eligible_is_refused() -> None:
    with pytest.raises(NotOffered) as refused:
        rate_of(FIXED, "D", Decimal("0.10"))
    assert refused.value.field == "programme"


def test_fees_are_yearly_shares_rounded_half_up() -> None:
    assert fees_of(FIXED, "A", 100_000, 6).origination_minor == 500
    assert fees_of(FIXED, "A", 99, 12).origination_minor == 1
    assert fees_of(FIXED, "B", 100_000, 12).total_minor == 0
    assert fees_of(BY_GRADE, "B", 100_000, 12).reserve_minor == 400


@pytest.mark.parametrize(
    ("wish", "field", "kind"),
    [
        (replace(WISH, currency="USD"), "currency", CurrencyDiffers),
        (replace(WISH, amount_minor=50_000), "amount", NotOffered),
        (replace(WISH, amount_minor=2_000_000), "amount", NotOffered),
        (replace(WISH, amount_minor=600_001), "amount", NotOffered),
        (replace(WISH, term_months=7), "term_months", NotOffered),
        (replace(WISH, method="equal_principal"), "method", NotOffered),
    ],
)
def test_what_is_not_offered_names_its_field(wish: Wish, field: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as refused:
        require_offered(
            FIXED,
            amount_minor=wish.amount_minor,
            currency=wish.currency,
            term_months=wish.term_months,
            method=wish.method,
        )
    assert refused.value.field == field  # type: ignore[attr-defined]


def test_an_offer_keeps_its_fees_back_and_costs_more_than_its_rate() -> None:
    offer = offer_under(FIXED, "A", WISH, TODAY)
    assert offer.fees.origination_minor == 6_000
    assert offer.schedule.upfront_fee_minor == 6_000
    assert sum(row.principal_minor for row in offer.schedule.rows) == 600_000
    assert 0.115 < offer.ceiling.all_in_rate < 0.12
    assert offer.allowed


@pytest.mark.parametrize(
    ("rate", "contract_on", "allowed"),
    [
        ("0.1540", date(2020, 8, 20), True),
        ("0.1541", date(2020, 8, 20), False),
        ("0.1541", date(2020, 8, 19), True),
        ("0.24", date(2020, 8, 19), True),
        ("0.2401", date(2020, 8, 19), False),
    ],
)
def test_the_ceiling_is_that_of_the_contracts_day(rate: str, contract_on: date, allowed: bool) -> None:
    offer = offer_of(Wish(10_000_000, "CNY", 12, "equal_instalment"), Decimal(rate), NO_FEES, contract_on)
    assert offer.allowed is allowed


def test_fees_count_into_the_ceiling() -> None:
    dear = replace(FIXED, origination_fee_annual={"A": Decimal("0.02")}, late_daily_rate=Decimal(0))
    offer = offer_under(dear, "A", replace(WISH, annual_rate=Decimal("0.118")), TODAY)
    with pytest.raises(AboveRateCeiling) as refused:
        require_allowed(offer)
    assert refused.value.field == "annual_rate"
    assert Decimal(refused.value.facts["all_in_rate"]) > Decimal(refused.value.facts["ceiling"])


def test_lateness_counts_into_the_ceiling() -> None:
    assert not offer_under(replace(FIXED, late_daily_rate=Decimal("0.0005")), "A", WISH, TODAY).allowed
