"""Applications on the wire. Who she is goes in and never comes out."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.applications.model import Application, Decision
from services.p2p.borrowers.model import Facts, Home, Identity
from services.p2p.offers.schemas import TermMonths
from services.p2p.scorecards.reasons import words_of
from services.p2p.wire_ids import ApplicationId

PurposeName = Literal[
    "consumption", "education", "home_improvement", "medical", "small_business", "debt_consolidation", "other"
]
StateName = Literal[
    "keyed",
    "checking",
    "in_review",
    "proposed",
    "approved",
    "declined",
    "listed",
    "funded",
    "expired",
    "withdrawn",
    "recorded",
]
KindName = Literal["natural_person", "organisation"]
ChannelName = Literal["online", "partner", "branch"]
Count = Annotated[int, Field(ge=0, le=1000)]


class IdentityRequest(wire.Request):
    """identity_number: of a resident, or an organisation's unified social credit code: 18 characters with a correct check digit.
    Sealed at rest and never answered."""

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
    identity_number: Annotated[str, Field(min_length=18, max_length=18, examples=["11010519491231002X"])]


class FactsRequest(wire.Request):
    """Declared facts, amounts in minor units of the application's currency, mortgage aside.

    monthly_debt_minor: paid on debts each month; debts_elsewhere_minor: owed to others in all; credit_limit_minor: credit granted
    by others in all; credit_inquiries_6m: half of the year's unless given.
    """

    annual_income_minor: wire.AmountOrZero
    monthly_debt_minor: wire.AmountOrZero
    debts_elsewhere_minor: wire.AmountOrZero
    credit_limit_minor: wire.AmountOrZero
    credit_since_year: Annotated[int, Field(ge=1900, le=2200)]
    employment_months: Count
    home: Literal["own", "mortgage", "rent"]
    late_payments_2y: Count = 0
    credit_inquiries_12m: Count = 0
    accounts_past_due: Count = 0
    bankruptcies: Count = 0
    credit_inquiries_6m: Count | None = None


class ApplicationRequest(wire.Request):
    amount: wire.Amount
    currency: wire.Currency
    term_months: TermMonths
    purpose: PurposeName
    identity: IdentityRequest
    facts: FactsRequest
    borrower_kind: KindName = "natural_person"


class DecisionRequest(wire.Request):
    """limit_minor: most she may list; the rule's own unless given. note: why, for the file; operators see it."""

    decision: Literal["approve", "decline"]
    limit_minor: wire.Amount | None = None
    note: Annotated[str, Field(max_length=1000)] | None = None


class ConfirmationRequest(wire.Request):
    note: Annotated[str, Field(max_length=1000)] | None = None


class AppealRequest(wire.Request):
    """note: what she wants looked at again; operators see it."""

    note: Annotated[str, Field(min_length=1, max_length=1000)]


class ReasonAnswer(wire.Answer):
    """A reason in words."""

    code: str
    zh: str
    en: str


class ApplicationAnswer(wire.Answer):
    """reasons: codes, worst first, and as words; limit_minor: most she may list; due_at: when the state ends by itself."""

    id: ApplicationId
    borrower: str | None
    amount: int
    currency: str
    term_months: int
    purpose: str
    state: StateName
    score: int
    grade: Literal["A", "B", "C", "D", "E"]
    reasons: list[str]
    reasons_in_words: list[ReasonAnswer]
    scorecard_version: str
    limit_minor: int
    source: str
    submitted_at: datetime
    changed_at: datetime
    due_at: datetime | None
    borrower_kind: KindName
    origination: ChannelName


class DecisionAnswer(wire.Answer):
    """A step of an application. taken_by: `rule`, `checks`, `time`, `listing` or the party."""

    number: int
    event: (
        Literal[
            "confirm",
            "clear",
            "refer",
            "refuse",
            "propose",
            "appeal",
            "withdraw",
            "approve",
            "decline",
            "list",
            "unlist",
            "fund",
            "expire",
        ]
        | None
    )
    state: StateName
    limit_minor: int
    taken_by: str
    taken_at: datetime
    reason: str | None
    note: str | None


class DecisionsAnswer(wire.Answer):
    items: list[DecisionAnswer]


def facts_of(body: FactsRequest) -> Facts:
    return Facts(**body.model_dump() | {"home": Home(body.home)})


def identity_of(body: IdentityRequest) -> Identity:
    return Identity(body.name, body.identity_number)


def reason_answer(code: str) -> ReasonAnswer:
    words = words_of(code)
    return ReasonAnswer(code=code, zh=words.zh, en=words.en)


def application_answer(application: Application) -> ApplicationAnswer:
    return ApplicationAnswer(
        id=application.id,
        borrower=application.borrower,
        amount=application.amount_minor,
        currency=application.currency,
        term_months=application.term_months,
        purpose=application.purpose,
        state=application.state.value,
        score=application.score,
        grade=application.grade,
        reasons=list(application.reasons),
        reasons_in_words=[reason_answer(code) for code in application.reasons],
        scorecard_version=application.scorecard_version,
        limit_minor=application.limit_minor,
        source=application.source,
        submitted_at=application.submitted_at,
        changed_at=application.changed_at,
        due_at=application.due_at,
        borrower_kind=application.borrower_kind.value,
        origination=application.origination.value,
    )


def decisions_answer(decisions: list[Decision]) -> DecisionsAnswer:
    return DecisionsAnswer(items=[DecisionAnswer.model_validate(one) for one in decisions])
