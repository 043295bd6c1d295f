"""Events of pledges."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.pledges.model import Pledge
from services.p2p.wire_ids import PledgeId, ProjectId

StateName = Literal[
    "pending", "unsigned", "standing", "withdrawn", "lapsed", "released", "charging", "retrying", "dropped", "collected",
    "refunded", "charged_back",
]  # fmt: skip
STATE_CHANGED = "p2p.pledge.state_changed.v1"


class PledgeTold(Answer):
    """A pledge stands, was changed, withdrawn or lapsed; was collected, dropped, or its charge failed; or its bank took it back.

    `charging` with `review_required`: somebody at payments looks at its charge first.

    `retrying` is the reminder to its backer: it is charged again at `due_at`. reason: a code. What ends all pledges of a project at
    once is told of the project.
    """

    pledge_id: PledgeId
    project_id: ProjectId
    backer: str
    amount: int
    currency: str
    state: StateName
    reason: str | None
    due_at: str | None


EVENT_TYPES: dict[str, type[Answer]] = {STATE_CHANGED: PledgeTold}


def told(pledge: Pledge) -> dict[str, object]:
    return PledgeTold(
        pledge_id=pledge.id,
        project_id=pledge.project_id,
        backer=pledge.backer,
        amount=pledge.amount_minor,
        currency=pledge.currency,
        state=pledge.state.value,
        reason=pledge.reason,
        due_at=None if pledge.due_at is None else pledge.due_at.isoformat(),
    ).model_dump(mode="json")
