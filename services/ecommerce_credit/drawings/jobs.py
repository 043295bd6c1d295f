"""Paying a drawing out of the lender's capital, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.ecommerce_credit.accounts.jobs import ensure_house_accounts
from services.ecommerce_credit.accounts.model import HousePurpose
from services.ecommerce_credit.drawings import actions, queries
from services.ecommerce_credit.drawings.model import Drawing, DrawingState
from services.ecommerce_credit.refusals import is_final
from services.ecommerce_credit.transfer_ids import derived
from services.ecommerce_credit.wire_ids import drawing_text

CREDIT = service_caller("ecommerce_credit")
DISBURSEMENT_CODE = "credit.drawing.disbursement"


async def disburse(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Asked again it is the same transfer, so the answer is always learned."""
    drawing_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        drawing = await queries.load(connection, drawing_id)
    if drawing is None or drawing.state is not DrawingState.PENDING:
        return
    seed = f"ecommerce_credit.drawing.disbursed\0{drawing_id}"
    try:
        account_id, capital_account_id = await _accounts(runtime, drawing)
        transfer = transfer_of(drawing, account_id, capital_account_id)
        await runtime.get(PaymentsClient).transfer(transfer)
    except Refused as refused:
        if not is_final(refused):
            raise
        await commands.perform(
            runtime, actions.record_refused, CREDIT, seed=seed, drawing_id=drawing_id, reason=refused.code
        )
        return
    await commands.perform(
        runtime,
        actions.record_disbursed,
        CREDIT,
        seed=seed,
        drawing_id=drawing_id,
        account_id=account_id,
        capital_account_id=capital_account_id,
    )


def transfer_of(drawing: Drawing, account_id: UUID, capital_account_id: UUID) -> TransferCommand:
    return TransferCommand(
        id=derived(drawing.requested_at, capital_account_id, DISBURSEMENT_CODE, drawing.id),
        debit_account_id=capital_account_id,
        credit_account_id=account_id,
        amount=drawing.amount_minor,
        currency=drawing.currency,
        code=DISBURSEMENT_CODE,
        reference=drawing_text(drawing.id),
    )


async def _accounts(runtime: Runtime, drawing: Drawing) -> tuple[UUID, UUID]:
    """The borrower's wallet account and the lender's capital."""
    house = await ensure_house_accounts(runtime, drawing.currency)
    wallet = await runtime.get(PaymentsClient).open_wallet(decode("cus", drawing.borrower), drawing.currency)
    return wallet.account_id, house[HousePurpose.CAPITAL]
