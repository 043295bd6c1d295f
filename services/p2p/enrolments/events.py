"""Events of enrolments."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.enrolments.model import Enrolment, EnrolmentState
from services.p2p.wire_ids import EnrolmentId, StandingOrderId

ENROLMENT_JOINED = "p2p.enrolment.joined.v1"
ENROLMENT_LOCKED = "p2p.enrolment.locked.v1"
ENROLMENT_FREE = "p2p.enrolment.free.v1"
ENROLMENT_EXITING = "p2p.enrolment.exiting.v1"
ENROLMENT_SETTLING = "p2p.enrolment.settling.v1"
ENROLMENT_ENDED = "p2p.enrolment.ended.v1"
ENROLMENT_CANCELLED = "p2p.enrolment.cancelled.v1"
OF_STATE = {
    EnrolmentState.INVESTING: ENROLMENT_JOINED,
    EnrolmentState.LOCKED: ENROLMENT_LOCKED,
    EnrolmentState.FREE: ENROLMENT_FREE,
    EnrolmentState.EXITING: ENROLMENT_EXITING,
    EnrolmentState.SETTLING: ENROLMENT_SETTLING,
    EnrolmentState.ENDED: ENROLMENT_ENDED,
    EnrolmentState.CANCELLED: ENROLMENT_CANCELLED,
}


class EnrolmentTold(Answer):
    """An enrolment came to another state. Amounts in minor units: out, back, fees, excess are 0 until nothing is left of it.

    reason: of an end, a code; early: she left before the lock-in was over; waived: what was charged was given up.
    """

    enrolment_id: EnrolmentId
    standing_order_id: StandingOrderId
    plan: str
    version: int
    lender: str
    currency: str
    amount: int
    state: Literal["investing", "locked", "free", "exiting", "settling", "ended", "cancelled"]
    reason: str | None
    early: bool
    out_minor: int
    back_minor: int
    fees_minor: int
    excess_minor: int
    waived: bool


EVENT_TYPES: dict[str, type[Answer]] = dict.fromkeys(OF_STATE.values(), EnrolmentTold)


def told(enrolment: Enrolment) -> dict[str, object]:
    settled = enrolment.settlement
    return EnrolmentTold(
        enrolment_id=enrolment.id,
        standing_order_id=enrolment.standing_order_id,
        plan=enrolment.plan_code,
        version=enrolment.plan_version,
        lender=enrolment.lender,
        currency=enrolment.currency,
        amount=enrolment.amount_minor,
        state=enrolment.state.value,
        reason=enrolment.reason,
        early=enrolment.early,
        out_minor=settled.out_minor,
        back_minor=settled.back_minor,
        fees_minor=settled.fees_minor,
        excess_minor=settled.excess_minor,
        waived=enrolment.waived,
    ).model_dump(mode="json")
