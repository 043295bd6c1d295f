"""Stories of an enrolment: joined, locked, left, and what time does. The enrolment is locked first, then the book and its order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.enrolments import queries, rules
from services.p2p.enrolments.errors import TooManyEnrolments, UnknownEnrolment
from services.p2p.enrolments.events import OF_STATE, told
from services.p2p.enrolments.model import Enrolment, EnrolmentEvent, EnrolmentState, Settlement
from services.p2p.errors import CustomersOnly
from services.p2p.lenders import actions as lender_actions
from services.p2p.plans import actions as plan_actions
from services.p2p.plans import queries as plan_queries
from services.p2p.plans import rules as plan_rules
from services.p2p.plans.errors import PlanNotOffered
from services.p2p.plans.model import ExitRule, Plan
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme
from services.p2p.standing_orders import actions as order_actions
from services.p2p.standing_orders import rules as order_rules
from services.p2p.standing_orders.actions import OrderTerms, criteria_of
from services.p2p.standing_orders.model import Bounds, ResaleWish
from services.p2p.wire_ids import enrolment_text


async def join(tx: Tx, caller: Caller, *, code: str, version: int, amount_minor: int, currency: str) -> Enrolment:
    """Her money lends by the plan from now on. version: the one she was shown.

    Raises CustomersOnly, UnknownPlan, PlanNotOffered, CurrencyDiffers, AmountOutOfPlan, NoRiskLevel, LevelTooLow, TooManyEnrolments,
    PlanFull, ContradictoryBounds.
    """
    if caller.customer is None:
        raise CustomersOnly("a customer lends for herself")
    await plan_queries.lock(tx.connection, code)
    found = await plan_actions.known(tx, code, version)
    plan_rules.require_offered(found, tx.today)
    plan = found.plan
    rules.require_amount(plan, amount_minor, currency)
    programmes = await _programmes(tx, plan)
    if not any(order_rules.takes_plans(programme) for programme in programmes):
        raise PlanNotOffered("none of its programmes lets plans lend any more", field="version")
    for programme, grade in _riskiest(plan, programmes):
        await lender_actions.require_level(tx, caller.party, programme, grade)
    if await queries.alive(tx.connection, caller.party) >= rules.MOST_ENROLMENTS:
        raise TooManyEnrolments(f"a lender is in at most {rules.MOST_ENROLMENTS} at a time")
    plan_rules.require_room(plan, await queries.taken_minor(tx.connection, code), amount_minor)
    terms = _order_terms(tx, plan, programmes, amount_minor)
    order = await order_actions.request_managed(tx, caller.party, terms)
    enrolment = Enrolment(
        id=tx.ids.new(),
        lender=caller.party,
        plan_code=plan.code,
        plan_version=plan.version,
        currency=currency,
        amount_minor=amount_minor,
        reinvest=plan.reinvest,
        standing_order_id=order.id,
        state=EnrolmentState.INVESTING,
        reason=None,
        early=False,
        returned_minor=0,
        attempts=0,
        waived=False,
        settlement=Settlement(),
        requested_at=tx.now,
        changed_at=tx.now,
        due_at=rules.begins(tx.today, plan.investing_days, tx.settings.zone),
    )
    await queries.add(tx.connection, enrolment)
    tx.events.add(OF_STATE[enrolment.state], enrolment_text(enrolment.id), told(enrolment))
    return enrolment


async def cancel(tx: Tx, caller: Caller, *, enrolment_id: UUID) -> Enrolment:
    """Before anything is lent, or bid for. Raises UnknownEnrolment, SomethingIsLent, NotAllowedInState."""
    enrolment = await _own(tx, caller, enrolment_id)
    rules.next_state(enrolment, EnrolmentEvent.CANCEL)
    await order_actions.end_managed(tx, enrolment.standing_order_id, reason="by_lender")
    rules.require_cancellable(await queries.fills(tx.connection, enrolment.standing_order_id))
    return await step(tx, enrolment, EnrolmentEvent.CANCEL, reason="by_lender", due_at=None, ended_at=tx.now)


async def leave(tx: Tx, caller: Caller, *, enrolment_id: UUID) -> Enrolment:
    """She enters the exit queue. Raises UnknownEnrolment, EarlyExitNotOffered, NotAllowedInState."""
    enrolment = await _own(tx, caller, enrolment_id)
    rules.next_state(enrolment, EnrolmentEvent.LEAVE)
    early = rules.is_early(enrolment, await plan_of(tx, enrolment), tx.now)
    return await _leave(tx, replace(enrolment, early=early), reason="by_lender")


async def go_on(tx: Tx, caller: Caller, *, enrolment_id: UUID) -> Enrolment:
    """What time does to an enrolment, or everything being lent; nothing happens if something else did before."""
    enrolment = await locked(tx, enrolment_id)
    if enrolment.state is EnrolmentState.INVESTING:
        return await _invested(tx, enrolment)
    if enrolment.due_at is None or enrolment.due_at > tx.now:
        return enrolment
    if enrolment.state is EnrolmentState.FREE:
        return await _leave(tx, enrolment, reason="order_expires")
    if enrolment.state is not EnrolmentState.LOCKED:
        return enrolment
    plan = await plan_of(tx, enrolment)
    if plan.exit is ExitRule.AUTOMATIC:
        return await _leave(tx, enrolment, reason="lock_in_over")
    order = await order_actions.locked(tx, enrolment.standing_order_id)
    return await step(tx, enrolment, EnrolmentEvent.UNLOCK, due_at=order.expires_at - rules.BEFORE_EXPIRY)


async def bring_back(tx: Tx, caller: Caller, *, enrolment_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What claims of these brought is for their orders to lend again. Answers how much more, by order; below zero what was taken back."""
    amounts = await queries.bring_back(tx.connection, enrolment_ids, tx.now)
    await order_actions.bring_back(tx, amounts)
    return amounts


async def plan_of(tx: Tx, enrolment: Enrolment) -> Plan:
    """The version that she joined."""
    return (await plan_actions.known(tx, enrolment.plan_code, enrolment.plan_version)).plan


async def locked(tx: Tx, enrolment_id: UUID) -> Enrolment:
    enrolment = await queries.load(tx.connection, enrolment_id, lock=True)
    if enrolment is None:
        raise UnknownEnrolment("no such enrolment", field="enrolment_id")
    return enrolment


async def step(
    tx: Tx, enrolment: Enrolment, event: EnrolmentEvent, *, reason: str | None = None, **changed: Any
) -> Enrolment:
    state = rules.next_state(enrolment, event)
    moved = replace(enrolment, state=state, reason=reason, changed_at=tx.now, **changed)
    await queries.save(tx.connection, moved)
    tx.events.add(OF_STATE[state], enrolment_text(enrolment.id), told(moved))
    return moved


async def _own(tx: Tx, caller: Caller, enrolment_id: UUID) -> Enrolment:
    enrolment = await locked(tx, enrolment_id)
    if enrolment.lender != caller.party:
        raise UnknownEnrolment("no such enrolment", field="enrolment_id")
    return enrolment


async def _invested(tx: Tx, enrolment: Enrolment) -> Enrolment:
    """The lock-in begins, or nothing was lent and the enrolment is over."""
    order = await order_actions.locked(tx, enrolment.standing_order_id)
    fills = await queries.fills(tx.connection, order.id)
    over = enrolment.due_at is not None and enrolment.due_at <= tx.now
    ended = order.state.value == "ended"
    if not fills.claims and not fills.under_way:
        if not over and not ended:
            return enrolment
        await order_actions.end_managed(tx, order.id, reason="nothing_lent")
        reason = order.reason if ended else "nothing_lent"
        return await step(tx, enrolment, EnrolmentEvent.CANCEL, reason=reason, due_at=None, ended_at=tx.now)
    if not over and not ended and (fills.under_way or order.left_minor >= order.bounds.least_minor):
        return enrolment
    plan = await plan_of(tx, enrolment)
    until = rules.begins(tx.today, plan.lock_in_days, tx.settings.zone)
    return await step(tx, enrolment, EnrolmentEvent.LOCK, locked_at=tx.now, locked_until_at=until, due_at=until)


async def _leave(tx: Tx, enrolment: Enrolment, *, reason: str) -> Enrolment:
    await order_actions.end_managed(tx, enrolment.standing_order_id, reason="left_plan")
    return await step(tx, enrolment, EnrolmentEvent.LEAVE, reason=reason, due_at=None, exiting_at=tx.now)


async def _programmes(tx: Tx, plan: Plan) -> list[Programme]:
    """Those in force of what the plan lends on."""
    current = await programme_queries.current(tx.connection, tx.today)
    return [one for one in current if isinstance(one, Programme) and one.code in plan.programmes]


def _riskiest(plan: Plan, programmes: Sequence[Programme]) -> Iterator[tuple[Programme, str]]:
    """Of each programme the grade that asks for the highest level: her plan may lend on any."""
    for programme in programmes:
        grades = [grade for grade in plan.grades if grade in programme.level_by_grade]
        if grades:
            yield programme, max(grades, key=lambda grade: programme.level_by_grade[grade])


def _order_terms(tx: Tx, plan: Plan, programmes: Sequence[Programme], amount_minor: int) -> OrderTerms:
    criteria = criteria_of(plan.currency, plan.lowest_rate, plan.programmes, plan.grades, plan.terms_months)
    least = min((programme.lot_minor for programme in programmes), default=1)
    wish = plan.resale
    return OrderTerms(
        criteria,
        Bounds(min(least, amount_minor), amount_minor, plan.share_cap, amount_minor, 0),
        tx.now + timedelta(days=order_rules.LONGEST_DAYS),
        None
        if wish is None
        else ResaleWish(wish.least_yield, wish.least_price, wish.largest_price, wish.longest_months),
    )
