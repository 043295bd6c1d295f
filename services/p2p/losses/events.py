"""Events of compensations."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.losses.model import Compensation
from services.p2p.wire_ids import CompensationId, LoanId

COMPENSATED = "p2p.loan.compensated.v1"


class CompensationTold(Answer):
    """Somebody paid the holders of a loan for its loss. asked_minor: principal that the layer owed; amounts in minor units.

    uncovered_minor: principal that is lenders' still; payer: its holder's name on claims.
    """

    compensation_id: CompensationId
    loan_id: LoanId
    programme: str
    bearer: Literal["reserve_fund", "guarantor", "originator"]
    payer: str
    days_past_due: int
    asked_minor: int
    principal_minor: int
    interest_minor: int
    uncovered_minor: int
    holders: int
    currency: str


EVENT_TYPES: dict[str, type[Answer]] = {COMPENSATED: CompensationTold}


def told(compensation: Compensation, programme: str, *, holders: int, uncovered_minor: int) -> dict[str, object]:
    return CompensationTold(
        compensation_id=compensation.id,
        loan_id=compensation.loan_id,
        programme=programme,
        bearer=compensation.bearer.value,
        payer=compensation.payer,
        days_past_due=compensation.days_past_due,
        asked_minor=compensation.asked_minor,
        principal_minor=compensation.principal_minor,
        interest_minor=compensation.interest_minor,
        uncovered_minor=uncovered_minor,
        holders=holders,
        currency=compensation.currency,
    ).model_dump(mode="json")
