"""Sharing a repayment out, outside any transaction: one transfer for each holder and kind of money, in one atomic batch.

Where holders' accounts are in several books of the ledger, what goes to other books is set aside in that batch, and from then on goes to
them book by book.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import book_of, encode
from chassis.runtime import Runtime
from clients.errors import Refused
from services.p2p.accounts.model import HousePurpose
from services.p2p.custody import queries as custody_queries
from services.p2p.custody.moving import Ways, ways_at
from services.p2p.partner_receipts import queries as receipt_queries
from services.p2p.refusals import is_final, reason_of
from services.p2p.repayments import actions, distribution_jobs, queries, reversal_holds, rules
from services.p2p.repayments.distribution_jobs import ASIDE_CODE, Moved, Order, wired
from services.p2p.repayments.model import Repayment, RepaymentState, Share, ShareKind
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import repayment_text

P2P = service_caller("p2p")
FEE_CODE = "p2p.fee.prepayment"
COLLECTION_FEE_CODES: Mapping[ShareKind, str] = {
    ShareKind.PRINCIPAL: "p2p.fee.collection.principal",
    ShareKind.INTEREST: "p2p.fee.collection.interest",
    ShareKind.LATE: "p2p.fee.collection.late_interest",
}
"""What is kept back of each kind: with what reaches holders it makes up what the borrower paid of it."""
LENDER_FEE_CODE = "p2p.fee.interest"
PASSED_ON_CODE = "p2p.partner.passed_on"
ADVANCE_CODE = "p2p.debit.advance"


async def share_repayment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All shares or none. Sent again they are the same transfers, so the answer is always learned."""
    repayment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        repayment = await queries.load(connection, repayment_id)
        shares = await queries.shares(connection, repayment_id)
        if repayment is None or repayment.state is not RepaymentState.PENDING:
            return
        by_partner = repayment.payer is not None
        wallet_id = await receipt_queries.wallet_of(connection, repayment_id) if by_partner else None
        bank = await custody_queries.bank_of_loan(connection, repayment.loan_id)
    ways = ways_at(runtime, bank)
    accounts = await ways.house(repayment.currency)
    books = await distribution_jobs.open_books(runtime, repayment, shares) if repayment.by_book else {}
    from_wallet = not repayment.by_mandate and not by_partner
    freed = await reversal_holds.free(runtime, repayment.loan_id) if from_wallet else []
    orders = orders_of(repayment, shares, accounts, books)
    if wallet_id is not None:
        orders.insert(0, passed_on(repayment, wallet_id))
    seed = f"p2p.repayment.shared\0{repayment_id}"
    refusal = await _refusal(ways, repayment, orders)
    if refusal is None:
        # From here on it is paid: what goes to other books gets there, however often this is begun again.
        for book_id in sorted(books.keys() - {book_of(repayment.account_id)}):
            await distribution_jobs.spread(runtime, repayment, shares, books, book_id)
    held = []
    if freed:
        advances_id = accounts[HousePurpose.REPAYMENT_ADVANCES]
        paid_minor = 0 if refusal else repayment.amount_minor
        held = await reversal_holds.hold_rest(runtime, freed, advances_id, paid_minor, repayment_id)
    facts: dict[str, Any] = {"repayment_id": repayment_id, "held": held}
    if refusal is None:
        await commands.perform(runtime, actions.record_shared, P2P, seed=seed, **facts)
    else:
        await commands.perform(runtime, actions.record_refused, P2P, seed=seed, **facts, reason=refusal)


async def _refusal(ways: Ways, repayment: Repayment, orders: Sequence[Order]) -> str | None:
    """Why the ledger makes none of it, finally; None: it made all."""
    acting_for = None if repayment.by_mandate else repayment.payer or repayment.borrower
    try:
        await ways.move_all(orders, subject=repayment_text(repayment.id), acting_for=acting_for)
    except Refused as refused:
        if not is_final(refused):
            raise
        return reason_of(refused)
    return None


def orders_of(
    repayment: Repayment,
    shares: Sequence[Share],
    accounts: Mapping[HousePurpose, UUID],
    books: Mapping[int, UUID] | None = None,
) -> list[Order]:
    """At most 8,006: a loan has at most 2,000 holders, there are three kinds of money for them, a fee for each, and six of the repayment's
    own; the platform's money comes first where it is lent. What a partner passes on comes before. books: the loan's account in each book,
    where holders' are in several.
    """
    home = book_of(repayment.account_id)
    here = [one for one in shares if book_of(one.account_id) == home] if repayment.by_book else shares
    moved = distribution_jobs.moved(here)
    moved += _fees(repayment, shares, accounts)
    away = sum(one.received_minor for one in shares if book_of(one.account_id) != home) if repayment.by_book else 0
    if away and books:
        moved.append((rules.transfer_id(repayment, "p2p", "aside"), books[home], away, ASIDE_CODE))
    orders = wired(repayment, repayment.account_id, moved)
    orders += [
        _fee_order(repayment, one, accounts[HousePurpose.LENDER_FEES]) for one in shares if one.interest_fee_minor
    ]
    lender = repayment.advance_account_id
    if lender is None:
        return orders
    lent = (derived(repayment.requested_at, lender, "advance", repayment.id), repayment.account_id)
    return wired(repayment, lender, [(*lent, repayment.amount_minor, ADVANCE_CODE)]) + orders


def _fees(repayment: Repayment, shares: Sequence[Share], accounts: Mapping[HousePurpose, UUID]) -> Iterator[Moved]:
    if repayment.fee_minor:
        fee_id = rules.transfer_id(repayment, "p2p", "fee")
        yield fee_id, accounts[HousePurpose.SERVICING_FEES], repayment.fee_minor, FEE_CODE
    for kind, kept in rules.fees_by_kind(shares).items():
        fee_id = rules.transfer_id(repayment, "p2p", f"collection_{kind}")
        yield fee_id, accounts[HousePurpose.COLLECTION_FEES], kept, COLLECTION_FEE_CODES[kind]


def _fee_order(repayment: Repayment, share: Share, account_id: UUID) -> Order:
    """What a lender pays of her interest goes from the borrower to the platform at once; the metadata says for whom."""
    fee_id = rules.transfer_id(repayment, share.holder, "interest_fee")
    moved = (fee_id, account_id, share.interest_fee_minor, LENDER_FEE_CODE)
    (order,) = wired(repayment, repayment.account_id, [moved])
    return {**order, "metadata": {"holder_account": encode("acc", share.account_id)}}


def passed_on(repayment: Repayment, wallet_id: UUID) -> Order:
    """First in the batch: from the wallet of the partner who was paid by the borrower to the account that the shares are paid from."""
    passed_id = derived(repayment.requested_at, wallet_id, "passed_on", repayment.id)
    moved = (passed_id, repayment.account_id, repayment.amount_minor, PASSED_ON_CODE)
    (order,) = wired(repayment, wallet_id, [moved])
    return order
