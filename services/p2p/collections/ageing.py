"""Stories of time: a case opens when a loan falls behind, ages by its oldest unpaid row, asks for reminders, closes when it is paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.collections import (
    actions,
    arrears_queries,
    contact_queries,
    contact_rules,
    promise_queries,
    queries,
    request_queries,
    rules,
)
from services.p2p.collections.actions import TIME
from services.p2p.collections.contact_actions import remind
from services.p2p.collections.events import CASE_CLOSED, CASE_MOVED, CASE_OPENED, case_told
from services.p2p.collections.model import Arrears, Case, CaseEvent, CaseState, ContactRules
from services.p2p.collections.rules import Role
from services.p2p.collections.wire_ids import case_text
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import OWED, Loan
from services.p2p.programmes.model import CollectionAction, CollectionStep

Steps = dict[tuple[str, int], tuple[CollectionStep, ...]]


@dataclass(frozen=True)
class Seen:
    """What a slice of cases is looked at with. days: of each borrower's contacts of the last week; held: cases of which nobody reminds."""

    rules: ContactRules
    arrears: Mapping[UUID, Arrears]
    days: Mapping[str, list[date]]
    held: set[UUID]
    steps: Steps


async def open_cases(tx: Tx, caller: Caller, *, loan_ids: Sequence[UUID]) -> list[Case]:
    """A case for each loan of which something is overdue and that has none. They are looked at next."""
    loans = await loan_queries.load_many(tx.connection, loan_ids)
    arrears = await arrears_queries.overdue(tx.connection, loan_ids, tx.today)
    steps: Steps = {}
    made = [await _new(tx, loans[loan_id], found, steps) for loan_id, found in sorted(arrears.items())]
    if not made:
        return []
    added = await queries.add_cases(tx.connection, made)
    opened = [case for case in made if case.id in added]
    if opened:
        first = [actions.step_of(case, 1, "open", TIME, tx.now) for case in opened]
        await queries.add_steps(tx.connection, first)
    for case in opened:
        tx.events.add(CASE_OPENED, case_text(case.id), case_told(case))
    return opened


async def look(tx: Tx, caller: Caller, *, case_ids: Sequence[UUID]) -> int:
    """What time does to cases, as of today; done twice it does nothing twice. How many were looked at."""
    cases = await queries.lock_alive(tx.connection, case_ids)
    if cases:
        seen = await _seen(tx, cases)
        looked = [await _look_at(tx, case, seen) for case in cases]
        await queries.save_looked_at(tx.connection, looked)
    return len(cases)


async def _seen(tx: Tx, cases: Sequence[Case]) -> Seen:
    loan_ids, borrowers = [case.loan_id for case in cases], {case.borrower for case in cases}
    await contact_queries.lock_borrowers(tx.connection, borrowers)
    promised = await promise_queries.promised(tx.connection, loan_ids)
    # Who has paid by a debit that is not final, or to who proposed her loan, is not reminded of it.
    promised |= await arrears_queries.on_its_way(tx.connection, loan_ids)
    asked = await request_queries.stops_asked_for(tx.connection, borrowers)
    paused = await queries.paused(tx.connection, borrowers)
    steps: Steps = {}
    for case in cases:
        await _known(tx, case, steps)
    return Seen(
        rules=await queries.rules_in_force(tx.connection, tx.today),
        arrears=await arrears_queries.overdue(tx.connection, loan_ids, tx.today),
        days=await contact_queries.recent_days(tx.connection, borrowers, tx.today),
        held={case.id for case in cases if _held(case, asked, paused, tx.now) or case.loan_id in promised},
        steps=steps,
    )


def _held(case: Case, asked: set[str], paused: Mapping[str, Case], now: datetime) -> bool:
    """Whoever asked to be left alone about one loan is not written to about another."""
    other = paused.get(case.borrower)
    return case.borrower in asked or (other is not None and other.paused_until is not None and other.paused_until > now)


async def _look_at(tx: Tx, case: Case, seen: Seen) -> Case:
    """The case as it is to be saved."""
    arrears = seen.arrears.get(case.loan_id)
    if arrears is None:
        return await _close(tx, case)
    case = await _age(tx, case, arrears, seen)
    if case.paused_until is not None and case.paused_until <= tx.now:
        case = await actions.resumed(tx, case, Role.TIME, taken_by=TIME)
    if case.assigned_until is not None and case.assigned_until <= tx.now:
        free: dict[str, Any] = {"assignee": None, "assigned_until": None}
        case = await actions.change(tx, case, CaseEvent.RELEASE, Role.TIME, taken_by=TIME, **free)
    case, again_at = await _reminded(tx, case, arrears, seen)
    moments = [at for at in (again_at, case.paused_until, case.assigned_until) if at is not None]
    return replace(case, looked_at=tx.now, due_at=min([actions.tomorrow(tx), *moments]))


async def _age(tx: Tx, case: Case, arrears: Arrears, seen: Seen) -> Case:
    aged = rules.aged(case, arrears, seen.steps[case.programme_code, case.programme_version], tx.today)
    if aged.bucket == case.bucket:
        return aged
    moved = await actions.change(tx, aged, CaseEvent.AGE, Role.TIME, taken_by=TIME)
    tx.events.add(CASE_MOVED, case_text(moved.id), case_told(moved))
    return moved


async def _reminded(tx: Tx, case: Case, arrears: Arrears, seen: Seen) -> tuple[Case, datetime | None]:
    """A reminder that is due is asked for, or waits for the end of quiet hours: then also when to look again."""
    due = case.next_step_on is not None and case.next_step_on <= tx.today
    if (
        case.state is not CaseState.OPEN
        or case.next_step != CollectionAction.REMINDER
        or not due
        or case.id in seen.held
    ):
        return case, None
    found = contact_rules.earliest(seen.rules, seen.days[case.borrower], tx.now, tx.settings.zone)
    if found.bound_by is not None:
        return case, found.at
    await remind(tx, case, seen.rules)
    seen.days[case.borrower].append(tx.today)
    return await actions.step_taken(tx, case, arrears, Role.TIME, taken_by=TIME, note="reminder"), None


async def _close(tx: Tx, case: Case) -> Case:
    loan = await loan_queries.load(tx.connection, case.loan_id)
    assert loan is not None
    over: dict[str, Any] = {
        "reason": "nothing_overdue" if loan.state in OWED else "loan_ended",
        "days_past_due": 0,
        "bucket": "M0",
        "overdue_minor": 0,
        "outstanding_minor": loan.outstanding_minor,
        "next_step": None,
        "next_step_on": None,
        "assignee": None,
        "assigned_until": None,
        "paused_until": None,
        "looked_at": tx.now,
        "closed_at": tx.now,
        "due_at": None,
    }
    closed = await actions.change(tx, case, CaseEvent.CLOSE, Role.TIME, taken_by=TIME, **over)
    tx.events.add(CASE_CLOSED, case_text(closed.id), case_told(closed))
    return closed


async def _new(tx: Tx, loan: Loan, arrears: Arrears, steps: Steps) -> Case:
    case = Case(
        id=tx.ids.new(),
        loan_id=loan.id,
        borrower=loan.borrower,
        programme_code=loan.programme_code,
        programme_version=loan.programme_version,
        currency=loan.currency,
        state=CaseState.OPEN,
        reason=None,
        oldest_due_on=arrears.oldest_due_on,
        days_past_due=0,
        bucket="M0",
        overdue_minor=0,
        outstanding_minor=0,
        steps_done=0,
        next_step=None,
        next_step_on=None,
        assignee=None,
        assigned_until=None,
        paused_until=None,
        opened_at=tx.now,
        looked_at=tx.now,
        changed_at=tx.now,
        closed_at=None,
        due_at=tx.now,
    )
    return rules.aged(case, arrears, await _known(tx, case, steps), tx.today)


async def _known(tx: Tx, case: Case, steps: Steps) -> tuple[CollectionStep, ...]:
    key = (case.programme_code, case.programme_version)
    if key not in steps:
        steps[key] = await actions.steps_of(tx, case)
    return steps[key]
