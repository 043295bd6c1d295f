"""Passing a partner's money on, and its interest, outside any transaction; and what time does to what is held for too long."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal, Unavailable
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from services.p2p.partner_receipts import actions, queries, rules
from services.p2p.partner_receipts.model import PartnerReceipt, ReceiptState
from services.p2p.refusals import is_final, reason_of
from services.p2p.repayments import distribution_jobs, reversal_holds
from services.p2p.repayments.distribution_jobs import ASIDE_CODE, Payout
from services.p2p.repayments.jobs import share_repayment
from services.p2p.wire_ids import partner_receipt_text

P2P = service_caller("p2p")
INTEREST_CODE = "p2p.partner.holding_interest"
SLICE = 100
SETTLING = frozenset({"repayment_under_way", "compensation_under_way", "claims_change_hands"})
"""Something else of the loan is being settled: asked again."""
log = structlog.get_logger(__name__)


async def pass_on_due(runtime: Runtime) -> None:
    """What is held for too long is fetched; what is under way, or owes interest, is brought on. One that fails keeps nobody waiting."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.due(connection, now, SLICE)
    for receipt_id in found:
        seed = f"p2p.partner_receipt.fetched\0{receipt_id}\0{now}"
        try:
            await commands.perform(runtime, actions.fetch, P2P, seed=seed, receipt_id=receipt_id)
            await pass_on_receipt(runtime, {"id": str(receipt_id)})
        except (ClientError, Refusal) as fault:
            log.warning("partner_receipt_left_for_later", receipt_id=str(receipt_id), fault=str(fault))
        except Exception:
            log.exception("partner_receipt_left_for_later", receipt_id=str(receipt_id))


async def pass_on_receipt(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Whatever is next for it. Run again, or twice at once, it moves nothing twice."""
    receipt_id = UUID(payload["id"])
    receipt = await _loaded(runtime, receipt_id)
    if receipt is not None and receipt.state is ReceiptState.PASSING:
        receipt = await _repaid(runtime, receipt)
    if receipt is not None and receipt.state is ReceiptState.OWING:
        await _pay_interest(runtime, receipt)


async def _repaid(runtime: Runtime, receipt: PartnerReceipt) -> PartnerReceipt | None:
    if receipt.repayment_id is None:
        refused = await _begin(runtime, receipt)
        if refused is not None:
            seed = f"p2p.partner_receipt.refused\0{receipt.id}\0{receipt.changed_at}"
            return await commands.perform(
                runtime, actions.record_refused, P2P, seed=seed, receipt_id=receipt.id, reason=refused
            )
    begun = await _loaded(runtime, receipt.id)
    if begun is None or begun.repayment_id is None:
        return begun
    if begun.hold_id is not None:
        await reversal_holds.release(runtime, begun.hold_id)
    await share_repayment(runtime, {"id": str(begun.repayment_id)})
    seed = f"p2p.partner_receipt.passed\0{receipt.id}\0{begun.repayment_id}"
    return await commands.perform(runtime, actions.record_passed, P2P, seed=seed, receipt_id=receipt.id)


async def _begin(runtime: Runtime, receipt: PartnerReceipt) -> str | None:
    """Why nothing can be repaid with it, a code; None if its repayment is made. Raises what asks to be tried again."""
    wallet = await runtime.get(PaymentsClient).wallet_of(decode("cus", receipt.party), receipt.currency)
    if wallet is None:
        return "no_wallet"
    seed = f"p2p.partner_receipt.repaid\0{receipt.id}\0{receipt.changed_at}"
    try:
        await commands.perform(
            runtime, actions.repay_with, P2P, seed=seed, receipt_id=receipt.id, account_id=wallet.account_id
        )
    except Unavailable:
        raise
    except Refusal as refusal:
        if refusal.code in SETTLING:
            raise
        return refusal.code
    return None


async def _pay_interest(runtime: Runtime, receipt: PartnerReceipt) -> None:
    """All shares of the interest or none. Sent again they are the same transfers, so the answer is always learned.

    Where holders' accounts are in other books, it is paid once theirs is set aside, and goes there book by book.
    """
    assert receipt.account_id is not None
    async with runtime.reading() as connection:
        shares = await queries.shares(connection, receipt.id)
    name = partner_receipt_text(receipt.id)
    payout = Payout(receipt.loan_id, receipt.currency, receipt.account_id, name, receipt.recorded_at, receipt.tries)
    moved = [(rules.transfer_id(receipt, one), one.account_id, one.amount_minor, INTEREST_CODE) for one in shares]
    books = await distribution_jobs.books_of(runtime, payout, moved)
    orders = distribution_jobs.first_batch(payout, moved, books, {INTEREST_CODE: ASIDE_CODE})
    refused: str | None = None
    try:
        await runtime.get(PaymentsClient).move_all(orders, acting_for=receipt.party)
    except Refused as fault:
        if not is_final(fault):
            raise
        refused = reason_of(fault)
    if refused is None:
        await distribution_jobs.deliver(runtime, payout, moved, books)
    await commands.perform(
        runtime,
        actions.record_interest,
        P2P,
        seed=f"p2p.partner_receipt.interest\0{receipt.id}\0{receipt.tries}",
        receipt_id=receipt.id,
        tries=receipt.tries,
        refused=refused,
    )


async def _loaded(runtime: Runtime, receipt_id: UUID) -> PartnerReceipt | None:
    async with runtime.reading() as connection:
        return await queries.load(connection, receipt_id)
