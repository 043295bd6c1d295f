"""Resale on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis import wire
from services.p2p.claims.schemas import ExpectedAnswer, expected_answer, rate_text
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.model import Programme, ResaleTerms
from services.p2p.resale.model import Purchase, Sale
from services.p2p.resale.pricing import Quote
from services.p2p.wire_ids import ClaimId, LoanId, PurchaseId, SaleId, StandingOrderId

SaleStateName = Literal["open", "buying", "sold", "voided", "expired", "withdrawn"]
PurchaseStateName = Literal["pending", "settled", "refused"]


class SaleRequest(wire.Request):
    """amount: of principal, all that is held of the claim or a number of lots; price_share: of principal and accrued interest."""

    amount: wire.Amount
    currency: wire.Currency
    price_share: wire.Rate


class SlicesRequest(wire.Request):
    """claim_ids: one claim; more would be a pool. promised_on: the day by which buyers have all back, not before the asset's last row."""

    claim_ids: Annotated[list[ClaimId], Field(min_length=1, max_length=100)]
    amount: wire.Amount
    currency: wire.Currency
    price_share: wire.Rate
    promised_on: wire.Day


class PurchaseRequest(wire.Request):
    """amount: of principal, all that is left of the sale or a number of lots; price_minor: what the quote of today says that it costs."""

    amount: wire.Amount
    price_minor: wire.Amount
    currency: wire.Currency


class SaleAnswer(wire.Answer):
    """amount: of principal, of which sold_minor is sold. seller: shown to herself and to operators alone.

    reason: why it was voided (`repayment`, `purchase`, `claim_changed`, …); due_at: when it ends by itself.
    """

    id: SaleId
    claim_id: ClaimId
    loan_id: LoanId
    seller: str | None
    amount: int
    sold_minor: int
    left_minor: int
    currency: str
    price_share: wire.Rate
    claim_version: int
    state: SaleStateName
    reason: str | None
    offered_at: datetime
    changed_at: datetime
    due_at: datetime | None
    promised_on: wire.Day | None


class MatchAnswer(wire.Answer):
    """amount: of principal; price_minor: what it costs today; last_due_on: when the last of it is repaid. xirr: the caller's, after what
    the platform will have of her interest by her tier of today; gross_xirr: before that."""

    sale_id: SaleId
    loan_id: LoanId
    amount: int
    price_minor: int
    last_due_on: wire.Day
    xirr: str | None
    gross_xirr: str | None


class MatchesAnswer(wire.Answer):
    """Slices for an amount that is not needed until a day. unmatched_minor: what no asset repaid by then is left for."""

    programme: str
    currency: str
    until_on: wire.Day
    amount: int
    matched_minor: int
    unmatched_minor: int
    items: list[MatchAnswer]


class SliceRefusalAnswer(wire.Answer):
    """A promise that was refused by rule: shorter than its asset (`maturity_gap`), or of several claims at once (`pool`)."""

    fault: Literal["maturity_gap", "pool"]
    party: str
    claim_id: ClaimId
    claims: int
    asked_on: wire.Day
    last_due_on: wire.Day | None
    refused_at: datetime


class QuoteAnswer(wire.Answer):
    """What a slice of so much principal costs and brings, today. Amounts in minor units.

    accrued_minor: interest earned to the day, of which accrued_paid_minor is in the price; the rest stays the seller's when the row is
    paid. price_minor: all that the buyer pays; fee_minor: of it, kept from the seller. fair_minor: what is still to come, discounted at
    discount_rate (yearly, compounded). lots: a part is a number of lot_minor.

    xirr: the buyer's, at the price, after what the platform will have of her interest by her tier of today, interest_fees_minor in all;
    gross_xirr: before that; so are the amounts expected. To a seller, who does not know her buyer, as of one who has lent nothing yet.
    """

    claim_id: ClaimId
    loan_id: LoanId
    grade: str
    programme: str
    annual_rate: wire.Rate
    currency: str
    amount: int
    lot_minor: int
    in_parts: bool
    price_share: wire.Rate
    accrued: str
    accrued_minor: int
    accrued_paid_minor: int
    price_minor: int
    fee_minor: int
    proceeds_minor: int
    fair_minor: int
    discount_rate: wire.Rate
    xirr: str | None
    gross_xirr: str | None
    interest_fees_minor: int
    next_due_on: wire.Day
    last_due_on: wire.Day
    expected: list[ExpectedAnswer]


class PurchaseAnswer(wire.Answer):
    """amount: of principal. buyer, seller: shown to each alone, and to operators. reason: a code (`insufficient_funds`, `no_wallet`, …)."""

    id: PurchaseId
    sale_id: SaleId
    loan_id: LoanId
    buyer: str | None
    seller: str | None
    claim_id: ClaimId | None
    amount: int
    accrued_minor: int
    price_minor: int
    fee_minor: int
    currency: str
    traded_on: wire.Day
    state: PurchaseStateName
    reason: str | None
    requested_at: datetime
    changed_at: datetime
    standing_order_id: StandingOrderId | None


def sale_answer(sale: Sale, *, private: bool) -> SaleAnswer:
    return SaleAnswer(
        id=sale.id,
        claim_id=sale.claim_id,
        loan_id=sale.loan_id,
        seller=sale.seller if private else None,
        amount=sale.principal_minor,
        sold_minor=sale.sold_minor,
        left_minor=sale.left_minor,
        currency=sale.currency,
        price_share=sale.price_share,
        claim_version=sale.claim_version,
        state=sale.state.value,
        reason=sale.reason,
        offered_at=sale.offered_at,
        changed_at=sale.changed_at,
        due_at=sale.due_at,
        promised_on=sale.promised_on,
    )


def own_sale_answer(sale: Sale) -> SaleAnswer:
    return sale_answer(sale, private=True)


def quote_answer(
    shown: Quote,
    claim_id: UUID,
    price_share: Decimal,
    loan: Loan,
    unpaid: list[LoanRow],
    programme: Programme,
    terms: ResaleTerms,
) -> QuoteAnswer:
    return QuoteAnswer(
        claim_id=claim_id,
        loan_id=loan.id,
        grade=loan.grade,
        programme=loan.programme_code,
        annual_rate=loan.annual_rate,
        currency=loan.currency,
        amount=shown.principal_minor,
        lot_minor=programme.lot_minor,
        in_parts=terms.in_parts,
        price_share=price_share,
        accrued=terms.accrued.value,
        accrued_minor=shown.accrued_minor,
        accrued_paid_minor=shown.accrued_paid_minor,
        price_minor=shown.price_minor,
        fee_minor=shown.fee_minor,
        proceeds_minor=shown.price_minor - shown.fee_minor,
        fair_minor=shown.fair_minor,
        discount_rate=shown.discount_rate,
        xirr=rate_text(shown.xirr),
        gross_xirr=rate_text(shown.gross_xirr),
        interest_fees_minor=shown.interest_fees_minor,
        next_due_on=unpaid[0].due_on,
        last_due_on=unpaid[-1].due_on,
        expected=[expected_answer(one) for one in shown.expected],
    )


def purchase_answer(purchase: Purchase, *, reader: str | None = None) -> PurchaseAnswer:
    """reader: the party who sees herself alone; None sees both."""
    return PurchaseAnswer(
        id=purchase.id,
        sale_id=purchase.sale_id,
        loan_id=purchase.loan_id,
        buyer=purchase.buyer if reader in (None, purchase.buyer) else None,
        seller=purchase.seller if reader in (None, purchase.seller) else None,
        claim_id=purchase.buyer_claim_id if reader in (None, purchase.buyer) else purchase.claim_id,
        amount=purchase.principal_minor,
        accrued_minor=purchase.accrued_minor,
        price_minor=purchase.price_minor,
        fee_minor=purchase.fee_minor,
        currency=purchase.currency,
        traded_on=purchase.traded_on,
        state=purchase.state.value,
        reason=purchase.reason,
        requested_at=purchase.requested_at,
        changed_at=purchase.changed_at,
        standing_order_id=purchase.standing_order_id if reader in (None, purchase.buyer) else None,
    )


def bought_answer(purchase: Purchase) -> PurchaseAnswer:
    """As its buyer sees it."""
    return purchase_answer(purchase, reader=purchase.buyer)
