"""Events of mass refunds."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.project_refunds.model import Refund
from services.p2p.wire_ids import ProjectId, ProjectRefundId

STATE_CHANGED = "p2p.project_refund.state_changed.v1"


class ProjectRefundTold(Answer):
    """A mass refund began, was stopped, goes on or is done. amount: all of it; reason: why it was stopped, a code."""

    project_refund_id: ProjectRefundId
    project_id: ProjectId
    cause: Literal["shortfall", "milestone_missed", "staff", "surplus"]
    amount: int
    currency: str
    shares: int
    batches: int
    state: Literal["running", "stopped", "done"]
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {STATE_CHANGED: ProjectRefundTold}


def told(refund: Refund) -> dict[str, object]:
    return ProjectRefundTold(
        project_refund_id=refund.id,
        project_id=refund.project_id,
        cause=refund.cause.value,
        amount=refund.amount_minor,
        currency=refund.currency,
        shares=refund.shares,
        batches=refund.batches,
        state=refund.state.value,
        reason=refund.reason,
    ).model_dump(mode="json")
