"""Due-day collection (到期扣款): what is due is taken from the borrower's wallet, in the morning and in the evening of its day and of every
day after it, as much as is there.
"""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.loans import actions as loan_actions
from services.p2p.loans.model import OWED
from services.p2p.losses import queries as loss_queries
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.repayments import actions, collection_queries, queries, reversal_queries
from services.p2p.repayments.model import CollectionAttempt, Repayment, RepaymentSource

AFTER_REVERSAL = timedelta(days=1)
"""Nothing is collected of a loan of which a repayment was taken back."""
HOURS = (8, 20)
"""Of the suite's zone, at which the rounds of a day begin."""


def round_at(now: datetime, zone: ZoneInfo) -> int:
    """Which round of its day an instant is in; 0 before the first."""
    hour = now.astimezone(zone).hour
    return sum(hour >= begins for begins in HOURS)


async def collect(tx: Tx, caller: Caller, *, loan_id: UUID, available_minor: int) -> Repayment | None:
    """One try of this round; None where it was tried before, nothing is due by now, or nothing is there."""
    loan = await loan_actions.locked(tx, loan_id)
    number = round_at(tx.now, tx.settings.zone)
    if number == 0 or loan.state not in OWED or await queries.under_way(tx.connection, loan_id):
        return None
    if await loss_queries.under_way(tx.connection, loan_id):
        return None
    if await receipt_queries.open_of_loan(tx.connection, loan_id):
        return None
    # What was just given back would be distributed again: first the bank's claw-back takes it.
    if await reversal_queries.reversed_since(tx.connection, loan_id, tx.now - AFTER_REVERSAL):
        return None
    if await collection_queries.tried(tx.connection, loan_id, tx.today, number):
        return None
    standing = (await queries.serviced(tx.connection, loan)).on(tx.today)
    amount = min(available_minor, standing.arrears_minor)
    repayment = await actions.receive(tx, loan, amount, None, RepaymentSource.COLLECTION) if amount else None
    made = None if repayment is None else repayment.id
    attempt = CollectionAttempt(loan_id, tx.today, number, available_minor, made, tried_at=tx.now)
    await collection_queries.add(tx.connection, attempt)
    return repayment
