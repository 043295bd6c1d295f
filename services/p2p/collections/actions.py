"""Stories of a case as staff works on it: taken, handed over, noted, a step taken, a pause ended; and the rules of contact."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.clock import start_of_day
from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.collections import arrears_queries, contact_rules, promise_queries, queries, rules
from services.p2p.collections.errors import CallsWaitForPromise, NothingOverdue, PaymentOnItsWay, UnknownCase
from services.p2p.collections.events import CASE_PAUSED, CASE_RESUMED, case_told
from services.p2p.collections.model import Arrears, Case, CaseEvent, CaseState, CaseStep, ContactRules
from services.p2p.collections.rules import Role
from services.p2p.collections.wire_ids import case_text
from services.p2p.errors import NotAllowedInState
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import CollectionAction, CollectionStep

OPERATE = "p2p:operate"
TIME = "time"


async def take(tx: Tx, caller: Caller, *, case_id: UUID) -> Case:
    """Raises CaseTaken."""
    case = await locked(tx, case_id)
    rules.require_free(case, caller.party)
    return await _assign(tx, case, CaseEvent.TAKE, caller.party, caller.party)


async def hand_over(tx: Tx, caller: Caller, *, case_id: UUID, to: str, note: str | None) -> Case:
    """To another of the staff. Raises CaseNotTaken."""
    case = await _worked_on(tx, caller, case_id)
    return await _assign(tx, case, CaseEvent.HAND_OVER, to, caller.party, note)


async def release(tx: Tx, caller: Caller, *, case_id: UUID, note: str | None) -> Case:
    """Back to the queue. Raises CaseNotTaken."""
    case = await _worked_on(tx, caller, case_id)
    free: dict[str, Any] = {"assignee": None, "assigned_until": None}
    return await change(tx, case, CaseEvent.RELEASE, Role.OPERATOR, taken_by=caller.party, note=note, **free)


async def add_note(tx: Tx, caller: Caller, *, case_id: UUID, note: str) -> Case:
    """Of whoever knows something; of her who took the case it is work on it."""
    case = await locked(tx, case_id)
    return await change(
        tx,
        case,
        CaseEvent.NOTE,
        Role.OPERATOR,
        taken_by=caller.party,
        note=note,
        assigned_until=await worked_until(tx, case, caller.party),
    )


async def take_step(tx: Tx, caller: Caller, *, case_id: UUID, taken: CollectionAction, note: str) -> Case:
    """A step that is no contact: the case went to an agency, or to court.

    Raises CaseNotTaken, NothingOverdue, CallsWaitForPromise, PaymentOnItsWay, StepNotDue.
    """
    case = await _worked_on(tx, caller, case_id)
    arrears = await require_overdue(tx, case)
    if await promise_queries.promised(tx.connection, [case.loan_id]):
        raise CallsWaitForPromise("she promised to pay, and her day is not over", field="case_id")
    await require_nothing_on_its_way(tx, case, field="case_id")
    rules.require_due(case, taken, tx.today)
    return await step_taken(tx, case, arrears, Role.OPERATOR, taken_by=caller.party, note=f"{taken.value}: {note}")


async def resume(tx: Tx, caller: Caller, *, case_id: UUID, note: str) -> Case:
    """Staff ends a pause before its time, for a reason that is written down."""
    return await resumed(tx, await locked(tx, case_id), Role.OPERATOR, taken_by=caller.party, note=note)


async def add_rules(tx: Tx, caller: Caller, *, draft: ContactRules) -> ContactRules:
    """draft: without its number. Raises ContactRulesContradict, ContactRulesNotNewer."""
    before = await queries.newest_rules(tx.connection)
    contact_rules.require_sound(draft, before, tx.today)
    added = replace(draft, version=before.version + 1)
    await queries.add_rules(tx.connection, added)
    return added


async def locked(tx: Tx, case_id: UUID) -> Case:
    case = await queries.load(tx.connection, case_id, lock=True)
    if case is None:
        raise UnknownCase("no such case", field="case_id")
    return case


async def locked_for(tx: Tx, caller: Caller, case_id: UUID) -> Case:
    """The caller's own, or anybody's for an operator; another's is no case at all."""
    case = await locked(tx, case_id)
    if case.borrower != caller.party and not caller.may(OPERATE):
        raise UnknownCase("no such case", field="case_id")
    return case


def require_alive(case: Case) -> None:
    if case.state is CaseState.CLOSED:
        raise NotAllowedInState("the case is closed", field="case_id", state=case.state.value)


async def require_overdue(tx: Tx, case: Case) -> Arrears:
    """What is overdue at this instant: she may have paid since the case was looked at. Raises NothingOverdue."""
    require_alive(case)
    found = await arrears_queries.overdue(tx.connection, [case.loan_id], tx.today)
    if case.loan_id not in found:
        raise NothingOverdue("nothing is overdue", field="case_id")
    return found[case.loan_id]


async def require_nothing_on_its_way(tx: Tx, case: Case, *, field: str) -> None:
    """field: of what is asked for. Raises PaymentOnItsWay."""
    if await arrears_queries.on_its_way(tx.connection, [case.loan_id]):
        raise PaymentOnItsWay(
            "what she paid is on its way: a debit, or a receipt of whoever proposed the loan", field=field
        )


async def steps_of(tx: Tx, case: Case) -> tuple[CollectionStep, ...]:
    programme = await programme_queries.version(tx.connection, case.programme_code, case.programme_version)
    assert programme is not None
    return programme.collection_steps


async def step_taken(
    tx: Tx, case: Case, arrears: Arrears, role: Role, *, taken_by: str, note: str | None = None
) -> Case:
    """The step that was due is done; the one after is next."""
    done = rules.aged(replace(case, steps_done=case.steps_done + 1), arrears, await steps_of(tx, case), tx.today)
    return await change(
        tx,
        done,
        CaseEvent.STEP,
        role,
        taken_by=taken_by,
        note=note,
        assigned_until=await worked_until(tx, case, taken_by),
    )


async def paused(tx: Tx, case: Case, reason: str, role: Role, *, taken_by: str) -> Case:
    """Nobody contacts her for as long as the rules in force say. A pause that there is, is only made longer."""
    rules_now = await queries.rules_in_force(tx.connection, tx.today)
    until = tx.now + timedelta(days=rules_now.pause_days)
    after = await change(
        tx,
        case,
        CaseEvent.PAUSE,
        role,
        taken_by=taken_by,
        reason=reason,
        paused_until=until if case.paused_until is None else max(until, case.paused_until),
    )
    tx.events.add(CASE_PAUSED, case_text(after.id), case_told(after))
    return after


async def resumed(tx: Tx, case: Case, role: Role, *, taken_by: str, note: str | None = None) -> Case:
    free: dict[str, Any] = {"reason": None, "paused_until": None, "due_at": tx.now}
    after = await change(tx, case, CaseEvent.RESUME, role, taken_by=taken_by, note=note, **free)
    tx.events.add(CASE_RESUMED, case_text(after.id), case_told(after))
    return after


async def change(
    tx: Tx, case: Case, event: CaseEvent, role: Role, *, taken_by: str, note: str | None = None, **changes: Any
) -> Case:
    """The next step of a locked case. Raises NotAllowedInState."""
    state = rules.next_state(case.state, event, role)
    after = replace(case, state=state, changed_at=tx.now, **changes)
    await queries.save(tx.connection, after)
    number = await queries.last_step(tx.connection, case.id) + 1
    await queries.add_steps(tx.connection, [step_of(after, number, event.value, taken_by, tx.now, note)])
    return after


def step_of(case: Case, number: int, event: str, taken_by: str, now: datetime, note: str | None = None) -> CaseStep:
    return CaseStep(
        case_id=case.id,
        number=number,
        event=event,
        state=case.state,
        bucket=case.bucket,
        days_past_due=case.days_past_due,
        overdue_minor=case.overdue_minor,
        taken_by=taken_by,
        taken_at=now,
        note=note,
    )


async def worked_until(tx: Tx, case: Case, party: str) -> datetime | None:
    """When the case goes back to the queue, the party having worked on it just now; as it was unless she took it."""
    if case.assignee is None or case.assignee != party:
        return case.assigned_until
    rules_now = await queries.rules_in_force(tx.connection, tx.today)
    return tx.now + timedelta(days=rules_now.assigned_days)


def tomorrow(tx: Tx) -> datetime:
    return start_of_day(tx.today + timedelta(days=1), tx.settings.zone)


async def _worked_on(tx: Tx, caller: Caller, case_id: UUID) -> Case:
    case = await locked(tx, case_id)
    require_alive(case)
    rules.require_taken_by(case, caller.party)
    return case


async def _assign(tx: Tx, case: Case, event: CaseEvent, to: str, by: str, note: str | None = None) -> Case:
    rules_now = await queries.rules_in_force(tx.connection, tx.today)
    until = tx.now + timedelta(days=rules_now.assigned_days)
    return await change(
        tx, case, event, Role.OPERATOR, taken_by=by, note=note or f"to {to}", assignee=to, assigned_until=until
    )
