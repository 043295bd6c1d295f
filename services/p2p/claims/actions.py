"""Claims come about with a disbursement, shrink with repayments, and pass from a seller to a buyer."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.database import Tx
from services.p2p.bids.model import Bid
from services.p2p.claims import queries
from services.p2p.claims.model import Claim
from services.p2p.enrolments import holding as plan_holding
from services.p2p.loans.model import Loan
from services.p2p.wire_ids import loan_text


async def open_claims(tx: Tx, loan: Loan, bids: Sequence[Bid]) -> int:
    """One claim for each lender, whatever the number of her bids. Answers how many holders there are."""
    by_lender: dict[str, list[Bid]] = defaultdict(list)
    for bid in bids:
        by_lender[bid.lender].append(bid)
    found = [_claim(tx, loan, lender, own) for lender, own in sorted(by_lender.items())]
    await queries.add(tx.connection, found, cause="disbursement", cause_id=loan_text(loan.id))
    await plan_holding.record_lent(tx, loan.id)
    return len(found)


async def pass_on(
    tx: Tx, seller: Claim, *, buyer: str, account_id: UUID, principal_minor: int, traded_on: date, cause_id: str
) -> tuple[Claim, Claim]:
    """A slice goes from a locked claim to the buyer's, which is made where she had none. Answers both. The loan is locked."""
    sold = seller._replace(
        outstanding_minor=seller.outstanding_minor - principal_minor,
        sold_minor=seller.sold_minor + principal_minor,
        version=seller.version + 1,
        changed_at=tx.now,
    )
    await queries.save(tx.connection, sold, cause="sale", cause_id=cause_id)
    held = await queries.held_by(tx.connection, seller.loan_id, buyer)
    if held is None:
        bought = Claim(
            id=tx.ids.new(),
            loan_id=seller.loan_id,
            holder=buyer,
            account_id=account_id,
            currency=seller.currency,
            funded_minor=0,
            outstanding_minor=principal_minor,
            principal_received_minor=0,
            interest_received_minor=0,
            held_from_on=traded_on,
            version=1,
            changed_at=tx.now,
            bought_minor=principal_minor,
        )
        await queries.add(tx.connection, [bought], cause="purchase", cause_id=cause_id)
        return sold, bought
    bought = held._replace(
        outstanding_minor=held.outstanding_minor + principal_minor,
        bought_minor=held.bought_minor + principal_minor,
        held_from_on=traded_on,
        version=held.version + 1,
        changed_at=tx.now,
    )
    await queries.save(tx.connection, bought, cause="purchase", cause_id=cause_id)
    return sold, bought


def _claim(tx: Tx, loan: Loan, lender: str, bids: Sequence[Bid]) -> Claim:
    funded = sum(bid.amount_minor for bid in bids)
    account_id = bids[-1].account_id
    assert account_id is not None
    return Claim(
        id=tx.ids.new(),
        loan_id=loan.id,
        holder=lender,
        account_id=account_id,
        currency=loan.currency,
        funded_minor=funded,
        outstanding_minor=funded,
        principal_received_minor=0,
        interest_received_minor=0,
        held_from_on=loan.starts_on,
        version=1,
        changed_at=tx.now,
    )
