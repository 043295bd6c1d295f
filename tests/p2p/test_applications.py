"""Applications over HTTP, payments not there: graded, decided, reviewed, kept private; and every refusal."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.ids import encode
from clients.ids import new_id
from services.p2p.applications import jobs
from tests.conftest import Serve
from tests.p2p.people import GOOD_FACTS, IDENTITY, TERMS, YOUNG, Door, application

REFERRED_FACTS = GOOD_FACTS | {
    "credit_inquiries_12m": 3,
    "debts_elsewhere_minor": 9_500_000,
    "bankruptcies": 1,
}


@pytest.fixture
async def lending(serve: Serve) -> Any:
    return await serve("p2p")


def customer(lending: Any) -> Door:
    party = encode("cus", new_id())
    return Door(lending.client(party), party)


def staff(lending: Any) -> Door:
    return Door(lending.client(), "stf_tests")


async def test_good_facts_are_approved_at_once(lending: Any) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application())
    assert (made["state"], made["grade"], made["borrower"]) == ("approved", "A", borrower.party)
    assert made["limit_minor"] == 18_000_000
    assert await borrower.get(f"/v1/applications/{made['id']}") == made
    assert [one["id"] for one in (await borrower.get("/v1/applications"))["items"]] == [made["id"]]


async def test_nobody_learns_who_she_is(lending: Any) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application(identity=YOUNG))
    operator = staff(lending)
    shown = [
        await operator.get(f"/v1/applications/{made['id']}"),
        await operator.get(f"/v1/applications/{made['id']}/decisions"),
        await operator.get("/v1/events"),
    ]
    for document in shown:
        assert YOUNG["name"] not in str(document)
        assert YOUNG["identity_number"] not in str(document)
    async with lending.runtime.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT identity, facts FROM declarations")).all()
        keys = (await connection.exec_driver_sql("SELECT * FROM chassis.idempotency_keys")).all()
    assert YOUNG["identity_number"] not in str(rows) + str(keys)


async def test_the_grade_and_the_decision_are_told(lending: Any) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application())
    events = (await staff(lending).get("/v1/events"))["items"]
    assert [event["type"] for event in events] == ["p2p.application.graded.v1", "p2p.application.approved.v1"]
    assert events[0]["data"] == {
        "application_id": made["id"],
        "borrower": borrower.party,
        "source": "api",
        "grade": "A",
        "score": made["score"],
        "scorecard_version": made["scorecard_version"],
        "amount": 1_000_000,
        "currency": "CNY",
        "term_months": 12,
    }
    assert events[1]["data"]["decided_by"] == "rule"


async def test_bad_facts_are_declined_with_reasons(lending: Any) -> None:
    facts = GOOD_FACTS | {"accounts_past_due": 1}
    made = await customer(lending).made("/v1/applications", application(facts=facts))
    assert (made["state"], made["limit_minor"], made["reasons"][0]) == ("declined", 0, "accounts_past_due")


async def test_too_old_to_borrow(lending: Any) -> None:
    made = await customer(lending).made("/v1/applications", application(identity=IDENTITY))
    assert (made["state"], made["reasons"][0]) == ("declined", "age_outside_bounds")


async def test_grade_d_waits_for_staff_who_decides(lending: Any) -> None:
    borrower, operator = customer(lending), staff(lending)
    made = await borrower.made("/v1/applications", application(facts=REFERRED_FACTS))
    assert (made["state"], made["grade"]) == ("in_review", "D")
    path = f"/v1/applications/{made['id']}"
    body = {"decision": "approve", "limit_minor": 500_000, "note": "payslips seen"}
    decided = await operator.made(f"{path}/decision", body, 200)
    assert (decided["state"], decided["limit_minor"]) == ("approved", 500_000)
    steps = (await operator.get(f"{path}/decisions"))["items"]
    assert [(step["event"], step["taken_by"], step["note"]) for step in steps] == [
        (None, "rule", None),
        ("approve", "stf_tests", "payslips seen"),
    ]
    approved = (await operator.get("/v1/events", types="p2p.application.approved.v1"))["items"]
    assert approved[0]["data"]["decided_by"] == "staff"
    assert "payslips" not in str(approved)


async def test_staff_overrides_the_rule_both_ways_and_within_the_law(lending: Any) -> None:
    """What alone forbids a loan is overridden by two of them, however little it is."""
    operator, second = staff(lending), Door(lending.client("stf_2"), "stf_2")
    made = await customer(lending).made("/v1/applications", application(facts=GOOD_FACTS | {"accounts_past_due": 1}))
    path = f"/v1/applications/{made['id']}/decision"
    refused = await operator.refused(path, {"decision": "approve", "limit_minor": 20_010_000})
    assert refused == (422, "above_limit", "limit_minor")
    approve = {"decision": "approve", "limit_minor": 100_000}
    assert (await operator.made(path, approve, 200))["state"] == "proposed"
    assert await operator.refused(path, approve) == (409, "second_person_needed", None)
    assert (await second.made(path, approve, 200))["state"] == "approved"
    assert (await operator.made(path, {"decision": "decline"}, 200))["state"] == "declined"
    assert await operator.refused(path, {"decision": "decline"}) == (409, "not_allowed_in_state", None)


async def test_a_customer_decides_nothing(lending: Any) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application())
    path = f"/v1/applications/{made['id']}"
    assert await borrower.refused(f"{path}/decision", {"decision": "approve"}) == (403, "missing_scope", None)
    assert (await borrower.get(f"{path}/decisions", 403))["code"] == "missing_scope"


async def test_another_customers_application_is_unknown(lending: Any) -> None:
    made = await customer(lending).made("/v1/applications", application())
    other = customer(lending)
    assert (await other.get(f"/v1/applications/{made['id']}", 404))["code"] == "unknown_application"
    assert (await other.get("/v1/applications"))["items"] == []
    refused = await other.refused(f"/v1/applications/{made['id']}/listing", TERMS)
    assert refused == (404, "unknown_application", "application_id")


async def test_one_application_at_a_time(lending: Any) -> None:
    borrower = customer(lending)
    await borrower.made("/v1/applications", application())
    assert await borrower.refused("/v1/applications", application()) == (409, "application_under_way", None)


async def test_staff_does_not_borrow(lending: Any) -> None:
    assert await staff(lending).refused("/v1/applications", application()) == (403, "customers_only", None)


async def test_the_same_key_is_the_same_application(lending: Any) -> None:
    borrower, body = customer(lending), application()
    first = await borrower.post("/v1/applications", body, key="one")
    again = await borrower.post("/v1/applications", body, key="one")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await borrower.post("/v1/applications", application(amount=2_000_000), key="one")
    assert other.status_code == 422
    missing = await borrower.http.post("/v1/applications", json=application())
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount": 100.0}, None, "amount"),
        ({"amount": "100"}, None, "amount"),
        ({"amount": True}, None, "amount"),
        ({"amount": 0}, None, "amount"),
        ({"amount": 2**53}, None, "amount"),
        ({"currency": "yuan"}, None, "currency"),
        ({"term_months": 361}, None, "term_months"),
        ({"purpose": "gambling"}, None, "purpose"),
        ({"colour": "red"}, None, "colour"),
        ({"facts": GOOD_FACTS | {"home": "tent"}}, None, "facts.home"),
        ({"facts": GOOD_FACTS | {"annual_income_minor": -1}}, None, "facts.annual_income_minor"),
        ({"identity": YOUNG | {"name": ""}}, None, "identity.name"),
        ({"identity": YOUNG | {"identity_number": "110105199003078511"}}, "identity_number_wrong", "identity_number"),
    ],
)
async def test_bad_input_names_its_field(lending: Any, changes: dict[str, Any], code: str | None, field: str) -> None:
    status, found, its_field = await customer(lending).refused("/v1/applications", application(**changes))
    assert status == 422
    assert its_field == field
    assert code in (None, found)


async def test_an_approval_ends_by_itself(lending: Any) -> None:
    borrower, operator = customer(lending), staff(lending)
    made = await borrower.made("/v1/applications", application())
    after = datetime.fromisoformat(made["due_at"])
    await operator.http.put("/v1/clock", json={"business_at": (after - timedelta(seconds=1)).isoformat()})
    await jobs.expire_due(lending.runtime)
    assert (await borrower.get(f"/v1/applications/{made['id']}"))["state"] == "approved"
    await operator.http.put("/v1/clock", json={"business_at": after.isoformat()})
    listing = await borrower.refused(f"/v1/applications/{made['id']}/listing", TERMS)
    assert listing == (409, "approval_expired", None)
    await jobs.expire_due(lending.runtime)
    assert (await borrower.get(f"/v1/applications/{made['id']}"))["state"] == "expired"
    assert (await operator.get("/v1/verification"))["holds"]
    await borrower.made("/v1/applications", application())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"programme": "no_such"}, (404, "unknown_programme", "programme")),
        ({"amount": 18_005_000}, (422, "above_limit", "amount")),
        ({"amount": 1_000_001}, (422, "not_offered", "amount")),
        ({"amount": 50_000}, (422, "not_offered", "amount")),
        ({"currency": "USD"}, (422, "currency_differs", "currency")),
        ({"term_months": 13}, (422, "not_offered", "term_months")),
        ({"programme": "reserve_fund", "annual_rate": None, "method": "bullet"}, (422, "not_offered", "method")),
        ({"annual_rate": None}, (422, "not_offered", "annual_rate")),
        ({"annual_rate": "0.13"}, (422, "not_offered", "annual_rate")),
        ({"annual_rate": "0.1190"}, (422, "above_rate_ceiling", "annual_rate")),
        ({"lot_minor": 7_000}, (422, "below_lot", "lot_minor")),
        ({"lot_minor": 300_000}, (422, "not_in_lots", "lot_minor")),
        ({"closes_at": "2020-01-01T00:00:00Z"}, (422, "deadline_not_allowed", "closes_at")),
        ({"closes_at": "2099-01-01T00:00:00Z"}, (422, "deadline_not_allowed", "closes_at")),
    ],
)
async def test_what_cannot_be_listed(lending: Any, changes: dict[str, Any], expected: tuple[int, str, str]) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application())
    assert await borrower.refused(f"/v1/applications/{made['id']}/listing", TERMS | changes) == expected
    assert (await borrower.get(f"/v1/applications/{made['id']}"))["state"] == "approved"
    assert (await borrower.get("/v1/listings"))["items"] == []


async def test_without_payments_a_listing_waits(lending: Any) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application())
    answer = await borrower.post(f"/v1/applications/{made['id']}/listing", TERMS)
    assert (answer.status_code, answer.json()["state"]) == (202, "draft")
    listing = answer.json()
    assert await customer(lending).refused(
        f"/v1/listings/{listing['id']}/bids", {"amount": 5_000, "currency": "CNY"}
    ) == (409, "listing_closed", None)
    again = await borrower.refused(f"/v1/applications/{made['id']}/listing", TERMS)
    assert again == (409, "not_allowed_in_state", None)


async def test_programmes_are_shown(lending: Any) -> None:
    found = (await customer(lending).get("/v1/programmes"))["items"]
    assert [(one["code"], one["version"], one["loss_borne_by"]) for one in found] == [
        ("claim_transfer", 1, "reserve_fund"),
        ("guaranteed", 1, "guarantor"),
        ("open_auction", 2, "lender"),
        ("partner_originated", 1, "originator"),
        ("reserve_fund", 2, "reserve_fund"),
        ("reverse_auction", 1, "lender"),
    ]
    assert await customer(lending).get("/v1/programmes/reserve_fund/versions/2") == found[4]
    first = await customer(lending).get("/v1/programmes/reserve_fund/versions/1")
    assert (first["loss_borne_by"], first["loss_waterfall"], first["resale"]) == ("reserve_fund", [], None)
    assert (await customer(lending).get("/v1/programmes/none/versions/1", 404))["code"] == "unknown_programme"


async def test_the_shipped_programmes_stay_below_the_ceiling(lending: Any) -> None:
    borrower = customer(lending)
    for programme in (await borrower.get("/v1/programmes"))["items"]:
        dearest = None if programme["rate_formation"] == "by_grade" else "0.08"
        grade, term = programme["grades"][-1], programme["terms_months"][0]
        for method in programme["methods"]:
            body = {
                "programme": programme["code"],
                "grade": grade,
                "amount": 3_000_000,
                "currency": "CNY",
                "term_months": term,
                "method": method,
                "annual_rate": dearest,
            }
            answer = await borrower.http.post("/v1/schedules/preview", json=body)
            assert answer.json()["ceiling"]["verdict"] == "allowed", answer.json()["ceiling"]


async def test_a_preview_needs_no_key_and_writes_nothing(lending: Any) -> None:
    body = {
        "amount": 1_000_000,
        "currency": "CNY",
        "term_months": 12,
        "method": "equal_instalment",
        "annual_rate": "0.12",
    }
    answer = await customer(lending).http.post("/v1/schedules/preview", json=body)
    preview = answer.json()
    assert answer.status_code == 200
    assert sum(row["principal_minor"] for row in preview["rows"]) == 1_000_000
    assert preview["rows"][0]["payment_minor"] == 88_849
    assert preview["ceiling"]["verdict"] == "allowed"
    dear = (await customer(lending).http.post("/v1/schedules/preview", json=body | {"annual_rate": "0.13"})).json()
    assert dear["ceiling"]["verdict"] == "void"
    beyond = {"starts_on": "2999-12-31"}
    for changes, field in (
        ({"annual_rate": None}, "annual_rate"),
        ({"programme": "open_auction"}, "grade"),
        (beyond, "starts_on"),
    ):
        refused = await customer(lending).http.post("/v1/schedules/preview", json=body | changes)
        assert (refused.status_code, refused.json()["field"]) == (422, field)


async def test_without_a_scope_nothing_is_shown(lending: Any) -> None:
    nobody = Door(lending.client("cus_x", scopes=[]), "cus_x")
    for path in ("/v1/applications", "/v1/listings", "/v1/bids", "/v1/loans", "/v1/claims", "/v1/portfolio"):
        assert (await nobody.get(path, 403))["code"] == "missing_scope"
    plain = customer(lending)
    for path in ("/v1/verification", "/v1/verification/loans", "/v1/verification/listings", "/v1/imports"):
        assert (await plain.get(path, 403))["code"] == "missing_scope"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/applications",
        "/v1/applications/{apn}/listing",
        "/v1/applications/{apn}/decision",
        "/v1/listings/{lst}/bids",
        "/v1/listings/{lst}/cancellation",
        "/v1/bids/{bid}/withdrawal",
        "/v1/loans/{lon}/repayments",
        "/v1/imports",
    ],
)
async def test_a_reader_writes_nothing(lending: Any, path: str) -> None:
    party = encode("cus", new_id())
    reader = Door(lending.client(party, scopes=["p2p:read"]), party)
    ids = {prefix: encode(prefix, new_id()) for prefix in ("apn", "lst", "bid", "lon")}
    assert await reader.refused(path.format(**ids), {}) == (403, "missing_scope", None)


async def test_ids_and_cursors_are_checked(lending: Any) -> None:
    borrower = customer(lending)
    for path in ("/v1/applications/apn_1", "/v1/listings/bid_01jdf3q8e7f5bt2m0xk5s8yq4c", "/v1/loans/x"):
        assert (await borrower.get(path, 422))["title"]
    for path in ("/v1/applications", "/v1/listings", "/v1/bids", "/v1/loans", "/v1/claims"):
        assert (await borrower.get(path, 400, after="forged"))["code"] == "malformed_cursor"
    for path, code in (
        (f"/v1/listings/{encode('lst', new_id())}", "unknown_listing"),
        (f"/v1/bids/{encode('bid', new_id())}", "unknown_bid"),
        (f"/v1/loans/{encode('lon', new_id())}", "unknown_loan"),
        (f"/v1/loans/{encode('lon', new_id())}/repayments", "unknown_loan"),
        (f"/v1/applications/{encode('apn', new_id())}", "unknown_application"),
    ):
        assert (await borrower.get(path, 404))["code"] == code
    operator = staff(lending)
    assert (await operator.get(f"/v1/imports/{encode('imp', new_id())}", 404))["code"] == "unknown_import"
    shares = f"/v1/repayments/{encode('rep', new_id())}/shares"
    assert (await operator.get(shares, 404))["code"] == "unknown_repayment"


async def test_lists_come_page_by_page(lending: Any) -> None:
    for _ in range(3):
        await customer(lending).made("/v1/applications", application())
    operator = staff(lending)
    first = await operator.get("/v1/applications", limit=2)
    rest = await operator.get("/v1/applications", limit=2, after=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert len({one["id"] for one in first["items"] + rest["items"]}) == 3
