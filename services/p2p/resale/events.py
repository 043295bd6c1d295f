"""Events of resale."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.loans.model import Loan
from services.p2p.resale.model import Purchase, Sale
from services.p2p.wire_ids import ClaimId, LoanId, PurchaseId, SaleId

SALE_OFFERED = "p2p.sale.offered.v1"
SALE_ENDED = "p2p.sale.ended.v1"
CLAIM_SOLD = "p2p.claim.sold.v1"
PURCHASE_REFUSED = "p2p.purchase.refused.v1"


class SaleTold(Answer):
    """A claim was offered, or its offer ended. Amounts of principal, minor units; reason: why it was voided."""

    sale_id: SaleId
    claim_id: ClaimId
    loan_id: LoanId
    seller: str
    amount: int
    sold_minor: int
    currency: str
    price_share: str
    state: Literal["open", "sold", "voided", "expired", "withdrawn"]
    reason: str | None


class PurchaseTold(Answer):
    """A slice passed on (amount: its principal, price_minor: what the buyer paid), or the ledger refused its money (reason: a code)."""

    purchase_id: PurchaseId
    sale_id: SaleId
    loan_id: LoanId
    programme: str
    seller: str
    buyer: str
    amount: int
    accrued_minor: int
    price_minor: int
    fee_minor: int
    currency: str
    state: Literal["settled", "refused"]
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {
    SALE_OFFERED: SaleTold,
    SALE_ENDED: SaleTold,
    CLAIM_SOLD: PurchaseTold,
    PURCHASE_REFUSED: PurchaseTold,
}


def sale_told(sale: Sale) -> dict[str, object]:
    return SaleTold(
        sale_id=sale.id,
        claim_id=sale.claim_id,
        loan_id=sale.loan_id,
        seller=sale.seller,
        amount=sale.principal_minor,
        sold_minor=sale.sold_minor,
        currency=sale.currency,
        price_share=str(sale.price_share),
        state=sale.state.value,
        reason=sale.reason,
    ).model_dump(mode="json")


def purchase_told(purchase: Purchase, loan: Loan) -> dict[str, object]:
    return PurchaseTold(
        purchase_id=purchase.id,
        sale_id=purchase.sale_id,
        loan_id=purchase.loan_id,
        programme=loan.programme_code,
        seller=purchase.seller,
        buyer=purchase.buyer,
        amount=purchase.principal_minor,
        accrued_minor=purchase.accrued_minor,
        price_minor=purchase.price_minor,
        fee_minor=purchase.fee_minor,
        currency=purchase.currency,
        state=purchase.state.value,
        reason=purchase.reason,
    ).model_dump(mode="json")
