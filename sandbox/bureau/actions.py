"""Lenders tell what is owed to them; who asks is told the sum of all others. A reference is answered once, however often it is asked."""

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bureau import queries
from sandbox.bureau.model import Borrowing, Report
from sandbox.errors import ReferenceReused


async def tell(
    tx: Tx, caller: Caller, *, lender: str, reference: str, person: str, currency: str, owed: int, past_due: int
) -> Borrowing:
    borrowing = Borrowing(lender, reference, person, currency, owed, past_due, tx.now)
    await queries.tell(tx.connection, borrowing)
    return borrowing


async def report(tx: Tx, caller: Caller, *, reference: str, person: str, currency: str) -> Report:
    """Raises ReferenceReused."""
    lenders, owed, past_due = await queries.owed_elsewhere(tx.connection, caller.subject, person, currency)
    given = Report(reference, caller.subject, person, currency, lenders, owed, past_due, tx.now)
    if await queries.add_report(tx.connection, given):
        return given
    before = await queries.report_of(tx.connection, caller.subject, reference)
    if before is None or (before.person, before.currency) != (person, currency):
        raise ReferenceReused("the reference belongs to another question", field="reference")
    return before
