"""Proving who one is, against the sandbox's identity service: sources answer, hesitate, fall silent, and contradict."""

import asyncio
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest

from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.holders import actions, queries
from services.payments.holders.identity_service import UNKNOWN
from services.payments.holders.jobs import PAYMENTS
from services.payments.holders.model import Answer, Verdict
from tests.conftest import Serve
from tests.payments.customer import World
from tests.payments.holders.persons import CHANNELS, Applicant, identity_number


def applicant(world: World, sequence: str = "003", **more: str) -> Applicant:
    return Applicant(world.person(), identity_number(sequence), **more)


async def test_classes_are_reached_by_independent_checks_and_the_way_up_is_shown(world: World) -> None:
    anna = applicant(world)
    before = await anna.standing()
    assert (before["verification_class"], before["limit"], before["required"]) == (None, None, True)
    assert (before["next_class"]["verification_class"], before["next_class"]["checks_missing"]) == ("class_i", 1)
    assert (await anna.declare()).status_code == 201
    reached = []
    for channel in CHANNELS[:5]:
        assert (await anna.check(channel)).json()["state"] == "passed"
        now = await anna.standing()
        above = now["next_class"]
        missing = None if above is None else (above["checks_missing"], len(above["channels"]))
        reached.append((now["verification_class"], now["limit"]["limit"], now["wealth_products"], missing))
    assert reached == [
        ("class_i", 100_000, False, (2, 7)),
        ("class_i", 100_000, False, (1, 6)),
        ("class_ii", 10_000_000, False, (2, 5)),
        ("class_ii", 10_000_000, False, (1, 4)),
        ("class_iii", 20_000_000, True, None),
    ]
    assert (await anna.standing())["passed"] == sorted(CHANNELS[:5])


async def test_being_seen_is_enough_for_every_class(world: World) -> None:
    anna = applicant(world)
    await anna.declare()
    operator = world.payments.client()
    path = f"/v1/holders/customers/{anna.person.id}/face-to-face"
    for key in ("seen-1", "seen-2"):
        answer = await operator.post(path, headers={"idempotency-key": key})
        assert answer.status_code == 200, answer.text
    standing = await anna.standing()
    assert (standing["verification_class"], standing["wealth_products"], standing["passed"]) == ("class_iii", True, [])
    assert standing == (await operator.get(f"/v1/holders/customers/{anna.person.id}")).json()


@pytest.mark.parametrize(
    ("sequence", "channel", "state", "code"),
    [
        ("991", "police", "failed", "no_record"),
        ("992", "police", "passed", None),
        ("992", "tax", "failed", "no_record"),
    ],
)
async def test_a_source_confirms_or_does_not(
    world: World, sequence: str, channel: str, state: str, code: str | None
) -> None:
    anna = applicant(world, sequence)
    await anna.declare()
    answer = (await anna.check(channel)).json()
    assert (answer["state"], answer["failure_code"], answer["due_at"]) == (state, code, None)


async def test_another_s_number_is_not_confirmed(world: World) -> None:
    await applicant(world).proved(1)
    boris = applicant(world, name="李强")
    await boris.declare()
    answer = (await boris.check()).json()
    assert (answer["state"], answer["failure_code"]) == ("failed", "name_differs")
    standing = await boris.standing()
    assert (standing["holder_id"], standing["verification_class"]) == (None, None)


@pytest.mark.parametrize(("sequence", "state"), [("993", "passed"), ("994", "failed")])
async def test_who_hesitates_is_asked_again(world: World, sequence: str, state: str) -> None:
    anna = applicant(world, sequence)
    await anna.declare()
    answer = await anna.check()
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    await world.run_periodic("payments.work_due_checks")
    assert await anna.state_of(answer.json()["id"]) == "pending"
    await world.move_clock(timedelta(minutes=6))
    await world.run_periodic("payments.work_due_checks")
    assert await anna.state_of(answer.json()["id"]) == state


async def test_an_answer_that_was_lost_is_found(world: World) -> None:
    anna = applicant(world, "996")
    await anna.declare()
    answer = await anna.check()
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    await world.run("payments.ask_identity_service", answer.json()["id"])
    assert await anna.state_of(answer.json()["id"]) == "passed"


@pytest.mark.parametrize("sequence", ["995", "997"])
async def test_who_never_answers_is_given_up_after_a_day(world: World, sequence: str) -> None:
    anna = applicant(world, sequence)
    await anna.declare()
    check = (await anna.check()).json()["id"]
    await world.move_clock(timedelta(hours=23, minutes=59))
    await world.run_periodic("payments.work_due_checks")
    assert await anna.state_of(check) == "pending"
    await world.move_clock(timedelta(minutes=2))
    await world.run_periodic("payments.work_due_checks")
    assert await anna.state_of(check) == "expired"
    assert (await anna.check()).status_code == 202  # and may be asked anew
    assert [item["state"] for item in (await anna.person.get("/v1/holders/checks"))["items"]] == ["pending", "expired"]
    report = (await world.payments.client().get("/v1/verification")).json()
    assert report["holds"] is True, report


async def test_the_service_away_the_check_waits(world: World) -> None:
    anna = applicant(world)
    await anna.declare()
    await world.sandbox_away()
    answer = await anna.check()
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    await world.run("payments.ask_identity_service", answer.json()["id"])
    assert await anna.state_of(answer.json()["id"]) == "pending"


async def test_a_crash_between_call_and_recording_counts_once(world: World) -> None:
    anna = applicant(world)
    await anna.declare()

    async def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed between call and recording")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "record_answer", die)
        check = (await anna.check()).json()
    assert check["state"] == "pending"
    for _ in range(2):
        await world.run("payments.ask_identity_service", check["id"])
    assert (await anna.standing())["passed"] == ["police"]


EVENTS = {
    "match": Answer(Verdict.MATCH),
    "mismatch": Answer(Verdict.MISMATCH, "no_record"),
    "silence": UNKNOWN,
    "late silence": UNKNOWN,
}
STATES = {
    "pending": {"match": "passed", "mismatch": "failed", "silence": "pending", "late silence": "expired"},
    "passed": dict.fromkeys(EVENTS, "passed"),
    "failed": dict.fromkeys(EVENTS, "failed"),
    "expired": dict.fromkeys(EVENTS, "expired"),
}
LEADING = {"passed": "match", "failed": "mismatch", "expired": "late silence"}


async def told(world: World, check_id: UUID, event: str) -> str:
    """The state after the service said so."""
    async with world.payments.runtime.transaction() as tx:
        if event == "late silence":
            found = await queries.check_with(tx.connection, check_id)
            assert found is not None
            tx.now = max(tx.now, found.expires_at)
        return str((await actions.record_answer(tx, PAYMENTS, check_id=check_id, answer=EVENTS[event])).state)


async def test_every_answer_in_every_state_twice(world: World) -> None:
    """The answers are told to the action: of this number the sources themselves say nothing."""
    for state, event in product(STATES, EVENTS):
        anna = applicant(world, "995")
        await anna.declare()
        check_id = decode("idc", (await anna.check()).json()["id"])
        if state in LEADING:
            assert await told(world, check_id, LEADING[state]) == state
        for _ in range(2):
            assert await told(world, check_id, event) == STATES[state][event], (state, event)
        confirmed = "passed" in (state, STATES[state][event])
        assert (await anna.standing())["verification_class"] == ("class_i" if confirmed else None)


async def test_refusals(world: World) -> None:
    anna, boris, cora = applicant(world), applicant(world, "995"), applicant(world, "991")
    undeclared = await boris.check()
    malformed = await boris.person.post("/v1/holders/identity", {"name": "王", "number": "110101199003070030"})
    await anna.proved(1)
    await boris.declare()
    await boris.check()
    await cora.declare()
    for _ in range(5):
        assert (await cora.check()).json()["state"] == "failed"
    merchant = world.payments.client("p2p")
    operator = world.payments.client()
    nobody = encode("cus", new_id())
    certificate = {"valid_until": "2030-01-01", "agreed_daily": 1}
    checked = (await anna.person.get("/v1/holders/checks"))["items"][0]["id"]
    another = {"name": anna.name, "number": identity_number("005")}

    def key() -> dict[str, str]:
        return {"idempotency-key": new_id().hex}

    cases = [
        (undeclared, 404, "identity_not_declared"),
        (malformed, 422, "malformed_identity_number"),
        (await anna.check(), 409, "already_confirmed"),
        (await boris.check(), 409, "check_under_way"),
        (await cora.check(), 409, "too_many_checks"),
        (await anna.check("palmistry"), 422, "invalid_value"),
        (await anna.person.post("/v1/holders/identity", another), 409, "identity_already_proved"),
        (await boris.person.post("/v1/holders/identity", another), 409, "check_under_way"),
        (await boris.person.http.get(f"/v1/holders/checks/{checked}"), 404, "unknown_check"),
        (await merchant.get("/v1/holders/me"), 403, "customers_only"),
        (await anna.person.http.get(f"/v1/holders/customers/{anna.person.id}"), 403, "missing_scope"),
        (await operator.get(f"/v1/holders/{encode('hld', new_id())}"), 404, "unknown_holder"),
        (
            await operator.post(f"/v1/holders/customers/{nobody}/face-to-face", headers=key()),
            404,
            "identity_not_declared",
        ),
        (
            await operator.put(f"/v1/holders/customers/{boris.person.id}/certificate", json=certificate, headers=key()),
            409,
            "identity_not_proved",
        ),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await anna.declare()).status_code == 201  # the same facts again


async def test_what_no_source_confirmed_can_be_declared_anew(world: World) -> None:
    anna = applicant(world, "991")
    await anna.declare()
    assert (await anna.check()).json()["state"] == "failed"
    anna.number = identity_number("005")
    await anna.declare()
    assert (await anna.check()).json()["state"] == "passed"


async def test_one_source_asked_at_once_counts_once(world: World) -> None:
    anna = applicant(world)
    await anna.declare()
    answers = await asyncio.gather(*(anna.check() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert (await anna.standing())["passed"] == ["police"]


async def test_customers_proved_at_once_are_one_person(world: World) -> None:
    several = [applicant(world) for _ in range(4)]
    for one in several:
        await one.declare()
    await asyncio.gather(*(one.check() for one in several))
    assert len({(await one.standing())["holder_id"] for one in several}) == 1


async def test_a_person_is_known_as_twenty_customers_at_most(world: World) -> None:
    several = [applicant(world) for _ in range(21)]
    for one in several:
        await one.declare()
        await one.check()
    states = [(await one.person.get("/v1/holders/checks"))["items"][0] for one in several]
    assert [one["failure_code"] for one in states] == [None] * 20 + ["too_many_customers"]
    operator = world.payments.client()
    seen = await operator.post(
        f"/v1/holders/customers/{several[-1].person.id}/face-to-face", headers={"idempotency-key": "x"}
    )
    assert (seen.status_code, seen.json()["code"]) == (409, "identity_not_proved")


async def test_names_and_numbers_are_sealed_and_never_told(world: World) -> None:
    anna = await applicant(world).proved(2)
    told = []
    operator = world.payments.client()
    told.append((await operator.get(f"/v1/holders/{(await anna.standing())['holder_id']}")).text)
    told.append((await operator.get("/v1/events", params={"limit": 200})).text)
    told.append(str(await anna.standing()))
    async with world.payments.runtime.reading() as connection:
        for table in ("holder_identities", "holders", "holder_checks", "jobs.pgqueuer", "chassis.idempotency_keys"):
            rows = await connection.exec_driver_sql(f"SELECT t::text FROM {table} AS t")  # noqa: S608
            told.extend(rows.scalars())
    assert "holder.proved" in told[1]
    for text in told:
        assert anna.number not in text
        assert anna.name not in text
        assert anna.name.encode().hex() not in text


async def test_without_a_service_to_ask_checks_are_refused_and_the_rest_works(serve: Serve) -> None:
    payments = await serve("payments")
    http = payments.client(encode("cus", new_id()))
    declared = await http.post(
        "/v1/holders/identity", json={"name": "王小明", "number": identity_number()}, headers={"idempotency-key": "1"}
    )
    assert declared.status_code == 201
    answer = await http.post("/v1/holders/checks", json={"channel": "tax"}, headers={"idempotency-key": "2"})
    assert (answer.status_code, answer.json()["code"]) == (503, "identity_service_unavailable")
    assert (await http.get("/v1/holders/me")).json()["required"] is False
