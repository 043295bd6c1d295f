"""Claims come about with a disbursement and shrink with repayments."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from services.p2p.bids.model import Bid
from services.p2p.claims import queries
from services.p2p.claims.model import PLATFORM, Claim
from services.p2p.loans.model import Loan
from services.p2p.wire_ids import loan_text


async def open_claims(tx: Tx, loan: Loan, bids: Sequence[Bid]) -> int:
    """One claim for each lender, whatever the number of her bids. Answers how many holders there are."""
    by_lender: dict[str, list[Bid]] = defaultdict(list)
    for bid in bids:
        by_lender[bid.lender].append(bid)
    found = [_claim(tx, loan, lender, own) for lender, own in sorted(by_lender.items())]
    await queries.add(tx.connection, found, cause="disbursement", cause_id=loan_text(loan.id))
    return len(found)


async def take_over(tx: Tx, loan: Loan, account_id: UUID, amount_minor: int, *, cause: str, cause_id: str) -> None:
    """The platform holds so much of a locked loan from now on, for it paid that to holders."""
    claim = Claim(
        id=tx.ids.new(),
        loan_id=loan.id,
        holder=PLATFORM,
        account_id=account_id,
        currency=loan.currency,
        funded_minor=0,
        outstanding_minor=amount_minor,
        principal_received_minor=0,
        interest_received_minor=0,
        held_from_on=tx.today,
        version=1,
        changed_at=tx.now,
        bought_minor=amount_minor,
    )
    await queries.take_over(tx.connection, claim, cause=cause, cause_id=cause_id)


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
