"""Milestones on the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chassis import wire
from services.p2p.milestones.events import StateName
from services.p2p.milestones.model import Milestone
from services.p2p.wire_ids import MilestoneId, ProjectId

ReasonCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["evidence_unclear"])]


class ReportRequest(wire.Request):
    """evidence: what was done, and where it can be seen; used: of a public benefit, what of the money paid out was spent so far."""

    evidence: Annotated[str, Field(min_length=1, max_length=5_000)]
    used: wire.AmountOrZero | None = None


class ReturnRequest(wire.Request):
    """reason: a code."""

    reason: ReasonCode


class ExtensionRequest(wire.Request):
    """due_on: the new day; the milestones after it are put off by as many days."""

    due_on: wire.Day


class MilestoneAnswer(wire.Answer):
    """net, fee: what its payout moves to the creator and to the house, known once the project is funded.

    due_at: when its day is over, when staff must have decided, or when staff is told again.
    """

    id: MilestoneId
    project_id: ProjectId
    number: int
    title: str
    share: wire.Rate
    due_on: date
    state: StateName
    reason: str | None
    net: int | None
    fee: int | None
    evidence: str | None
    used: int | None
    changed_at: datetime
    due_at: datetime | None


def milestone_answer(milestone: Milestone) -> MilestoneAnswer:
    return MilestoneAnswer(
        id=milestone.id,
        project_id=milestone.project_id,
        number=milestone.number,
        title=milestone.title,
        share=milestone.share,
        due_on=milestone.due_on,
        state=milestone.state.value,
        reason=milestone.reason,
        net=milestone.net_minor,
        fee=milestone.fee_minor,
        evidence=milestone.evidence,
        used=milestone.used_minor,
        changed_at=milestone.changed_at,
        due_at=milestone.due_at,
    )
