"""Stories of a batch that a channel carries to its bank: turn by turn, until the bank has said of every line what became of it.

A turn is written down before anything is sent, and only one is under way at a time: whoever is killed within one leaves it to the next,
which asks before it sends the same bytes under the same message id again.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.channels.attempts import contracts_on
from services.payments.channels.rules import RESEND_AFTER
from services.payments.merchant_payouts import queries, rules
from services.payments.merchant_payouts.actions import locked_batch, take_report
from services.payments.merchant_payouts.model import NOT_FOUND, Batch, BatchState, StatusReport

NEVER_ARRIVED = "never_arrived"


async def begin_turn(tx: Tx, caller: Caller, *, batch_id: UUID, longest_turn: timedelta) -> Batch | None:
    """The batch as it may be asked about and, unless its cancellation was asked for, sent; None: it has ended, or is another's just now."""
    batch = await locked_batch(tx, batch_id)
    if batch.query_at is None or batch.query_at > tx.now:
        return None
    may_send = batch.state is not BatchState.CANCELLING
    begun = replace(
        batch,
        sending=may_send,
        sent_at=tx.now + longest_turn if may_send else batch.sent_at,
        query_at=tx.now + longest_turn + RESEND_AFTER,
    )
    if batch.state is BatchState.CLOSED:
        begun = replace(begun, state=BatchState.SUBMITTED, submitted_at=tx.now)
    await queries.save_batch(tx.connection, begun)
    return begun


async def record_turn(
    tx: Tx, caller: Caller, *, begun: Batch, report: StatusReport | None, detail: str | None
) -> Batch:
    """What the bank said in a turn; detail: why there is no report. When it is asked again, unless everything is said.

    Raises what `take_report` does; nothing is recorded then.
    """
    batch = await locked_batch(tx, begun.id)
    if batch.query_at == begun.query_at:
        batch = replace(batch, sending=False)
    if detail == NOT_FOUND and rules.is_gone(batch, tx.now, (await contracts_on(tx))[batch.bank].finality):
        report = StatusReport(batch.message_id, rules.CANCELLED, (), NEVER_ARRIVED)
    if report is not None:
        batch = await take_report(tx, batch, report)
        detail = report.group_code
    if batch.ended_at is not None or batch.query_at != begun.query_at:
        return batch
    asked, query_at = rules.next_query(batch, tx.now, tx.settings.zone, heard=report is not None)
    after = replace(batch, asked=asked, query_at=query_at, detail=detail)
    await queries.save_batch(tx.connection, after)
    return after
