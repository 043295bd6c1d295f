"""The story of a repayment: what it pays and its shares are fixed, then the ledger makes all of its transfers or none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import cession_queries
from services.p2p.claims import queries as claim_queries
from services.p2p.errors import NothingOwed, RepaymentUnderWay, UnknownLoan, UnknownRepayment
from services.p2p.lender_fees import actions as lender_fees
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import OWED, Loan, LoanRow
from services.p2p.losses import queries as loss_queries
from services.p2p.losses.errors import CompensationUnderWay
from services.p2p.repayments import collection_fees, queries, reversal_queries, rules
from services.p2p.repayments.events import REPAYMENT_REFUSED, REPAYMENT_SHARED, told
from services.p2p.repayments.model import Funds, Keep, Repayment, RepaymentSource, RepaymentState, Reversal
from services.p2p.repayments.rules import RepaymentEvent
from services.p2p.repayments.standing import Serviced, changes_of, parts_of, rows_in_force
from services.p2p.resale import actions as resale_actions
from services.p2p.wire_ids import repayment_text

SHARE_JOB = "p2p.share_repayment"
JOB_GRACE_SECONDS = 10


async def repay(
    tx: Tx, caller: Caller, *, loan_id: UUID, amount_minor: int, currency: str, keep: Keep | None = None
) -> Repayment:
    """The borrower repays what is due, whole later rows, or with `keep` principal ahead of time.

    Raises UnknownLoan, NothingOwed, RepaymentUnderWay and what the rules refuse.
    """
    loan = await loan_actions.locked(tx, loan_id)
    if loan.borrower != caller.party:
        raise UnknownLoan("no such loan", field="loan_id")
    rules.require_currency(loan, currency)
    return await receive(tx, loan, amount_minor, keep, RepaymentSource.BORROWER)


async def receive(
    tx: Tx,
    loan: Loan,
    amount_minor: int,
    keep: Keep | None,
    source: RepaymentSource,
    funds: Funds | None = None,
    *,
    as_of: date | None = None,
) -> Repayment:
    """Fix what an amount pays of a locked loan, and to whom it goes. funds: where it is, if not in the borrower's wallet; as_of: the day on
    which it counts as paid, today unless given.

    Raises NothingOwed, RepaymentUnderWay, CompensationUnderWay, ClaimsChangeHands and what the rules refuse.
    """
    if loan.state not in OWED:
        raise NothingOwed("nothing is owed on this loan", state=loan.state.value)
    if await loss_queries.under_way(tx.connection, loan.id):
        raise CompensationUnderWay("claims on this loan are passing to whoever pays for its loss: ask again")
    if await queries.under_way(tx.connection, loan.id):
        raise RepaymentUnderWay("an earlier repayment of this loan is not settled yet")
    await resale_actions.require_nobody_buys(tx, loan.id)
    serviced = await queries.serviced(tx.connection, loan)
    day = as_of or tx.today
    asked = replace(_asked(tx, loan, amount_minor, keep, source, funds), paid_on=day)
    before = serviced.on(day)
    if source is not RepaymentSource.COLLECTION:
        rules.require_few(len(serviced.history), before, amount_minor)
    after = rules.after_paying(serviced, before, asked)
    parts = parts_of(before, after, asked.id, day)
    summed = rules.with_totals(asked, parts)
    every, own = await queries.counted(tx.connection, loan.id, summed.row_number)
    repayment = replace(summed, number=1 + every, attempt=1 + own)
    claims = await claim_queries.of_loan(tx.connection, loan.id)
    cessions = await cession_queries.of_loan(tx.connection, loan.id)
    last = await _last_in_line(tx, serviced, loan, day)
    repaid = await queries.repaid_since(tx.connection, serviced.programme, loan.id, parts)
    shares = rules.shares_of(repayment, parts, claims, cessions, last, repaid)
    repayment = replace(repayment, by_book=len(rules.books_of(repayment, shares)) > 1)
    kept = collection_fees.keep_back(serviced.programme.lender_fees, shares, parts, before.dues, day)
    charged = await lender_fees.charge(tx, serviced.programme, repayment, kept)
    await queries.add(tx.connection, repayment, parts, charged)
    tx.jobs.add(SHARE_JOB, {"id": str(repayment.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return repayment


async def _last_in_line(tx: Tx, serviced: Serviced, loan: Loan, day: date) -> str | None:
    if serviced.programme.originator is None:
        return None
    unpaid = (await loan_queries.unpaid_rows(tx.connection, [loan.id]))[loan.id]
    keeps = await loan_queries.retained_by(tx.connection, loan.id)
    return rules.last_in_line(serviced.programme, loan, unpaid, keeps, day)


def _asked(
    tx: Tx, loan: Loan, amount_minor: int, keep: Keep | None, source: RepaymentSource, funds: Funds | None
) -> Repayment:
    """Before it is known what it pays."""
    return Repayment(
        id=tx.ids.new(),
        loan_id=loan.id,
        row_number=0,
        attempt=1,
        borrower=loan.borrower,
        account_id=loan.borrower_account_id if funds is None else funds.account_id,
        amount_minor=amount_minor,
        principal_minor=0,
        interest_minor=0,
        currency=loan.currency,
        state=RepaymentState.PENDING,
        reason=None,
        requested_at=tx.now,
        changed_at=tx.now,
        paid_on=tx.today,
        keep=keep,
        source=source,
        payer=None if funds is None else funds.payer,
        by_mandate=funds is not None and funds.payer is None,
        advance_account_id=None if funds is None else funds.advance_account_id,
    )


async def record_shared(tx: Tx, caller: Caller, *, repayment_id: UUID, held: Sequence[Reversal] = ()) -> Repayment:
    """The ledger made every transfer: claims shrink, rows are paid, and with a payment ahead of time another schedule is in force.

    held: what is held yet of earlier ones that were taken back.
    """
    loan, repayment = await locked_with_loan(tx, repayment_id)
    if repayment.state is not RepaymentState.PENDING:
        return repayment
    serviced = await queries.serviced(tx.connection, loan)
    await _keep_held(tx, held)
    moved = await step(tx, replace(repayment, shared_at=tx.now), RepaymentEvent.SHARE)
    cause_id = repayment_text(repayment_id)
    holders = await claim_queries.receive_shares(tx.connection, repayment_id, tx.now, cause_id=cause_id)
    await resale_actions.void_sales(tx, loan.id, reason="repayment")
    before = serviced.on(repayment.paid_on)
    recorded = (repayment.paid_on, repayment.amount_minor, repayment.keep, repayment.fee_minor)
    receipt = serviced.receipt(repayment.id, *recorded)
    after = serviced.on(repayment.paid_on, receipt)
    paid = await queries.parts_of_loan(tx.connection, loan.id)
    rows = rules.rows_paid(loan, rows_in_force(before, after), paid, changes_of(before))
    version = await put_in_force(tx, loan, rows, cause="prepayment", cause_id=cause_id)
    left = loan.outstanding_minor - repayment.principal_minor
    changed = replace(loan, outstanding_minor=left, schedule_version=version)
    changed = await loan_actions.record_repaid(tx, changed, last=left == 0, holders=holders)
    await _tell(tx, moved, changed, rows, holders=holders)
    return moved


async def record_refused(
    tx: Tx, caller: Caller, *, repayment_id: UUID, reason: str, held: Sequence[Reversal] = ()
) -> Repayment:
    """The ledger made none of the transfers."""
    loan, repayment = await locked_with_loan(tx, repayment_id)
    if repayment.state is not RepaymentState.PENDING:
        return repayment
    await _keep_held(tx, held)
    moved = await step(tx, replace(repayment, reason=reason), RepaymentEvent.REFUSE)
    await lender_fees.give_back(tx, loan, repayment, await queries.shares(tx.connection, repayment_id))
    await _tell(tx, moved, loan, await loan_queries.rows(tx.connection, loan.id), holders=0)
    return moved


async def _keep_held(tx: Tx, held: Sequence[Reversal]) -> None:
    for one in held:
        await reversal_queries.keep_hold(tx.connection, one.repayment_id, one.hold_id, one.held_minor)


async def put_in_force(tx: Tx, loan: Loan, rows: list[LoanRow], *, cause: str, cause_id: str) -> int:
    """The rows of a locked loan as they are now, and the version of its schedule: another one where more than payments changed."""
    known = await loan_queries.rows(tx.connection, loan.id)
    if [_terms(row) for row in known] == [_terms(row) for row in rows]:
        await loan_queries.save_paid(tx.connection, [row for row, old in zip(rows, known, strict=True) if row != old])
        return loan.schedule_version
    await loan_queries.replace_rows(tx.connection, loan, rows, tx.now, cause=cause, cause_id=cause_id)
    return loan.schedule_version + 1


def _terms(row: LoanRow) -> tuple[object, ...]:
    return row.number, row.from_on, row.due_on, row.days, row.principal_minor, row.interest_minor, row.balance_minor


async def _tell(tx: Tx, repayment: Repayment, loan: Loan, rows: list[LoanRow], *, holders: int) -> None:
    due_on = next((row.due_on for row in rows if row.number == repayment.row_number), repayment.paid_on)
    overdue = max(0, (repayment.paid_on - due_on).days)
    event_type = REPAYMENT_SHARED if repayment.state is RepaymentState.SHARED else REPAYMENT_REFUSED
    data = told(repayment, loan, holders=holders, overdue_days=overdue)
    tx.events.add(event_type, repayment_text(repayment.id), data)


async def locked_with_loan(tx: Tx, repayment_id: UUID) -> tuple[Loan, Repayment]:
    """The loan first, as everywhere."""
    known = await queries.load(tx.connection, repayment_id)
    if known is None:
        raise UnknownRepayment("no such repayment", field="repayment_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    repayment = await queries.load(tx.connection, repayment_id, lock=True)
    assert repayment is not None
    return loan, repayment


async def step(tx: Tx, repayment: Repayment, event: RepaymentEvent) -> Repayment:
    moved = replace(repayment, state=rules.next_state(repayment, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    return moved
