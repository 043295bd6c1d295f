"""A loan that falls behind, over HTTP: its case ages, she is reminded, called within the rules, promises, pays, and is left in peace."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.p2p.collections.report_queries import Went
from services.p2p.collections.reports import rolled
from tests.p2p.people import Lent, World

DAY = timedelta(days=1)
NOON = "T12:00:00+08:00"


async def to_day(world: World, day: date, at: str = NOON) -> None:
    """Both clocks to that time of a day in the suite's zone."""
    for http in (world.operator.http, world.ledger.http):
        answer = await http.put("/v1/clock", json={"business_at": f"{day}{at}"})
        assert answer.status_code == 200, answer.text


async def collect(world: World) -> None:
    await world.run_periodic("p2p.collect")


@pytest.fixture
async def lent(world: World) -> Lent:
    """A loan of two lenders, its first instalment due on the day after today's month."""
    return await world.disbursed([600_000, 400_000])


async def late(lent: Lent, days: int, at: str = NOON) -> dict[str, Any]:
    """Her case so many days after the first due day."""
    world = lent.world
    due = date.fromisoformat((await lent.rows())[0]["due_on"])
    await to_day(world, due + days * DAY, at)
    await collect(world)
    found = (await lent.borrower.lending.get("/v1/collection-cases"))["items"]
    assert len(found) == 1, found
    return dict(found[0])


async def test_from_the_first_reminder_to_the_last_payment(lent: Lent) -> None:
    world, her, staff = lent.world, lent.borrower, lent.world.operator
    rows = await lent.rows()
    due = date.fromisoformat(rows[0]["due_on"])
    await to_day(world, due)
    await collect(world)
    assert (await staff.get("/v1/collection-cases"))["items"] == []

    case = await late(lent, 1, "T23:30:00+08:00")
    path = f"/v1/collection-cases/{case['id']}"
    assert (case["state"], case["bucket"], case["days_past_due"], case["next_step"]) == ("open", "M1", 1, "reminder")
    assert case["overdue_minor"] == rows[0]["payment_minor"]
    assert (await her.lending.get(f"{path}/contacts"))["items"] == [], "it waits for the end of quiet hours"
    await to_day(world, due + 2 * DAY, "T08:00:00+08:00")
    await collect(world)
    (reminder,) = (await her.lending.get(f"{path}/contacts"))["items"]
    assert (reminder["channel"], reminder["outcome"], reminder["step"]) == ("message", "sent", "reminder")
    (told,) = await world.events("p2p.collection.reminder_due.v1")
    assert (told["data"]["contact_id"], told["data"]["overdue_minor"]) == (reminder["id"], rows[0]["payment_minor"])

    await to_day(world, due + 4 * DAY)
    await collect(world)
    (queued,) = (await staff.get("/v1/collection-queue", bucket="M1", step="call"))["items"]
    assert queued["id"] == case["id"]
    await staff.made(f"{path}/assignment", status=200)
    call = await staff.made(f"{path}/contacts", {"channel": "phone"})
    assert (call["state"], call["step"]) == ("allowed", "call")
    reached = {"outcome": "promised", "note": "pays on Friday"}
    call = await staff.made(f"/v1/collection-contacts/{call['id']}/outcome", reached, status=200)
    assert (call["state"], call["outcome"]) == ("reported", "promised")

    promise = {"amount": rows[0]["payment_minor"], "currency": "CNY", "due_on": str(due + 6 * DAY)}
    promise = await her.lending.made(f"{path}/promises", promise)
    assert (await staff.refused(f"{path}/contacts", {"channel": "phone"}))[:2] == (409, "calls_wait_for_promise")
    owed = await arrears(lent)
    await world.give(her, owed)
    assert (await lent.repay(owed)).status_code == 201
    await to_day(world, due + 7 * DAY)
    await collect(world)
    (kept,) = (await her.lending.get(f"{path}/promises"))["items"]
    assert (kept["state"], kept["paid_minor"], kept["id"]) == ("kept", owed, promise["id"])
    closed = await her.lending.get(path)
    assert (closed["state"], closed["reason"], closed["bucket"]) == ("closed", "nothing_overdue", "M0")
    assert closed["assignee"] is None
    steps = [step["event"] for step in (await staff.get(f"{path}/steps"))["items"]]
    assert steps == ["open", "step", "take", "step", "close"]
    await world.audit()


async def arrears(lent: Lent) -> int:
    """All that is due by now, late interest included."""
    dues = await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues")
    return int(dues["due_minor"])


async def test_how_portfolios_age(lent: Lent) -> None:
    world, staff = lent.world, lent.world.operator
    due = date.fromisoformat((await lent.rows())[0]["due_on"])
    await to_day(world, due)
    await collect(world)
    case = await late(lent, 31)
    assert (case["bucket"], case["next_step"]) == ("M2", "letter")
    (listed,) = (await staff.get("/v1/collection-cases", bucket="M2", state="open", limit=1))["items"]
    assert listed["id"] == case["id"]
    assert (await staff.get("/v1/collection-cases", bucket="M1"))["items"] == []
    report = await staff.get("/v1/collection-reports/ageing")
    found = {one["bucket"]: one for one in report["items"] if one["programme"] == "open_auction"}
    assert list(found) == ["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"]
    assert (found["M2"]["loans"], found["M2"]["outstanding_minor"]) == (1, 1_000_000)
    assert found["M2"]["overdue_minor"] == case["overdue_minor"]
    assert sum(one["loans"] for one in report["items"]) == 1
    days = {"from_day": str(due), "to_day": str(due + 31 * DAY)}
    await to_day(world, due + 32 * DAY)
    for to, field in ((due, "to_day"), (due + 31 * DAY, "from_day")):
        refused = await staff.http.get("/v1/collection-reports/roll-rates", params=days | {"to_day": str(to)})
        found = refused.json()
        assert (refused.status_code, found["code"], found["field"]) == (422, "days_not_allowed", field)
    for _ in range(3):
        await world.run_periodic("p2p.close_days")
    report = await staff.get("/v1/collection-reports/roll-rates", **days)
    row, column = report["from_states"].index("M0"), report["to_states"].index("M2")
    assert (report["rates"][row][column], report["rates_by_amount"][row][column]) == ("1.000000", "1.000000")
    assert (report["before_minor"][row][column], report["after_minor"][row][column]) == (1_000_000, 1_000_000)
    nothing = await staff.get("/v1/collection-reports/roll-rates", **days, currency="USD")
    assert not any(sum(cells) for cells in nothing["counts"])


def test_loans_roll_by_what_they_owe_as_well_as_by_number() -> None:
    """Of two current loans the small one stays and the large one is late; one was paid, one is new: by hand."""
    moves = [
        Went(0, 0, 1, 100, 90),
        Went(0, 20, 2, 900, 900),
        Went(45, None, 3, 50, 0),
        Went(None, 0, 1, 0, 70),
    ]
    found = rolled(moves)
    late, current, new = found.from_states.index("M2"), found.from_states.index("M0"), found.from_states.index("new")
    ended, first = found.to_states.index("closed"), found.to_states.index("M1")
    assert found.counts[current][:2] == (1, 2)
    assert found.rates("count")[current][first] == 2 / 3
    assert found.rates("amount")[current][first] == 0.9
    assert (found.counts[late][ended], found.before_minor[late][ended], found.after_minor[late][ended]) == (3, 50, 0)
    assert (found.counts[new][current], found.before_minor[new][current], found.after_minor[new][current]) == (1, 0, 70)
    assert not any(map(any, rolled([]).counts))


async def test_promises_are_decided_by_what_is_repaid_and_hardship_pauses(lent: Lent) -> None:
    """Paid in part, then not at all; strangers see nothing; what she asks for is decided by staff."""
    world, her, staff = lent.world, lent.borrower, lent.world.operator
    rows = await lent.rows()
    first = date.fromisoformat(rows[0]["due_on"])
    case = await late(lent, 33)
    path = f"/v1/collection-cases/{case['id']}"
    assert case["overdue_minor"] == rows[0]["payment_minor"] + rows[1]["payment_minor"]
    promise = {"amount": case["overdue_minor"], "currency": "CNY", "due_on": str(first + 35 * DAY)}
    await her.lending.made(f"{path}/promises", promise)
    part = await arrears(lent) - rows[1]["payment_minor"]
    await world.give(her, part)
    assert (await lent.repay(part)).status_code == 201
    await to_day(world, first + 36 * DAY)
    await collect(world)
    (partly,) = (await her.lending.get(f"{path}/promises"))["items"]
    assert (partly["state"], partly["paid_minor"]) == ("partly_kept", part)
    seen = await her.lending.get(path)
    assert (seen["state"], seen["bucket"], seen["overdue_minor"]) == ("open", "M1", rows[1]["payment_minor"])

    assert await world.person().lending.get("/v1/collection-cases") == {"items": [], "next": None}
    stranger = await lent.lenders[0].lending.http.get(path)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_collection_case")
    for path_of_staff in (f"{path}/assignment", f"{path}/notes", "/v1/collection-rules"):
        assert (await her.lending.refused(path_of_staff, {}))[:2] == (403, "missing_scope")

    asked = await her.lending.made(f"{path}/requests", {"kind": "hardship", "text": "I lost my work"})
    (listed,) = (await staff.get("/v1/collection-requests", state="in_review"))["items"]
    assert listed["id"] == asked["id"]
    decided = {"decision": "grant", "answer": "nobody calls you until then"}
    answer = await staff.made(f"/v1/collection-requests/{asked['id']}/decision", decided, status=200)
    assert (answer["state"], answer["answer"]) == ("granted", "nobody calls you until then")
    await her.lending.made(f"{path}/named-persons", {"relation": "lawyer"})
    seen = await her.lending.get(path)
    assert (seen["state"], seen["reason"], seen["named"], seen["assignee"]) == ("paused", "hardship", ["lawyer"], None)
    assert [step["action"] for step in seen["coming_steps"]] == ["letter", "agency", "lawsuit"]
    await her.lending.made(f"{path}/named-persons/lawyer/revocation", status=200)
    withdrawn = await her.lending.made(f"{path}/requests", {"kind": "stop_contact", "text": "please stop"})
    await her.lending.made(f"/v1/collection-requests/{withdrawn['id']}/withdrawal", status=200)
    assert len((await her.lending.get(f"{path}/requests"))["items"]) == 2
    await staff.made(f"{path}/resumption", {"note": "she asked for a call"}, status=200)
    await staff.made(f"{path}/assignment", status=200)
    await staff.made(f"{path}/notes", {"note": "speaks to her lawyer only"})
    await staff.made(f"{path}/hand-over", {"to": "stf_wang"}, status=200)
    assert (await staff.refused(f"{path}/release", {}))[:2] == (409, "case_not_taken")
    assert (await staff.refused(f"{path}/steps", {"action": "agency", "note": "A"}))[:2] == (409, "case_not_taken")
    (rules,) = (await staff.get("/v1/collection-rules"))["items"]
    assert (rules["quiet_from"], rules["quiet_to"], rules["most_a_day"], rules["most_a_week"]) == (
        "22:00",
        "08:00",
        3,
        10,
    )
    tomorrow = str(first + 37 * DAY)
    changed = {"valid_from": tomorrow, "source": "house rule 7", "quiet_from": "20:00", "quiet_to": "09:00"}
    changed |= {"most_a_day": 2, "most_a_week": 5, "least_promise_share": "0.2"}
    assert (await staff.made("/v1/collection-rules", changed))["version"] == 2
    await world.audit()
