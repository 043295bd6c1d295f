"""Taking a repayment in, outside any transaction: interest to the lender's income and principal to its capital, in one atomic batch."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.ecommerce_credit.accounts.jobs import ensure_house_accounts
from services.ecommerce_credit.accounts.model import HousePurpose
from services.ecommerce_credit.refusals import is_final, refused_in_batch
from services.ecommerce_credit.repayments import actions, queries
from services.ecommerce_credit.repayments.model import Part, PartKind, Repayment, RepaymentState
from services.ecommerce_credit.wire_ids import drawing_text

CREDIT = service_caller("ecommerce_credit")
CODES: Mapping[PartKind, str] = {
    PartKind.INTEREST: "credit.repayment.interest",
    PartKind.PRINCIPAL: "credit.repayment.principal",
}
TO: Mapping[PartKind, HousePurpose] = {
    PartKind.INTEREST: HousePurpose.INTEREST_INCOME,
    PartKind.PRINCIPAL: HousePurpose.CAPITAL,
}


async def receive_repayment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All parts or none. Sent again they are the same transfers, so the answer is always learned."""
    repayment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        parts = (await queries.parts(connection, [repayment_id]))[repayment_id]
    if repayment is None or repayment.state is not RepaymentState.PENDING:
        return
    seed = f"ecommerce_credit.repayment.received\0{repayment_id}"
    try:
        house = await ensure_house_accounts(runtime, repayment.currency)
        orders = transfers_of(repayment, parts, house)
        await runtime.get(PaymentsClient).transfers(orders, mode="atomic", acting_for=repayment.borrower)
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = next(iter(refused_in_batch(refused).values()), refused.code)
        await commands.perform(
            runtime, actions.record_refused, CREDIT, seed=seed, repayment_id=repayment_id, reason=reason
        )
        return
    await commands.perform(runtime, actions.record_received, CREDIT, seed=seed, repayment_id=repayment_id)


def transfers_of(
    repayment: Repayment, parts: Sequence[Part], house: Mapping[HousePurpose, UUID]
) -> list[TransferCommand]:
    """At most 200: a line has at most 100 drawings that are not repaid, and there are two kinds of money."""
    return [
        TransferCommand(
            id=part.transfer_id,
            debit_account_id=repayment.account_id,
            credit_account_id=house[TO[part.kind]],
            amount=part.amount_minor,
            currency=repayment.currency,
            code=CODES[part.kind],
            reference=drawing_text(part.drawing_id),
        )
        for part in parts
    ]
