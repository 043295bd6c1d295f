"""Claims pass to whoever paid their holders for a loss, or advanced what they had to give back."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from chassis.database import Tx
from services.p2p.claims import cession_queries, queries
from services.p2p.claims.model import Cession, Claim, ReceivedParts
from services.p2p.loans.model import Loan


class Cause(NamedTuple):
    """What made claims pass: the compensation, or the repayment that was taken back, its kind, and its id on the wire."""

    id: UUID
    kind: str
    text: str


async def pass_to_payer(
    tx: Tx,
    loan: Loan,
    parts: Mapping[UUID, int],
    *,
    payer: str,
    account_id: UUID,
    interest_from_on: date,
    late_from_on: date,
    cause: Cause,
) -> Claim:
    """Principal by claim of a locked loan goes to the payer's claim, made where it had none. Σ claims stays what is owed.

    interest_from_on, late_from_on: the days from which interest and late interest go with it.
    """
    received = [ReceivedParts(claim_id, 0, 0, 0, amount) for claim_id, amount in sorted(parts.items())]
    await queries.receive(tx.connection, received, tx.now, cause=cause.kind, cause_id=cause.text)
    bought = _bought(tx, loan, payer, account_id, sum(parts.values()))
    await queries.take_over(tx.connection, bought, cause=cause.kind, cause_id=cause.text)
    claim = await queries.held_by(tx.connection, loan.id, payer)
    assert claim is not None
    cessions = [
        Cession(
            id=cause.id,
            loan_id=loan.id,
            from_claim_id=claim_id,
            to_claim_id=claim.id,
            principal_minor=amount,
            of_outstanding_minor=loan.outstanding_minor,
            interest_from_on=interest_from_on,
            late_from_on=late_from_on,
        )
        for claim_id, amount in sorted(parts.items())
    ]
    await cession_queries.add(tx.connection, cessions)
    return claim


def _bought(tx: Tx, loan: Loan, payer: str, account_id: UUID, principal_minor: int) -> Claim:
    """Of all the loan's days: what of them was not paid for, its cessions say."""
    return Claim(
        id=tx.ids.new(),
        loan_id=loan.id,
        holder=payer,
        account_id=account_id,
        currency=loan.currency,
        funded_minor=0,
        outstanding_minor=principal_minor,
        principal_received_minor=0,
        interest_received_minor=0,
        held_from_on=loan.starts_on,
        version=1,
        changed_at=tx.now,
        bought_minor=principal_minor,
    )
