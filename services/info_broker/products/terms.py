"""What a product offers, by kind: a closed union, each kind with fields of its own.

Amounts are minor units of `currency`; rates are decimal strings a year unless their name says otherwise; 1.00 is 100 %.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from chassis import wire

ProductKind = Literal["fund", "loan", "credit_card", "deposit", "brokerage_account", "insurance", "wealth"]
RiskLevel = Literal["R1", "R2", "R3", "R4", "R5"]
Days = Annotated[int, Field(ge=0, le=36_500)]
Months = Annotated[int, Field(ge=1, le=480)]
Share = Annotated[wire.Rate, Field(ge=Decimal(0), le=Decimal(10))]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]

FundClass = Literal[
    "mixed",
    "bond",
    "closed_term_bond",
    "money_market",
    "equity_index",
    "bond_index",
    "equity",
    "feeder",
    "etf",
    "qdii",
    "qdii_index",
    "qdii_etf",
    "mixed_fund_of_funds",
    "equity_fund_of_funds",
    "fixed_income",
    "structured_leveraged",
    "short_term_wealth",
    "capital_protected",
    "other",
]


class FundTerms(wire.Request):
    """source_class: the class as the source spells it; back_end_charge: the purchase fee is taken at redemption (后端)."""

    kind: Literal["fund"]
    fund_class: FundClass
    source_class: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
    currency: wire.Currency
    back_end_charge: bool = False
    risk_level: RiskLevel | None = None
    minimum_minor: wire.AmountOrZero | None = None
    purchase_fee_rate: Share | None = None
    management_fee_rate: Share | None = None


class LoanTerms(wire.Request):
    """rate_annual_from, rate_annual_to: the contract rate without fees; origination_fee_rate: of the amount, once."""

    kind: Literal["loan"]
    purpose: Literal["consumer", "business", "car", "home", "education"]
    currency: wire.Currency
    amount_from_minor: wire.Amount
    amount_to_minor: wire.Amount
    tenor_from_months: Months
    tenor_to_months: Months
    rate_annual_from: Share
    rate_annual_to: Share
    method: Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
    origination_fee_rate: Share = Decimal(0)
    collateral: Literal["none", "home", "car", "deposit", "guarantor"] = "none"
    eligibility: Words | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "LoanTerms":
        ranges = (
            (self.amount_from_minor, self.amount_to_minor),
            (self.tenor_from_months, self.tenor_to_months),
            (self.rate_annual_from, self.rate_annual_to),
        )
        if any(low > high for low, high in ranges):
            raise ValueError("a range begins above its end")
        return self


class CreditCardTerms(wire.Request):
    """interest_rate_daily: on revolved balances; fee_waiver: in words, as published."""

    kind: Literal["credit_card"]
    network: Literal["unionpay", "visa", "mastercard", "jcb", "amex"]
    tier: Literal["standard", "gold", "platinum", "diamond"]
    currency: wire.Currency
    annual_fee_minor: wire.AmountOrZero
    interest_rate_daily: Share
    grace_days: Days
    cash_advance_fee_rate: Share = Decimal(0)
    fee_waiver: Words | None = None


class DepositTerms(wire.Request):
    """tenor_days: 0 for a demand deposit; insured: by the deposit insurance fund, up to its limit."""

    kind: Literal["deposit"]
    currency: wire.Currency
    tenor_days: Days
    rate_annual: Share
    minimum_minor: wire.AmountOrZero
    insured: bool


class BrokerageAccountTerms(wire.Request):
    """commission_rate: of the value of a trade, at least commission_minimum_minor."""

    kind: Literal["brokerage_account"]
    currency: wire.Currency
    commission_rate: Share
    commission_minimum_minor: wire.AmountOrZero
    opens_online: bool


class InsuranceTerms(wire.Request):
    """premium_minor: for premium_period; waiting_days: before cover begins."""

    kind: Literal["insurance"]
    line: Literal["life", "health", "accident", "property", "motor", "travel"]
    currency: wire.Currency
    premium_minor: wire.Amount
    premium_period: Literal["once", "month", "year"]
    sum_insured_minor: wire.Amount
    waiting_days: Days = 0


class WealthTerms(wire.Request):
    """benchmark_rate_annual: a target the issuer publishes, never a promise."""

    kind: Literal["wealth"]
    currency: wire.Currency
    risk_level: RiskLevel
    tenor_days: Days
    minimum_minor: wire.Amount
    benchmark_rate_annual: Share | None = None
    principal_protected: bool = False


Terms = Annotated[
    FundTerms | LoanTerms | CreditCardTerms | DepositTerms | BrokerageAccountTerms | InsuranceTerms | WealthTerms,
    Field(discriminator="kind"),
]
TERMS: TypeAdapter[Any] = TypeAdapter(Terms)

# Which term is the product's type: the second facet of a search, below the kind.
_TYPE_FIELD: Mapping[str, str] = {
    "fund": "fund_class",
    "loan": "purpose",
    "credit_card": "tier",
    "insurance": "line",
    "wealth": "risk_level",
}


def type_of(terms: Mapping[str, Any]) -> str:
    """The product's type within its kind, from its terms in JSON values."""
    kind = str(terms["kind"])
    if kind == "deposit":
        return "demand" if terms["tenor_days"] == 0 else "term"
    field = _TYPE_FIELD.get(kind)
    return "standard" if field is None else str(terms[field])
