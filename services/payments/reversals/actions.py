"""A correction is a transfer of its own, the other way round, that names the one it takes back. A correction may be corrected, too."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.errors import UnknownTransfer
from services.payments.ledger.model import Metadata, Outcome, TransferCommand, TransferKind
from services.payments.ledger.queries import transfer_with
from services.payments.limits.actions import give_room_back
from services.payments.limits.queries import lock_taking
from services.payments.reversals import queries, rules
from services.payments.reversals.model import Corrections, Reversal, Reversed

CODE = "ledger.reversal"
COUNTED = frozenset({"mandate.debit", "person_transfer.payment"})
"""Payments out of a balance that no story of their own gives back; what they count against limits stands under their reference."""


async def reverse_transfer(
    tx: Tx,
    caller: Caller,
    *,
    reversed_id: UUID,
    transfer_id: UUID,
    amount: int | None,
    code: str,
    reference: str | None,
    value_on: date | None,
    metadata: Metadata | None,
    parties: frozenset[str] | None,
) -> Reversed:
    """Move back what a transfer moved, in full or in part, to whom it came from. What the ledger refuses is an outcome, and recorded.

    amount: None for all that is left; reference: None for that of the transfer reversed; parties: whose accounts may be debited.
    What it counted against its payer's limits is room again. The same id again answers `exists`.

    Raises UnknownTransfer, CodeReserved and the refusals of `rules.amount_to_reverse`.
    """
    ledger.require_code(caller, code)
    await queries.lock_reversals(tx.connection, reversed_id)
    found = await corrections_of(tx.connection, reversed_id)
    made = next((one for one in found.reversals if one.transfer_id == transfer_id), None)
    moved = rules.amount_to_reverse(found, amount) if made is None else amount or made.amount
    original = found.transfer
    command = TransferCommand(
        id=transfer_id,
        kind=TransferKind.SINGLE,
        code=code,
        reference=original.reference if reference is None else reference,
        debit_account_id=original.credit_account_id,
        credit_account_id=original.debit_account_id,
        amount=moved,
        currency=original.currency,
        value_on=value_on,
        metadata=metadata or None,
    )
    counted = original.code in COUNTED
    if counted:
        # Before the ledger's accounts, as every payment locks it.
        await lock_taking(tx.connection, original.reference)
    (outcome,) = await ledger.attempt(tx, [command], parties=parties)
    if outcome.result == "exists" and made is None:
        outcome = Outcome(transfer_id, "exists_with_different_reversed_id", "id")
    rest = found.rest
    if outcome.result == "created":
        rest = found.rest - moved
        if counted:
            await give_room_back(tx, source=original.reference, amount=moved)
        await _linked(tx, Reversal(transfer_id, reversed_id, len(found.reversals) + 1, moved, rest))
    return Reversed(outcome, reversed_id, rest)


async def corrections_of(connection: AsyncConnection, transfer_id: UUID) -> Corrections:
    """Raises UnknownTransfer."""
    transfer = await transfer_with(connection, transfer_id)
    if transfer is None:
        raise UnknownTransfer("no such transfer", field="transfer_id")
    reverses = await queries.reversal_with(connection, transfer_id)
    return Corrections(transfer, reverses, await queries.reversals_of(connection, transfer_id))


async def _linked(tx: Tx, made: Reversal) -> None:
    await queries.add_reversal(tx.connection, made)
    transfer_id = encode("trf", made.transfer_id)
    told = {
        "transfer_id": transfer_id,
        "reversed_id": encode("trf", made.reversed_id),
        "amount": made.amount,
        "rest": made.rest,
    }
    tx.events.add("payments.transfer.reversed.v1", transfer_id, told)
