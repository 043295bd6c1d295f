"""The rounds of a day: what is due is taken from the borrower's wallet, in the morning and in the evening of its day and of every day
after it, as much as is there.
"""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.debiting import debits, round_queries, rules
from services.p2p.debiting.model import DebitAttempt
from services.p2p.loans import actions as loan_actions
from services.p2p.loans.model import OWED
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.repayments import actions as repayment_actions
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments import reversal_queries
from services.p2p.repayments.model import Repayment, RepaymentSource

KEPT = timedelta(days=90)
"""A look that found nothing."""
FORGOTTEN_AT_ONCE = 1_000


async def take(tx: Tx, caller: Caller, *, loan_id: UUID, available_minor: int) -> Repayment | None:
    """One try of this round; None where it was tried before, nothing is due by now, or nothing is there."""
    loan = await loan_actions.locked(tx, loan_id)
    number = rules.round_at(tx.now, tx.settings.zone)
    if number == 0 or loan.state not in OWED or await debits.is_busy(tx, loan_id):
        return None
    if await round_queries.tried(tx.connection, loan_id, tx.today, number):
        return None
    if await receipt_queries.open_of_loan(tx.connection, loan_id):
        return None
    standing = (await repayment_queries.serviced(tx.connection, loan)).on(tx.today)
    amount = min(available_minor, standing.arrears_minor)
    made = None
    if amount:
        made = await repayment_actions.receive(tx, loan, amount, None, RepaymentSource.COLLECTION)
    made_id = None if made is None else made.id
    attempt = DebitAttempt(loan_id, tx.today, number, available_minor, made_id, tried_at=tx.now)
    await round_queries.add(tx.connection, attempt)
    return made


async def let_go(tx: Tx, caller: Caller, *, loan_id: UUID, before: datetime) -> None:
    """What was held, since before then, of money that was given back to the borrower is hers to spend, or ours to take."""
    await loan_actions.locked(tx, loan_id)
    for held in await reversal_queries.held(tx.connection, loan_id, before):
        await reversal_queries.keep_hold(tx.connection, held.repayment_id, None, 0)


async def forget(tx: Tx, caller: Caller) -> int:
    """Looks that found nothing, of long ago; how many there were in this slice."""
    return await round_queries.forget(tx.connection, tx.now - KEPT, FORGOTTEN_AT_ONCE)
