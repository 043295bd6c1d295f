"""Walking the waterfalls of late loans, and paying what was decided, outside any transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from services.p2p.losses import actions, queries, rules
from services.p2p.losses.model import Compensation, CompensationShare, CompensationState, LayerDue
from services.p2p.losses.payers import Payers
from services.p2p.refusals import is_final, reason_of
from services.p2p.repayments import distribution_jobs
from services.p2p.repayments.distribution_jobs import Moved, Payout
from services.p2p.wire_ids import compensation_text

P2P = service_caller("p2p")
PRINCIPAL_CODE = "p2p.loss.principal"
INTEREST_CODE = "p2p.loss.interest"
ASIDE_CODES = {PRINCIPAL_CODE: "p2p.loss.aside.principal", INTEREST_CODE: "p2p.loss.aside.interest"}
"""What goes to holders in other books, set aside in the payer's."""
SLICE = 500
# Somebody else began one of the same loan or account: seen then, nothing is begun.
AGAIN = commands.RETRIED | {commands.UNIQUE_VIOLATION}
log = structlog.get_logger(__name__)


async def cover_losses(runtime: Runtime) -> None:
    """Every layer that owes something, in the published order: most days past due first, then the loan's id, then layer by layer.

    One after another, so that nobody further back is paid before somebody in front. What was begun before is ended first.
    """
    async with runtime.reading() as connection:
        begun = await queries.pending(connection, SLICE)
    for compensation_id in begun:
        await _pay(runtime, compensation_id)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    payers, after = Payers(runtime), queries.FIRST
    while True:
        async with runtime.reading() as connection:
            found = await queries.layers_due(connection, today, after=after, limit=SLICE)
        for due in found:
            try:
                await _cover(runtime, due, payers)
            except Exception:
                # A fault of one loan keeps nobody else waiting.
                log.exception("loss_broken", loan=str(due.loan_id))
        if len(found) < SLICE:
            return
        after = (found[-1].unpaid_on, found[-1].loan_id, found[-1].layer)


async def _cover(runtime: Runtime, due: LayerDue, payers: Payers) -> None:
    payer = await payers.payer(due)
    if payer is None:
        return
    async with runtime.reading() as connection:
        attempt = 1 + await queries.attempts(connection, due.loan_id)
    seed = f"p2p.loss\0{due.loan_id}\0{attempt}"
    begun = await commands.perform(
        runtime, actions.begin, P2P, seed=seed, again=AGAIN, loan_id=due.loan_id, payer=payer, attempt=attempt
    )
    if begun is not None:
        payers.paid(begun)
        await _pay(runtime, begun.id)
    elif rules.too_little(payer.available_minor, due):
        payers.spent(payer)


async def _pay(runtime: Runtime, compensation_id: UUID) -> None:
    """A fault keeps nobody else waiting but those of the same account: the queue tries again until somebody looks."""
    try:
        await pay_compensation(runtime, {"id": str(compensation_id)})
    except ClientError as fault:
        log.warning("compensation_not_answered", compensation=str(compensation_id), fault=str(fault))
    except Exception:
        log.exception("compensation_broken", compensation=str(compensation_id))


async def pay_compensation(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All shares or none. Sent again they are the same transfers, so the answer is always learned."""
    compensation_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        compensation = await queries.load(connection, compensation_id)
        shares = await queries.shares(connection, compensation_id)
    if compensation is None or compensation.state is not CompensationState.PENDING:
        return
    seed = f"p2p.loss.answered\0{compensation_id}"
    payout, moved = payout_of(compensation), moved_of(compensation, shares)
    books = await distribution_jobs.books_of(runtime, payout, moved)
    orders = distribution_jobs.first_batch(payout, moved, books, ASIDE_CODES)
    try:
        await runtime.get(PaymentsClient).move_all(orders)
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = reason_of(refused)
        await commands.perform(
            runtime, actions.record_refused, P2P, seed=seed, compensation_id=compensation_id, reason=reason
        )
        return
    # From here on it is paid: what goes to other books gets there, however often this is begun again.
    await distribution_jobs.deliver(runtime, payout, moved, books)
    await commands.perform(runtime, actions.record_paid, P2P, seed=seed, compensation_id=compensation_id)


def payout_of(compensation: Compensation) -> Payout:
    name = compensation_text(compensation.id)
    return Payout(compensation.loan_id, compensation.currency, compensation.account_id, name, compensation.requested_at)


def moved_of(compensation: Compensation, shares: Sequence[CompensationShare]) -> list[Moved]:
    """At most 4,000: a loan has at most 2,000 holders, and there are two kinds of money."""
    return [
        (rules.transfer_id(compensation, share.holder, kind, share.account_id), share.account_id, amount, kind)
        for share in shares
        for kind, amount in ((PRINCIPAL_CODE, share.principal_minor), (INTEREST_CODE, share.interest_minor))
        if amount
    ]
