"""Events of partners' receipts."""

from typing import Literal

from chassis.wire import Answer, Day
from services.p2p.partner_receipts.model import PartnerReceipt
from services.p2p.wire_ids import LoanId, OriginatorId, PartnerReceiptId

PARTNER_RECEIPT = "p2p.partner_receipt.changed.v1"


class PartnerReceiptTold(Answer):
    """A partner received money from a borrower, passed it on, paid the interest for what came late, or gave it back; minor units."""

    receipt_id: PartnerReceiptId
    originator_id: OriginatorId
    loan_id: LoanId
    state: Literal["held", "passing", "owing", "passed", "returned"]
    amount_minor: int
    currency: str
    pass_on_by: Day
    passed_on: Day | None
    interest_minor: int


EVENT_TYPES: dict[str, type[Answer]] = {PARTNER_RECEIPT: PartnerReceiptTold}


def told(receipt: PartnerReceipt) -> dict[str, object]:
    return PartnerReceiptTold(
        receipt_id=receipt.id,
        originator_id=receipt.originator_id,
        loan_id=receipt.loan_id,
        state=receipt.state.value,
        amount_minor=receipt.amount_minor,
        currency=receipt.currency,
        pass_on_by=receipt.pass_on_by,
        passed_on=receipt.passed_on,
        interest_minor=receipt.interest_minor,
    ).model_dump(mode="json")
