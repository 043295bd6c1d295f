"""Moving the money of a contract, outside any transaction: every hold posted, the payout and the fees, in one atomic batch."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.commands import TransferCommand
from services.p2p.accounts.model import HousePurpose
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.model import Bid
from services.p2p.contracts.jobs import write_contract
from services.p2p.custody.moving import ways_of
from services.p2p.loans import actions, queries
from services.p2p.loans.model import Loan, LoanState
from services.p2p.refusals import is_final, refused_in_batch
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text

P2P = service_caller("p2p")
PRINCIPAL_CODE = "p2p.disbursement.principal"
PAYOUT_CODE = "p2p.disbursement.payout"
FEE_CODE = "p2p.fee.origination"
RESERVE_CODE = "p2p.fee.reserve_contribution"
FOLLOWING = frozenset({"insufficient_funds", "id_already_failed"})
"""What a payout is refused with when a hold before it was not posted."""


async def disburse(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All transfers of the disbursement or none. Sent again they are the same transfers, so the answer is always learned.

    In custody the bank is asked first, with what every lender and the borrower allowed: what it refuses the ledger never sees.
    """
    loan_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        loan = await queries.load(connection, loan_id)
        bids = await bid_queries.of_contract(connection, loan_id)
    if loan is None or loan.state is not LoanState.DISBURSING:
        return
    await write_contract(runtime, loan, bids)
    ways = await ways_of(runtime, loan.programme_code, loan.programme_version)
    accounts = await ways.house(loan.currency)
    seed = f"p2p.loan.disbursed\0{loan_id}"
    try:
        await ways.move(transfers_of(loan, bids, accounts), subject=loan_text(loan.id))
    except Refused as refused:
        if not is_final(refused):
            raise
        struck, other = _faults(loan, bids, refused)
        await commands.perform(
            runtime, actions.record_refused, P2P, seed=seed, loan_id=loan_id, struck=struck, other=other
        )
        return
    await commands.perform(runtime, actions.record_disbursed, P2P, seed=seed, loan_id=loan_id)


def transfers_of(loan: Loan, bids: Sequence[Bid], accounts: Mapping[HousePurpose, UUID]) -> list[TransferCommand]:
    """The batch: lenders' holds into the listing's account, and from there to the borrower and the house."""
    posts = [_post(loan, bid) for bid in bids]
    parts = (
        (PAYOUT_CODE, loan.borrower_account_id, loan.payout_minor),
        (FEE_CODE, accounts.get(HousePurpose.ORIGINATION_FEES), loan.origination_fee_minor),
        (RESERVE_CODE, accounts.get(HousePurpose.RESERVE_FUND), loan.reserve_contribution_minor),
    )
    payouts = [
        TransferCommand(
            id=derived(loan.contracted_at, loan.account_id, code, loan.id),
            debit_account_id=loan.account_id,
            credit_account_id=account_id,
            amount=amount,
            currency=loan.currency,
            code=code,
            reference=loan_text(loan.id),
        )
        for code, account_id, amount in parts
        if amount
    ]
    return [*posts, *payouts]


def _post(loan: Loan, bid: Bid) -> TransferCommand:
    assert bid.account_id is not None
    return TransferCommand(
        id=_post_id(loan, bid),
        kind="post",
        pending_id=bid.hold_id,
        amount=bid.amount_minor,
        code=PRINCIPAL_CODE,
        reference=loan_text(loan.id),
    )


def _post_id(loan: Loan, bid: Bid) -> UUID:
    assert bid.account_id is not None
    return derived(loan.contracted_at, bid.account_id, PRINCIPAL_CODE, loan.id, bid.id)


def _faults(loan: Loan, bids: Sequence[Bid], refused: Refused) -> tuple[dict[UUID, str], str | None]:
    """Bids whose posts were refused by themselves, and the first refusal of anything else.

    Without one of its holds the listing's account lacks the money of the payout: that refusal is the bid's fault too. Asked again
    after a crash, the payout's id is spent and says only that.
    """
    codes = refused_in_batch(refused)
    struck = {bid.id: codes.pop(post_id) for bid in bids if (post_id := _post_id(loan, bid)) in codes}
    others = [code for code in codes.values() if not (struck and code in FOLLOWING)]
    return struck, next(iter(others), None if struck else refused.code)
