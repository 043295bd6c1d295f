"""Moving capital, outside any transaction: from a funding party's wallet, acting for her, or back to it."""

from collections.abc import Mapping
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
from services.ecommerce_credit.capital import actions, queries
from services.ecommerce_credit.capital.model import Movement, MovementKind, MovementState
from services.ecommerce_credit.refusals import is_final
from services.ecommerce_credit.transfer_ids import derived
from services.ecommerce_credit.wire_ids import movement_text

CREDIT = service_caller("ecommerce_credit")
CODES: Mapping[MovementKind, str] = {
    MovementKind.CONTRIBUTION: "credit.capital.contribution",
    MovementKind.WITHDRAWAL: "credit.capital.withdrawal",
}


async def move_capital(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Asked again it is the same transfer, so the answer is always learned."""
    movement_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        movement = await queries.load(connection, movement_id)
    if movement is None or movement.state is not MovementState.PENDING:
        return
    seed = f"ecommerce_credit.capital.moved\0{movement_id}"
    try:
        house = await ensure_house_accounts(runtime, movement.currency)
        wallet = await runtime.get(PaymentsClient).open_wallet(decode("cus", movement.customer), movement.currency)
        await _transfer(runtime, movement, wallet.account_id, house[HousePurpose.CAPITAL])
    except Refused as refused:
        if not is_final(refused):
            raise
        await commands.perform(
            runtime, actions.record_refused, CREDIT, seed=seed, movement_id=movement_id, reason=refused.code
        )
        return
    await commands.perform(
        runtime,
        actions.record_done,
        CREDIT,
        seed=seed,
        movement_id=movement_id,
        account_id=wallet.account_id,
        capital_account_id=house[HousePurpose.CAPITAL],
    )


async def _transfer(runtime: Runtime, movement: Movement, account_id: UUID, capital_account_id: UUID) -> None:
    """Her wallet is debited on her behalf; the lender's own account on its own."""
    into = movement.kind is MovementKind.CONTRIBUTION
    debit, credit = (account_id, capital_account_id) if into else (capital_account_id, account_id)
    transfer = TransferCommand(
        id=derived(movement.requested_at, debit, CODES[movement.kind], movement.id),
        debit_account_id=debit,
        credit_account_id=credit,
        amount=movement.amount_minor,
        currency=movement.currency,
        code=CODES[movement.kind],
        reference=movement_text(movement.id),
    )
    await runtime.get(PaymentsClient).transfer(transfer, acting_for=movement.customer if into else None)
