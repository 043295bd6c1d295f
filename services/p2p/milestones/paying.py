"""How a milestone is paid: released by a second of staff, moved by its job, recorded; after the last one nothing is left."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.deliveries import actions as delivery_actions
from services.p2p.errors import NotAllowedInState
from services.p2p.milestones import queries
from services.p2p.milestones.actions import locked, step
from services.p2p.milestones.model import Milestone, MilestoneEvent, MilestoneState
from services.p2p.project_refunds import actions as refund_actions
from services.p2p.project_refunds.model import RefundCause
from services.p2p.projects import actions as project_actions
from services.p2p.projects.errors import SameReviewer
from services.p2p.projects.model import Project, ProjectEvent

PAY_JOB = "p2p.pay_milestone"
JOB_GRACE_SECONDS = 10


async def release(tx: Tx, caller: Caller, *, milestone_id: UUID) -> Milestone:
    """The second pair of eyes. Raises UnknownMilestone, NotAllowedInState, SameReviewer."""
    _, milestone = await locked(tx, milestone_id)
    if milestone.state is not MilestoneState.CHECKED:
        # One that nobody has to check is paid by the house when its project is funded, by nobody else.
        raise NotAllowedInState("what was checked is released", state=milestone.state.value)
    if milestone.checked_by == caller.subject:
        raise SameReviewer("another of staff releases what you have checked")
    return await pay(tx, milestone, released_by=caller.subject, delay_seconds=JOB_GRACE_SECONDS)


async def pay(tx: Tx, milestone: Milestone, *, released_by: str, delay_seconds: float = 0) -> Milestone:
    """A locked milestone is to be paid. Of one that nobody has to check, both pairs of eyes are the house's."""
    released = replace(
        milestone,
        checked_by=milestone.checked_by or released_by,
        released_by=released_by,
        attempts=milestone.attempts + 1,
        reason=None,
    )
    paying = await step(tx, released, MilestoneEvent.RELEASE)
    tx.jobs.add(PAY_JOB, {"id": str(milestone.id)}, delay_seconds=delay_seconds)
    return paying


async def record_paid(tx: Tx, caller: Caller, *, milestone_id: UUID, attempt: int) -> Milestone:
    """The ledger moved it; an answer about another attempt says nothing.

    After the last one the project delivers, or its surplus goes back first.
    """
    project, milestone = await locked(tx, milestone_id)
    if milestone.state is not MilestoneState.PAYING or milestone.attempts != attempt:
        return milestone
    paid = await step(tx, milestone, MilestoneEvent.PAY)
    assert paid.net_minor is not None
    assert paid.fee_minor is not None
    project = await project_actions.save(
        tx,
        replace(project, paid_minor=project.paid_minor + paid.net_minor, fee_minor=project.fee_minor + paid.fee_minor),
    )
    every = await queries.of_project(tx.connection, project.id)
    if all(one.state is MilestoneState.PAID for one in every):
        await _finish(tx, project)
    return paid


async def record_refused(tx: Tx, caller: Caller, *, milestone_id: UUID, attempt: int, reason: str) -> Milestone:
    """The ledger refused it: nothing moved, and staff looks again."""
    _, milestone = await locked(tx, milestone_id)
    if milestone.state is not MilestoneState.PAYING or milestone.attempts != attempt:
        return milestone
    return await step(tx, milestone, MilestoneEvent.REFUSE, reason=reason)


async def _finish(tx: Tx, project: Project) -> None:
    if project.held_minor > 0:
        await refund_actions.begin(tx, project, RefundCause.SURPLUS, asked_by="p2p")
        return
    delivering = await project_actions.step(tx, project, ProjectEvent.PAY_OUT, taken_by="payments")
    await delivery_actions.settle(tx, delivering)
