"""Partners' receipts on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.partner_receipts.model import PartnerReceipt
from services.p2p.wire_ids import LoanId, OriginatorId, PartnerReceiptId, RepaymentId

ReceiptStateName = Literal["held", "passing", "owing", "passed", "returned"]


class PartnerReceiptRequest(wire.Request):
    """What a borrower paid: any part of what she owed on that day, or all of it and whole later rows."""

    loan_id: LoanId
    amount: wire.Amount
    currency: wire.Currency
    received_on: wire.Day


class GivenBackRequest(wire.Request):
    """reason: what staff saw, for the file."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class PartnerReceiptAnswer(wire.Answer):
    """pass_on_by: the last day without interest; daily_rate: of each day after it; passed_on: when the holders had it; interest_minor: what
    it cost the partner to be late; reason: why the last try was refused, a code, or why it was given back.
    """

    id: PartnerReceiptId
    originator_id: OriginatorId
    loan_id: LoanId
    amount: int
    currency: str
    received_on: wire.Day
    pass_on_by: wire.Day
    daily_rate: str
    state: ReceiptStateName
    repayment_id: RepaymentId | None
    passed_on: wire.Day | None
    interest_minor: int
    reason: str | None
    recorded_at: datetime
    changed_at: datetime
    due_at: datetime | None


def receipt_answer(receipt: PartnerReceipt) -> PartnerReceiptAnswer:
    names = [name for name in PartnerReceiptAnswer.model_fields if name not in ("amount", "state")]
    values = {name: getattr(receipt, name) for name in names}
    return PartnerReceiptAnswer(amount=receipt.amount_minor, state=receipt.state.value, **values)
