"""Risk on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Answer, Request
from services.payments.confirmations.schemas import Password
from services.payments.risk.language import ListName, RulesetDocument
from services.payments.risk.model import (
    Decision,
    Kind,
    Listed,
    Parking,
    ParkingEndReason,
    ParkingState,
    RiskList,
    RiskOutcome,
    Ruleset,
    RulesetState,
    RulesetStep,
    ShadowReport,
)

RulesetId = Annotated[UUID, TypeId("rls")]
DecisionId = Annotated[UUID, TypeId("rdc")]
ListId = Annotated[UUID, TypeId("rli")]
Reason = Annotated[str, Field(min_length=1, max_length=300)]
Entry = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
MOST_ENTRIES_AT_ONCE = 10_000


class RulesetRequest(Request):
    """A whole version of the rules. note: what it is for."""

    document: RulesetDocument
    note: Annotated[str, Field(min_length=1, max_length=300)]


class RiskReasonRequest(Request):
    reason: Reason


class ListRequest(Request):
    """holds: what stands on it: customers and services by id, cards by id, devices as clients name them, payees, countries."""

    name: ListName
    holds: Annotated[Listed, Field(strict=False)]


class ListChangeRequest(Request):
    """Removed before added."""

    add: Annotated[list[Entry], Field(max_length=MOST_ENTRIES_AT_ONCE)] = Field(default_factory=list)
    remove: Annotated[list[Entry], Field(max_length=MOST_ENTRIES_AT_ONCE)] = Field(default_factory=list)
    reason: Reason


class ChallengeRequest(Request):
    password: Password


class RulesetStepAnswer(Answer):
    before: RulesetState | None
    after: RulesetState
    rollback: bool
    reason: str
    changed_by: str
    changed_at: datetime


class RulesetAnswer(Answer):
    """number: its version; rules: how many it has."""

    id: RulesetId
    number: int
    state: RulesetState
    rules: int
    note: str
    made_by: str
    made_at: datetime


class WholeRulesetAnswer(RulesetAnswer):
    """steps: changes of its state, in their order."""

    document: dict[str, Any]
    steps: list[RulesetStepAnswer]


class OutcomePairAnswer(Answer):
    """How often one outcome counted where the ruleset in shadow said the other."""

    outcome: RiskOutcome
    shadow_outcome: RiskOutcome
    decisions: int


class RuleCountAnswer(Answer):
    code: str
    decisions: int


class ShadowReportAnswer(Answer):
    """rules: how often each of its rules held; different: the latest decisions where the two differ."""

    ruleset_id: RulesetId
    decisions: int
    agreed: int
    pairs: list[OutcomePairAnswer]
    rules: list[RuleCountAnswer]
    different: list[DecisionId]


class RiskListAnswer(Answer):
    id: ListId
    name: str
    holds: Listed
    entries: int
    made_by: str
    made_at: datetime


class DecisionReasonAnswer(Answer):
    """seen: the values that the rule looked at; for operators alone."""

    code: str
    outcome: RiskOutcome
    zh: str
    en: str
    seen: dict[str, Any] | None = None


class ParkedPaymentAnswer(Answer):
    """ends_at: when it ends by itself, real time for challenges and what they released, business time for reviews."""

    decision_id: DecisionId
    kind: Kind
    person: str
    payee: str
    subject: str
    amount: int
    currency: str
    state: ParkingState
    tries: int
    parked_at: datetime
    ends_at: datetime | None
    decided_by: str | None
    words: str | None
    used_for: str | None
    end_reason: ParkingEndReason | None
    ended_at: datetime | None


class ShadowDecisionAnswer(Answer):
    ruleset_id: RulesetId
    outcome: RiskOutcome
    codes: list[str]


class DecisionAnswer(Answer):
    """What was decided on a payment and why, and what became of it where it was parked.

    Operators see all; the customer what it was, why in plain words, and what she can still do. reference: the record it made, if it passed.
    """

    id: DecisionId
    kind: Kind
    outcome: RiskOutcome
    reasons: list[DecisionReasonAnswer]
    payee: str
    subject: str
    amount: int
    currency: str
    decided_at: datetime
    expires_at: datetime | None
    parked: ParkedPaymentAnswer | None = None
    ruleset_id: RulesetId | None = None
    reference: str | None = None
    person: str | None = None
    device: str | None = None
    country: str | None = None
    counted: int | None = None
    shadows: list[ShadowDecisionAnswer] | None = None


def ruleset_answer(ruleset: Ruleset) -> RulesetAnswer:
    return RulesetAnswer(rules=len(ruleset.document["rules"]), **_shared(ruleset))


def whole_ruleset_answer(ruleset: Ruleset, steps: Sequence[RulesetStep]) -> WholeRulesetAnswer:
    return WholeRulesetAnswer(
        rules=len(ruleset.document["rules"]),
        document=dict(ruleset.document),
        steps=[RulesetStepAnswer.model_validate(step) for step in steps],
        **_shared(ruleset),
    )


def _shared(ruleset: Ruleset) -> dict[str, Any]:
    return {name: getattr(ruleset, name) for name in ("id", "number", "state", "note", "made_by", "made_at")}


def report_answer(report: ShadowReport) -> ShadowReportAnswer:
    return ShadowReportAnswer(
        ruleset_id=report.ruleset_id,
        decisions=report.decisions,
        agreed=report.agreed,
        pairs=[
            OutcomePairAnswer(outcome=live, shadow_outcome=shadow, decisions=number)
            for live, shadow, number in report.pairs
        ],
        rules=[RuleCountAnswer(code=code, decisions=number) for code, number in report.codes],
        different=list(report.different),
    )


def list_answer(one: RiskList) -> RiskListAnswer:
    return RiskListAnswer.model_validate(one)


def parked_answer(parking: Parking) -> ParkedPaymentAnswer:
    names = (
        "kind", "person", "payee", "subject", "amount", "currency", "state", "tries", "parked_at", "decided_by", "words", "used_for",
        "end_reason", "ended_at",
    )  # fmt: skip
    facts = {name: getattr(parking, name) for name in names}
    ends_at = parking.challenge_until or parking.review_until
    return ParkedPaymentAnswer(decision_id=parking.id, ends_at=ends_at, **facts)


def own_parked_answer(parking: Parking) -> ParkedPaymentAnswer:
    """For who wanted to pay: who looked at it, and what he wrote, is not for her."""
    return parked_answer(parking).model_copy(update={"decided_by": None, "words": None})


def decision_answer(decision: Decision, parking: Parking | None) -> DecisionAnswer:
    """For who wanted to pay."""
    return DecisionAnswer(
        id=decision.id,
        kind=decision.kind,
        outcome=decision.outcome,
        reasons=[DecisionReasonAnswer(**why | {"seen": None}) for why in decision.reasons],
        payee=decision.payee,
        subject=decision.subject,
        amount=decision.amount,
        currency=decision.currency,
        decided_at=decision.decided_at,
        expires_at=decision.expires_at,
        parked=None if parking is None else own_parked_answer(parking),
    )


def whole_decision_answer(
    decision: Decision, parking: Parking | None, shadows: Sequence[tuple[UUID, RiskOutcome, list[str]]]
) -> DecisionAnswer:
    """For operators."""
    more: dict[str, Any] = {
        "ruleset_id": decision.ruleset_id,
        "reference": decision.reference,
        "person": decision.person,
        "device": decision.device,
        "country": decision.country,
        "counted": decision.counted,
        "reasons": [DecisionReasonAnswer(**why) for why in decision.reasons],
        "parked": None if parking is None else parked_answer(parking),
        "shadows": [
            ShadowDecisionAnswer(ruleset_id=ruleset_id, outcome=outcome, codes=codes)
            for ruleset_id, outcome, codes in shadows
        ],
    }
    return decision_answer(decision, parking).model_copy(update=more)
