"""Events of milestones."""

from datetime import date
from typing import Literal

from chassis.wire import Answer
from services.p2p.milestones.model import Milestone
from services.p2p.wire_ids import MilestoneId, ProjectId

StateName = Literal["planned", "overdue", "reported", "checked", "paying", "paid", "closed"]
STATE_CHANGED = "p2p.milestone.state_changed.v1"
REVIEW_WAITS = "p2p.milestone.review_waits.v1"


class MilestoneTold(Answer):
    """A milestone changed its state, or has waited for staff for another week. net, fee: what its payout moves."""

    milestone_id: MilestoneId
    project_id: ProjectId
    number: int
    due_on: date
    net: int | None
    fee: int | None
    state: StateName
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {STATE_CHANGED: MilestoneTold, REVIEW_WAITS: MilestoneTold}


def told(milestone: Milestone) -> dict[str, object]:
    return MilestoneTold(
        milestone_id=milestone.id,
        project_id=milestone.project_id,
        number=milestone.number,
        due_on=milestone.due_on,
        net=milestone.net_minor,
        fee=milestone.fee_minor,
        state=milestone.state.value,
        reason=milestone.reason,
    ).model_dump(mode="json")
