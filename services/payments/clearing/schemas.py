from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Rate, Request
from services.payments.clearing.model import (
    LONGEST_END_TO_END,
    MOST_WINDOWS,
    Change,
    Decision,
    Figures,
    Obligation,
    ObligationSource,
    ObligationState,
    Outcome,
    QueuePass,
    Settlement,
    SettlementParticipant,
    SettlementState,
    Window,
    WindowState,
)
from services.payments.clearing.netting import efficiency
from services.payments.clearing.participant_schemas import ModelCode, ParticipantCode

MOST_OBLIGATIONS = 8190
LONGEST_WAIT_SECONDS = 7 * 86_400
ObligationId = Annotated[UUID, TypeId("clo")]
WindowId = Annotated[UUID, TypeId("clw")]
SettlementId = Annotated[UUID, TypeId("cls")]
PassId = Annotated[UUID, TypeId("clq")]
EndToEnd = Annotated[
    str,
    Field(
        pattern=rf"^[A-Za-z0-9/?:().,'+ _-]{{0,{LONGEST_END_TO_END}}}$",
        description="the payment's own reference, for pacs.008",
    ),
]
WaitSeconds = Annotated[int, Field(strict=True, ge=1, le=LONGEST_WAIT_SECONDS)]


class ObligationFacts(Request):
    """id: the caller's own, the key of its retries. payer owes payee."""

    id: ObligationId
    payer: ParticipantCode
    payee: ParticipantCode
    amount: Amount
    end_to_end: EndToEnd = ""


class ObligationRequest(ObligationFacts):
    """queue: beyond the cap it waits, at most so long; else it is refused."""

    settlement_model: ModelCode
    queue: bool = False
    wait_seconds: WaitSeconds | None = None


class ObligationsRequest(Request):
    settlement_model: ModelCode
    queue: bool = False
    wait_seconds: WaitSeconds | None = None
    obligations: Annotated[list[ObligationFacts], Field(min_length=1, max_length=MOST_OBLIGATIONS)]


class ObligationAnswer(Answer):
    """state: that of its window; `SETTLED` at once where its model is immediate. due_at: how long it waits in the queue."""

    id: ObligationId
    settlement_model: str
    payer: str
    payee: str
    amount: int
    currency: str
    end_to_end: str
    state: ObligationState
    source: ObligationSource
    window_id: WindowId | None
    recorded_at: datetime
    due_at: datetime | None


class OutcomeAnswer(Answer):
    """code: `exists` for one that was there before; else why it was refused."""

    id: ObligationId
    outcome: Decision
    code: str | None


class OutcomesAnswer(Answer):
    """In the order of the request."""

    recorded: int
    queued: int
    refused: int
    items: list[OutcomeAnswer]


class QueuePassAnswer(Answer):
    """id: None where nothing was released, which leaves no record. moved_minor: what went between settlement accounts for it."""

    id: PassId | None
    examined: int
    released: int
    released_minor: int
    moved_minor: int
    made_at: datetime


class WindowAnswer(Answer):
    """due_at: its cut-off while open; once closed, by when it is to be settled."""

    id: WindowId
    settlement_model: str
    currency: str
    state: WindowState
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    ended_at: datetime | None
    settlement_id: SettlementId | None


class SettlementRequest(Request):
    window_ids: Annotated[list[WindowId], Field(min_length=1, max_length=MOST_WINDOWS)]


class AbortRequest(Request):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class FiguresAnswer(Answer):
    """Gross against net. efficiency: 1 − net ÷ gross, the part of the money that need not move."""

    obligations: int
    participants: int
    gross_minor: int
    bilateral_net_minor: int
    bilateral_efficiency: Rate
    multilateral_net_minor: int
    multilateral_efficiency: Rate


class ClearingSettlementAnswer(Answer):
    """figures: once they are worked out. reason: why it was aborted."""

    id: SettlementId
    settlement_model: str
    currency: str
    state: SettlementState
    window_ids: list[WindowId]
    figures: FiguresAnswer | None
    reason: str | None
    created_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class SettlementParticipantAnswer(Answer):
    """net_minor: owes less owed. beyond_cap: its net debit is more than its cap, which was lowered after the obligations."""

    participant: str
    state: SettlementState
    owes_minor: int
    owed_minor: int
    net_minor: int
    beyond_cap: bool


class SettlementReport(ClearingSettlementAnswer):
    participants: list[SettlementParticipantAnswer]


class WindowReport(Answer):
    window: WindowAnswer
    figures: FiguresAnswer


class ChangeAnswer(Answer):
    """participant: None for the settlement itself."""

    participant: str | None
    state: SettlementState
    changed_at: datetime
    reason: str | None


def obligation_answer(one: Obligation) -> ObligationAnswer:
    return ObligationAnswer(
        id=one.id, settlement_model=one.model, payer=one.payer, payee=one.payee, amount=one.amount, currency=one.currency,
        end_to_end=one.end_to_end, state=one.state, source=one.source, window_id=one.window_id, recorded_at=one.recorded_at,
        due_at=one.due_at,
    )  # fmt: skip


def outcomes_answer(outcomes: Sequence[Outcome]) -> OutcomesAnswer:
    counts = {decision: sum(one.decision is decision for one in outcomes) for decision in Decision}
    return OutcomesAnswer(
        recorded=counts[Decision.RECORDED],
        queued=counts[Decision.QUEUED],
        refused=counts[Decision.REFUSED],
        items=[OutcomeAnswer(id=one.id, outcome=one.decision, code=one.code) for one in outcomes],
    )


def pass_answer(one: QueuePass) -> QueuePassAnswer:
    return QueuePassAnswer(
        id=one.id if one.released else None, examined=one.examined, released=one.released, released_minor=one.released_minor,
        moved_minor=one.moved_minor, made_at=one.made_at,
    )  # fmt: skip


def window_answer(window: Window) -> WindowAnswer:
    return WindowAnswer(
        id=window.id, settlement_model=window.model, currency=window.currency, state=window.state, opened_at=window.opened_at,
        due_at=window.due_at, closed_at=window.closed_at, ended_at=window.ended_at, settlement_id=window.settlement_id,
    )  # fmt: skip


def figures_answer(figures: Figures) -> FiguresAnswer:
    def saved(net_minor: int) -> Decimal:
        return efficiency(net_minor, figures.gross_minor)

    return FiguresAnswer(
        obligations=figures.obligations,
        participants=figures.participants,
        gross_minor=figures.gross_minor,
        bilateral_net_minor=figures.bilateral_minor,
        bilateral_efficiency=saved(figures.bilateral_minor),
        multilateral_net_minor=figures.multilateral_minor,
        multilateral_efficiency=saved(figures.multilateral_minor),
    )


def settlement_answer(one: Settlement) -> ClearingSettlementAnswer:
    return ClearingSettlementAnswer(
        id=one.id, settlement_model=one.model, currency=one.currency, state=one.state, window_ids=list(one.window_ids),
        figures=None if one.figures is None else figures_answer(one.figures), reason=one.reason, created_at=one.created_at,
        due_at=one.due_at, ended_at=one.ended_at,
    )  # fmt: skip


def participant_in_settlement(one: SettlementParticipant) -> SettlementParticipantAnswer:
    return SettlementParticipantAnswer(
        participant=one.code, state=one.state, owes_minor=one.owes_minor, owed_minor=one.owed_minor, net_minor=one.net_minor,
        beyond_cap=one.beyond_cap,
    )  # fmt: skip


def change_answer(one: Change) -> ChangeAnswer:
    return ChangeAnswer.model_validate(one)
