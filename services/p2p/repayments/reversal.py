"""The story of a repayment that is taken back after it was shared out, because the money it was paid with did not stay.

Every holder gives back what she received. Where she has less, the platform's advance account adds the rest, so that nobody is driven below
zero; where nothing may leave her account, or the programme lets holders keep what a bank did not pay, it pays all of it past her. For it
so much of her claim is the platform's, with what is earned on it from then on. Where all of her claim is less than that, the
rest is interest, and the platform has that of the days before too. What is owed, late interest too, is then as if the repayment had never
been.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.clock import business_day
from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.accounts import queries as account_queries
from services.p2p.accounts.model import HousePurpose
from services.p2p.chargebacks import queries as chargeback_queries
from services.p2p.claims import compensating
from services.p2p.claims import queries as claim_queries
from services.p2p.claims.compensating import Cause
from services.p2p.claims.model import PLATFORM, ReceivedParts
from services.p2p.custody import actions as custody_actions
from services.p2p.errors import ChargedBackAlready, LaterRepaymentsStand, RepaymentUnderWay
from services.p2p.lender_fees import actions as lender_fees
from services.p2p.loans import actions as loan_actions
from services.p2p.loans.model import Loan
from services.p2p.losses import queries as loss_queries
from services.p2p.losses.errors import CompensationUnderWay
from services.p2p.partner_receipts import actions as receipt_actions
from services.p2p.programmes.model import Bounce
from services.p2p.repayments import actions, queries, reversal_queries, rules
from services.p2p.repayments.events import REPAYMENT_REVERSED, told
from services.p2p.repayments.model import Repayment, RepaymentState, Reversal, ReversalPart, Share
from services.p2p.repayments.rules import RepaymentEvent
from services.p2p.repayments.standing import changes_of
from services.p2p.resale import actions as resale_actions
from services.p2p.restructurings import queries as restructuring_queries
from services.p2p.wire_ids import repayment_text, restructuring_text

REVERSE_JOB = "p2p.reverse_repayment"


async def request_reversal(tx: Tx, caller: Caller, *, repayment_id: UUID, reason: str) -> Repayment:
    """Staff takes back the last repayment of a loan; one before it after those that came later.

    Terms agreed anew after it bar that. Raises UnknownRepayment, NotAllowedInState, CustodyRepaymentFinal, RepaymentUnderWay,
    CompensationUnderWay, ClaimsChangeHands, LaterRepaymentsStand, PassedOnIsFinal, ChargedBackAlready.
    """
    return await take_back(tx, repayment_id, reason=reason, requested_by=caller.subject)


async def take_back(
    tx: Tx, repayment_id: UUID, *, reason: str, requested_by: str, charged_back: bool = False
) -> Repayment:
    """charged_back: what a bank takes back is made up with it; otherwise it stays once its borrower owes for that, who would pay twice.

    Raises as `request_reversal`.
    """
    loan, repayment = await actions.locked_with_loan(tx, repayment_id)
    rules.next_state(repayment, RepaymentEvent.TAKE_BACK)
    await custody_actions.require_reversible(tx, loan.programme_code, loan.programme_version)
    if not charged_back and await chargeback_queries.leave_a_debt(tx.connection, repayment_id):
        raise ChargedBackAlready("the borrower owes for what a bank took back of it, or has paid that")
    if await queries.under_way(tx.connection, loan.id):
        raise RepaymentUnderWay("another repayment of this loan is not settled yet")
    await resale_actions.require_nobody_buys(tx, loan.id)
    if await loss_queries.under_way(tx.connection, loan.id):
        raise CompensationUnderWay("claims on this loan are passing to whoever pays for its loss: ask again")
    settled = await queries.settled(tx.connection, loan.id)
    rules.require_not_final(repayment, settled)
    last = settled[-1]
    if last.id != repayment.id:
        raise LaterRepaymentsStand(
            "what was paid later depends on it: take that back first", later=repayment_text(last.id)
        )
    agreed = await restructuring_queries.accepted(tx.connection, loan.id)
    if agreed and (agreed[-1].after_repayment or 0) >= repayment.number:
        raise LaterRepaymentsStand(
            "the borrower accepted other terms for what was left after it", later=restructuring_text(agreed[-1].id)
        )
    # What an earlier version shared out does not say yet when that was.
    shared_at = repayment.shared_at or repayment.changed_at
    moved = await actions.step(tx, replace(repayment, shared_at=shared_at), RepaymentEvent.TAKE_BACK)
    programme = (await queries.serviced(tx.connection, loan)).programme
    keep = repayment.by_mandate and programme.debiting.bounce is Bounce.PLATFORM
    reversal = Reversal(repayment_id, reason, requested_by, tx.now, finished_at=None, holders_keep=keep)
    await reversal_queries.add(tx.connection, reversal)
    tx.jobs.add(REVERSE_JOB, {"id": str(repayment_id)}, delay_seconds=actions.JOB_GRACE_SECONDS)
    return moved


async def plan(tx: Tx, caller: Caller, *, part: ReversalPart) -> ReversalPart:
    """Fix what the platform adds for a holder, before anything moves. Answers what stands: another run may have been quicker."""
    _, repayment = await actions.locked_with_loan(tx, part.repayment_id)
    if repayment.state is RepaymentState.REVERSING:
        await reversal_queries.plan(tx.connection, part)
    return (await reversal_queries.parts(tx.connection, part.repayment_id))[part.claim_id]


async def record_reversed(
    tx: Tx, caller: Caller, *, repayment_id: UUID, hold_id: UUID | None = None, wallet_id: UUID | None = None
) -> Repayment:
    """The ledger moved every part back: claims grow again, and the loan stands as if it had not been repaid.

    hold_id: on what the borrower, or the partner into whose wallet it went, has from it.
    """
    loan, repayment = await actions.locked_with_loan(tx, repayment_id)
    if repayment.state is not RepaymentState.REVERSING:
        return repayment
    moved = await actions.step(tx, repayment, RepaymentEvent.TAKEN_BACK)
    await reversal_queries.finish(tx.connection, repayment_id, tx.now)
    if wallet_id is not None:
        await receipt_actions.hold_again(tx, repayment, account_id=wallet_id, hold_id=hold_id)
    else:
        held_minor = 0 if hold_id is None else repayment.amount_minor
        await reversal_queries.keep_hold(tx.connection, repayment_id, hold_id, held_minor)
    owed = replace(loan, outstanding_minor=loan.outstanding_minor + repayment.principal_minor)
    shares = await queries.shares(tx.connection, repayment_id)
    holders = await _give_claims_back(tx, owed, repayment, shares)
    await lender_fees.give_back(tx, loan, repayment, shares)
    await resale_actions.void_sales(tx, loan.id, reason="reversal")
    serviced = await queries.serviced(tx.connection, loan)
    standing = serviced.on(max(tx.today, loan.starts_on))
    assert standing.schedule is not None
    paid = await queries.parts_of_loan(tx.connection, loan.id)
    rows = rules.rows_paid(loan, standing.schedule.rows, paid, changes_of(standing))
    cause_id = repayment_text(repayment_id)
    version = await actions.put_in_force(tx, loan, rows, cause="reversal", cause_id=cause_id)
    changed = replace(owed, schedule_version=version)
    changed = await loan_actions.record_taken_back(tx, changed)
    tx.events.add(REPAYMENT_REVERSED, cause_id, told(moved, changed, holders=holders, overdue_days=0))
    return moved


async def _give_claims_back(tx: Tx, loan: Loan, repayment: Repayment, shares: Sequence[Share]) -> int:
    """How many holders gave back. loan: as it stands without the repayment."""
    planned = await reversal_queries.parts(tx.connection, repayment.id)
    received = rules.received_by_claim(shares)
    taken = [ReceivedParts(one.claim_id, -one.principal, -one.interest, -one.late, 0) for one in received]
    cause = Cause(repayment.id, "reversal", repayment_text(repayment.id))
    await claim_queries.receive(tx.connection, taken, tx.now, cause=cause.kind, cause_id=cause.text)
    claims = await claim_queries.of_loan(tx.connection, loan.id)
    accounts = await account_queries.find(tx.connection, loan.currency)
    asked = await reversal_queries.load(tx.connection, repayment.id)
    assert asked is not None
    # Its end may be recorded days after the platform's money went.
    day = business_day(asked.requested_at, tx.settings.zone)
    for from_on, parts in rules.ceded_for_advances(claims, planned, loan.starts_on, day).items():
        await compensating.pass_to_payer(
            tx,
            loan,
            parts,
            payer=PLATFORM,
            account_id=accounts[HousePurpose.REPAYMENT_ADVANCES],
            interest_from_on=from_on,
            late_from_on=from_on,
            cause=cause,
        )
    return len(taken)
