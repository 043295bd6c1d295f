"""Stories of a plan: a version is drafted, published in place of the one before, closed."""

from dataclasses import replace

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.plans import queries, rules
from services.p2p.plans.contradictions import contradictions
from services.p2p.plans.errors import PlanContradictsItself, TooManyPlans, UnknownPlan
from services.p2p.plans.events import PLAN_CLOSED, PLAN_PUBLISHED, told
from services.p2p.plans.model import Plan, PlanEvent, PlanState, PlanVersion
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme

MOST_PLANS, MOST_VERSIONS = 200, 10_000


async def draft(tx: Tx, caller: Caller, *, plan: Plan) -> PlanVersion:
    """plan: without its number. Raises PlanContradictsItself with all that is wrong, TooManyPlans."""
    await _require_possible(tx, plan)
    # A new one is counted among all.
    await queries.lock_all(tx.connection)
    await queries.lock(tx.connection, plan.code)
    last = await queries.last_number(tx.connection, plan.code)
    if last >= MOST_VERSIONS or (not last and await queries.codes(tx.connection) >= MOST_PLANS):
        raise TooManyPlans(f"at most {MOST_PLANS}, with {MOST_VERSIONS} versions of each", field="code")
    version = PlanVersion(
        plan=replace(plan, version=last + 1),
        state=PlanState.DRAFT,
        made_by=caller.subject,
        made_at=tx.now,
        published_at=None,
        changed_at=tx.now,
    )
    await queries.add(tx.connection, version)
    return version


async def publish(tx: Tx, caller: Caller, *, code: str, version: int) -> PlanVersion:
    """One may join from now on. Looked at again, for programmes change.

    Raises UnknownPlan, NotAllowedInState, SecondPersonNeeded, PlanContradictsItself.
    """
    await queries.lock(tx.connection, code)
    found = await known(tx, code, version)
    rules.next_state(found, PlanEvent.PUBLISH)
    rules.require_second_person(found, caller.subject)
    await _require_possible(tx, found.plan)
    before = await queries.current(tx.connection, code)
    if before is not None:
        await _step(tx, before, PlanEvent.CLOSE)
    return await _step(tx, replace(found, published_at=tx.now, published_by=caller.subject), PlanEvent.PUBLISH)


async def close(tx: Tx, caller: Caller, *, code: str, version: int) -> PlanVersion:
    """Nobody joins any more; who did goes on. Raises UnknownPlan, NotAllowedInState."""
    await queries.lock(tx.connection, code)
    return await _step(tx, await known(tx, code, version), PlanEvent.CLOSE)


async def known(tx: Tx, code: str, version: int) -> PlanVersion:
    """Raises UnknownPlan."""
    found = await queries.load(tx.connection, code, version)
    if found is None:
        raise UnknownPlan("no such plan", field="version")
    return found


async def _require_possible(tx: Tx, plan: Plan) -> None:
    programmes = {one.code: one for one in await programme_queries.current(tx.connection, tx.today)}
    lending = {code: one for code, one in programmes.items() if isinstance(one, Programme)}
    found = contradictions(plan, lending, tx.today)
    if found:
        listed = [{"field": name, "detail": detail} for name, detail in found]
        raise PlanContradictsItself("its terms contradict each other", field=found[0][0], contradictions=listed)


async def _step(tx: Tx, version: PlanVersion, event: PlanEvent) -> PlanVersion:
    state = rules.next_state(version, event)
    moved = replace(version, state=state, changed_at=tx.now)
    await queries.save_state(tx.connection, moved)
    kind = PLAN_PUBLISHED if state is PlanState.PUBLISHED else PLAN_CLOSED
    tx.events.add(kind, version.plan.code, told(moved))
    return moved
