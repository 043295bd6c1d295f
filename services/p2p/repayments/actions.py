"""The story of a repayment: its shares are fixed, then the ledger makes all of its transfers or none."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.claims import queries as claim_queries
from services.p2p.errors import NothingOwed, RepaymentUnderWay, UnknownLoan, UnknownRepayment
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow, LoanState
from services.p2p.repayments import queries, rules
from services.p2p.repayments.events import REPAYMENT_REFUSED, REPAYMENT_SHARED, told
from services.p2p.repayments.model import Repayment, RepaymentState, Share, ShareKind
from services.p2p.repayments.rules import RepaymentEvent
from services.p2p.resale import actions as resale_actions
from services.p2p.wire_ids import repayment_text

SHARE_JOB = "p2p.share_repayment"
JOB_GRACE_SECONDS = 10


async def repay(tx: Tx, caller: Caller, *, loan_id: UUID, amount_minor: int, currency: str) -> Repayment:
    """The borrower repays the oldest unpaid instalment. Raises UnknownLoan, NothingOwed, RepaymentUnderWay and what the rules refuse."""
    loan = await loan_actions.locked(tx, loan_id)
    if loan.borrower != caller.party:
        raise UnknownLoan("no such loan", field="loan_id")
    if loan.state is not LoanState.REPAYING:
        raise NothingOwed("nothing is owed on this loan", state=loan.state.value)
    if await queries.under_way(tx.connection, loan_id):
        raise RepaymentUnderWay("an earlier repayment of this loan is not settled yet")
    await resale_actions.require_nobody_buys(tx, loan_id)
    row = (await loan_queries.unpaid_rows(tx.connection, [loan_id]))[loan_id][0]
    rules.require_the_instalment(row, loan, amount_minor=amount_minor, currency=currency)
    repayment = Repayment(
        id=tx.ids.new(),
        loan_id=loan_id,
        row_number=row.number,
        attempt=1 + await queries.attempts(tx.connection, loan_id, row.number),
        borrower=loan.borrower,
        account_id=loan.borrower_account_id,
        amount_minor=amount_minor,
        principal_minor=row.principal_minor,
        interest_minor=row.interest_minor,
        currency=currency,
        state=RepaymentState.PENDING,
        reason=None,
        requested_at=tx.now,
        changed_at=tx.now,
    )
    claims = await claim_queries.of_loan(tx.connection, loan_id)
    stretches = await claim_queries.stretches(tx.connection, loan_id, after=row.from_on)
    await queries.add(tx.connection, repayment, rules.shares_of(repayment, row, claims, stretches))
    tx.jobs.add(SHARE_JOB, {"id": str(repayment.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return repayment


async def record_shared(tx: Tx, caller: Caller, *, repayment_id: UUID) -> Repayment:
    """The ledger made every transfer: claims shrink, the row is paid."""
    loan, repayment = await _locked_with_loan(tx, repayment_id)
    if repayment.state is not RepaymentState.PENDING:
        return repayment
    moved = await _step(tx, repayment, RepaymentEvent.SHARE)
    shares = await queries.shares(tx.connection, repayment_id)
    parts = _by_claim(shares)
    await claim_queries.receive(
        tx.connection,
        [(claim_id, *part) for claim_id, part in sorted(parts.items())],
        tx.now,
        cause_id=repayment_text(repayment_id),
    )
    await resale_actions.void_sales(tx, loan.id, reason="repayment")
    await loan_queries.mark_paid(tx.connection, loan.id, repayment.row_number, repayment_id, tx.now)
    rows = await loan_queries.rows(tx.connection, loan.id)
    last = all(row.paid_at is not None for row in rows)
    holders = len({share.holder for share in shares})
    loan = await loan_actions.record_repaid(
        tx, loan, principal_minor=repayment.principal_minor, last=last, holders=holders
    )
    await _tell(tx, moved, loan, rows, holders=holders)
    return moved


async def record_refused(tx: Tx, caller: Caller, *, repayment_id: UUID, reason: str) -> Repayment:
    """The ledger made none of the transfers."""
    loan, repayment = await _locked_with_loan(tx, repayment_id)
    if repayment.state is not RepaymentState.PENDING:
        return repayment
    moved = await _step(tx, replace(repayment, reason=reason), RepaymentEvent.REFUSE)
    await _tell(tx, moved, loan, await loan_queries.rows(tx.connection, loan.id), holders=0)
    return moved


async def _tell(tx: Tx, repayment: Repayment, loan: Loan, rows: list[LoanRow], *, holders: int) -> None:
    row = rows[repayment.row_number - 1]
    overdue = max(0, (tx.today - row.due_on).days)
    event_type = REPAYMENT_SHARED if repayment.state is RepaymentState.SHARED else REPAYMENT_REFUSED
    data = told(repayment, loan, holders=holders, overdue_days=overdue)
    tx.events.add(event_type, repayment_text(repayment.id), data)


async def _locked_with_loan(tx: Tx, repayment_id: UUID) -> tuple[Loan, Repayment]:
    """The loan first, as everywhere."""
    known = await queries.load(tx.connection, repayment_id)
    if known is None:
        raise UnknownRepayment("no such repayment", field="repayment_id")
    loan = await loan_actions.locked(tx, known.loan_id)
    repayment = await queries.load(tx.connection, repayment_id, lock=True)
    assert repayment is not None
    return loan, repayment


async def _step(tx: Tx, repayment: Repayment, event: RepaymentEvent) -> Repayment:
    moved = replace(repayment, state=rules.next_state(repayment, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    return moved


def _by_claim(shares: list[Share]) -> dict[UUID, tuple[int, int]]:
    """(principal, interest) by claim."""
    found: dict[UUID, tuple[int, int]] = {}
    for share in shares:
        principal, interest = found.get(share.claim_id, (0, 0))
        if share.kind is ShareKind.PRINCIPAL:
            found[share.claim_id] = (principal + share.amount_minor, interest)
        else:
            found[share.claim_id] = (principal, interest + share.amount_minor)
    return found
