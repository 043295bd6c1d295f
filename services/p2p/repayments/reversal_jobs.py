"""Taking a repayment back, outside any transaction: from each holder in a batch of her own, for only she may be debited in it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import book_of, decode, encode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.claims.model import PLATFORM, is_customer
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.refusals import is_final, refused_in_batch
from services.p2p.repayments import queries, reversal, reversal_holds, reversal_queries, rules
from services.p2p.repayments.model import Repayment, RepaymentState, ReversalPart, Share, ShareKind
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text

P2P = service_caller("p2p")
AT_ONCE = 8
"""Holders asked side by side."""
MOST_ATTEMPTS = 5
"""At one holder in one run, where her money leaves her between the look and the batch; the next run goes on."""
SHUT = frozenset({"account_frozen", "account_closed"})
"""Nothing leaves her account, whatever is on it: the platform pays past it."""
WANTING = SHUT | {"insufficient_funds", "id_already_failed"}
"""Her money left her before the batch; or that was found by a run that ended before it planned anew."""
ADVANCE_CODE = "p2p.reversal.advance"
BORNE_CODE = "p2p.reversal.borne"
FEE_CODE = "p2p.reversal.fee"
PARTNER_CODE = "p2p.partner.taken_back"
"""From the account through which a partner passed it on to the partner's wallet, when all of it is there again."""
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


@dataclass(frozen=True, slots=True)
class _Story:
    """What is taken back. holders_keep: the platform pays for all of them."""

    runtime: Runtime
    repayment: Repayment
    holders_keep: bool
    advances_id: UUID


async def reverse_repayment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Plans are kept before money moves, and ids follow from them: cut off, it goes on where it was and moves nothing twice."""
    repayment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        asked = await reversal_queries.load(connection, repayment_id)
        shares = await queries.shares(connection, repayment_id)
        planned = await reversal_queries.parts(connection, repayment_id)
        by_partner = repayment is not None and repayment.payer is not None
        wallet_id = await receipt_queries.wallet_of(connection, repayment_id) if by_partner else None
    if repayment is None or asked is None or repayment.state is not RepaymentState.REVERSING:
        return
    accounts = await ensure_house_accounts(runtime, repayment.currency)
    story = _Story(runtime, repayment, asked.holders_keep, accounts[HousePurpose.REPAYMENT_ADVANCES])
    await _give_fees_back(story, shares)
    by_claim: dict[UUID, list[Share]] = defaultdict(list)
    for share in shares:
        by_claim[share.claim_id].append(share)
    few = asyncio.Semaphore(AT_ONCE)

    async def take(claim_id: UUID, own: list[Share]) -> None:
        async with few:
            await _take(story, own, planned.get(claim_id))

    answers = await asyncio.gather(*(take(claim_id, own) for claim_id, own in by_claim.items()), return_exceptions=True)
    # One that fails keeps nobody else waiting, and nothing goes on behind the run that starts after it.
    for fault in answers:
        if fault is not None:
            raise fault
    if wallet_id is not None:
        parties = (repayment.account_id, wallet_id)
        order = _order(repayment, PARTNER_CODE, *parties, repayment.amount_minor, ("partner",))
        await runtime.get(PaymentsClient).move_all([order])
    hold_id = await reversal_holds.hold(
        runtime, repayment, repayment.amount_minor, story.advances_id, repayment.id, wallet_id=wallet_id
    )
    seed = f"p2p.repayment.reversed\0{repayment_id}"
    facts: dict[str, Any] = {"repayment_id": repayment_id, "hold_id": hold_id, "wallet_id": wallet_id}
    await commands.perform(runtime, reversal.record_reversed, P2P, seed=seed, **facts)


async def _take(story: _Story, own: Sequence[Share], part: ReversalPart | None) -> None:
    """From one holder, with what she lacks from the platform, in one batch; or from the platform alone."""
    if not any(share.received_minor for share in own):
        return
    holder, client = own[0].holder, story.runtime.get(PaymentsClient)
    shut = story.holders_keep
    for _ in range(MOST_ATTEMPTS):
        if part is None:
            part = await _plan(story, own, attempt=1, shut=shut)
        acting_for = holder if is_customer(holder) and not part.borne else None
        try:
            await client.move_all(orders_of(story.repayment, own, part, story.advances_id), acting_for=acting_for)
            return
        except Refused as refused:
            why = WANTING.intersection(refused_in_batch(refused).values())
            if not is_final(refused) or not why or part.borne:
                raise
            shut = shut or bool(why & SHUT)
            part = await _plan(story, own, attempt=part.attempt + 1, shut=shut)
    raise RuntimeError(f"{encode('clm', own[0].claim_id)}: its holder's money leaves her again and again")


async def _plan(story: _Story, own: Sequence[Share], *, attempt: int, shut: bool) -> ReversalPart:
    """The platform adds what she has not, and pays all where nothing leaves her account, or it is in a book of its own."""
    repayment, first = story.repayment, own[0]
    received = sum(share.received_minor for share in own)
    away = book_of(first.account_id) != book_of(repayment.account_id)
    has = received if first.holder == PLATFORM else await _has(story.runtime, first, repayment.currency)
    # Below zero an amount is frozen that is not there: it would keep whatever the platform adds.
    borne = first.holder != PLATFORM and (shut or away or has < 0)
    advance = received if borne else received - min(received, has)
    part = ReversalPart(repayment.id, first.claim_id, attempt, advance, borne)
    seed = f"p2p.reversal.planned\0{part.claim_id}\0{repayment.id}\0{attempt}"
    return await commands.perform(story.runtime, reversal.plan, P2P, seed=seed, part=part)


async def _has(runtime: Runtime, share: Share, currency: str) -> int:
    """What may leave the holder's account: a customer's wallet, or the account of the fund or of a surety."""
    client = runtime.get(PaymentsClient)
    if not is_customer(share.holder):
        return (await client.account(share.account_id)).available
    wallet = await client.wallet_of(decode("cus", share.holder), currency)
    return 0 if wallet is None else wallet.available


async def _give_fees_back(story: _Story, shares: Sequence[Share]) -> None:
    """From the account that may go below zero: what was earned of fees may have been taken out since."""
    orders = fee_orders_of(story.repayment, shares, story.advances_id)
    if orders:
        await story.runtime.get(PaymentsClient).move_all(orders)


def fee_orders_of(repayment: Repayment, shares: Sequence[Share], advances_id: UUID) -> list[Order]:
    """What the platform had of the repayment, but of interest: of each kind in one sum, and the fee of paying ahead."""
    fees = [(COLLECTION_FEE_CODES[kind], amount) for kind, amount in rules.fees_by_kind(shares).items()]
    if repayment.fee_minor:
        fees.append((FEE_CODE, repayment.fee_minor))
    parties = (advances_id, repayment.account_id)
    return [_order(repayment, code, *parties, amount, ("fee",)) for code, amount in fees]


def orders_of(repayment: Repayment, own: Sequence[Share], part: ReversalPart, advances_id: UUID) -> list[Order]:
    """At most five: the advance first, so that what follows is there; and what the platform had of her interest. Where the platform pays
    past her account, one instead of what she would give.
    """
    key = (part.claim_id, part.attempt)
    found: list[Order] = []
    if part.borne:
        found.append(_order(repayment, BORNE_CODE, advances_id, repayment.account_id, part.advance_minor, key))
    elif part.advance_minor:
        found.append(_order(repayment, ADVANCE_CODE, advances_id, own[0].account_id, part.advance_minor, key))
    for share in own:
        if share.received_minor and not part.borne:
            parties = (share.account_id, repayment.account_id)
            found.append(_order(repayment, CODES[share.kind], *parties, share.received_minor, key))
        if share.interest_fee_minor:
            fee = _order(repayment, LENDER_FEE_CODE, advances_id, repayment.account_id, share.interest_fee_minor, key)
            found.append({**fee, "metadata": {"holder_account": encode("acc", share.account_id)}})
    return found


def _order(
    repayment: Repayment, code: str, debit: UUID, credit: UUID, amount_minor: int, key: tuple[object, ...]
) -> Order:
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
