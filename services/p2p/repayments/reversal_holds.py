"""What a reversal gives back to a borrower is held in her wallet until a round may take it, or she repays that loan with it: she never
had that money.

Whoever has a claim on the wallet itself, as payments for a charge that its bank took back, comes first: that is taken as it comes in,
and what is left of it when the hold is made is held.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.p2p.refusals import is_final
from services.p2p.repayments import queries, reversal_queries
from services.p2p.repayments.model import Repayment, Reversal
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import repayment_text

HOLD_CODE = "p2p.reversal.hold"
LONGEST = timedelta(days=2)
"""A day in which nothing is taken, and the night until a round begins; then it ends by itself, whatever becomes of this service."""


async def hold(
    runtime: Runtime,
    repayment: Repayment,
    amount_minor: int,
    advances_id: UUID,
    cause: UUID,
    *,
    wallet_id: UUID | None = None,
) -> UUID | None:
    """As much of it as is there. None where nothing is, or nothing can be held; the money of a mandate never was in her wallet.

    repayment: that was taken back; cause: what made it be held, so that it is held once for each; wallet_id: the partner's who had paid it.
    """
    if repayment.by_mandate or not amount_minor:
        return None
    holder_id = wallet_id or repayment.account_id
    hold_id = derived(repayment.requested_at, holder_id, HOLD_CODE, repayment.id, cause)
    order = TransferCommand(
        id=hold_id,
        kind="pending",
        debit_account_id=holder_id,
        credit_account_id=advances_id,
        amount=amount_minor,
        currency=repayment.currency,
        code=HOLD_CODE,
        reference=repayment_text(repayment.id),
        timeout_seconds=int(LONGEST.total_seconds()),
        flags=["balancing_debit"],
    )
    try:
        await runtime.get(PaymentsClient).transfer(order, acting_for=repayment.payer or repayment.borrower)
    except Refused as refused:
        if not is_final(refused):
            raise
        return None
    return hold_id


async def free(runtime: Runtime, loan_id: UUID, before: datetime | None = None) -> list[Reversal]:
    """What was held of a loan, let go at payments: all of it, for its own borrower repays it; or what was held since before then."""
    async with runtime.reading() as connection:
        found = await reversal_queries.held(connection, loan_id, before)
    for one in found:
        assert one.hold_id is not None
        await release(runtime, one.hold_id)
    return found


async def hold_rest(
    runtime: Runtime, freed: Sequence[Reversal], advances_id: UUID, paid_minor: int, paid_by: UUID
) -> list[Reversal]:
    """What a repayment of hers left of it is held again, all of it where the ledger refused that; to be kept with its end."""
    found, left = [], paid_minor
    for one in freed:
        used = min(left, one.held_minor)
        left -= used
        async with runtime.reading() as connection:
            repayment = await queries.load(connection, one.repayment_id)
        assert repayment is not None
        rest = one.held_minor - used
        hold_id = await hold(runtime, repayment, rest, advances_id, paid_by)
        found.append(replace(one, hold_id=hold_id, held_minor=0 if hold_id is None else rest))
    return found


async def release(runtime: Runtime, hold_id: UUID) -> None:
    """Released twice, or ended by itself, it is released."""
    client = runtime.get(PaymentsClient)
    try:
        await client.void(hold_id, code=HOLD_CODE, transfer_id=_release_id(hold_id))
    except Refused as refused:
        if not is_final(refused):
            raise


def _release_id(hold_id: UUID) -> UUID:
    """Of the same millisecond and book."""
    return UUID(int=hold_id.int ^ (1 << 16))
