"""The story of a chargeback of a debit that repaid a loan: its holders give back what they received, and no debit follows it.

What that does not make up the platform pays to the loan's account, and the borrower owes it.
"""

from dataclasses import replace

from chassis.database import Tx
from services.p2p.chargebacks import debts, queries, rules
from services.p2p.chargebacks.events import BOOKED, told
from services.p2p.chargebacks.model import Chargeback, ChargebackEvent
from services.p2p.custody.errors import CustodyRepaymentFinal
from services.p2p.debiting import debits, mandate_queries, naming
from services.p2p.debiting.model import LoanDebit
from services.p2p.errors import LaterRepaymentsStand, RepaymentUnderWay
from services.p2p.loans.model import Loan
from services.p2p.losses.errors import CompensationUnderWay
from services.p2p.repayments import reversal
from services.p2p.repayments.model import Repayment
from services.p2p.resale.errors import ClaimsChangeHands
from services.p2p.wire_ids import chargeback_text

STOPPED_AS = "charged_back"
_BUSY = (RepaymentUnderWay, CompensationUnderWay, ClaimsChangeHands)
_STANDS = (LaterRepaymentsStand, CustodyRepaymentFinal)


async def book(tx: Tx, noted: Chargeback, loan: Loan, debit: LoanDebit) -> Chargeback | None:
    """Of a locked loan, debit and chargeback. None while money of the loan moves: it is looked at again."""
    repayment = await debits.repayment_of(tx, debit)
    if rules.waits(debit, None if repayment is None else repayment.state):
        return None
    try:
        repayment = await _taken_back(tx, noted, debit, repayment)
    except _BUSY:
        return None
    before = await queries.made_up(tx.connection, debit.id)
    made_up = rules.made_up(noted, debit, None if repayment is None else repayment.state, before)
    state = rules.next_state(noted, ChargebackEvent.BOOK)
    booked = replace(noted, state=state, loan_debit_id=debit.id, borne_minor=made_up, changed_at=tx.now, due_at=None)
    await queries.save(tx.connection, booked)
    tx.events.add(BOOKED, chargeback_text(booked.id), told(booked))
    mandate = await mandate_queries.load(tx.connection, debit.repayment_mandate_id)
    assert mandate is not None
    assert mandate.account_id is not None
    await debts.incur_of_loan(tx, booked, loan, mandate.account_id, booked.whole_minor - made_up)
    await naming.stop(tx, mandate.id, STOPPED_AS)
    return booked


async def _taken_back(tx: Tx, noted: Chargeback, debit: LoanDebit, repayment: Repayment | None) -> Repayment | None:
    """By the ordinary reversal. One that later payments or terms stand on stays, and its holders keep it."""
    if repayment is None or not rules.to_take_back(noted, debit, repayment.state):
        return repayment
    try:
        return await reversal.take_back(tx, repayment.id, reason=noted.reason, requested_by="p2p", charged_back=True)
    except _STANDS:
        return repayment
