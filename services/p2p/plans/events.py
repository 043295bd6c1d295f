"""Events of plans."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.plans.model import PlanVersion

PLAN_PUBLISHED = "p2p.plan.published.v1"
PLAN_CLOSED = "p2p.plan.closed.v1"


class PlanTold(Answer):
    """One may join a version of a plan from now on, or no more. total: of all who are in it."""

    plan: str
    version: int
    currency: str
    total: int
    lock_in_days: int
    state: Literal["published", "closed"]


EVENT_TYPES: dict[str, type[Answer]] = dict.fromkeys((PLAN_PUBLISHED, PLAN_CLOSED), PlanTold)


def told(version: PlanVersion) -> dict[str, object]:
    plan = version.plan
    return PlanTold(
        plan=plan.code,
        version=plan.version,
        currency=plan.currency,
        total=plan.total_minor,
        lock_in_days=plan.lock_in_days,
        state=version.state.value,
    ).model_dump(mode="json")
