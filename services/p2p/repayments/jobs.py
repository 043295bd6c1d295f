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
from services.p2p.accounts.model import HousePurpose
from services.p2p.custody.moving import ways_of_loan
from services.p2p.refusals import is_final, refused_in_batch
from services.p2p.repayments import actions, queries, rules
from services.p2p.repayments.model import Repayment, RepaymentState, Share, ShareKind
from services.p2p.wire_ids import loan_text, repayment_text

P2P = service_caller("p2p")
CODES: Mapping[ShareKind, str] = {
    ShareKind.PRINCIPAL: "p2p.repayment.principal",
    ShareKind.INTEREST: "p2p.repayment.interest",
    ShareKind.LATE: "p2p.repayment.late_interest",
}
FEE_CODE = "p2p.fee.prepayment"


async def share_repayment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All shares or none. Sent again they are the same transfers, so the answer is always learned."""
    repayment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        shares = await queries.shares(connection, repayment_id)
    if repayment is None or repayment.state is not RepaymentState.PENDING:
        return
    ways = await ways_of_loan(runtime, repayment.loan_id)
    accounts = await ways.house(repayment.currency)
    seed = f"p2p.repayment.shared\0{repayment_id}"
    try:
        orders = orders_of(repayment, shares, accounts[HousePurpose.SERVICING_FEES])
        await ways.move_all(orders, subject=repayment_text(repayment.id), acting_for=repayment.borrower)
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = next(iter(refused_in_batch(refused).values()), refused.code)
        await commands.perform(
            runtime, actions.record_refused, P2P, seed=seed, repayment_id=repayment_id, reason=reason
        )
        return
    await commands.perform(runtime, actions.record_shared, P2P, seed=seed, repayment_id=repayment_id)


def orders_of(repayment: Repayment, shares: Sequence[Share], fees_account_id: UUID) -> list[Mapping[str, str | int]]:
    """At most 6,001: a loan has at most 2,000 holders, there are three kinds of money for them, and the platform's fee."""
    moved = [(share.transfer_id, share.account_id, share.amount_minor, CODES[share.kind]) for share in shares]
    if repayment.fee_minor:
        fee_id = rules.transfer_id(repayment, "p2p", "fee")
        moved.append((fee_id, fees_account_id, repayment.fee_minor, FEE_CODE))
    payer, reference, payee_text = (
        encode("acc", repayment.account_id),
        loan_text(repayment.loan_id),
        cache(_account_text),
    )
    return [
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


def _account_text(account_id: UUID) -> str:
    return encode("acc", account_id)
