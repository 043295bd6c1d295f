"""Enrolments on the wire."""

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from finance.exact import rounded
from services.p2p.enrolments.model import Enrolment, ExitQueue, Left, Standing
from services.p2p.enrolments.rules import NOT_PROMISED
from services.p2p.plans.model import PlanVersion
from services.p2p.plans.schemas import AboveCapName, ExitName, ReinvestName
from services.p2p.wire_ids import ClaimId, EnrolmentId, LoanId, SaleId, StandingOrderId

StateName = Literal["investing", "locked", "free", "exiting", "settling", "ended", "cancelled"]


class EnrolmentRequest(wire.Request):
    """version: of the plan, as it was shown."""

    version: Annotated[int, Field(ge=1, le=10_000)]
    amount: wire.Amount
    currency: wire.Currency


class QueueShown(wire.Answer):
    """Those who are leaving plans of a currency. waiting, unsold_minor: how many, and what of their claims is not sold; overdue_minor: of
    it, what nobody may buy now; unsellable_minor: what nobody ever may, and is paid out as it is repaid. left: who got out in the last
    ninety days; median_days, longest_days: how long that took them."""

    waiting: int
    unsold_minor: int
    overdue_minor: int
    unsellable_minor: int
    left: int
    median_days: int | None
    longest_days: int | None


class PreviewAnswer(wire.Answer):
    """What one is told before joining with an amount. left_minor: of the plan, for who joins; fees_minor: at the end, were all of it out.

    locked_until_on: where all is lent today; not later than by investing_days more. not_promised: what the lock-in does not promise.
    """

    code: str
    version: int
    currency: str
    amount: int
    left_minor: int
    locked_until_on: wire.Day
    investing_days: int
    exit: ExitName
    early_exit: bool
    reinvest: ReinvestName
    income_cap: wire.Rate | None
    above_cap: AboveCapName | None
    joining_fee_minor: int
    exit_fee_minor: int
    early_exit_fee_minor: int | None
    queue: QueueShown
    not_promised: list[str]


class EnrolmentAnswer(wire.Answer):
    """Amounts in minor units. returned_minor: what came back and was given to the order to lend again. due_at: when time does something.

    out_minor to excess_minor: 0 until nothing is left. capital_days: what was out, summed over days; lost_minor: principal of loans that
    were given up; fees_minor, excess_minor: charged, attempts: in vain so far; waived: charged no more.
    """

    id: EnrolmentId
    plan: str
    version: int
    lender: str
    currency: str
    amount: int
    standing_order_id: StandingOrderId
    state: StateName
    reason: str | None
    early: bool
    reinvest: ReinvestName
    returned_minor: int
    out_minor: int
    back_minor: int
    lost_minor: int
    capital_days: str
    fees_minor: int
    excess_minor: int
    attempts: int
    waived: bool
    requested_at: datetime
    changed_at: datetime
    due_at: datetime | None
    locked_at: datetime | None
    locked_until_at: datetime | None
    exiting_at: datetime | None
    sold_out_at: datetime | None
    ended_at: datetime | None


class EnrolmentWithStanding(EnrolmentAnswer):
    """What it has in claims. lent_minor, bought_for_minor: went out; received_minor, sold_for_minor: came back; outstanding_minor: of
    principal, of it overdue_minor nobody may buy now, unsellable_minor nobody ever, and it is paid out as it is repaid; offered_minor is
    offered. position: in the exit queue, from 1."""

    lent_minor: int
    bought_for_minor: int
    received_minor: int
    sold_for_minor: int
    outstanding_minor: int
    overdue_minor: int
    unsellable_minor: int
    offered_minor: int
    position: int | None


class ClaimLeft(wire.Answer):
    """A claim of an enrolment. sale_id, price_share: of the offer that is open; reason: why there is none, a code (`loan_overdue`,
    `due_today`, `held_too_short`, `nothing_left`, …); none where it is offered as soon as she leaves."""

    claim_id: ClaimId
    loan_id: LoanId
    outstanding_minor: int
    sold_minor: int
    sale_id: SaleId | None
    price_share: str | None
    reason: str | None


class QueuedAnswer(wire.Answer):
    enrolment_id: EnrolmentId
    exiting_at: datetime


def enrolment_answer(enrolment: Enrolment) -> EnrolmentAnswer:
    return EnrolmentAnswer.model_validate(_facts(enrolment))


def with_standing(enrolment: Enrolment, standing: Standing, position: int | None) -> EnrolmentWithStanding:
    return EnrolmentWithStanding.model_validate(_facts(enrolment) | standing._asdict() | {"position": position})


def _facts(enrolment: Enrolment) -> dict[str, object]:
    settled = enrolment.settlement
    own = {name: getattr(enrolment, name) for name in Enrolment.__slots__ if name != "settlement"}
    named = {
        "plan": enrolment.plan_code,
        "version": enrolment.plan_version,
        "amount": enrolment.amount_minor,
        "state": enrolment.state.value,
        "reinvest": enrolment.reinvest.value,
        "capital_days": str(settled.capital_days),
    }
    sums = ("out_minor", "back_minor", "lost_minor", "fees_minor", "excess_minor")
    return own | named | {name: getattr(settled, name) for name in sums}


def queue_shown(queue: ExitQueue) -> QueueShown:
    return QueueShown(**queue._asdict())


def preview_answer(
    version: PlanVersion, amount_minor: int, left_minor: int, locked_until_on: wire.Day, queue: ExitQueue
) -> PreviewAnswer:
    plan = version.plan

    def fee(rate: object) -> int:
        return rounded(Fraction(str(rate)) * amount_minor, "down")

    return PreviewAnswer(
        code=plan.code,
        version=plan.version,
        currency=plan.currency,
        amount=amount_minor,
        left_minor=left_minor,
        locked_until_on=locked_until_on,
        investing_days=plan.investing_days,
        exit=plan.exit.value,
        early_exit=plan.early_exit_fee_rate is not None,
        reinvest=plan.reinvest.value,
        income_cap=plan.income_cap,
        above_cap=None if plan.above_cap is None else plan.above_cap.value,
        joining_fee_minor=fee(plan.joining_fee_rate),
        exit_fee_minor=fee(plan.exit_fee_rate),
        early_exit_fee_minor=None if plan.early_exit_fee_rate is None else fee(plan.early_exit_fee_rate),
        queue=queue_shown(queue),
        not_promised=list(NOT_PROMISED),
    )


def claim_left(left: Left) -> ClaimLeft:
    return ClaimLeft(**left._asdict())
