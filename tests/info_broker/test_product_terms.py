from typing import Any

import pytest
from pydantic import ValidationError

from services.info_broker.products.terms import TERMS, type_of

TERMS_BY_KIND: dict[str, dict[str, Any]] = {
    "fund": {"fund_class": "mixed", "source_class": "混合型", "currency": "CNY"},
    "loan": {
        "purpose": "consumer", "currency": "CNY", "amount_from_minor": 100_000, "amount_to_minor": 20_000_000,
        "tenor_from_months": 3, "tenor_to_months": 36, "rate_annual_from": "0.0720", "rate_annual_to": "0.1540",
        "method": "equal_instalment",
    },
    "credit_card": {
        "network": "unionpay", "tier": "gold", "currency": "CNY", "annual_fee_minor": 0,
        "interest_rate_daily": "0.0005", "grace_days": 50,
    },
    "deposit": {"currency": "CNY", "tenor_days": 365, "rate_annual": "0.0150", "minimum_minor": 5_000, "insured": True},
    "brokerage_account": {
        "currency": "CNY", "commission_rate": "0.00025", "commission_minimum_minor": 500, "opens_online": True,
    },
    "insurance": {
        "line": "health", "currency": "CNY", "premium_minor": 30_000, "premium_period": "year",
        "sum_insured_minor": 200_000_000, "waiting_days": 30,
    },
    "wealth": {"currency": "CNY", "risk_level": "R2", "tenor_days": 90, "minimum_minor": 100},
}  # fmt: skip
TYPES = {
    "fund": "mixed",
    "loan": "consumer",
    "credit_card": "gold",
    "deposit": "term",
    "brokerage_account": "standard",
    "insurance": "health",
    "wealth": "R2",
}


@pytest.mark.parametrize("kind", TERMS_BY_KIND)
def test_terms_of_each_kind_come_back_as_they_went_in(kind: str) -> None:
    given = {"kind": kind, **TERMS_BY_KIND[kind]}
    written = TERMS.dump_python(TERMS.validate_python(given), mode="json")
    assert given.items() <= written.items()
    assert TERMS.dump_python(TERMS.validate_python(written), mode="json") == written
    assert type_of(written) == TYPES[kind]


def test_a_deposit_without_a_term_is_on_demand() -> None:
    assert type_of({"kind": "deposit", **TERMS_BY_KIND["deposit"], "tenor_days": 0}) == "demand"


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("fund", "fund_class", "gold mine"),
        ("fund", "tenor_days", 3),
        ("loan", "amount_from_minor", 30_000_000),
        ("loan", "amount_from_minor", 100.0),
        ("loan", "amount_from_minor", "100"),
        ("loan", "amount_from_minor", True),
        ("loan", "amount_to_minor", 2**53),
        ("loan", "rate_annual_from", 0.07),
        ("loan", "rate_annual_from", "-0.01"),
        ("loan", "rate_annual_from", "NaN"),
        ("deposit", "insured", "yes"),
        ("deposit", "currency", "yuan"),
        ("insurance", "premium_minor", 0),
        ("wealth", "risk_level", "R6"),
    ],
)
def test_wrong_terms_are_refused(kind: str, field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        TERMS.validate_python({"kind": kind, **TERMS_BY_KIND[kind], field: value})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError):
        TERMS.validate_python({"kind": "lottery"})
