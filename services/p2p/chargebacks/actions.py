"""Stories of a chargeback: noted when payments tells of it, booked when nothing else of its project, or loan, is under way.

Locks: project and pledge, or loan and debit; chargeback; then whatever else of the project or loan changes.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.chargebacks import debts, queries, repaid_loans, rules
from services.p2p.chargebacks.events import BOOKED, UNMATCHED, told
from services.p2p.chargebacks.model import Bearing, Chargeback, ChargebackEvent, ChargebackKind, ChargebackState
from services.p2p.debiting import debit_queries, debits
from services.p2p.deliveries import actions as delivery_actions
from services.p2p.milestones import actions as milestone_actions
from services.p2p.milestones import queries as milestone_queries
from services.p2p.pledges import actions as pledge_actions
from services.p2p.pledges import queries as pledge_queries
from services.p2p.pledges.model import PAID, Pledge
from services.p2p.project_refunds import actions as refund_actions
from services.p2p.project_refunds import queries as refund_queries
from services.p2p.project_refunds.model import RefundShare
from services.p2p.projects import actions as project_actions
from services.p2p.projects.model import Project, ProjectState
from services.p2p.wire_ids import chargeback_text

BOOK_JOB = "p2p.book_chargeback"


async def note(
    tx: Tx,
    *,
    source: str,
    debit_id: str,
    kind: ChargebackKind,
    reason: str,
    amount_minor: int,
    fee_minor: int,
    currency: str,
) -> None:
    """Payments has told that a debit of ours was taken back. Whose it was is looked for by the job: its answer may be on its way still."""
    noted = Chargeback(
        id=tx.ids.new(),
        source=source,
        debit_id=debit_id,
        kind=kind,
        reason=reason,
        amount_minor=amount_minor,
        fee_minor=fee_minor,
        currency=currency,
        state=ChargebackState.NOTED,
        pledge_id=None,
        project_id=None,
        loan_debit_id=None,
        borne_minor=None,
        noted_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now,
    )
    if await queries.add(tx.connection, noted):
        tx.jobs.add(BOOK_JOB, {"id": str(noted.id)})


async def book(tx: Tx, caller: Caller, *, chargeback_id: UUID) -> Chargeback | None:
    """Book it, once; it is looked at again while what it paid is not known, a milestone is being paid or a share of a refund, or money of
    its loan moves."""
    noted = await queries.load(tx.connection, chargeback_id)
    if noted is None or noted.state is not ChargebackState.NOTED:
        return noted
    debit = await debit_queries.known_as(tx.connection, noted.debit_id)
    if debit is not None:
        return await _of_loan(tx, chargeback_id, debit.id)
    paid = await pledge_queries.paid_by(tx.connection, noted.debit_id)
    if paid is None:
        return await _not_yet(tx, chargeback_id)
    project, pledge = await pledge_actions.locked(tx, paid.id)
    noted = await queries.load(tx.connection, chargeback_id, lock=True)
    assert noted is not None
    if noted.state is not ChargebackState.NOTED:
        return noted
    if pledge.state not in PAID or pledge.debit_id != noted.debit_id:
        return await _not_yet(tx, chargeback_id)
    share = await _share(tx, project, pledge)
    if await milestone_queries.paying(tx.connection, project.id) or await _being_sent(tx, share):
        return await _again(tx, noted)
    return await _booked(tx, noted, project, pledge, share)


async def _of_loan(tx: Tx, chargeback_id: UUID, loan_debit_id: UUID) -> Chargeback:
    loan, debit = await debits.locked(tx, loan_debit_id)
    noted = await queries.load(tx.connection, chargeback_id, lock=True)
    assert noted is not None
    if noted.state is not ChargebackState.NOTED:
        return noted
    if debit.state in rules.NEVER_PAID:
        return await _not_yet(tx, chargeback_id)
    return await repaid_loans.book(tx, noted, loan, debit) or await _again(tx, noted)


async def _booked(tx: Tx, noted: Chargeback, project: Project, pledge: Pledge, share: RefundShare | None) -> Chargeback:
    due_minor = 0 if share is None else share.due_minor
    found = rules.bearing(noted, pledge, project.state, held_minor=project.held_minor, share_minor=due_minor)
    booked = replace(
        noted,
        state=rules.next_state(noted, ChargebackEvent.BOOK),
        pledge_id=pledge.id,
        project_id=project.id,
        borne_minor=found.project_minor,
        changed_at=tx.now,
        due_at=None,
    )
    await queries.save(tx.connection, booked)
    tx.events.add(BOOKED, chargeback_text(booked.id), told(booked))
    await pledge_actions.take_back(tx, pledge, noted.amount_minor)
    less = replace(project, charged_back_minor=project.charged_back_minor + noted.whole_minor)
    less = await project_actions.save(tx, less)
    await debts.incur(tx, booked, less, pledge, found)
    await _spread(tx, less, pledge, found)
    return booked


async def _spread(tx: Tx, project: Project, pledge: Pledge, found: Bearing) -> None:
    """What there is less for now, of what the project had promised."""
    if project.state is ProjectState.FUNDED:
        await milestone_actions.divide_again(tx, project)
    if project.state is ProjectState.REFUNDING and found.project_minor:
        await refund_actions.withhold(tx, project, pledge.id, found.project_minor)
        return
    await delivery_actions.cancel(tx, project, pledge.id)


async def _share(tx: Tx, project: Project, pledge: Pledge) -> RefundShare | None:
    if project.state is not ProjectState.REFUNDING:
        return None
    return await refund_queries.waiting_share(tx.connection, pledge.id)


async def _being_sent(tx: Tx, share: RefundShare | None) -> bool:
    return share is not None and await refund_queries.begun(tx.connection, share.refund_id) == share.batch


async def _not_yet(tx: Tx, chargeback_id: UUID) -> Chargeback:
    """Nothing counts as paid with it: perhaps the answer about its charge comes later than what its bank did next."""
    noted = await queries.load(tx.connection, chargeback_id, lock=True)
    assert noted is not None
    if noted.state is not ChargebackState.NOTED:
        return noted
    if tx.now < noted.noted_at + timedelta(days=rules.LOOK_DAYS):
        return await _again(tx, noted)
    state = rules.next_state(noted, ChargebackEvent.GIVE_UP)
    unmatched = replace(noted, state=state, changed_at=tx.now, due_at=None)
    await queries.save(tx.connection, unmatched)
    tx.events.add(UNMATCHED, chargeback_text(unmatched.id), told(unmatched))
    return unmatched


async def _again(tx: Tx, noted: Chargeback) -> Chargeback:
    later = replace(noted, changed_at=tx.now, due_at=tx.now + rules.LOOK_AGAIN)
    await queries.save(tx.connection, later)
    return later
