"""Stories of a mass refund: divided once, paid batch by batch, stopped and gone on with. The project is locked first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from finance.sharing import tie_key
from services.p2p.deliveries import actions as delivery_actions
from services.p2p.errors import NotAllowedInState
from services.p2p.milestones import actions as milestone_actions
from services.p2p.milestones import queries as milestone_queries
from services.p2p.milestones.model import MilestoneState
from services.p2p.pledges import queries as pledge_queries
from services.p2p.pledges.model import PledgeState
from services.p2p.project_refunds import queries, rules
from services.p2p.project_refunds.events import STATE_CHANGED, told
from services.p2p.project_refunds.model import (
    Refund,
    RefundCause,
    RefundEvent,
    RefundShare,
    RefundState,
    Sending,
    ShareRefused,
)
from services.p2p.projects import actions as project_actions
from services.p2p.projects.errors import NothingLeft, PayoutUnderWay, UnknownProjectRefund
from services.p2p.projects.model import Project, ProjectEvent, ProjectState
from services.p2p.wire_ids import pledge_text, project_refund_text, project_text

REFUND_JOB = "p2p.refund_project"
REFUSED = "shares_refused"


async def by_staff(tx: Tx, caller: Caller, *, project_id: UUID) -> Refund:
    """Staff gives the rest of a funded project back. Raises UnknownProject, NotAllowedInState, PayoutUnderWay, NothingLeft."""
    project = await project_actions.locked(tx, project_id)
    if project.state is not ProjectState.FUNDED:
        raise NotAllowedInState("only what a funded project has left is refunded", state=project.state.value)
    every = await milestone_queries.of_project(tx.connection, project_id)
    missed = any(one.state is MilestoneState.OVERDUE for one in every)
    cause = RefundCause.MILESTONE_MISSED if missed else RefundCause.STAFF
    return await begin(tx, project, cause, asked_by=caller.subject)


async def for_missed(tx: Tx, caller: Caller, *, milestone_id: UUID) -> Refund | None:
    """Staff has let a missed milestone wait too long: the rest goes back. None if somebody was first, or nothing is left: then what is
    owed is rewards alone, and no milestone is waited for."""
    project, milestone = await milestone_actions.locked(tx, milestone_id)
    due = milestone.due_at is not None and milestone.due_at <= tx.now
    if project.state is not ProjectState.FUNDED or milestone.state is not MilestoneState.OVERDUE or not due:
        return None
    if project.held_minor <= 0:
        await milestone_actions.close_all(tx, project)
        delivering = await project_actions.step(
            tx, project, ProjectEvent.PAY_OUT, taken_by="time", reason="nothing_left"
        )
        await delivery_actions.settle(tx, delivering)
        return None
    return await begin(tx, project, RefundCause.MILESTONE_MISSED, asked_by="time")


async def begin(tx: Tx, project: Project, cause: RefundCause, *, asked_by: str) -> Refund:
    """Divide what a locked project has left over everybody who paid. Raises PayoutUnderWay, NothingLeft."""
    if await milestone_queries.paying(tx.connection, project.id):
        raise PayoutUnderWay("a milestone is being paid: ask again when it is")
    if project.held_minor <= 0:
        raise NothingLeft("everything has been paid out")
    assert project.account_id is not None
    if cause is not RefundCause.SURPLUS:
        await milestone_actions.close_all(tx, project)
        await delivery_actions.close_all(tx, project)
    refund_id = tx.ids.new()
    shares = await _divided(tx, project, refund_id)
    refund = Refund(
        id=refund_id,
        project_id=project.id,
        cause=cause,
        amount_minor=project.held_minor,
        currency=project.currency,
        account_id=project.account_id,
        shares=len(shares),
        batches=shares[-1].batch,
        state=RefundState.RUNNING,
        reason=None,
        asked_by=asked_by,
        made_at=tx.now,
        changed_at=tx.now,
        due_at=None,
    )
    await queries.add(tx.connection, refund, shares)
    await project_actions.step(tx, project, ProjectEvent.REFUND, taken_by=asked_by, reason=cause.value)
    tx.jobs.add(REFUND_JOB, {"id": str(refund.id)})
    tx.events.add(STATE_CHANGED, project_refund_text(refund.id), told(refund))
    return refund


async def stop(tx: Tx, caller: Caller, *, refund_id: UUID) -> Refund:
    """No batch is sent any more; the one under way ends. Raises UnknownProjectRefund, NotAllowedInState."""
    _, refund = await locked(tx, refund_id)
    return await _step(tx, refund, RefundEvent.STOP, reason="stopped_by_staff")


async def resume(tx: Tx, caller: Caller, *, refund_id: UUID) -> Refund:
    """It goes on where it stopped. Raises UnknownProjectRefund, NotAllowedInState."""
    _, refund = await locked(tx, refund_id)
    resumed = await _step(tx, refund, RefundEvent.RESUME)
    tx.jobs.add(REFUND_JOB, {"id": str(refund.id)})
    return resumed


async def resume_due(tx: Tx, caller: Caller, *, refund_id: UUID) -> Refund:
    """Nobody's money stays behind because a refund was stopped and forgotten."""
    _, refund = await locked(tx, refund_id)
    if refund.due_at is None or refund.due_at > tx.now:
        return refund
    return await resume(tx, caller, refund_id=refund_id)


async def begin_batch(tx: Tx, caller: Caller, *, refund_id: UUID, after: int) -> Sending | None:
    """The batch to be sent next in a run that has been through those up to `after`; None if there is none, or the refund is stopped.

    One that was begun and never recorded comes first, also of a refund that was stopped: the ledger may have paid it. When every batch
    was sent and shares are left, the ledger has refused them: the refund is stopped, and goes on by itself.
    """
    _, refund = await locked(tx, refund_id)
    number = await queries.begun(tx.connection, refund_id)
    if number is None and refund.state is RefundState.RUNNING:
        number = await queries.begin_next(tx.connection, refund_id, after, tx.now)
        if number is None:
            await _step(tx, refund, RefundEvent.STOP, reason=REFUSED)
    if number is None:
        return None
    return Sending(refund, number, await queries.unpaid(tx.connection, refund_id, number))


async def hasten(tx: Tx, project: Project) -> None:
    """Money has come back to a locked project that lacked it: a refund that the ledger refused goes on now."""
    refund = await queries.of_project(tx.connection, project.id)
    if refund is not None and refund.state is RefundState.STOPPED and refund.reason == REFUSED:
        await queries.save(tx.connection, replace(refund, due_at=tx.now))


async def record_batch(
    tx: Tx,
    caller: Caller,
    *,
    refund_id: UUID,
    batch: int,
    paid: Sequence[UUID],
    refused: Mapping[UUID, ShareRefused],
) -> Refund:
    """What the ledger said of a batch, by pledge. Told twice it is counted once."""
    project, refund = await locked(tx, refund_id)
    amounts = await queries.paid(tx.connection, refund_id, batch, paid, tx.now)
    ended = None if refund.cause is RefundCause.SURPLUS else PledgeState.REFUNDED.value
    await queries.credit_pledges(tx.connection, refund_id, list(amounts), ended, tx.now)
    refunded = project.refunded_minor + sum(amounts.values())
    project = await project_actions.save(tx, replace(project, refunded_minor=refunded))
    if refused:
        await queries.refused(tx.connection, refund_id, refused)
    return await _recorded(tx, project, refund, batch)


async def withhold(tx: Tx, project: Project, pledge_id: UUID, amount_minor: int) -> None:
    """What her bank gave a backer is not paid to her again, of a share that waits; nothing of its project is under way."""
    refund = await queries.of_project(tx.connection, project.id)
    assert refund is not None
    batch = await queries.withhold(tx.connection, refund.id, pledge_id, amount_minor, tx.now)
    await _recorded(tx, project, refund, batch)


async def _recorded(tx: Tx, project: Project, refund: Refund, batch: int) -> Refund:
    """A batch is not under way any more; with the last share of the last one the refund is done."""
    whole = not await queries.unpaid(tx.connection, refund.id, batch)
    await queries.record_batch(tx.connection, refund.id, batch, tx.now if whole else None)
    if refund.state is RefundState.DONE or await queries.batches_left(tx.connection, refund.id):
        return refund
    event = ProjectEvent.RETURNED if refund.cause is RefundCause.SURPLUS else ProjectEvent.REFUNDED
    await project_actions.step(tx, project, event, taken_by="payments")
    return await _step(tx, refund, RefundEvent.FINISH)


async def locked(tx: Tx, refund_id: UUID) -> tuple[Project, Refund]:
    """Project and refund, in this order. Raises UnknownProjectRefund."""
    known = await queries.load(tx.connection, refund_id)
    if known is None:
        raise UnknownProjectRefund("no such refund", field="refund_id")
    project = await project_actions.locked(tx, known.project_id)
    refund = await queries.load(tx.connection, refund_id, lock=True)
    assert refund is not None
    return project, refund


async def _divided(tx: Tx, project: Project, refund_id: UUID) -> list[RefundShare]:
    """By what each paid, largest remainder; in batches by pledge. Who would get nothing has no share."""
    payers = await pledge_queries.payers(tx.connection, project.id)
    keys = [tie_key(project_text(project.id), 0, pledge_text(one.pledge_id)) for one in payers]
    amounts = rules.shares_of(project.held_minor, [one.paid_minor for one in payers], keys)
    due = [(payer, amount) for payer, amount in zip(payers, amounts, strict=True) if amount]
    return [
        RefundShare(
            refund_id=refund_id,
            batch=at // rules.BATCH + 1,
            pledge_id=payer.pledge_id,
            backer=payer.backer,
            account_id=payer.account_id,
            amount_minor=amount,
            withheld_minor=0,
            tries=0,
            reason=None,
            paid_at=None,
        )
        for at, (payer, amount) in enumerate(due)
    ]


async def _step(tx: Tx, refund: Refund, event: RefundEvent, *, reason: str | None = None) -> Refund:
    state = rules.next_state(refund, event)
    due_at = tx.now + timedelta(days=rules.STOPPED_DAYS) if state is RefundState.STOPPED else None
    moved = replace(refund, state=state, reason=reason, changed_at=tx.now, due_at=due_at)
    await queries.save(tx.connection, moved)
    tx.events.add(STATE_CHANGED, project_refund_text(refund.id), told(moved))
    return moved
