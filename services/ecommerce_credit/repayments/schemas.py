"""Repayments on the wire."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis import wire
from services.ecommerce_credit.repayments.model import Part, Repayment
from services.ecommerce_credit.wire_ids import AccountId, DrawingId, LineId, RepaymentId, TransferId


class RepaymentRequest(wire.Request):
    """amount: at most what is owed; interest is paid first, then principal."""

    amount: wire.Amount
    currency: wire.Currency


class RepaymentAnswer(wire.Answer):
    """requested_on: interest up to this day is in it; reason: why it was refused, a code such as `insufficient_funds`."""

    id: RepaymentId
    line_id: LineId
    borrower: str
    account_id: AccountId
    amount: int
    principal_minor: int
    interest_minor: int
    currency: str
    requested_on: wire.Day
    state: Literal["pending", "received", "refused"]
    reason: str | None
    requested_at: datetime
    changed_at: datetime


class PartAnswer(wire.Answer):
    """transfer_id: the transfer in payments that brought, or would have brought, this part."""

    drawing_id: DrawingId
    kind: Literal["interest", "principal"]
    amount_minor: int
    transfer_id: TransferId


class RepaymentWithPartsAnswer(RepaymentAnswer):
    parts: list[PartAnswer]


def repayment_answer(repayment: Repayment) -> RepaymentAnswer:
    return RepaymentAnswer(**_told(repayment))


def with_parts(parts: Mapping[UUID, Sequence[Part]]) -> Callable[[Repayment], RepaymentWithPartsAnswer]:
    """Shows repayments with what each of them paid."""
    return lambda repayment: RepaymentWithPartsAnswer(
        **_told(repayment), parts=[PartAnswer.model_validate(part) for part in parts[repayment.id]]
    )


def _told(repayment: Repayment) -> dict[str, object]:
    own = {name: getattr(repayment, name) for name in RepaymentAnswer.model_fields if name != "amount"}
    return own | {"amount": repayment.amount_minor}
