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
from clients.payments.commands import TransferCommand
from services.p2p.losses import actions, queries, rules
from services.p2p.losses.model import Compensation, CompensationShare, CompensationState, LayerDue
from services.p2p.losses.payers import Payers
from services.p2p.refusals import is_final, refused_in_batch
from services.p2p.wire_ids import loan_text

P2P = service_caller("p2p")
PRINCIPAL_CODE = "p2p.loss.principal"
INTEREST_CODE = "p2p.loss.interest"
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
    try:
        await runtime.get(PaymentsClient).transfers(transfers_of(compensation, shares), mode="atomic")
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = next(iter(refused_in_batch(refused).values()), refused.code)
        await commands.perform(
            runtime, actions.record_refused, P2P, seed=seed, compensation_id=compensation_id, reason=reason
        )
        return
    await commands.perform(runtime, actions.record_paid, P2P, seed=seed, compensation_id=compensation_id)


def transfers_of(compensation: Compensation, shares: Sequence[CompensationShare]) -> list[TransferCommand]:
    """At most 4,000: a loan has at most 2,000 holders, and there are two kinds of money."""
    moved = [
        (share, kind, amount)
        for share in shares
        for kind, amount in ((PRINCIPAL_CODE, share.principal_minor), (INTEREST_CODE, share.interest_minor))
        if amount
    ]
    return [
        TransferCommand(
            id=rules.transfer_id(compensation, share.holder, kind),
            debit_account_id=compensation.account_id,
            credit_account_id=share.account_id,
            amount=amount,
            currency=compensation.currency,
            code=kind,
            reference=loan_text(compensation.loan_id),
        )
        for share, kind, amount in moved
    ]
