"""Event types of clearing. Amounts in minor units."""

from pydantic import BaseModel


class ParticipantChanged(BaseModel):
    """amount, currency: where liquidity was brought or taken."""

    participant_id: str
    participant: str
    amount: int | None = None
    currency: str | None = None


class ModelMade(BaseModel):
    """Or retired."""

    settlement_model: str
    currency: str


class CapSet(BaseModel):
    """amount: the most the participant may owe, net, from now on."""

    participant: str
    settlement_model: str
    amount: int
    currency: str


class ObligationsRecorded(BaseModel):
    """In one commit; each can be asked for by its id."""

    settlement_model: str
    currency: str
    recorded: int
    recorded_minor: int
    queued: int
    queued_minor: int


class ObligationEnded(BaseModel):
    """It waits no more, and nothing is owed for it."""

    obligation_id: str


class QueueReleased(BaseModel):
    """moved_minor: what went between settlement accounts, where payments are settled at once."""

    pass_id: str
    settlement_model: str
    currency: str
    released: int
    released_minor: int
    moved_minor: int


class WindowClosed(BaseModel):
    window_id: str
    settlement_model: str
    currency: str
    next_window_id: str


class SettlementChanged(BaseModel):
    """gross_minor, net_minor: 0 before they are worked out."""

    settlement_id: str
    settlement_model: str
    currency: str
    gross_minor: int
    net_minor: int


class CarriedOver(BaseModel):
    """window_id: where what could not be settled now waits."""

    settlement_id: str
    window_id: str
    carried: int
    carried_minor: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.clearing.participant_joined.v1": ParticipantChanged,
    "payments.clearing.participant_licensed.v1": ParticipantChanged,
    "payments.clearing.participant_suspended.v1": ParticipantChanged,
    "payments.clearing.participant_reinstated.v1": ParticipantChanged,
    "payments.clearing.participant_left.v1": ParticipantChanged,
    "payments.clearing.participant_liquidity_brought.v1": ParticipantChanged,
    "payments.clearing.participant_liquidity_taken.v1": ParticipantChanged,
    "payments.clearing.model_made.v1": ModelMade,
    "payments.clearing.model_retired.v1": ModelMade,
    "payments.clearing.cap_set.v1": CapSet,
    "payments.clearing.obligations_recorded.v1": ObligationsRecorded,
    "payments.clearing.obligation_cancelled.v1": ObligationEnded,
    "payments.clearing.obligation_expired.v1": ObligationEnded,
    "payments.clearing.queue_released.v1": QueueReleased,
    "payments.clearing.window_closed.v1": WindowClosed,
    "payments.clearing.settlement_begun.v1": SettlementChanged,
    "payments.clearing.settlement_settled.v1": SettlementChanged,
    "payments.clearing.settlement_aborted.v1": SettlementChanged,
    "payments.clearing.carried_over.v1": CarriedOver,
}
