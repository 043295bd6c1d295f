"""Leads over HTTP: asked for with consent, sent, answered, taken back, ended by time; and who sees what of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from services.info_broker.verification import checks
from tests.info_broker.broker import CONSENT, FUNDS, READ, WRITE, Broker, Door, profile

MOBILE = "13812345678"
SEALED_OFF = profile("tianhong", product_name_prefixes=["天弘"], takes_leads=False)
UNKNOWN = "01jdf3q8e7f5bt2m0xk5s8yq4c"


@pytest.fixture
async def catalogue(operator: Door) -> dict[str, str]:
    """Product ids by code: 000001 of a house that takes leads, 000198 of one that takes none, 159901 of nobody known."""
    await operator.take("institutions", [profile("huaxia", product_name_prefixes=["华夏"]), SEALED_OFF])
    await operator.take("eastmoney.funds", FUNDS)
    return {item["code"]: item["id"] for item in (await operator.get("/v1/products"))["items"]}


@pytest.fixture
async def customer(broker: Broker) -> AsyncIterator[Door]:
    async with broker.customer() as door:
        yield door


@asynccontextmanager
async def house(broker: Broker, code: str) -> AsyncIterator[Door]:
    listed = (await broker.operator.get("/v1/institutions"))["items"]
    async with broker.institution(next(one["id"] for one in listed if one["code"] == code)) as door:
        yield door


async def lead_of(door: Door, lead_id: str) -> dict[str, Any]:
    return dict(await door.get(f"/v1/leads/{lead_id}"))


async def sent(broker: Broker, customer: Door, product_id: str, **more: Any) -> dict[str, Any]:
    lead = (await customer.leave_lead(product_id, **more)).json()
    await broker.route_leads()
    routed = await lead_of(customer, lead["id"])
    assert routed["state"] == "routed"
    return routed


async def test_a_lead_from_application_to_acceptance(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    answer = await customer.leave_lead(catalogue["000001"], MOBILE, amount_minor=1_000_000, currency="CNY")
    assert answer.status_code == 201, answer.text
    lead = answer.json()
    assert (lead["state"], lead["customer"], lead["product_version"]) == ("new", customer.party, 1)
    assert lead["contact"] == {"name": "王**", "mobile": "+86138****5678", "email": None, "erased_at": None}
    assert lead["consent"]["purposes"] == ["contact_by_institution"]
    assert lead["due_at"] is not None
    await broker.route_leads()
    async with house(broker, "huaxia") as institution:
        (seen,) = (await institution.get("/v1/leads", state="routed"))["items"]
        assert seen["id"] == lead["id"]
        contact = await institution.get(f"/v1/leads/{lead['id']}/contact")
        assert contact == {"name": "王小明", "mobile": "+8613812345678", "email": None}
        decided = await institution.post(f"/v1/leads/{lead['id']}/decision", {"outcome": "accepted"})
        assert (decided.status_code, decided.json()["state"], decided.json()["due_at"]) == (200, "accepted", None)
    steps = (await customer.get(f"/v1/leads/{lead['id']}/steps"))["items"]
    assert [(step["event"], step["state"]) for step in steps] == [
        (None, "new"), ("route", "routed"), ("accept", "accepted"),
    ]  # fmt: skip
    assert [step["number"] for step in steps] == [1, 2, 3]


async def test_events_of_a_lead_carry_ids_alone(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    lead = await sent(broker, customer, catalogue["000001"], mobile=MOBILE)
    reason = {"reason": "my number 13812345678 is mine"}
    await customer.post(f"/v1/leads/{lead['id']}/withdrawal", reason)
    told = (await broker.operator.get("/v1/events"))["items"]
    mine = [event for event in told if event["subject"] == lead["id"]]
    assert [event["type"] for event in mine] == [
        "info_broker.lead.created.v1", "info_broker.lead.routed.v1", "info_broker.lead.withdrawn.v1",
    ]  # fmt: skip
    fields = {"lead_id", "product_id", "institution_id", "customer", "state", "reason"}
    assert all(set(event["data"]) == fields for event in mine)
    assert MOBILE not in json.dumps(told)
    assert "王" not in json.dumps(mine, ensure_ascii=False)


async def test_contact_data_rests_encrypted_and_in_one_table(
    broker: Broker, customer: Door, catalogue: dict[str, str]
) -> None:
    with structlog.testing.capture_logs() as logged:
        await customer.leave_lead(catalogue["000001"], MOBILE)
        await customer.leave_lead(catalogue["000001"], MOBILE)
        bad = {"name": "王小明", "mobile": "13812345678x"}
        refused = await customer.post(
            "/v1/leads", {"product_id": catalogue["000011"], "contact": bad, "consent": CONSENT}
        )
    assert refused.json()["field"] == "contact.mobile"
    assert MOBILE not in refused.text
    assert MOBILE not in repr(logged)
    async with broker.runtime.reading() as connection:
        tables = await connection.execute(
            text(
                "SELECT table_schema || '.' || table_name FROM information_schema.tables"
                " WHERE table_schema IN ('public', 'chassis', 'jobs')"
            )
        )
        for table in tables.scalars().all():
            for row in await connection.execute(text(f"SELECT t::text FROM {table} t")):  # noqa: S608
                assert MOBILE not in row[0], table
                assert MOBILE.encode().hex() not in row[0], table


async def test_no_lead_without_consent(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    for consent, status, code, field in (
        ({"text_version": "2021-11", "purposes": ["reminders"]}, 422, "consent_required", "consent.purposes"),
        ({"text_version": "2021-11", "purposes": []}, 422, "invalid_value", "consent.purposes"),
        ({"text_version": "1999", "purposes": ["contact_by_institution"]}, 422, "unknown_consent_text", "consent.text_version"),
        ({"text_version": "2015-01", "purposes": ["contact_by_institution"]}, 422, "consent_text_superseded", "consent.text_version"),
        ({"text_version": "2021-11", "purposes": ["contact_by_institution", "resale"]}, 422, "purpose_not_in_text", "consent.purposes"),
    ):  # fmt: skip
        answer = await customer.leave_lead(catalogue["000001"], consent=consent)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)
    body = {"product_id": catalogue["000001"], "contact": {"name": "王", "mobile": MOBILE}}
    answer = await customer.post("/v1/leads", body)
    assert (answer.json()["code"], answer.json()["field"]) == ("missing_field", "consent")
    assert (await broker.operator.get("/v1/leads"))["items"] == []
    assert await broker.events("info_broker.lead.created.v1") == []
    (shown,) = (await customer.get("/v1/consent-texts"))["items"]
    assert shown["version"] == "2021-11"
    assert [one["purpose"] for one in shown["purposes"] if one["required"]] == ["contact_by_institution"]


async def test_bad_leads_say_what_is_wrong(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    good = {"product_id": catalogue["000001"], "contact": {"name": "王", "mobile": MOBILE}, "consent": CONSENT}
    for change, status, code, field in (
        ({"product_id": f"prd_{UNKNOWN}"}, 404, "no_such_product", "product_id"),
        ({"product_id": "000001"}, 422, "malformed_id", "product_id"),
        ({"contact": {"name": "", "mobile": MOBILE}}, 422, "invalid_value", "contact.name"),
        ({"contact": {"name": "王", "mobile": "123"}}, 422, "invalid_value", "contact.mobile"),
        ({"contact": {"name": "王", "mobile": MOBILE, "email": "x"}}, 422, "invalid_value", "contact.email"),
        ({"contact": {"name": "王", "mobile": MOBILE, "wechat": "x"}}, 422, "unknown_field", "contact.wechat"),
        ({"amount_minor": 100.0, "currency": "CNY"}, 422, "invalid_value", "amount_minor"),
        ({"amount_minor": "100", "currency": "CNY"}, 422, "invalid_value", "amount_minor"),
        ({"amount_minor": True, "currency": "CNY"}, 422, "invalid_value", "amount_minor"),
        ({"amount_minor": 0, "currency": "CNY"}, 422, "invalid_value", "amount_minor"),
        ({"amount_minor": 2**53, "currency": "CNY"}, 422, "invalid_value", "amount_minor"),
        ({"amount_minor": 100}, 422, "invalid_value", "body"),
    ):
        answer = await customer.post("/v1/leads", good | change)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field), change
    async with broker.caller("stf_someone", READ, WRITE) as staff:
        answer = await staff.post("/v1/leads", good)
        assert (answer.status_code, answer.json()["code"]) == (403, "customers_only")
    async with broker.caller(customer.party, READ) as reader:
        assert (await reader.post("/v1/leads", good)).json()["code"] == "missing_scope"
    assert (await broker.operator.get("/v1/leads"))["items"] == []


async def test_one_person_asks_for_one_product_once_in_thirty_days(
    broker: Broker, customer: Door, catalogue: dict[str, str]
) -> None:
    await broker.freeze()
    first = (await customer.leave_lead(catalogue["000001"], MOBILE)).json()
    again = await customer.leave_lead(catalogue["000001"])
    assert (again.status_code, again.json()["code"], again.json()["lead_id"]) == (409, "duplicate_lead", first["id"])
    async with broker.customer(2) as other:
        same_number = await other.leave_lead(catalogue["000001"], f"+86 {MOBILE}")
        assert (same_number.status_code, same_number.json()["code"]) == (409, "duplicate_lead")
        assert "lead_id" not in same_number.json(), "another customer's lead is not told"
        assert (await other.leave_lead(catalogue["000001"])).status_code == 201
    assert (await customer.leave_lead(catalogue["000011"], MOBILE)).status_code == 201, "another product"
    await broker.route_leads()
    async with house(broker, "huaxia") as institution:
        await institution.post(f"/v1/leads/{first['id']}/decision", {"outcome": "rejected", "reason": "not reached"})
    assert (await customer.leave_lead(catalogue["000001"], MOBILE)).status_code == 409, "rejected, but within 30 days"
    await broker.pass_time(timedelta(days=30) - timedelta(seconds=1))
    assert (await customer.leave_lead(catalogue["000001"], MOBILE)).status_code == 409
    await broker.pass_time(timedelta(seconds=1))
    assert (await customer.leave_lead(catalogue["000001"], MOBILE)).status_code == 201


async def test_of_simultaneous_leads_one_is_taken(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    answers = await asyncio.gather(*(customer.leave_lead(catalogue["000001"], MOBILE) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
    assert len(await broker.events("info_broker.lead.created.v1")) == 1
    verdict = await broker.operator.get("/v1/verification")
    assert verdict["holds"], verdict


async def test_one_key_leaves_one_lead(customer: Door, catalogue: dict[str, str]) -> None:
    body = {"product_id": catalogue["000001"], "contact": {"name": "王", "mobile": MOBILE}, "consent": CONSENT}
    first, *others = await asyncio.gather(*(customer.post("/v1/leads", body, key="mine") for _ in range(4)))
    assert {answer.json()["id"] for answer in others} == {first.json()["id"]}
    other = await customer.post("/v1/leads", body | {"product_id": catalogue["000011"]}, key="mine")
    assert other.json()["code"] == "idempotency_key_reused"


async def test_who_sees_a_lead(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    waiting = (await customer.leave_lead(catalogue["000198"], MOBILE)).json()
    lead = await sent(broker, customer, catalogue["000001"], mobile=MOBILE)
    path = f"/v1/leads/{lead['id']}"
    assert {one["id"] for one in (await customer.get("/v1/leads"))["items"]} == {lead["id"], waiting["id"]}
    assert len((await broker.operator.get("/v1/leads"))["items"]) == 2
    assert (await broker.operator.get(f"{path}/contact"))["mobile"] == "+8613812345678"
    assert (await customer.get(f"{path}/contact", 403))["code"] == "not_yours"
    async with broker.customer(2) as other, house(broker, "tianhong") as wrong, house(broker, "huaxia") as right:
        for stranger in (other, wrong):
            assert (await stranger.get("/v1/leads"))["items"] == []
            for what in ("", "/steps", "/contact"):
                assert (await stranger.get(path + what, 404))["code"] == "no_such_lead"
            for step, body in (("withdrawal", {}), ("decision", {"outcome": "accepted"})):
                answer = await stranger.post(f"{path}/{step}", body)
                assert (answer.status_code, answer.json()["code"]) == (404, "no_such_lead")
        assert [one["id"] for one in (await right.get("/v1/leads"))["items"]] == [lead["id"]]
        assert (await wrong.get(f"/v1/leads/{waiting['id']}", 404))["code"] == "no_such_lead", "not sent to it yet"
        for door, step, body in (
            (right, "withdrawal", {}),
            (customer, "decision", {"outcome": "accepted"}),
            (broker.operator, "withdrawal", {}),
        ):
            answer = await door.post(f"{path}/{step}", body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert (await customer.post(f"{path}/routing")).json()["code"] == "missing_scope"
    assert (await customer.get(f"/v1/leads/lea_{UNKNOWN}", 404))["code"] == "no_such_lead"
    assert (await lead_of(customer, lead["id"]))["state"] == "routed"


async def test_withdrawing_is_the_way_out_and_erases(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    lead = await sent(broker, customer, catalogue["000001"], mobile=MOBILE)
    path = f"/v1/leads/{lead['id']}"
    await broker.operator.post(f"{path}/decision", {"outcome": "accepted"})
    gone = await customer.post(f"{path}/withdrawal", {"reason": "changed my mind"})
    assert (gone.status_code, gone.json()["state"], gone.json()["reason"]) == (200, "withdrawn", "changed my mind")
    assert gone.json()["contact"]["mobile"] is None
    assert gone.json()["contact"]["erased_at"] is not None
    assert gone.json()["consent"]["withdrawn_at"] is not None
    async with house(broker, "huaxia") as institution:
        assert (await institution.get(f"{path}/contact", 409))["code"] == "contact_erased"
    twice = await customer.post(f"{path}/withdrawal", {})
    assert (twice.status_code, twice.json()["code"], twice.json()["state"]) == (
        409,
        "not_allowed_in_state",
        "withdrawn",
    )
    assert (await customer.leave_lead(catalogue["000001"], MOBILE)).status_code == 201, "she may ask anew at once"


async def test_a_lead_that_cannot_be_sent_says_why_and_is_closed_in_time(
    broker: Broker, customer: Door, catalogue: dict[str, str]
) -> None:
    await broker.freeze()
    expired = {"kind": "public_fund_management", "issued_by": "CSRC", "valid_until_on": "2020-01-01"}
    await broker.operator.take("institutions", [profile("huaxia", product_name_prefixes=["华夏"], licences=[expired])])
    leads = {}
    for code, obstacle in (
        ("000001", "licence_expired"),
        ("000198", "institution_takes_no_leads"),
        ("159901", "institution_not_identified"),
    ):
        lead = leads[code] = (await customer.leave_lead(catalogue[code], MOBILE)).json()
        refused = await broker.operator.post(f"/v1/leads/{lead['id']}/routing")
        assert (refused.status_code, refused.json()["code"]) == (409, "cannot_route")
        assert refused.json()["obstacle"] == obstacle
    await broker.route_leads()
    await broker.operator.take("institutions", [SEALED_OFF | {"takes_leads": True}])
    await broker.route_leads()
    assert (await lead_of(customer, leads["000198"]["id"]))["state"] == "routed", "its obstacle went"
    await broker.pass_time(timedelta(days=7))
    late = await broker.operator.post(f"/v1/leads/{leads['000001']['id']}/routing")
    assert (late.status_code, late.json()["code"]) in ((409, "lead_expired"), (409, "not_allowed_in_state"))
    await broker.close_leads()
    closed = await lead_of(customer, leads["000001"]["id"])
    assert (closed["state"], closed["reason"], closed["due_at"]) == ("closed", "not_routed_in_time", None)
    assert closed["contact"]["erased_at"] is not None
    await broker.pass_time(timedelta(days=7))
    await broker.close_leads()
    unanswered = await lead_of(customer, leads["000198"]["id"])
    assert (unanswered["state"], unanswered["reason"]) == ("closed", "not_answered_in_time")
    assert (await broker.operator.get("/v1/verification"))["holds"]
    assert (await customer.leave_lead(catalogue["000001"], MOBILE)).status_code == 201, "nobody was reached: ask anew"


async def test_a_rejected_lead_keeps_no_contact_and_an_accepted_one_for_its_retention(
    broker: Broker, customer: Door, catalogue: dict[str, str]
) -> None:
    await broker.freeze()
    rejected = await sent(broker, customer, catalogue["000001"], mobile=MOBILE)
    accepted = await sent(broker, customer, catalogue["000011"], mobile=MOBILE)
    async with house(broker, "huaxia") as institution:
        for lead, outcome in ((rejected, "rejected"), (accepted, "accepted")):
            body = {"outcome": outcome, "reason": "so it is"}
            first = await institution.post(f"/v1/leads/{lead['id']}/decision", body)
            assert (first.status_code, first.json()["state"]) == (200, outcome)
            again = await institution.post(f"/v1/leads/{lead['id']}/decision", body)
            assert (again.status_code, again.json()["code"]) == (409, "not_allowed_in_state")
        wrong = await institution.post(f"/v1/leads/{accepted['id']}/decision", {"outcome": "maybe"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "outcome")
    assert (await lead_of(customer, rejected["id"]))["contact"]["erased_at"] is not None
    await broker.pass_time(timedelta(days=180) - timedelta(seconds=1))
    await broker.erase_contacts()
    assert (await lead_of(customer, accepted["id"]))["contact"]["erased_at"] is None
    await broker.pass_time(timedelta(seconds=1))
    await broker.erase_contacts()
    assert (await lead_of(customer, accepted["id"]))["contact"]["erased_at"] is not None
    assert (await lead_of(customer, accepted["id"]))["state"] == "accepted"


async def test_a_withdrawn_product_takes_no_leads(broker: Broker, customer: Door) -> None:
    await broker.operator.take("institutions", [profile("bank", kind="bank")])
    terms = {"kind": "wealth", "currency": "CNY", "risk_level": "R2", "tenor_days": 90, "minimum_minor": 100}
    row = {"code": "W1", "name": "稳健理财", "institution_code": "bank", "terms": terms}
    await broker.operator.take("products", [row])
    product = await broker.operator.product("W1")
    await broker.operator.take("products", [row | {"status": "withdrawn"}])
    answer = await customer.leave_lead(product["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "product_withdrawn")


async def test_leads_are_paged_newest_first(customer: Door, catalogue: dict[str, str]) -> None:
    left = [(await customer.leave_lead(catalogue[code])).json()["id"] for code in ("000001", "000011", "000198")]
    first = await customer.get("/v1/leads", limit=2)
    rest = await customer.get("/v1/leads", limit=2, after=first["next"])
    assert [one["id"] for one in first["items"] + rest["items"]] == left[::-1]
    assert rest["next"] is None
    assert (await customer.get("/v1/leads", 400, after=first["next"][:-3]))["code"] == "malformed_cursor"


async def test_verification_finds_what_was_damaged(broker: Broker, customer: Door, catalogue: dict[str, str]) -> None:
    lead = (await customer.leave_lead(catalogue["159901"], MOBILE)).json()
    whole = await broker.operator.get("/v1/verification")
    assert whole["holds"]
    assert {check["name"]: check["examined"] for check in whole["checks"]} == {
        "lead_past_deadline": 1, "lead_without_consent": 1, "lead_state_without_its_step": 1,
        "contact_kept_after_lead_ended": 0, "contact_past_retention": 1,
        "product_without_its_version": 5, "institution_without_its_version": 2,
    }  # fmt: skip
    for damage, failing, offending in (
        ("UPDATE leads SET due_at = due_at - interval '30 days'", "lead_past_deadline", lead["id"]),
        ("UPDATE consents SET withdrawn_at = given_at", "lead_without_consent", lead["id"]),
        ("UPDATE contacts SET erase_at = recorded_at - interval '1 day'", "contact_past_retention", None),
        ("UPDATE products SET name = 'x' WHERE code = '159901'", "product_without_its_version", catalogue["159901"]),
        ("UPDATE institutions SET content = content || '{\"x\": 1}' WHERE code = 'huaxia'", "institution_without_its_version", None),
        ("UPDATE leads SET state = 'closed', due_at = NULL", "lead_state_without_its_step", lead["id"]),
    ):  # fmt: skip
        async with broker.runtime.database.engine.connect() as connection:
            await connection.exec_driver_sql(damage)
            found = {check.name: check.offending for check in await run_checks(broker, connection)}
            assert len(found[failing]) == 1, failing
            assert offending in (None, found[failing][0])
            await connection.rollback()
    async with broker.customer(2) as other:
        assert (await other.get("/v1/verification", 403))["code"] == "missing_scope"


async def run_checks(broker: Broker, connection: Any) -> Any:
    return await checks.run(connection, await broker.runtime.database.now())
