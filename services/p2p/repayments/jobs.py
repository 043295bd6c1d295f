"""Sharing a repayment out, outside any transaction: one transfer for each holder and kind of money, in one atomic batch."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.refusals import is_final, refused_in_batch
from services.p2p.repayments import actions, queries, rules
from services.p2p.repayments.model import Repayment, RepaymentState, Share, ShareKind
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text

P2P = service_caller("p2p")
CODES: Mapping[ShareKind, str] = {
    ShareKind.PRINCIPAL: "p2p.repayment.principal",
    ShareKind.INTEREST: "p2p.repayment.interest",
    ShareKind.LATE: "p2p.repayment.late_interest",
}
FEE_CODE = "p2p.fee.prepayment"
COLLECTION_FEE_CODES: Mapping[ShareKind, str] = {
    ShareKind.PRINCIPAL: "p2p.fee.collection.principal",
    ShareKind.INTEREST: "p2p.fee.collection.interest",
    ShareKind.LATE: "p2p.fee.collection.late_interest",
}
"""What is kept back of each kind: with what reaches holders it makes up what the borrower paid of it."""
LENDER_FEE_CODE = "p2p.fee.interest"
Order = Mapping[str, str | int | Mapping[str, str]]
PASSED_ON_CODE = "p2p.partner.passed_on"


async def share_repayment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All shares or none. Sent again they are the same transfers, so the answer is always learned."""
    repayment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        shares = await queries.shares(connection, repayment_id)
        wallet_id = await receipt_queries.wallet_of(connection, repayment_id)
    if repayment is None or repayment.state is not RepaymentState.PENDING:
        return
    accounts = await ensure_house_accounts(runtime, repayment.currency)
    seed = f"p2p.repayment.shared\0{repayment_id}"
    try:
        orders = orders_of(repayment, shares, accounts)
        if wallet_id is not None:
            orders.insert(0, passed_on(repayment, wallet_id))
        await runtime.get(PaymentsClient).move_all(orders, acting_for=repayment.payer or repayment.borrower)
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = next(iter(refused_in_batch(refused).values()), refused.code)
        await commands.perform(
            runtime, actions.record_refused, P2P, seed=seed, repayment_id=repayment_id, reason=reason
        )
        return
    await commands.perform(runtime, actions.record_shared, P2P, seed=seed, repayment_id=repayment_id)


def orders_of(repayment: Repayment, shares: Sequence[Share], accounts: Mapping[HousePurpose, UUID]) -> list[Order]:
    """At most 8,004: a loan has at most 2,000 holders, there are three kinds of money, a fee for each, and four for the repayment. What a
    partner passes on comes before.
    """
    moved = [
        (share.transfer_id, share.account_id, share.received_minor, CODES[share.kind])
        for share in shares
        if share.received_minor
    ]
    if repayment.fee_minor:
        fee_id = rules.transfer_id(repayment, "p2p", "fee")
        moved.append((fee_id, accounts[HousePurpose.SERVICING_FEES], repayment.fee_minor, FEE_CODE))
    for kind, kept in rules.fees_by_kind(shares).items():
        fee_id = rules.transfer_id(repayment, "p2p", f"collection_{kind}")
        moved.append((fee_id, accounts[HousePurpose.COLLECTION_FEES], kept, COLLECTION_FEE_CODES[kind]))
    payer, reference, payee_text = (
        encode("acc", repayment.account_id),
        loan_text(repayment.loan_id),
        cache(_account_text),
    )
    orders: list[Order] = [
        {
            "id": encode("trf", transfer_id),
            "debit_account_id": payer,
            "credit_account_id": payee_text(account_id),
            "amount": amount,
            "currency": repayment.currency,
            "code": code,
            "reference": reference,
        }
        for transfer_id, account_id, amount, code in moved
    ]
    return orders + [
        _fee_order(repayment, share, accounts[HousePurpose.LENDER_FEES]) for share in shares if share.interest_fee_minor
    ]


def _fee_order(repayment: Repayment, share: Share, account_id: UUID) -> Order:
    """What a lender pays of her interest goes from the borrower to the platform at once; the metadata says for whom."""
    return {
        "id": encode("trf", rules.transfer_id(repayment, share.holder, "interest_fee")),
        "debit_account_id": encode("acc", repayment.account_id),
        "credit_account_id": encode("acc", account_id),
        "amount": share.interest_fee_minor,
        "currency": repayment.currency,
        "code": LENDER_FEE_CODE,
        "reference": loan_text(repayment.loan_id),
        "metadata": {"holder_account": encode("acc", share.account_id)},
    }


def passed_on(repayment: Repayment, wallet_id: UUID) -> Order:
    """First in the batch: from the wallet of the partner who was paid by the borrower to the account that the shares are paid from."""
    return {
        "id": encode("trf", derived(repayment.requested_at, wallet_id, "passed_on", repayment.id)),
        "debit_account_id": encode("acc", wallet_id),
        "credit_account_id": encode("acc", repayment.account_id),
        "amount": repayment.amount_minor,
        "currency": repayment.currency,
        "code": PASSED_ON_CODE,
        "reference": loan_text(repayment.loan_id),
    }


def _account_text(account_id: UUID) -> str:
    return encode("acc", account_id)
