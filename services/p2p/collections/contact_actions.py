"""Stories of contacts: asked for before they are made, told how they ended; and of whom a borrower lets be spoken to."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.collections import (
    actions,
    contact_queries,
    contact_rules,
    promise_queries,
    queries,
    request_queries,
    rules,
)
from services.p2p.collections.errors import (
    CallsWaitForPromise,
    ContactIncomplete,
    ContactsStopped,
    ThirdPartyNotNamed,
    UnknownCase,
    UnknownContact,
    UnknownNamedPerson,
)
from services.p2p.collections.events import REMINDER_DUE, reminder_told
from services.p2p.collections.model import (
    Case,
    Channel,
    Contact,
    ContactEvent,
    ContactRules,
    ContactState,
    Direction,
    NamedPerson,
    Outcome,
    Relation,
)
from services.p2p.collections.rules import Role
from services.p2p.collections.wire_ids import contact_text

BORROWER = "borrower"
CALLS = frozenset({Channel.PHONE, Channel.VISIT})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contact as it is asked for. with_whom: `borrower` or a relation; outcome: None where it is not made yet."""

    direction: Direction
    channel: Channel
    with_whom: str
    outcome: Outcome | None
    note: str | None


async def ask(tx: Tx, caller: Caller, *, case_id: UUID, wanted: Wanted) -> Contact:
    """A contact that may be made now, and counts; or one that came in.

    Raises CaseNotTaken, NothingOverdue, ContactsStopped, ThirdPartyNotNamed, CallsWaitForPromise, PaymentOnItsWay, QuietHours,
    ContactCapReached,
    ContactIncomplete.
    """
    case = await actions.locked(tx, case_id)
    actions.require_alive(case)
    await _require_named(tx, case, wanted.with_whom)
    rules_now = await queries.rules_in_force(tx.connection, tx.today)
    if wanted.direction is Direction.INBOUND:
        return await _came_in(tx, caller, case, wanted, rules_now)
    rules.require_taken_by(case, caller.party)
    arrears = await actions.require_overdue(tx, case)
    await _require_may_be_made(tx, case, wanted.channel, rules_now)
    step = rules.step_of(case, wanted.channel, tx.today) if wanted.with_whom == BORROWER else None
    contact = _contact(tx, case, wanted, rules_now, caller.party, step=None if step is None else step.value)
    await contact_queries.add(tx.connection, contact)
    if step is not None:
        await actions.step_taken(tx, case, arrears, Role.OPERATOR, taken_by=caller.party, note=step.value)
    else:
        until = await actions.worked_until(tx, case, caller.party)
        await queries.save(tx.connection, replace(case, assigned_until=until))
    return contact


async def report(tx: Tx, caller: Caller, *, contact_id: UUID, outcome: Outcome, note: str | None) -> Contact:
    """How it ended. Raises NotAllowedInState once that was told, or was not told in time."""
    contact = await _locked(tx, contact_id)
    state = contact_rules.next_state(contact.state, ContactEvent.REPORT)
    told = note if note is not None else contact.note
    ended = replace(contact, state=state, outcome=outcome, note=told, changed_at=tx.now, due_at=None)
    await contact_queries.save(tx.connection, ended)
    return ended


async def lapse(tx: Tx, caller: Caller, *, contact_id: UUID) -> Contact:
    """Nobody told in time how it ended."""
    contact = await _locked(tx, contact_id)
    if contact.due_at is None or contact.due_at > tx.now:
        return contact
    state = contact_rules.next_state(contact.state, ContactEvent.LAPSE)
    lapsed = replace(contact, state=state, changed_at=tx.now, due_at=None)
    await contact_queries.save(tx.connection, lapsed)
    return lapsed


async def remind(tx: Tx, case: Case, rules_now: ContactRules) -> Contact:
    """An automatic reminder that is allowed now: an event asks for it to be sent, and it counts as any contact does."""
    wanted = Wanted(Direction.OUTBOUND, Channel.MESSAGE, BORROWER, Outcome.SENT, None)
    contact = _contact(tx, case, wanted, rules_now, actions.TIME, step=case.next_step)
    await contact_queries.add(tx.connection, contact)
    tx.events.add(REMINDER_DUE, contact_text(contact.id), reminder_told(case, contact))
    return contact


async def name_person(tx: Tx, caller: Caller, *, case_id: UUID, relation: Relation) -> NamedPerson:
    """She lets somebody be spoken to; nobody else can."""
    case = await _own(tx, caller, case_id)
    actions.require_alive(case)
    person = NamedPerson(case.id, relation, caller.party, tx.now, None)
    await contact_queries.name(tx.connection, person)
    return person


async def revoke_person(tx: Tx, caller: Caller, *, case_id: UUID, relation: Relation) -> Case:
    """Raises UnknownNamedPerson."""
    case = await _own(tx, caller, case_id)
    if not await contact_queries.revoke(tx.connection, case.id, relation.value, tx.now):
        raise UnknownNamedPerson("she named nobody of that relation", field="relation")
    return case


async def _came_in(tx: Tx, caller: Caller, case: Case, wanted: Wanted, rules_now: ContactRules) -> Contact:
    if wanted.outcome is None:
        raise ContactIncomplete("what came in has ended: say how", field="outcome")
    contact = _contact(tx, case, wanted, rules_now, caller.party, step=None)
    await contact_queries.add(tx.connection, contact)
    return contact


async def _require_may_be_made(tx: Tx, case: Case, channel: Channel, rules_now: ContactRules) -> None:
    """Of all her loans together: caps, pauses and complaints are hers, and no case's."""
    await contact_queries.lock_borrowers(tx.connection, [case.borrower])
    paused = (await queries.paused(tx.connection, [case.borrower])).get(case.borrower)
    if paused is not None and paused.paused_until is not None:
        until = paused.paused_until.isoformat()
        raise ContactsStopped("she is left alone for now", field="case_id", reason=paused.reason, until=until)
    if await request_queries.stops_asked_for(tx.connection, [case.borrower]):
        raise ContactsStopped("she asked not to be contacted, and nobody decided yet", field="case_id")
    if channel in CALLS and await promise_queries.promised(tx.connection, [case.loan_id]):
        raise CallsWaitForPromise("she promised to pay, and her day is not over", field="channel")
    await actions.require_nothing_on_its_way(tx, case, field="channel")
    days = await contact_queries.recent_days(tx.connection, [case.borrower], tx.today)
    contact_rules.require_allowed(rules_now, days[case.borrower], tx.now, tx.settings.zone)


async def _require_named(tx: Tx, case: Case, with_whom: str) -> None:
    """Nobody else hears of her loan."""
    if with_whom == BORROWER:
        return
    if with_whom not in {person.relation for person in await contact_queries.named(tx.connection, case.id)}:
        raise ThirdPartyNotNamed("she did not name anybody of that relation", field="with_whom")


def _contact(
    tx: Tx, case: Case, wanted: Wanted, rules_now: ContactRules, asked_by: str, *, step: str | None
) -> Contact:
    waits = wanted.outcome is None
    return Contact(
        id=tx.ids.new(),
        case_id=case.id,
        direction=wanted.direction,
        channel=wanted.channel,
        with_whom=wanted.with_whom,
        state=ContactState.ALLOWED if waits else ContactState.REPORTED,
        outcome=wanted.outcome,
        note=wanted.note,
        step=step,
        rules_version=rules_now.version,
        asked_by=asked_by,
        on_day=tx.today,
        minute=contact_rules.minute_of(tx.now, tx.settings.zone),
        contacted_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now + timedelta(hours=rules_now.report_hours) if waits else None,
    )


async def _locked(tx: Tx, contact_id: UUID) -> Contact:
    contact = await contact_queries.load(tx.connection, contact_id, lock=True)
    if contact is None:
        raise UnknownContact("no such contact", field="contact_id")
    return contact


async def _own(tx: Tx, caller: Caller, case_id: UUID) -> Case:
    case = await actions.locked(tx, case_id)
    if case.borrower != caller.party:
        raise UnknownCase("no such case", field="case_id")
    return case
