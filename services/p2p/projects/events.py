"""Events of projects: ids, states and amounts, never what a creator wrote."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.projects.model import Project
from services.p2p.wire_ids import ProjectId

StateName = Literal[
    "draft", "submitted", "recommended", "opening", "live", "collecting", "funded", "delivering", "fulfilled", "undelivered",
    "refunding", "refunded", "failed", "declined", "cancelled",
]  # fmt: skip
STATE_CHANGED = "p2p.project.state_changed.v1"


class ProjectTold(Answer):
    """A project entered a state. reason: a code; pledged, collected and the rest in minor units."""

    project_id: ProjectId
    creator: str
    programme: str
    programme_version: int
    currency: str
    goal: int
    pledged: int
    backers: int
    collected: int
    refunded: int
    state: StateName
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {STATE_CHANGED: ProjectTold}


def told(project: Project) -> dict[str, object]:
    return ProjectTold(
        project_id=project.id,
        creator=project.creator,
        programme=project.programme_code,
        programme_version=project.programme_version,
        currency=project.currency,
        goal=project.goal_minor,
        pledged=project.pledged_minor,
        backers=project.backers,
        collected=project.collected_minor,
        refunded=project.refunded_minor,
        state=project.state.value,
        reason=project.reason,
    ).model_dump(mode="json")
