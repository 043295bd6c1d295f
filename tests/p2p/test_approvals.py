"""What an approval may not be stretched to: another amount, another year, another person's, one that nobody checked."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.database import Tx
from chassis.ids import decode, encode
from clients.ids import new_id
from services.p2p.applications import actions, queries
from services.p2p.applications.model import ApplicationEvent, ApplicationState
from services.p2p.checks import jobs as check_jobs
from services.p2p.verification import checks as verification
from services.p2p.verification import collections_queries
from tests.conftest import MakeRuntime, Serve
from tests.p2p.people import GOOD_FACTS, TERMS, Door, application, somebody
from tests.p2p.records import application_of
from tests.p2p.test_reviews import COMPANY, DECLINED, REFERRED, Outside, customer, outside, paper, staff
from tests.serving import Served

__all__ = ["outside"]
UNANSWERED = """UPDATE application_checks
    SET state = 'pending', ended_at = NULL, code = NULL, lenders = NULL, owed_minor = NULL, past_due_minor = NULL"""


@pytest.fixture
async def lending(serve: Serve) -> Served:
    return await serve("p2p")


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


async def move_clock(lending: Served, made: dict[str, Any], ahead: timedelta) -> None:
    now = datetime.fromisoformat(made["submitted_at"]) + ahead
    answer = await staff(lending).http.put("/v1/clock", json={"business_at": now.isoformat()})
    assert answer.status_code == 200


async def test_listed_again_and_again_an_approval_ends_when_it_would_have(tx: Tx) -> None:
    approved_at = tx.now
    known = replace(application_of(new_id(), "cus_1"), state=ApplicationState.APPROVED, changed_at=approved_at)
    assert await queries.add(tx.connection, replace(known, due_at=approved_at + timedelta(days=30)))
    await queries.add_decision(tx.connection, known, ApplicationEvent.CLEAR, taken_by="checks")
    for days in (20, 25, 29, 40):
        await queries.save(tx.connection, replace(known, state=ApplicationState.LISTED, due_at=None))
        tx.now = approved_at + timedelta(days=days)
        after = await actions.settle_listing(tx, application_id=known.id, funded=False)
        assert (after.state, after.due_at) == (ApplicationState.APPROVED, approved_at + timedelta(days=30))


async def test_more_than_was_asked_for_is_listed_only_at_its_grade(lending: Served) -> None:
    """With 40,000 yuan owed elsewhere 1,000 are grade A and 100,000 are B."""
    borrower = customer(lending)
    facts = GOOD_FACTS | {"debts_elsewhere_minor": 4_000_000}
    made = await borrower.made("/v1/applications", application(amount=100_000, facts=facts))
    assert (made["state"], made["grade"], made["limit_minor"]) == ("approved", "A", 18_000_000)
    path = f"/v1/applications/{made['id']}/listing"
    assert await borrower.refused(path, TERMS | {"amount": 10_000_000}) == (422, "graded_for_less", "amount")
    answer = await borrower.post(path, TERMS | {"amount": 5_000_000})
    assert answer.status_code == 202, answer.text


async def test_whom_nobody_was_asked_about_two_of_the_staff_approve(outside: Outside) -> None:
    """Declined by the rule she was never checked: an appeal, or an override, does not make one pair of eyes enough."""
    made = await outside.applied(somebody(), facts=DECLINED)
    assert made["state"] == "declined"
    owner = (await staff(outside.lending).get(f"/v1/applications/{made['id']}"))["borrower"]
    path = f"/v1/applications/{made['id']}"
    await Door(outside.lending.client(owner), owner).made(f"{path}/appeal", {"note": "paid since"}, 200)
    first, second = staff(outside.lending, "stf_1"), staff(outside.lending, "stf_2")
    approve = {"decision": "approve", "limit_minor": 100_000}
    assert (await first.made(f"{path}/decision", approve, 200))["state"] == "proposed"
    assert await first.refused(f"{path}/decision", approve) == (409, "second_person_needed", None)
    assert (await second.made(f"{path}/decision", approve, 200))["state"] == "approved"


async def test_a_bureau_that_never_answered_needs_two_as_well(outside: Outside) -> None:
    made = await outside.settled(await outside.applied(somebody(), facts=REFERRED))
    assert made["state"] == "in_review"
    async with outside.lending.runtime.database.engine.begin() as connection:
        await connection.execute(text(UNANSWERED + " WHERE kind = 'bureau'"))
    approve = {"decision": "approve", "limit_minor": 100_000}
    decided = await staff(outside.lending).made(f"/v1/applications/{made['id']}/decision", approve, 200)
    assert decided["state"] == "proposed"


async def test_an_organisation_is_not_approved_without_its_licence_however_little_it_is(lending: Served) -> None:
    wish = application(identity=COMPANY, borrower_kind="organisation")
    made = await customer(lending).made("/v1/applications", wish)
    path, approve = f"/v1/applications/{made['id']}", {"decision": "approve", "limit_minor": 100_000}
    operator = staff(lending)
    assert await operator.refused(f"{path}/decision", approve) == (422, "documents_missing", "decision")
    await operator.made(f"{path}/documents", paper("business_licence"))
    assert (await operator.made(f"{path}/decision", approve, 200))["state"] == "approved"


async def test_nobody_decides_on_her_own_application(lending: Served) -> None:
    party = encode("cus", new_id())
    borrower = Door(lending.client(party), party)
    made = await borrower.made("/v1/applications", application(facts=REFERRED))
    approve = {"decision": "approve", "limit_minor": 100_000}
    refused = await borrower.refused(f"/v1/applications/{made['id']}/decision", approve)
    assert refused in ((403, "missing_scope", None), (409, "second_person_needed", None))


async def test_taking_it_back_after_an_appeal_does_not_shorten_the_wait(lending: Served) -> None:
    borrower, identity = customer(lending), somebody()
    made = await borrower.made("/v1/applications", application(identity=identity, facts=DECLINED))
    path = f"/v1/applications/{made['id']}"
    await borrower.made(f"{path}/appeal", {"note": "look again"}, 200)
    await borrower.made(f"{path}/withdrawal", None, 200)
    again = application(identity=identity)
    assert await borrower.refused("/v1/applications", again) == (409, "too_soon_to_reapply", None)
    await move_clock(lending, made, timedelta(days=7))
    assert (await borrower.made("/v1/applications", again))["state"] == "approved"


async def test_one_person_as_several_customers_at_once_has_one_application(lending: Served) -> None:
    identity = somebody()
    doors = [customer(lending) for _ in range(6)]
    answers = await asyncio.gather(*(door.post("/v1/applications", application(identity=identity)) for door in doors))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_what_was_declined_is_not_called_back_beside_another_of_the_same_person(lending: Served) -> None:
    """Under whatever customer the other one is."""
    first, identity = customer(lending), somebody()
    made = await first.made("/v1/applications", application(identity=identity, facts=DECLINED))
    await move_clock(lending, made, timedelta(days=8))
    await customer(lending).made("/v1/applications", application(identity=identity))
    path = f"/v1/applications/{made['id']}"
    assert await first.refused(f"{path}/appeal", {"note": "?"}) == (409, "application_under_way", None)
    approve = {"decision": "approve", "limit_minor": 100_000}
    assert await staff(lending).refused(f"{path}/decision", approve) == (409, "application_under_way", None)


async def test_one_that_cannot_be_asked_about_keeps_nobody_else_waiting(outside: Outside) -> None:
    """Sealed with a key that is gone."""
    spoilt, slow = await outside.applied(somebody()), await outside.applied(somebody())
    async with outside.lending.runtime.database.engine.begin() as connection:
        for number, made in enumerate((spoilt, slow)):
            await connection.execute(
                text(UNANSWERED + ", due_at = asked_at + :at WHERE application_id = :id"),
                {"id": _id(made), "at": timedelta(seconds=number)},
            )
            await connection.execute(
                text("UPDATE applications SET state = 'checking', due_at = submitted_at + :at WHERE id = :id"),
                {"id": _id(made), "at": timedelta(days=3)},
            )
        await connection.execute(
            text("UPDATE declarations SET identity = :sealed WHERE application_id = :id"),
            {"id": _id(spoilt), "sealed": b"\x00" * 64},
        )
    await outside.pass_time(timedelta(minutes=5))
    await check_jobs.check_due(outside.lending.runtime)
    operator = staff(outside.lending)
    assert (await operator.get(f"/v1/applications/{spoilt['id']}"))["state"] == "checking"
    assert (await operator.get(f"/v1/applications/{slow['id']}"))["state"] == "approved"


def _id(made: dict[str, Any]) -> UUID:
    return decode("apn", made["id"])


async def test_the_audit_names_a_record_of_whatever_part(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prefix for each check of each part, or a difference would end the audit instead of being told."""
    name = next(iter(collections_queries.PREFIXES))
    offending = UUID(int=1)

    async def found(connection: object) -> dict[str, Any]:
        return {name: (1, [offending])}

    monkeypatch.setattr(collections_queries, "checks", found)
    report = await verification.run(tx.connection, tx.now, [])
    (told,) = (check for check in report if check.name == name)
    assert told.offending == (encode(collections_queries.PREFIXES[name], offending),)
