"""Taking a repayment back, outside any transaction: from each holder in a batch of her own, for only she may be debited in it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import decode, encode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.claims.model import PLATFORM, is_customer
from services.p2p.refusals import is_final, refused_in_batch
from services.p2p.repayments import queries, reversal, reversal_queries, rules
from services.p2p.repayments.model import Repayment, RepaymentState, ReversalPart, Share, ShareKind
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text

P2P = service_caller("p2p")
AT_ONCE = 8
"""Holders asked side by side."""
MOST_ATTEMPTS = 5
"""At one holder in one run, where her money leaves her between the look and the batch; the next run goes on."""
WANTING = frozenset({"insufficient_funds", "id_already_failed"})
"""Her money left her before the batch; or that was found by a run that ended before it planned anew."""
ADVANCE_CODE = "p2p.reversal.advance"
FEE_CODE = "p2p.reversal.fee"
LENDER_FEE_CODE = "p2p.reversal.interest_fee"
CODES: Mapping[ShareKind, str] = {
    ShareKind.PRINCIPAL: "p2p.reversal.principal",
    ShareKind.INTEREST: "p2p.reversal.interest",
    ShareKind.LATE: "p2p.reversal.late_interest",
}
COLLECTION_FEE_CODES: Mapping[ShareKind, str] = {
    ShareKind.PRINCIPAL: "p2p.reversal.collection.principal",
    ShareKind.INTEREST: "p2p.reversal.collection.interest",
    ShareKind.LATE: "p2p.reversal.collection.late_interest",
}
Order = Mapping[str, str | int | Mapping[str, str]]


async def reverse_repayment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Plans are kept before money moves, and ids follow from them: cut off, it goes on where it was and moves nothing twice."""
    repayment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        shares = await queries.shares(connection, repayment_id)
        planned = await reversal_queries.parts(connection, repayment_id)
    if repayment is None or repayment.state is not RepaymentState.REVERSING:
        return
    accounts = await ensure_house_accounts(runtime, repayment.currency)
    await _give_fees_back(runtime, repayment, shares, accounts[HousePurpose.REPAYMENT_ADVANCES])
    by_claim: dict[UUID, list[Share]] = defaultdict(list)
    for share in shares:
        by_claim[share.claim_id].append(share)
    few = asyncio.Semaphore(AT_ONCE)

    async def take(claim_id: UUID, own: list[Share]) -> None:
        async with few:
            await _take(runtime, repayment, own, planned.get(claim_id), accounts[HousePurpose.REPAYMENT_ADVANCES])

    answers = await asyncio.gather(*(take(claim_id, own) for claim_id, own in by_claim.items()), return_exceptions=True)
    # One that fails keeps nobody else waiting, and nothing goes on behind the run that starts after it.
    for fault in answers:
        if fault is not None:
            raise fault
    seed = f"p2p.repayment.reversed\0{repayment_id}"
    await commands.perform(runtime, reversal.record_reversed, P2P, seed=seed, repayment_id=repayment_id)


async def _take(
    runtime: Runtime, repayment: Repayment, own: Sequence[Share], part: ReversalPart | None, advances_id: UUID
) -> None:
    """From one holder, with what she lacks from the platform, in one batch."""
    holder = own[0].holder
    if not any(share.received_minor for share in own):
        return
    for _ in range(MOST_ATTEMPTS):
        if part is None:
            part = await _plan(runtime, repayment, own, attempt=1)
        try:
            orders = orders_of(repayment, own, part, advances_id)
            await runtime.get(PaymentsClient).move_all(orders, acting_for=holder if is_customer(holder) else None)
            return
        except Refused as refused:
            if not is_final(refused) or not WANTING.intersection(refused_in_batch(refused).values()):
                raise
            part = await _plan(runtime, repayment, own, attempt=part.attempt + 1)
    raise RuntimeError(f"{encode('clm', own[0].claim_id)}: its holder's money leaves her again and again")


async def _plan(runtime: Runtime, repayment: Repayment, own: Sequence[Share], *, attempt: int) -> ReversalPart:
    """The platform adds what she has not."""
    received = sum(share.received_minor for share in own)
    advance = 0
    if own[0].holder != PLATFORM:
        advance = received - min(received, max(0, await _has(runtime, own[0], repayment.currency)))
    part = ReversalPart(repayment.id, own[0].claim_id, attempt, advance)
    seed = f"p2p.reversal.planned\0{part.claim_id}\0{repayment.id}\0{attempt}"
    return await commands.perform(runtime, reversal.plan, P2P, seed=seed, part=part)


async def _has(runtime: Runtime, share: Share, currency: str) -> int:
    """What may leave the holder's account: a customer's wallet, or the account of the fund or of a surety."""
    client = runtime.get(PaymentsClient)
    if not is_customer(share.holder):
        return (await client.account(share.account_id)).available
    wallet = await client.wallet_of(decode("cus", share.holder), currency)
    return 0 if wallet is None else wallet.available


async def _give_fees_back(runtime: Runtime, repayment: Repayment, shares: Sequence[Share], advances_id: UUID) -> None:
    """From the account that may go below zero: what was earned of fees may have been taken out since."""
    fees = [(COLLECTION_FEE_CODES[kind], amount) for kind, amount in rules.fees_by_kind(shares).items()]
    if repayment.fee_minor:
        fees.append((FEE_CODE, repayment.fee_minor))
    if fees:
        orders = [_order(repayment, code, advances_id, repayment.account_id, amount, "fee") for code, amount in fees]
        await runtime.get(PaymentsClient).move_all(orders)


def orders_of(repayment: Repayment, own: Sequence[Share], part: ReversalPart, advances_id: UUID) -> list[Order]:
    """At most five: the advance first, so that what follows is there; and what the platform had of her interest."""
    key = (part.claim_id, part.attempt)
    found: list[Order] = []
    if part.advance_minor:
        found.append(_order(repayment, ADVANCE_CODE, advances_id, own[0].account_id, part.advance_minor, *key))
    for share in own:
        if share.received_minor:
            parties = (share.account_id, repayment.account_id)
            found.append(_order(repayment, CODES[share.kind], *parties, share.received_minor, *key))
        if share.interest_fee_minor:
            fee = _order(repayment, LENDER_FEE_CODE, advances_id, repayment.account_id, share.interest_fee_minor, *key)
            found.append({**fee, "metadata": {"holder_account": encode("acc", share.account_id)}})
    return found


def _order(repayment: Repayment, code: str, debit: UUID, credit: UUID, amount_minor: int, *key: object) -> Order:
    transfer_id = derived(repayment.requested_at, debit, "reverse", repayment.id, code, *key)
    return {
        "id": encode("trf", transfer_id),
        "debit_account_id": encode("acc", debit),
        "credit_account_id": encode("acc", credit),
        "amount": amount_minor,
        "currency": repayment.currency,
        "code": code,
        "reference": loan_text(repayment.loan_id),
    }
