"""Event types of risk. Amounts in minor units; reasons and values are read at the decision."""

from pydantic import BaseModel


class RiskDecided(BaseModel):
    """A payment was not made: refused, or parked. person: who wanted to pay."""

    decision_id: str
    kind: str
    person: str
    amount: int
    currency: str


class ParkedPaymentTold(RiskDecided):
    """released: it may be made now, once; used_for: the record that was made; end_reason: why it never will be, its money back."""

    state: str
    end_reason: str | None
    used_for: str | None


class RulesetChanged(BaseModel):
    """rollback: it had been live before."""

    ruleset_id: str
    number: int
    state: str
    rollback: bool


class RiskListChanged(BaseModel):
    list_id: str
    added: int
    removed: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.risk.refused.v1": RiskDecided,
    "payments.risk.step_up_required.v1": RiskDecided,
    "payments.risk.review_required.v1": RiskDecided,
    "payments.risk.released.v1": ParkedPaymentTold,
    "payments.risk.carried_out.v1": ParkedPaymentTold,
    "payments.risk.ended.v1": ParkedPaymentTold,
    "payments.risk.ruleset_changed.v1": RulesetChanged,
    "payments.risk.list_changed.v1": RiskListChanged,
}
