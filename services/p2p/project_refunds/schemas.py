"""Mass refunds on the wire."""

from datetime import datetime
from typing import Literal

from chassis import wire
from services.p2p.project_refunds.model import Refund, RefundBatch
from services.p2p.wire_ids import ProjectId, ProjectRefundId


class ProjectRefundAnswer(wire.Answer):
    """reason: why it was stopped, a code; due_at: when a stopped one goes on by itself."""

    id: ProjectRefundId
    project_id: ProjectId
    cause: Literal["shortfall", "milestone_missed", "staff", "surplus"]
    amount: int
    currency: str
    shares: int
    batches: int
    state: Literal["running", "stopped", "done"]
    reason: str | None
    asked_by: str
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None


class RefundBatchAnswer(wire.Answer):
    number: int
    shares: int
    amount: int
    paid_at: datetime | None


class ProjectRefundPage(wire.Answer):
    """Its batches in the order in which they are paid."""

    refund: ProjectRefundAnswer
    batches: list[RefundBatchAnswer]


def refund_answer(refund: Refund) -> ProjectRefundAnswer:
    return ProjectRefundAnswer(
        id=refund.id,
        project_id=refund.project_id,
        cause=refund.cause.value,
        amount=refund.amount_minor,
        currency=refund.currency,
        shares=refund.shares,
        batches=refund.batches,
        state=refund.state.value,
        reason=refund.reason,
        asked_by=refund.asked_by,
        made_at=refund.made_at,
        changed_at=refund.changed_at,
        due_at=refund.due_at,
    )


def refund_page(refund: Refund, batches: list[RefundBatch]) -> ProjectRefundPage:
    shown = [
        RefundBatchAnswer(number=one.number, shares=one.shares, amount=one.amount_minor, paid_at=one.paid_at)
        for one in batches
    ]
    return ProjectRefundPage(refund=refund_answer(refund), batches=shown)
