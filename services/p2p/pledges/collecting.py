"""How a project's pledges are charged once its time is over: begun, recorded, tried again, and what follows at the end.

The project is locked first, so that what was collected is counted once and its end is decided once.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.deliveries import actions as delivery_actions
from services.p2p.milestones import actions as milestone_actions
from services.p2p.milestones import paying
from services.p2p.milestones import queries as milestone_queries
from services.p2p.pledges import actions, queries, rules
from services.p2p.pledges.events import STATE_CHANGED, told
from services.p2p.pledges.model import ENDED, Charge, Pledge, PledgeEvent, PledgeState
from services.p2p.pledges.receipts import receipt_of
from services.p2p.programmes.model import FundingProgramme
from services.p2p.project_refunds import actions as refund_actions
from services.p2p.project_refunds.model import RefundCause
from services.p2p.projects import actions as project_actions
from services.p2p.projects.model import Project, ProjectEvent, ProjectState
from services.p2p.projects.rules import UNKNOWN_HOURS, Outcome, outcome_of, portions
from services.p2p.wire_ids import pledge_text

COLLECT_JOB = "p2p.collect_pledges"
LATE_JOB = "p2p.return_late_debit"
LOOK_AGAIN = timedelta(hours=1)
"""A review at payments that nobody has told the end of: the charge is asked for again."""


async def begin(tx: Tx, project: Project) -> None:
    """A locked project's time ended well: everybody who stands is charged, whoever has not signed is not."""
    collecting = await project_actions.step(
        tx, replace(project, closed_at=tx.now), ProjectEvent.COLLECT, taken_by="time"
    )
    await actions.lapse_all(tx, collecting)
    await queries.move_all(
        tx.connection, project.id, PledgeState.STANDING, PledgeState.CHARGING, tx.now, due_at=tx.now, charged=1
    )
    _collect(tx, project)


async def try_again(tx: Tx, caller: Caller, *, project_id: UUID) -> int:
    """Charges whose next try is due begin again, and those under way go on. At the end of collecting nothing begins: what is not paid
    then is dropped. Answers how many begin."""
    project = await project_actions.locked(tx, project_id)
    if project.state is not ProjectState.COLLECTING or project.due_at is None:
        return 0
    _collect(tx, project)
    if project.due_at <= tx.now:
        return 0
    return await queries.move_all(
        tx.connection,
        project.id,
        PledgeState.RETRYING,
        PledgeState.CHARGING,
        tx.now,
        due_at=tx.now,
        due_before=tx.now,
        charged=1,
    )


async def hear_late(tx: Tx, *, mandate_id: str) -> None:
    """Payments tells that a bank paid a debit after it had been given up. A pledge that waits for its next try counts it at once; of one
    that has ended it goes back."""
    known = await queries.under_mandate(tx.connection, mandate_id)
    if known is None:
        return
    project, pledge = await actions.locked(tx, known.id)
    if pledge.state is PledgeState.RETRYING:
        await queries.save(tx.connection, replace(pledge, due_at=tx.now))
        _collect(tx, project)
    elif pledge.state in ENDED:
        tx.jobs.add(LATE_JOB, {"id": str(pledge.id)})


async def hear_decision(tx: Tx, *, decision_id: str) -> None:
    """Payments tells that a review is decided, or over: what waits for it is charged again at once, with it."""
    known = await queries.waiting_for(tx.connection, decision_id)
    if known is None:
        return
    project, pledge = await actions.locked(tx, known.id)
    if pledge.state is PledgeState.CHARGING and pledge.decision_id == decision_id:
        await queries.save(tx.connection, replace(pledge, due_at=tx.now))
        _collect(tx, project)


async def record(tx: Tx, caller: Caller, *, project_id: UUID, charges: Sequence[Charge]) -> None:
    """What payments said of charges. Told twice it is counted once: of another try, or of one that has its end, nothing is."""
    project = await project_actions.locked(tx, project_id)
    if project.state is not ProjectState.COLLECTING:
        return
    programme = await project_actions.programme_of(tx, project)
    said = {charge.pledge_id: charge for charge in charges}
    changed = [
        _answered(tx, project, programme, pledge, said[pledge.id])
        for pledge in await queries.lock_charging(tx.connection, said)
        if said[pledge.id].attempt == pledge.attempts
    ]
    await queries.save_charges(tx.connection, changed)
    collected = [pledge for pledge in changed if pledge.state is PledgeState.COLLECTED]
    if project.public_benefit:
        await queries.add_receipts(tx.connection, [receipt_of(project, pledge, tx.now) for pledge in collected])
    for pledge in changed:
        if pledge.state is not PledgeState.CHARGING or said[pledge.id].decision_id is not None:
            tx.events.add(STATE_CHANGED, pledge_text(pledge.id), told(pledge))
    more = sum(pledge.amount_minor for pledge in collected)
    project = await project_actions.save(tx, replace(project, collected_minor=project.collected_minor + more))
    await settle(tx, project)


async def settle(tx: Tx, project: Project) -> Project:
    """Decide what follows, once every charge of a locked project has its end: by itself, or because tries are over.

    A charge of which a bank has not said how it ended is waited for.
    """
    over = project.due_at is not None and project.due_at <= tx.now
    if over:
        await _drop(tx, project)
    waiting = await queries.count(tx.connection, project.id)
    if waiting and not over:
        return project
    if waiting:
        return await project_actions.save(tx, replace(project, due_at=tx.now + timedelta(hours=UNKNOWN_HOURS)))
    programme = await project_actions.programme_of(tx, project)
    outcome = outcome_of(programme, project.goal_minor, max(project.net_minor, 0))
    if outcome is Outcome.FAILED:
        return await project_actions.step(tx, project, ProjectEvent.FAIL, taken_by="p2p", reason="nothing_collected")
    if outcome is Outcome.REFUNDED:
        await refund_actions.begin(tx, project, RefundCause.SHORTFALL, asked_by="p2p")
        return await project_actions.locked(tx, project.id)
    return await _fund(tx, project, programme)


async def _fund(tx: Tx, project: Project, programme: FundingProgramme) -> Project:
    """The project stands: rewards are owed, milestones count; without any all is paid at once."""
    funded = await project_actions.step(tx, project, ProjectEvent.FUND, taken_by="p2p")
    await delivery_actions.begin(tx, funded)
    plans = await milestone_queries.of_project(tx.connection, project.id)
    shares = [one.share for one in plans] or [Decimal(1)]
    begun = await milestone_actions.begin(tx, funded, portions(funded, programme.fee_rate, shares))
    if not plans:
        await paying.pay(tx, begun[0], released_by="p2p")
    return funded


def _collect(tx: Tx, project: Project) -> None:
    """One job of a project at a time."""
    tx.jobs.add(COLLECT_JOB, {"id": str(project.id)}, key=f"{COLLECT_JOB} {project.id}")


async def _drop(tx: Tx, project: Project) -> None:
    for pledge in await queries.drop_all(tx.connection, project.id, tx.now):
        tx.events.add(STATE_CHANGED, pledge_text(pledge.id), told(pledge))


def _answered(tx: Tx, project: Project, programme: FundingProgramme, pledge: Pledge, charge: Charge) -> Pledge:
    """A pledge after an answer about its charge."""
    known = replace(
        pledge,
        account_id=charge.account_id or pledge.account_id,
        debit_id=charge.debit_id,
        decision_id=charge.decision_id,
        changed_at=tx.now,
    )
    if charge.decision_id is not None:
        return replace(known, reason=charge.reason, due_at=tx.now + LOOK_AGAIN)
    if charge.collected is None:
        return replace(known, due_at=tx.now)  # asked again at once, under the same number
    if charge.collected:
        return replace(known, state=rules.next_state(pledge, PledgeEvent.COLLECT), reason=None, due_at=None)
    assert project.due_at is not None
    return replace(
        known,
        state=rules.next_state(pledge, PledgeEvent.FAIL),
        reason=charge.reason,
        due_at=rules.next_try(tx.now, programme.remind_hours, project.due_at),
    )
