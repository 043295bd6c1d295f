"""Stories of fee plans."""

from collections.abc import Sequence

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.fee_plans import queries, rules
from services.payments.fee_plans.errors import PlanInAnotherCurrency
from services.payments.fee_plans.model import FeePlan, FeeRounding


async def publish_plan(
    tx: Tx,
    caller: Caller,
    *,
    code: str,
    name: str,
    currency: str,
    rounding: FeeRounding,
    minimum_minor: int,
    cap_minor: int | None,
    free_quota_minor: int,
    lowers: Sequence[int],
    rates: Sequence[int],
) -> FeePlan:
    """The first version of a plan, or the next. Contracts keep the version they were signed with.

    Raises TiersUnclear, CapBelowMinimum, PlanInAnotherCurrency.
    """
    tiers = rules.tiers_of(lowers, rates)
    await queries.lock_plans(tx.connection)
    version, kept = await queries.newest_version(tx.connection, code) or (0, currency)
    if kept != currency:
        raise PlanInAnotherCurrency("the plan's other versions are of another currency", field="currency")
    plan = FeePlan(
        tx.ids.new(), code, version + 1, name, currency, rounding, minimum_minor, cap_minor, free_quota_minor, tiers,
        tx.now, caller.subject,
    )  # fmt: skip
    rules.require_sound(plan)
    await queries.add_plan(tx.connection, plan)
    told = {"fee_plan_id": encode("fpl", plan.id), "code": code, "version": plan.version, "currency": currency}
    tx.events.add("payments.fee_plan.published.v1", encode("fpl", plan.id), told)
    return plan
