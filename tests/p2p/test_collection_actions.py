"""Stories of collections on the real database, mostly in a transaction that is rolled back: what each refuses, and what the audit sees."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import commands
from chassis.clock import set_business_time
from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller
from clients.ids import new_id
from services.p2p.applications import queries as application_queries
from services.p2p.applications.model import ApplicationState
from services.p2p.collections import (
    actions,
    ageing,
    arrears_queries,
    contact_actions,
    contact_queries,
    promise_actions,
    promise_queries,
    queries,
    request_actions,
    request_queries,
)
from services.p2p.collections.contact_actions import Wanted
from services.p2p.collections.model import Case, Channel, Contact, Direction, Outcome, Promise, Relation, RequestKind
from services.p2p.listings import queries as listing_queries
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan, LoanRow
from services.p2p.programmes.model import CollectionAction
from services.p2p.verification import checks, collections_queries
from tests.conftest import MakeRuntime
from tests.p2p.records import application_of, listing_of, loan_of

DUE = date(2026, 12, 1)
HER = Caller("cus_borrower", "gateway", frozenset({"p2p:read", "p2p:write"}))
OTHER = Caller("cus_other", "gateway", frozenset({"p2p:read", "p2p:write"}))
STAFF = Caller("stf_li", "gateway", frozenset({"p2p:operate", "p2p:read", "p2p:write"}))
COLLEAGUE = replace(STAFF, subject="stf_wang")
CLOCK = Caller("p2p", "p2p")


def local(day: date, at: str = "12:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{at}+08:00").astimezone(UTC)


async def lend(tx: Tx) -> Loan:
    """Twelve instalments of 10,000 and 100 interest each, the first due on DUE."""
    tx.now = local(DUE + timedelta(days=1))
    application = replace(application_of(new_id(), HER.party), state=ApplicationState.FUNDED)
    assert await application_queries.add(tx.connection, application)
    listing = replace(listing_of(new_id(), application, tx.now), account_id=new_id())
    await listing_queries.add(tx.connection, listing)
    loan = loan_of(new_id(), 120_000, Decimal("0.1"), 12, date(2026, 11, 1))
    loan = replace(loan, listing_id=listing.id, application_id=application.id, programme_version=2)
    rows = [_row(loan.id, number) for number in range(1, 13)]
    await loan_queries.add(tx.connection, loan, rows)
    return loan


def _row(loan_id: UUID, number: int) -> LoanRow:
    due = date(2026 + (number + 10) // 12, (number + 10) % 12 + 1, 1)
    begun = date(2026 + (number + 9) // 12, (number + 9) % 12 + 1, 1)
    return LoanRow(loan_id, number, begun, due, 30, 10_000, 100, 120_000 - 10_000 * number, None, None)


@dataclass
class Scene:
    tx: Tx
    loan: Loan
    case_id: UUID

    async def at(self, days: int, at: str = "12:00:00") -> Case:
        """The case so many days after the first due day, looked at."""
        self.tx.now = local(DUE + timedelta(days=days), at)
        await ageing.look(self.tx, CLOCK, case_ids=[self.case_id])
        return await actions.locked(self.tx, self.case_id)

    async def ask(self, channel: Channel = Channel.PHONE, caller: Caller = STAFF, **changes: Any) -> Contact:
        wanted = replace(Wanted(Direction.OUTBOUND, channel, "borrower", None, None), **changes)
        return await contact_actions.ask(self.tx, caller, case_id=self.case_id, wanted=wanted)

    async def promise(
        self, amount: int = 10_100, days: int = 5, caller: Caller = HER, currency: str = "CNY"
    ) -> Promise:
        due_on = self.tx.today + timedelta(days=days)
        return await promise_actions.make(
            self.tx, caller, case_id=self.case_id, amount_minor=amount, currency=currency, due_on=due_on
        )

    async def request(self, kind: RequestKind = RequestKind.STOP_CONTACT, caller: Caller = HER) -> UUID:
        made = await request_actions.ask(self.tx, caller, case_id=self.case_id, kind=kind, text="leave me alone")
        return made.id

    async def take(self, caller: Caller = STAFF) -> Case:
        return await actions.take(self.tx, caller, case_id=self.case_id)

    async def pay(self) -> None:
        """Whatever is overdue."""
        found = (await loan_queries.unpaid_rows(self.tx.connection, [self.loan.id]))[self.loan.id]
        paid = [
            replace(
                row,
                principal_paid_minor=row.principal_minor,
                interest_paid_minor=row.interest_minor,
                repayment_id=new_id(),
                paid_at=self.tx.now,
            )
            for row in found
            if row.due_on < self.tx.today
        ]
        await loan_queries.save_paid(self.tx.connection, paid)

    async def offending(self) -> set[str]:
        return {name for name, (_, ids) in (await collections_queries.checks(self.tx.connection)).items() if ids}


@pytest.fixture
async def scene(make_runtime: MakeRuntime) -> AsyncIterator[Scene]:
    """A loan one day past due, at noon, its case looked at: she was reminded."""
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        tx = await runtime.database.begin(connection, seed="tests")
        loan = await lend(tx)
        (case,) = await ageing.open_cases(tx, CLOCK, loan_ids=[loan.id])
        await ageing.look(tx, CLOCK, case_ids=[case.id])
        yield Scene(tx, loan, case.id)
        await transaction.rollback()


async def refused(story: Any, code: str, field: str | None = None) -> Refusal:
    with pytest.raises(Refusal) as found:
        await story
    assert (found.value.code, found.value.field) == (code, field)
    return found.value


async def test_a_case_opens_once_and_reminds_once(scene: Scene) -> None:
    tx = scene.tx
    assert await arrears_queries.without_case(tx.connection, tx.today, 10) == []
    assert await ageing.open_cases(tx, CLOCK, loan_ids=[scene.loan.id]) == []
    case = await scene.at(1)
    await scene.at(1)
    assert (case.state, case.bucket, case.overdue_minor, case.next_step) == ("open", "M1", 10_100, "call")
    assert (case.next_step_on, case.due_at) == (DUE + timedelta(days=4), local(DUE + timedelta(days=2), "00:00:00"))
    kinds = [event.type for event in tx.events.take()]
    assert kinds == ["p2p.collection.case_opened.v1", "p2p.collection.reminder_due.v1"]
    assert len(await contact_queries.of_case(tx.connection, case.id, before=None, limit=10)) == 1


async def test_a_case_moves_through_every_bucket_and_closes(scene: Scene) -> None:
    seen = []
    for days in (1, 30, 31, 61, 91, 121, 151, 181):
        case = await scene.at(days)
        seen.append(case.bucket)
    assert seen == ["M1", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    assert (case.next_step, case.steps_done) == ("lawsuit", 4), "those between were passed over"
    await scene.pay()
    closed = await scene.at(181)
    assert (closed.state, closed.reason, closed.due_at) == ("closed", "nothing_overdue", None)
    assert await ageing.look(scene.tx, CLOCK, case_ids=[scene.case_id]) == 0
    await refused(scene.take(), "not_allowed_in_state")
    await refused(scene.ask(direction=Direction.INBOUND, outcome=Outcome.REACHED), "not_allowed_in_state", "case_id")
    assert not await scene.offending()
    scene.tx.now = local(DUE + timedelta(days=190))
    (again,) = await ageing.open_cases(scene.tx, CLOCK, loan_ids=[scene.loan.id])
    assert (again.steps_done, again.bucket) == (1, "M1"), (
        "a loan that falls behind again has another case, from the beginning"
    )


async def test_a_reminder_waits_for_the_end_of_quiet_hours(make_runtime: MakeRuntime) -> None:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        tx = await runtime.database.begin(connection, seed="tests")
        loan = await lend(tx)
        tx.now = local(DUE + timedelta(days=1), "23:30:00")
        (case,) = await ageing.open_cases(tx, CLOCK, loan_ids=[loan.id])
        scene = Scene(tx, loan, case.id)
        assert (await scene.at(1, "23:30:00")).due_at == local(DUE + timedelta(days=2), "00:00:00")
        assert (await scene.at(2, "00:00:00")).due_at == local(DUE + timedelta(days=2), "08:00:00")
        assert (await scene.at(2, "07:59:59")).next_step == "reminder"
        assert (await scene.at(2, "08:00:00")).next_step == "call"
        await transaction.rollback()


async def test_a_case_is_worked_on_by_whoever_took_it(scene: Scene) -> None:
    await scene.at(4)
    await refused(scene.ask(), "case_not_taken", "case_id")
    await scene.take()
    assert (await refused(scene.take(COLLEAGUE), "case_taken", "case_id")).facts["assignee"] == "stf_li"
    await refused(scene.ask(caller=COLLEAGUE), "case_not_taken", "case_id")
    await refused(actions.release(scene.tx, COLLEAGUE, case_id=scene.case_id, note=None), "case_not_taken", "case_id")
    given = await actions.hand_over(scene.tx, STAFF, case_id=scene.case_id, to="stf_wang", note="on leave")
    assert given.assignee == "stf_wang"
    await scene.ask(caller=COLLEAGUE)
    free = await actions.release(scene.tx, COLLEAGUE, case_id=scene.case_id, note=None)
    assert free.assignee is None
    await scene.take()
    await scene.at(9)
    await actions.add_note(scene.tx, STAFF, case_id=scene.case_id, note="she moved")
    assert (await scene.at(15)).assignee == "stf_li", "a note is work"
    assert (await scene.at(16)).assignee is None, "without work it goes back to the queue"
    await refused(actions.take(scene.tx, STAFF, case_id=new_id()), "unknown_collection_case", "case_id")


async def test_contacts_are_refused_in_quiet_hours_and_beyond_the_caps(scene: Scene) -> None:
    await scene.take()
    for _ in range(2):
        await scene.ask(Channel.EMAIL)
    again = await refused(scene.ask(Channel.EMAIL), "contact_cap_reached", "channel")
    assert (again.facts["per"], again.facts["most"]) == ("day", 3)
    assert datetime.fromisoformat(again.facts["allowed_at"]) == local(DUE + timedelta(days=2), "08:00:00")
    await scene.ask(Channel.PHONE, direction=Direction.INBOUND, outcome=Outcome.REACHED)
    await scene.at(2, "07:59:00")
    early = await refused(scene.ask(), "quiet_hours", "channel")
    assert datetime.fromisoformat(early.facts["allowed_at"]) == local(DUE + timedelta(days=2), "08:00:00")
    for day, times in ((2, 3), (3, 3), (4, 1)):
        await scene.at(day)
        for _ in range(times):
            await scene.ask(Channel.EMAIL)
    full = await refused(scene.ask(), "contact_cap_reached", "channel")
    assert (full.facts["per"], datetime.fromisoformat(full.facts["allowed_at"]).date()) == ("week", date(2026, 12, 9))
    assert not await scene.offending()


async def test_nobody_else_hears_of_her_loan_unless_she_named_them(scene: Scene) -> None:
    await scene.take()
    await refused(scene.ask(with_whom="spouse"), "third_party_not_named", "with_whom")
    name = contact_actions.name_person
    await refused(
        name(scene.tx, OTHER, case_id=scene.case_id, relation=Relation.SPOUSE), "unknown_collection_case", "case_id"
    )
    await refused(
        name(scene.tx, STAFF, case_id=scene.case_id, relation=Relation.SPOUSE), "unknown_collection_case", "case_id"
    )
    await name(scene.tx, HER, case_id=scene.case_id, relation=Relation.SPOUSE)
    assert (await scene.ask(with_whom="spouse")).step is None
    await refused(scene.ask(with_whom="parent"), "third_party_not_named", "with_whom")
    revoke = contact_actions.revoke_person
    await revoke(scene.tx, HER, case_id=scene.case_id, relation=Relation.SPOUSE)
    await refused(
        revoke(scene.tx, HER, case_id=scene.case_id, relation=Relation.SPOUSE), "unknown_named_person", "relation"
    )
    await refused(scene.ask(with_whom="spouse"), "third_party_not_named", "with_whom")
    await name(scene.tx, HER, case_id=scene.case_id, relation=Relation.SPOUSE)
    await scene.ask(with_whom="spouse")


async def test_who_paid_is_not_called_before_anybody_looked(scene: Scene) -> None:
    await scene.take()
    await scene.pay()
    await refused(scene.ask(), "nothing_overdue", "case_id")
    await refused(scene.promise(), "nothing_overdue", "case_id")


async def test_a_contact_is_told_of_once_or_lapses(scene: Scene) -> None:
    await scene.take()
    first, other = await scene.ask(), await scene.ask(Channel.EMAIL)
    await refused(scene.ask(direction=Direction.INBOUND), "contact_incomplete", "outcome")
    report = contact_actions.report
    told = await report(scene.tx, STAFF, contact_id=first.id, outcome=Outcome.NO_ANSWER, note=None)
    assert (told.state, told.due_at) == ("reported", None)
    await refused(
        report(scene.tx, STAFF, contact_id=first.id, outcome=Outcome.REACHED, note=None), "not_allowed_in_state"
    )
    await refused(
        report(scene.tx, STAFF, contact_id=new_id(), outcome=Outcome.SENT, note=None), "unknown_contact", "contact_id"
    )
    assert (await contact_actions.lapse(scene.tx, CLOCK, contact_id=other.id)).state == "allowed"
    scene.tx.now += timedelta(hours=24)
    assert await contact_queries.past_deadline(scene.tx.connection, scene.tx.now, 10) == [other.id]
    for _ in range(2):
        assert (await contact_actions.lapse(scene.tx, CLOCK, contact_id=other.id)).state == "unreported"
    await refused(
        report(scene.tx, STAFF, contact_id=other.id, outcome=Outcome.REACHED, note=None), "not_allowed_in_state"
    )


async def test_what_a_promise_must_be(scene: Scene) -> None:
    await refused(scene.promise(caller=OTHER), "unknown_collection_case", "case_id")
    await refused(scene.promise(caller=STAFF), "case_not_taken", "case_id")
    await refused(scene.promise(currency="USD"), "currency_differs", "currency")
    await refused(scene.promise(days=16), "promise_day_not_allowed", "due_on")
    await refused(scene.promise(days=-1), "promise_day_not_allowed", "due_on")
    await refused(scene.promise(1_009), "promise_amount_not_allowed", "amount")
    await refused(scene.promise(10_101), "promise_amount_not_allowed", "amount")
    made = await scene.promise(1_010)
    await refused(scene.promise(), "promise_under_way", "case_id")
    assert made.due_at == local(DUE + timedelta(days=7), "00:00:00")


async def test_two_promises_that_are_not_kept_are_enough(scene: Scene) -> None:
    for day in (1, 8):
        await scene.at(day)
        promise = await scene.promise()
        assert (await promise_actions.decide(scene.tx, CLOCK, promise_id=promise.id)) == promise
        scene.tx.now = promise.due_at or scene.tx.now
        for _ in range(2):
            decided = await promise_actions.decide(scene.tx, CLOCK, promise_id=promise.id)
            assert decided is not None
            assert (decided.state, decided.paid_minor) == ("broken", 0)
    await scene.at(20)
    await refused(scene.promise(), "too_many_promises", "case_id")
    await scene.at(32)
    await scene.promise()
    assert not await scene.offending()


async def test_while_a_promise_is_open_nobody_calls_and_nothing_is_taken_to_court(scene: Scene) -> None:
    await scene.at(91)
    await scene.take()
    await scene.promise(days=2)
    for channel in (Channel.PHONE, Channel.VISIT):
        await refused(scene.ask(channel), "calls_wait_for_promise", "channel")
    await scene.ask(Channel.MESSAGE)
    step = {"case_id": scene.case_id, "taken": CollectionAction.LAWSUIT, "note": "court of Pudong"}
    await refused(actions.take_step(scene.tx, STAFF, **step), "calls_wait_for_promise", "case_id")
    today = scene.tx.today
    seen = {"party": STAFF.party, "bucket": None, "step": None, "after": None, "limit": 10}
    assert await queries.queue(scene.tx.connection, today, **seen) == []
    (promise,) = await _promises(scene)
    scene.tx.now = promise.due_at or scene.tx.now
    await promise_actions.decide(scene.tx, CLOCK, promise_id=promise.id)
    (queued,) = await queries.queue(scene.tx.connection, today, **seen)
    assert (queued.id, queued.next_step) == (scene.case_id, "lawsuit")
    wrong = step | {"taken": CollectionAction.AGENCY}
    await refused(actions.take_step(scene.tx, STAFF, **wrong), "step_not_due", "action")
    done = await actions.take_step(scene.tx, STAFF, **step)
    assert (done.next_step, done.next_step_on) == (None, None)
    await refused(actions.take_step(scene.tx, STAFF, **step), "step_not_due", "action")


async def _promises(scene: Scene) -> list[Promise]:
    return await promise_queries.of_case(scene.tx.connection, scene.case_id, before=None, limit=10)


async def test_who_asks_not_to_be_contacted_is_left_alone(scene: Scene) -> None:
    await scene.take()
    await refused(scene.request(caller=STAFF), "unknown_collection_case", "case_id")
    asked = await scene.request()
    await refused(scene.request(), "collection_request_under_way", "case_id")
    await refused(scene.ask(), "contacts_stopped", "case_id")
    decide, withdraw = request_actions.decide, request_actions.withdraw
    await refused(withdraw(scene.tx, OTHER, request_id=asked), "unknown_collection_request", "request_id")
    await decide(scene.tx, STAFF, request_id=asked, grant=False, answer="we called once")
    await refused(decide(scene.tx, STAFF, request_id=asked, grant=True, answer="after all"), "not_allowed_in_state")
    await scene.ask()
    again = await scene.request(RequestKind.HARDSHIP)
    await scene.ask()
    granted = await decide(scene.tx, STAFF, request_id=again, grant=True, answer="until the new year")
    assert granted.state == "granted"
    case = await scene.at(5)
    assert (case.state, case.reason, case.paused_until) == ("paused", "hardship", local(DUE + timedelta(days=31)))
    assert (await refused(scene.ask(), "contacts_stopped", "case_id")).facts["reason"] == "hardship"
    await refused(
        actions.take_step(scene.tx, STAFF, case_id=scene.case_id, taken=CollectionAction.AGENCY, note="A"),
        "step_not_due",
        "action",
    )
    third = await scene.request()
    assert (await withdraw(scene.tx, HER, request_id=third)).state == "withdrawn"
    await refused(withdraw(scene.tx, HER, request_id=third), "not_allowed_in_state")
    resumed = await actions.resume(scene.tx, STAFF, case_id=scene.case_id, note="she asked us to call")
    assert (resumed.state, resumed.paused_until) == ("open", None)
    await refused(actions.resume(scene.tx, STAFF, case_id=scene.case_id, note="again"), "not_allowed_in_state")
    await scene.request()
    await refused(scene.request(), "collection_request_under_way", "case_id")
    assert not await scene.offending()


async def test_silence_grants_what_she_asked_for(scene: Scene) -> None:
    asked = await scene.request()
    expire = request_actions.expire
    assert (await expire(scene.tx, CLOCK, request_id=asked)).state == "in_review"
    scene.tx.now += timedelta(days=5)
    for _ in range(2):
        granted = await expire(scene.tx, CLOCK, request_id=asked)
        assert (granted.state, granted.decided_by) == ("granted", "time")
    assert (await scene.at(35)).state == "paused"
    assert (await scene.at(36)).state == "open", "a pause ends by itself"
    for _ in range(3):
        lapsing = await scene.request()
        await request_actions.withdraw(scene.tx, HER, request_id=lapsing)
    await refused(scene.request(), "too_many_collection_requests", "case_id")


async def test_a_request_ends_with_its_case(scene: Scene) -> None:
    asked = await scene.request()
    await scene.pay()
    await scene.at(1)
    decide = request_actions.decide
    await refused(
        decide(scene.tx, STAFF, request_id=asked, grant=True, answer="yes"), "not_allowed_in_state", "case_id"
    )
    scene.tx.now += timedelta(days=5)
    assert (await request_actions.expire(scene.tx, CLOCK, request_id=asked)).state == "lapsed"


async def test_rules_of_contact_change_from_a_day_on(scene: Scene) -> None:
    await scene.take()
    before = await queries.rules_in_force(scene.tx.connection, scene.tx.today)
    draft = replace(before, valid_from=scene.tx.today + timedelta(days=1), most_a_day=1, most_a_week=1)
    added = await actions.add_rules(scene.tx, STAFF, draft=draft)
    assert added.version == before.version + 1
    await scene.ask(Channel.EMAIL)
    await scene.at(2)
    await refused(scene.ask(Channel.EMAIL), "contact_cap_reached", "channel")
    older = replace(draft, valid_from=scene.tx.today - timedelta(days=1))
    await refused(actions.add_rules(scene.tx, STAFF, draft=older), "contact_rules_not_newer", "valid_from")


async def test_lists_go_on_where_they_stopped(scene: Scene) -> None:
    case, connection = await scene.at(4), scene.tx.connection
    await scene.take()
    await scene.ask(Channel.EMAIL)
    promise, asked = await scene.promise(), await scene.request()
    scene.tx.now = promise.due_at or scene.tx.now
    await promise_actions.decide(scene.tx, CLOCK, promise_id=promise.id)
    assert case.next_step_on is not None
    seen = {"party": STAFF.party, "bucket": "M1", "step": "call", "limit": 1}
    for last, found in ((UUID(int=0), [case.id]), (case.id, [])):
        queued = await queries.queue(connection, scene.tx.today, after=(case.next_step_on, last), **seen)
        assert [one.id for one in queued] == found
    both = await contact_queries.of_case(connection, case.id, before=None, limit=5)
    assert {one.asked_by for one in both} == {"time", "stf_li"}
    assert await contact_queries.of_case(connection, case.id, before=both[0].id, limit=5) == both[1:]
    assert await promise_queries.of_case(connection, case.id, before=promise.id, limit=5) == []
    assert await request_queries.find(connection, case_id=case.id, state=None, before=asked, limit=5) == []
    assert [step.event for step in await queries.steps(connection, case.id, after=2, limit=5)] == ["take"]
    mine = {"borrower": HER.party, "state": "open", "bucket": "M1", "limit": 5}
    assert await queries.find(connection, before=case.id, **mine) == []
    assert [one.id for one in await queries.find(connection, before=None, **mine)] == [case.id]


BREAKS = {
    "collection_case_has_its_step": "UPDATE collection_cases SET bucket = 'M3'",
    "collection_case_of_its_loan": "UPDATE collection_cases SET borrower = 'cus_other'",
    "contacts_never_more_often_than_allowed": """INSERT INTO collection_contacts (id, case_id, direction, channel, with_whom, state,
        outcome, rules_version, asked_by, on_day, minute, contacted_at, changed_at) SELECT gen_random_uuid(), case_id, direction,
        channel, with_whom, state, outcome, rules_version, asked_by, on_day, minute, contacted_at, changed_at
        FROM collection_contacts, generate_series(1, 3) WHERE step = 'reminder'""",
    "contacts_never_in_quiet_hours": "UPDATE collection_contacts SET minute = 1320",
    "no_calls_while_a_promise_is_open": "UPDATE collection_contacts SET channel = 'phone', contacted_at = contacted_at + interval '1 s'",
    "promises_kept_by_repayments": """UPDATE collection_promises SET state = 'kept', paid_minor = amount_minor, decided_at = made_at,
        due_at = NULL""",
    "granted_requests_paused_their_case": """UPDATE collection_requests SET state = 'granted', decided_by = 'stf',
        decided_at = requested_at, due_at = NULL""",
}


async def test_the_audit_sees_a_broken_row(scene: Scene) -> None:
    await scene.promise()
    await scene.request()
    assert not await scene.offending()
    assert set(BREAKS) == set(collections_queries.PREFIXES)
    for check, broken in BREAKS.items():
        part = await scene.tx.connection.begin_nested()
        await scene.tx.connection.execute(text(broken))
        assert await scene.offending() == {check}
        named = {one.name: one.offending for one in await checks.run(scene.tx.connection, scene.tx.now, [])}
        assert all(one.startswith(f"{collections_queries.PREFIXES[check]}_") for one in named[check])
        assert named[check]
        await part.rollback()


async def test_what_happened_cannot_be_taken_away(scene: Scene) -> None:
    tables = ("collection_rules", "collection_case_steps", "collection_contacts", "collection_promises")
    for table in (*tables, "collection_requests"):
        part = await scene.tx.connection.begin_nested()
        with pytest.raises(DBAPIError, match="permission denied"):
            await scene.tx.connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        await part.rollback()


async def test_of_twenty_at_once_as_many_are_allowed_as_the_cap(make_runtime: MakeRuntime) -> None:
    """The reminder is one of the three; whoever opens, looks and asks at the same time does it once."""
    runtime = await make_runtime("p2p")
    noon = local(DUE + timedelta(days=1))
    async with runtime.transaction(seed="tests") as tx:
        loan = await lend(tx)
        await set_business_time(tx.connection, noon, frozen=True)

    async def open_cases(number: int) -> int:
        seed = f"open {number}"
        return len(await commands.perform(runtime, ageing.open_cases, CLOCK, seed=seed, loan_ids=[loan.id]))

    assert sum(await asyncio.gather(*map(open_cases, range(5)))) == 1
    async with runtime.reading() as connection:
        (case_id,) = await queries.due(connection, noon, 10)

    async def look(number: int) -> int:
        return await commands.perform(runtime, ageing.look, CLOCK, seed=f"look {number}", case_ids=[case_id])

    await asyncio.gather(*map(look, range(5)))
    await commands.perform(runtime, actions.take, STAFF, seed="take", case_id=case_id)
    wanted = Wanted(Direction.OUTBOUND, Channel.EMAIL, "borrower", None, None)

    async def ask(number: int) -> str:
        try:
            await commands.perform(
                runtime, contact_actions.ask, STAFF, seed=f"ask {number}", case_id=case_id, wanted=wanted
            )
        except Refusal as refusal:
            return refusal.code
        return "allowed"

    answers = await asyncio.gather(*map(ask, range(20)))
    assert sorted(answers) == ["allowed"] * 2 + ["contact_cap_reached"] * 18
    async with runtime.reading() as connection:
        assert len(await contact_queries.of_case(connection, case_id, before=None, limit=100)) == 3
