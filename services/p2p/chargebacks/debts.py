"""Stories of what a creator, a backer or a borrower owes for a chargeback: incurred, tried, repaid or borne by the house.

Locks: project or loan, then debt.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.chargebacks import queries, rules
from services.p2p.chargebacks.errors import UnknownChargebackDebt
from services.p2p.chargebacks.events import DEBT_INCURRED, DEBT_SETTLED, debt_told
from services.p2p.chargebacks.model import Bearing, Chargeback, Debt, DebtRole, DebtState, Payer
from services.p2p.errors import NotAllowedInState
from services.p2p.loans import actions as loan_actions
from services.p2p.loans.model import Loan
from services.p2p.pledges.model import Pledge
from services.p2p.project_refunds import actions as refund_actions
from services.p2p.projects import actions as project_actions
from services.p2p.projects.model import Project, ProjectState
from services.p2p.wire_ids import chargeback_debt_text

TRY_JOB = "p2p.try_chargeback_debt"
JOB_GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _Owed:
    """account_id: the debtor's wallet; lacking_id: the account from which it is missing."""

    role: DebtRole
    debtor: str
    account_id: UUID
    lacking_id: UUID
    amount_minor: int
    project_id: UUID | None = None
    loan_id: UUID | None = None


async def incur(tx: Tx, chargeback: Chargeback, project: Project, pledge: Pledge, bearing: Bearing) -> None:
    """What the project does not bear itself."""
    assert project.creator_account_id is not None
    assert pledge.account_id is not None
    assert project.account_id is not None
    for role, debtor, account_id, amount_minor in (
        (DebtRole.CREATOR, project.creator, project.creator_account_id, bearing.creator_minor),
        (DebtRole.BACKER, pledge.backer, pledge.account_id, bearing.backer_minor),
    ):
        if amount_minor:
            owed = _Owed(role, debtor, account_id, project.account_id, amount_minor, project_id=project.id)
            await _add(tx, chargeback, owed)


async def incur_of_loan(tx: Tx, chargeback: Chargeback, loan: Loan, receipts_id: UUID, amount_minor: int) -> None:
    """What nothing makes up on a loan's own account, receipts_id: the platform pays it there, and its borrower owes it to the platform."""
    if amount_minor:
        wallet = loan.borrower_account_id
        owed = _Owed(DebtRole.BORROWER, loan.borrower, wallet, receipts_id, amount_minor, loan_id=loan.id)
        await _add(tx, chargeback, owed)


async def record_advanced(tx: Tx, caller: Caller, *, debt_id: UUID) -> Debt:
    """The platform has paid it in the borrower's place. Told twice it counts once."""
    _, debt = await _locked(tx, debt_id)
    if debt.advanced_at is not None:
        return debt
    advanced = replace(debt, advanced_at=tx.now, changed_at=tx.now)
    await queries.save_debt(tx.connection, advanced)
    return advanced


async def begin_try(tx: Tx, caller: Caller, *, debt_id: UUID, available_minor: int) -> Debt:
    """Fix from whom the next transfer comes and how much, before anything moves. What is under way stands; with nothing to be had it
    waits."""
    _, debt = await _locked(tx, debt_id)
    if debt.state is DebtState.SETTLED or debt.trying_minor:
        return debt
    found = rules.a_try(debt, available_minor, tx.now)
    if found is None:
        waiting = replace(debt, changed_at=tx.now, due_at=tx.now + rules.TRY_AGAIN)
        await queries.save_debt(tx.connection, waiting)
        return waiting
    payer, amount_minor = found
    trying = replace(debt, trying_minor=amount_minor, trying_payer=payer, tries=debt.tries + 1, changed_at=tx.now)
    await queries.save_debt(tx.connection, trying)
    return trying


async def record_try(tx: Tx, caller: Caller, *, debt_id: UUID, tries: int, refused: str | None) -> Debt:
    """What the ledger said of a try. Told twice it is counted once."""
    project, debt = await _locked(tx, debt_id)
    if not debt.trying_minor or debt.tries != tries:
        return debt
    ended = replace(debt, trying_minor=0, trying_payer=None, reason=refused, changed_at=tx.now)
    if refused is not None:
        later = replace(ended, due_at=tx.now + rules.TRY_AGAIN)
        await queries.save_debt(tx.connection, later)
        return later
    if project is not None:
        back = replace(project, recovered_minor=project.recovered_minor + debt.trying_minor)
        await project_actions.save(tx, back)
        if project.state is ProjectState.REFUNDING:
            await refund_actions.hasten(tx, project)
    return await _paid(tx, ended, debt)


async def cover(tx: Tx, caller: Caller, *, debt_id: UUID) -> Debt:
    """Staff lets the house pay now what the debtor has not. Raises UnknownChargebackDebt, NotAllowedInState."""
    _, debt = await _locked(tx, debt_id)
    if debt.state is not DebtState.OWED:
        raise NotAllowedInState("nothing is owed any more", state=debt.state.value)
    covered = replace(debt, house_at=min(debt.house_at, tx.now), changed_at=tx.now, due_at=tx.now)
    await queries.save_debt(tx.connection, covered)
    tx.jobs.add(TRY_JOB, {"id": str(debt.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return covered


async def _paid(tx: Tx, ended: Debt, before: Debt) -> Debt:
    """What was under way has come."""
    name = "repaid_minor" if before.trying_payer is Payer.DEBTOR else "covered_minor"
    paid = replace(ended, **{name: getattr(ended, name) + before.trying_minor})
    if paid.left_minor:
        paid = replace(paid, due_at=tx.now + rules.TRY_AGAIN)
        await queries.save_debt(tx.connection, paid)
        return paid
    settled = replace(paid, state=DebtState.SETTLED, due_at=None)
    await queries.save_debt(tx.connection, settled)
    tx.events.add(DEBT_SETTLED, chargeback_debt_text(settled.id), debt_told(settled))
    return settled


async def _add(tx: Tx, chargeback: Chargeback, owed: _Owed) -> None:
    debt = Debt(
        id=tx.ids.new(),
        chargeback_id=chargeback.id,
        project_id=owed.project_id,
        loan_id=owed.loan_id,
        role=owed.role,
        debtor=owed.debtor,
        account_id=owed.account_id,
        project_account_id=owed.lacking_id,
        amount_minor=owed.amount_minor,
        currency=chargeback.currency,
        repaid_minor=0,
        covered_minor=0,
        trying_minor=0,
        trying_payer=None,
        tries=0,
        state=DebtState.OWED,
        reason=None,
        advanced_at=None,
        made_at=tx.now,
        house_at=tx.now + timedelta(days=rules.HOUSE_DAYS),
        changed_at=tx.now,
        due_at=tx.now,
    )
    await queries.add_debt(tx.connection, debt)
    tx.events.add(DEBT_INCURRED, chargeback_debt_text(debt.id), debt_told(debt))
    tx.jobs.add(TRY_JOB, {"id": str(debt.id)})


async def _locked(tx: Tx, debt_id: UUID) -> tuple[Project | None, Debt]:
    """Project, or loan, and debt, in this order. Raises UnknownChargebackDebt."""
    known = await queries.load_debt(tx.connection, debt_id)
    if known is None:
        raise UnknownChargebackDebt("no such debt", field="debt_id")
    project = None if known.project_id is None else await project_actions.locked(tx, known.project_id)
    if known.loan_id is not None:
        await loan_actions.locked(tx, known.loan_id)
    debt = await queries.load_debt(tx.connection, debt_id, lock=True)
    assert debt is not None
    return project, debt
