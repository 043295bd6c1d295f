"""Generated from services/info_broker/openapi.json by `make openapi`; not edited by hand."""

from __future__ import annotations

# ruff: noqa: E501
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from clients.shape import Shape


class BrokerageAccountTerms(Shape):
    """
    commission_rate: of the value of a trade, at least commission_minimum_minor.
    """

    commission_minimum_minor: Annotated[int, Field(description="minor units")]
    commission_rate: str
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: Literal["brokerage_account"]
    opens_online: bool


class CheckAnswer(Shape):
    """
    failed: how many of the examined offend; offending: ids of the first hundred.
    """

    examined: int
    failed: int
    name: str
    offending: list[str]


class ClockReading(Shape):
    business_at: AwareDatetime
    business_on: date


class ClockSetting(Shape):
    """
    frozen: stand still at `business_at`, or run on from it.
    """

    business_at: AwareDatetime
    frozen: bool | None = True


class ConsentAnswer(Shape):
    given_at: AwareDatetime
    purposes: list[str]
    text_version: str
    withdrawn_at: AwareDatetime | None


class ConsentRequest(Shape):
    """
    text_version: of the text the person was shown; purposes: those she ticked.
    """

    purposes: list[str]
    text_version: str


class ContactRequest(Shape):
    """
    How the person is reached. Kept encrypted, given only to the institution the lead is routed to.
    """

    email: str | None = None
    mobile: str
    name: str


class CreditCardTerms(Shape):
    """
    interest_rate_daily: on revolved balances; fee_waiver: in words, as published.
    """

    annual_fee_minor: Annotated[int, Field(description="minor units")]
    cash_advance_fee_rate: str | None = "0"
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    fee_waiver: str | None = None
    grace_days: int
    interest_rate_daily: str
    kind: Literal["credit_card"]
    network: Literal["unionpay", "visa", "mastercard", "jcb", "amex"]
    tier: Literal["standard", "gold", "platinum", "diamond"]


class DecisionRequest(Shape):
    outcome: Literal["accepted", "rejected"]
    reason: str | None = None


class DepositTerms(Shape):
    """
    tenor_days: 0 for a demand deposit; insured: by the deposit insurance fund, up to its limit.
    """

    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    insured: bool
    kind: Literal["deposit"]
    minimum_minor: Annotated[int, Field(description="minor units")]
    rate_annual: str
    tenor_days: int


class EventPage(Shape):
    """
    items: CloudEvents 1.0 (JSON) with their `position`; next: the `after` to ask with next, also when there are none.
    """

    items: list[dict[str, Any]]
    next: int


class EventSkipped(Shape):
    feed: str
    position: int


class FacetCount(Shape):
    count: int
    value: str


class FeedAnswer(Shape):
    """
    How far a neighbour's events have been applied here. degraded: what rests on them may be out of date.
    """

    degraded: bool
    event_at: AwareDatetime | None
    failed_at: AwareDatetime | None
    failure: str | None
    name: str
    position: int
    succeeded_at: AwareDatetime | None


class Feeds(Shape):
    items: list[FeedAnswer]


class FundTerms(Shape):
    """
    source_class: the class as the source spells it; back_end_charge: the purchase fee is taken at redemption (后端).
    """

    back_end_charge: bool | None = False
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    fund_class: Literal[
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
    kind: Literal["fund"]
    management_fee_rate: str | None = None
    minimum_minor: int | None = None
    purchase_fee_rate: str | None = None
    risk_level: Literal["R1", "R2", "R3", "R4", "R5"] | None = None
    source_class: str


class ImportRequest(Shape):
    """
    Rows of a file: cells that `header` names (for eastmoney.funds code, initials, name, source_class, pinyin), or objects.

    first_line: the line (or row) of the file at which `rows` begins, so that a refusal can name its own.
    """

    file: str
    first_line: int
    header: list[str] | None = None
    rows: list[list[str | None] | dict[str, Any]]
    source: Literal["eastmoney.funds", "eastmoney.net_values", "institutions", "products"]


class Imported(Shape):
    """
    Up to a thousand rows of a file were taken; told also when all of them were unchanged or refused.
    """

    accepted: int
    changed: int
    import_id: str
    refused: int
    source: Literal["eastmoney.funds", "eastmoney.net_values", "institutions", "products"]
    unchanged: int


class InstitutionCount(Shape):
    """
    id, name: null for products whose institution is not identified.
    """

    count: int
    id: str | None
    name: str | None


class InsuranceTerms(Shape):
    """
    premium_minor: for premium_period; waiting_days: before cover begins.
    """

    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: Literal["insurance"]
    line: Literal["life", "health", "accident", "property", "motor", "travel"]
    premium_minor: Annotated[int, Field(description="minor units")]
    premium_period: Literal["once", "month", "year"]
    sum_insured_minor: Annotated[int, Field(description="minor units")]
    waiting_days: int | None = 0


class JobGivenBack(Shape):
    job_id: int
    status: str | None = "queued"


class LeadRequest(Shape):
    """
    A person asks to be contacted. amount_minor, currency: how much she has in mind, together or not at all.
    """

    amount_minor: int | None = None
    consent: ConsentRequest
    contact: ContactRequest
    currency: str | None = None
    product_id: str


class LeadTold(Shape):
    """
    A lead entered a state. customer: `cus_…`; reason: of a closed one, a code.
    """

    customer: str
    institution_id: str | None
    lead_id: str
    product_id: str
    reason: str | None
    state: Literal["new", "routed", "accepted", "rejected", "withdrawn", "closed"]


class Licence(Shape):
    """
    A permission to act. valid_until_on: the last day, None where it has no end.
    """

    issued_by: str
    kind: Literal[
        "banking",
        "consumer_finance",
        "fund_distribution",
        "insurance",
        "micro_loan",
        "online_lending_information",
        "public_fund_management",
        "securities_brokerage",
    ]
    number: str | None = None
    valid_from_on: date | None = None
    valid_until_on: date | None = None


class Listing(Shape):
    """
    Where the institution's own shares are listed.
    """

    exchange: str
    ticker: str


class LoanTerms(Shape):
    """
    rate_annual_from, rate_annual_to: the contract rate without fees; origination_fee_rate: of the amount, once.
    """

    amount_from_minor: Annotated[int, Field(description="minor units")]
    amount_to_minor: Annotated[int, Field(description="minor units")]
    collateral: Literal["none", "home", "car", "deposit", "guarantor"] | None = "none"
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    eligibility: str | None = None
    kind: Literal["loan"]
    method: Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]
    origination_fee_rate: str | None = "0"
    purpose: Literal["consumer", "business", "car", "home", "education"]
    rate_annual_from: str
    rate_annual_to: str
    tenor_from_months: int
    tenor_to_months: int


class MaskedContact(Shape):
    """
    All null, and erased_at set, once the purpose is gone.
    """

    email: str | None
    erased_at: AwareDatetime | None
    mobile: str | None
    name: str | None


class NetValueAnswer(Shape):
    """
    unit_value: of a share, in the fund's currency; distribution: in the source's words. version: 1 until it was corrected.
    """

    distribution: str | None
    known_since_at: AwareDatetime
    product_id: str
    unit_value: str
    valued_on: date
    version: int


class OpenContact(Shape):
    email: str | None
    mobile: str
    name: str


class PageNetValueAnswer(Shape):
    items: list[NetValueAnswer]
    next: str | None = None


class ParkedJobAnswer(Shape):
    """
    A job that was started too often. failure: the last fault, without secrets; instants are real time.
    """

    created_at: AwareDatetime
    failure: str | None
    id: int
    name: str
    parked_at: AwareDatetime
    payload: dict[str, Any]
    starts: int


class ParkedJobs(Shape):
    items: list[ParkedJobAnswer]


class PlacementAnswer(Shape):
    advertiser: str
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    id: str
    product_id: str
    recorded_at: AwareDatetime
    recorded_by: str


class PlacementRequest(Shape):
    """
    advertiser: shown to readers beside the word that says it is paid.
    """

    advertiser: str
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    product_id: str


class Problem(Shape):
    """
    RFC 9457 document. `code` is stable; `field` names the offending input where there is one.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    code: str
    detail: str
    field: str | None = None
    status: int
    title: str
    type: str


class ProductViewed(Shape):
    """
    Somebody looked at a product. viewer: the party (`cus_…`); first_of_day: her first look at it on that business day.
    """

    first_of_day: bool
    product_id: str
    product_kind: Literal["fund", "loan", "credit_card", "deposit", "brokerage_account", "insurance", "wealth"]
    viewed_on: date
    viewer: str


class PurposeText(Shape):
    en: str
    purpose: str
    required: bool
    zh: str


class RefusedRow(Shape):
    code: str
    detail: str
    field: str | None
    file: str
    line: int


class ServiceChannel(Shape):
    """
    How customers are served there: by which channel, when, and at what fee (in words, as the institution publishes it).
    """

    channel: Literal["internet", "phone", "atm", "branch"]
    fee: str | None = None
    hours: str


class StepAnswer(Shape):
    """
    event: null for the application itself.
    """

    event: Literal["route", "accept", "reject", "withdraw", "expire"] | None
    number: int
    reason: str | None
    state: Literal["new", "routed", "accepted", "rejected", "withdrawn", "closed"]
    taken_at: AwareDatetime
    taken_by: str


class Steps(Shape):
    items: list[StepAnswer]
    next: Annotated[None, Field(None)] = None


class VerificationAnswer(Shape):
    business_at: AwareDatetime
    checks: list[CheckAnswer]
    holds: bool


class ViewAnswer(Shape):
    """
    views: how often the caller has looked at the product on that business day, this time included.
    """

    product_id: str
    viewed_on: date
    views: int


class WealthTerms(Shape):
    """
    benchmark_rate_annual: a target the issuer publishes, never a promise.
    """

    benchmark_rate_annual: str | None = None
    currency: Annotated[str, Field(description="ISO 4217 code, or the code of a unit")]
    kind: Literal["wealth"]
    minimum_minor: Annotated[int, Field(description="minor units")]
    principal_protected: bool | None = False
    risk_level: Literal["R1", "R2", "R3", "R4", "R5"]
    tenor_days: int


class WithdrawalRequest(Shape):
    reason: str | None = None


class ConsentTextAnswer(Shape):
    """
    A text that may be agreed to today.
    """

    en: str
    in_force_from_on: date
    purposes: list[PurposeText]
    version: str
    zh: str


class ConsentTexts(Shape):
    items: list[ConsentTextAnswer]
    next: Annotated[None, Field(None)] = None


class Facets(Shape):
    """
    Counts over all matches of the search with its filters, largest first; of institutions the first 50.
    """

    institutions: list[InstitutionCount]
    kinds: list[FacetCount]
    total: int
    types: list[FacetCount]


class ImportAnswer(Shape):
    """
    accepted: new records; changed: got another version; accepted + changed + unchanged + refused = rows.
    """

    accepted: int
    changed: int
    file: str
    first_line: int
    id: str
    imported_at: AwareDatetime
    imported_by: str
    refused: list[RefusedRow]
    rows: int
    source: Literal["eastmoney.funds", "eastmoney.net_values", "institutions", "products"]
    unchanged: int


class InstitutionAnswer(Shape):
    """
    A version of an institution's profile. licence_state: on the day asked about; source, as_of_on: the evidence and its date.
    """

    as_of_on: date
    code: str
    custody_bank: str | None
    id: str
    kind: Literal[
        "bank",
        "direct_bank",
        "online_broker",
        "direct_insurer",
        "fund_house",
        "asset_manager",
        "consumer_finance",
        "micro_loan",
        "p2p_platform",
    ]
    known_since_at: AwareDatetime
    licence_state: Literal["valid", "not_yet_valid", "expired", "none"]
    licences: list[Licence]
    listing: Listing | None
    name: str
    name_en: str | None
    product_name_prefixes: list[str]
    regulator: str
    service_channels: list[ServiceChannel]
    short_name: str
    source: str
    takes_leads: bool
    version: int
    website: str | None


class InstitutionSummary(Shape):
    """
    What stands beside a product.
    """

    code: str
    id: str
    kind: Literal[
        "bank",
        "direct_bank",
        "online_broker",
        "direct_insurer",
        "fund_house",
        "asset_manager",
        "consumer_finance",
        "micro_loan",
        "p2p_platform",
    ]
    licence_state: Literal["valid", "not_yet_valid", "expired", "none"]
    short_name: str


class LeadAnswer(Shape):
    """
    product_version: what the person saw; due_at: when the state ends by itself; reason: of a rejection, withdrawal or closing.
    """

    amount_minor: int | None
    changed_at: AwareDatetime
    consent: ConsentAnswer
    contact: MaskedContact
    created_at: AwareDatetime
    currency: str | None
    customer: str
    due_at: AwareDatetime | None
    id: str
    institution_id: str | None
    product_id: str
    product_version: int
    reason: str | None
    state: Literal["new", "routed", "accepted", "rejected", "withdrawn", "closed"]


class PageImportAnswer(Shape):
    items: list[ImportAnswer]
    next: str | None = None


class PageInstitutionAnswer(Shape):
    items: list[InstitutionAnswer]
    next: str | None = None


class PageLeadAnswer(Shape):
    items: list[LeadAnswer]
    next: str | None = None


class PagePlacementAnswer(Shape):
    items: list[PlacementAnswer]
    next: str | None = None


class ProductAnswer(Shape):
    """
    A version of a product. institution: null with `institution_note` where the source did not tell whose it is.
    """

    code: str
    id: str
    institution: InstitutionSummary | None
    institution_note: str | None
    kind: Literal["fund", "loan", "credit_card", "deposit", "brokerage_account", "insurance", "wealth"]
    known_since_at: AwareDatetime
    name: str
    name_en: str | None
    source: str
    status: Literal["offered", "withdrawn"]
    terms: Annotated[
        FundTerms | LoanTerms | CreditCardTerms | DepositTerms | BrokerageAccountTerms | InsuranceTerms | WealthTerms,
        Field(discriminator="kind"),
    ]
    type: str
    version: int


class SponsoredHit(Shape):
    """
    A product shown because somebody pays for it, and says so; it matches the search too.
    """

    advertiser: str
    code: str
    id: str
    institution: InstitutionSummary | None
    institution_note: str | None
    kind: Literal["fund", "loan", "credit_card", "deposit", "brokerage_account", "insurance", "wealth"]
    known_since_at: AwareDatetime
    name: str
    name_en: str | None
    paid_placement: Literal[True] = True
    placement_id: str
    source: str
    status: Literal["offered", "withdrawn"]
    terms: Annotated[
        FundTerms | LoanTerms | CreditCardTerms | DepositTerms | BrokerageAccountTerms | InsuranceTerms | WealthTerms,
        Field(discriminator="kind"),
    ]
    type: str
    version: int


class Hit(Shape):
    """
    A product in its earned place. score: by the formula in `ranking`; match: the class of the score.
    """

    code: str
    id: str
    institution: InstitutionSummary | None
    institution_note: str | None
    kind: Literal["fund", "loan", "credit_card", "deposit", "brokerage_account", "insurance", "wealth"]
    known_since_at: AwareDatetime
    match: Literal[
        "exact_code",
        "exact_name",
        "name_begins",
        "code_or_initials_begin",
        "pinyin_or_english_begins",
        "name_contains",
        "all_terms",
        "no_query",
    ]
    name: str
    name_en: str | None
    paid_placement: Literal[False] = False
    score: int
    source: str
    status: Literal["offered", "withdrawn"]
    terms: Annotated[
        FundTerms | LoanTerms | CreditCardTerms | DepositTerms | BrokerageAccountTerms | InsuranceTerms | WealthTerms,
        Field(discriminator="kind"),
    ]
    type: str
    version: int


class PageProductAnswer(Shape):
    items: list[ProductAnswer]
    next: str | None = None


class SearchAnswer(Shape):
    """
    A page of a search. facets and sponsored stand on the first page only.
    """

    facets: Facets | None
    items: list[Hit]
    next: str | None
    ranking: str | None = (
        "score = match + popularity; match: 90 exact code, 80 exact name (Chinese or English) or initials, 70 name begins with the query, 60 code or initials begin with it, 50 pinyin or English name begins with it, 40 name contains it, 20 all its terms are found somewhere, 0 no query; popularity 0 to 9: binary logarithm of 1 + people who viewed the product, each counted once a day, in the last 30 days; equal scores by code. Paid placements change no score and no order: they stand apart in `sponsored`, marked."
    )
    sponsored: Annotated[list[SponsoredHit], Field(description="paid placements, apart from the ranking")]
