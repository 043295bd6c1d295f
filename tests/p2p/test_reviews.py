"""Applications checked outside, by a real identity service and credit bureau; papers; four eyes; appeals; caps by person."""

import asyncio
import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from stdnum.cn import ric

from chassis.ids import decode, encode
from clients.ids import new_id
from services.p2p.applications import jobs as application_jobs
from services.p2p.checks import jobs as check_jobs
from tests.conftest import Serve
from tests.p2p.auditing import failed_when
from tests.p2p.people import GOOD_FACTS, TERMS, Door, application, somebody
from tests.serving import Served

REFERRED = GOOD_FACTS | {"credit_inquiries_12m": 3, "debts_elsewhere_minor": 9_500_000, "bankruptcies": 1}
DECLINED = GOOD_FACTS | {"accounts_past_due": 1}
PDF = b"%PDF-1.7 a payslip"
COMPANY = {"name": "青禾科技", "identity_number": "91110000600037341L"}


@pytest.fixture
async def lending(serve: Serve) -> Served:
    """p2p alone: nobody outside is asked."""
    return await serve("p2p")


def customer(lending: Served) -> Door:
    party = encode("cus", new_id())
    return Door(lending.client(party), party)


def staff(lending: Served, who: str = "stf_tests") -> Door:
    return Door(lending.client(who), who)


def paper(kind: str = "proof_of_income", content: bytes = PDF) -> dict[str, str]:
    return {"kind": kind, "content": base64.b64encode(content).decode()}


def with_sequence(sequence: str) -> dict[str, str]:
    """Somebody whom the identity service treats by digits 15 to 17 of her number."""
    digits = f"11010519900307{sequence}"
    return {"name": "韩梅梅", "identity_number": digits + ric.calc_check_digit(digits + "0")}


class Outside:
    """p2p with a sandbox beside it."""

    def __init__(self, lending: Served, sandbox: Served) -> None:
        self.lending = lending
        self.sandbox = Door(sandbox.client(), "stf_tests")

    async def owes(self, identity: dict[str, str], owed: int, past_due: int = 0) -> None:
        person = hashlib.sha256(identity["identity_number"].encode()).hexdigest()
        body = {"lender": "other", "reference": person[:32], "person": person, "currency": "CNY"}
        answer = await self.sandbox.post("/bureau/v1/borrowings", body | {"owed": owed, "past_due": past_due})
        assert answer.status_code == 200, answer.text

    async def applied(self, identity: dict[str, str], **changes: Any) -> dict[str, Any]:
        answer = await customer(self.lending).post("/v1/applications", application(identity=identity, **changes))
        assert answer.status_code in (201, 202), answer.text
        return dict(answer.json())

    async def settled(self, made: dict[str, Any]) -> dict[str, Any]:
        """After its job ran, here or in the background."""
        await check_jobs.check_application(self.lending.runtime, {"id": str(_uuid(made["id"]))})
        return dict(await staff(self.lending).get(f"/v1/applications/{made['id']}"))

    async def pass_time(self, ahead: timedelta) -> None:
        door = staff(self.lending)
        now = datetime.fromisoformat((await door.get("/v1/clock"))["business_at"])
        body = {"business_at": (now + ahead).isoformat()}
        for http in (door.http, self.sandbox.http):
            assert (await http.put("/v1/clock", json=body)).status_code == 200


def _uuid(text: str) -> Any:
    return decode("apn", text)


@pytest.fixture
async def outside(serve: Serve) -> Outside:
    sandbox = await serve("sandbox")
    return Outside(await serve("p2p"), sandbox)


async def test_who_is_confirmed_and_owes_little_is_approved(outside: Outside) -> None:
    identity = somebody()
    await outside.owes(identity, 500_000)
    made = await outside.settled(await outside.applied(identity))
    assert (made["state"], made["grade"], made["limit_minor"]) == ("approved", "A", 18_000_000)
    operator = staff(outside.lending)
    checks = (await operator.get(f"/v1/applications/{made['id']}/checks"))["items"]
    assert [(one["kind"], one["state"], one["owed_minor"]) for one in checks] == [
        ("identity", "passed", None),
        ("bureau", "passed", 500_000),
    ]
    steps = (await operator.get(f"/v1/applications/{made['id']}/decisions"))["items"]
    assert [(step["event"], step["state"], step["taken_by"]) for step in steps] == [
        (None, "checking", "rule"),
        ("clear", "approved", "checks"),
    ]
    assert (await operator.get("/v1/verification"))["holds"]
    # Asked again, nothing changes.
    assert await outside.settled(made) == made


@pytest.mark.parametrize(
    ("owed", "past_due", "expected"),
    [
        (500_000, 1, ("declined", "past_due_elsewhere")),
        (600_001, 0, ("in_review", "owes_more_elsewhere")),
        (99_950_000, 0, ("declined", "owes_more_elsewhere")),
    ],
)
async def test_what_the_bureau_knows_decides(
    outside: Outside, owed: int, past_due: int, expected: tuple[str, str]
) -> None:
    """Debts elsewhere count in what one person may owe everywhere: 1,000,000 yuan, of which 500 are left in the last row."""
    identity = somebody()
    await outside.owes(identity, owed, past_due)
    made = await outside.settled(await outside.applied(identity))
    assert (made["state"], made["reasons"][0]) == expected


async def test_another_name_in_the_register_is_declined(outside: Outside) -> None:
    identity = with_sequence("991")
    made = await outside.settled(await outside.applied(identity))
    assert (made["state"], made["reasons"][0], made["limit_minor"]) == ("declined", "identity_not_confirmed", 0)
    words = {one["code"]: one["zh"] for one in made["reasons_in_words"]}
    assert words["identity_not_confirmed"] == "身份核验未通过"


async def test_somebody_elses_try_in_her_name_does_not_keep_her_waiting(outside: Outside) -> None:
    identity = somebody()
    assert (await outside.settled(await outside.applied(identity)))["state"] == "approved"
    hers = (await staff(outside.lending).get("/v1/applications"))["items"][0]
    owner = Door(outside.lending.client(hers["borrower"]), hers["borrower"])
    await owner.made(f"/v1/applications/{hers['id']}/withdrawal", None, 200)
    stranger = await outside.settled(await outside.applied(identity | {"name": "冒名者"}))
    assert (stranger["state"], stranger["reasons"][0]) == ("declined", "identity_not_confirmed")
    assert (await outside.settled(await outside.applied(identity)))["state"] == "approved"


async def test_a_slow_register_is_asked_again(outside: Outside) -> None:
    made = await outside.settled(await outside.applied(with_sequence("993")))
    assert made["state"] == "checking"
    await outside.pass_time(timedelta(minutes=6))
    await check_jobs.check_due(outside.lending.runtime)
    assert (await outside.settled(made))["state"] == "approved"


async def test_a_register_that_never_answers_leaves_it_to_two_of_the_staff(outside: Outside) -> None:
    made = await outside.settled(await outside.applied(with_sequence("995")))
    assert made["state"] == "checking"
    await outside.pass_time(timedelta(days=3))
    await application_jobs.expire_due(outside.lending.runtime)
    path = f"/v1/applications/{made['id']}"
    first, second = staff(outside.lending, "stf_1"), staff(outside.lending, "stf_2")
    shown = await first.get(path)
    assert shown["state"] == "in_review"
    steps = (await first.get(f"{path}/decisions"))["items"]
    assert steps[-1]["reason"] == "identity_not_answered"
    proposed = await first.made(f"{path}/decision", {"decision": "approve", "limit_minor": 100_000}, 200)
    assert proposed["state"] == "proposed"
    assert (await second.made(f"{path}/decision", {"decision": "approve"}, 200))["state"] == "approved"
    assert (await first.get("/v1/verification"))["holds"]


async def test_much_is_approved_by_two_who_have_seen_papers(lending: Served) -> None:
    borrower, first, second = customer(lending), staff(lending, "stf_1"), staff(lending, "stf_2")
    made = await borrower.made("/v1/applications", application(facts=REFERRED))
    path = f"/v1/applications/{made['id']}"
    much = {"decision": "approve", "limit_minor": 5_010_000}
    assert await first.refused(f"{path}/decision", much) == (422, "documents_missing", "decision")
    await borrower.made(f"{path}/documents", paper())
    proposed = await first.made(f"{path}/decision", much, 200)
    assert (proposed["state"], proposed["limit_minor"]) == ("proposed", 5_010_000)
    assert await first.refused(f"{path}/decision", much) == (409, "second_person_needed", None)
    assert await borrower.refused(f"{path}/listing", TERMS) == (409, "not_allowed_in_state", None)
    more = {"decision": "approve", "limit_minor": 5_020_000}
    assert await second.refused(f"{path}/decision", more) == (422, "above_limit", "limit_minor")
    assert (await first.get("/v1/verification"))["holds"]
    approved = await second.made(f"{path}/decision", {"decision": "approve", "note": "seen"}, 200)
    assert (approved["state"], approved["limit_minor"]) == ("approved", 5_010_000)
    steps = (await first.get(f"{path}/decisions"))["items"]
    assert [(step["event"], step["taken_by"]) for step in steps] == [
        (None, "rule"),
        ("propose", "stf_1"),
        ("approve", "stf_2"),
    ]


async def test_papers_are_sealed_and_hashed_and_shown_to_staff_alone(lending: Served) -> None:
    borrower, operator = customer(lending), staff(lending)
    made = await borrower.made("/v1/applications", application(facts=REFERRED))
    path = f"/v1/applications/{made['id']}/documents"
    given = await borrower.made(path, paper())
    assert (given["media_type"], given["size_bytes"]) == ("application/pdf", len(PDF))
    assert given["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (await borrower.get(path))["items"] == [given]
    shown = await operator.get(f"{path}/{given['id']}")
    assert base64.b64decode(shown["content"]) == PDF
    assert (await borrower.get(f"{path}/{given['id']}", 403))["code"] == "missing_scope"
    async with lending.runtime.reading() as connection:
        (row,) = (await connection.exec_driver_sql("SELECT content FROM application_documents")).all()
    assert PDF not in bytes(row.content)
    assert base64.b64encode(PDF) not in bytes(row.content)
    assert await borrower.refused(path, paper(kind="other")) == (409, "document_given_before", "content")
    assert await borrower.refused(path, paper(content=b"MZ no paper")) == (422, "document_type_not_taken", "content")
    assert (await borrower.refused(path, {"kind": "other", "content": "no base64!"}))[0] == 422
    other = customer(lending)
    assert await other.refused(path, paper()) == (404, "unknown_application", "application_id")
    assert (await other.get(path, 404))["code"] == "unknown_application"
    unknown = f"{path}/{encode('doc', new_id())}"
    assert (await operator.get(unknown, 404))["code"] == "unknown_document"
    for number in range(19):
        await borrower.made(path, paper(content=PDF + bytes([number])))
    assert await borrower.refused(path, paper(content=PDF + b"!")) == (409, "too_many_documents", "content")


async def test_a_paper_of_more_than_a_mebibyte_is_refused(lending: Served) -> None:
    borrower = customer(lending)
    made = await borrower.made("/v1/applications", application())
    large = paper(content=PDF + bytes(1_048_576))
    status, _, field = await borrower.refused(f"/v1/applications/{made['id']}/documents", large)
    assert (status, field) == (422, "content")


async def test_who_was_declined_appeals_once_and_cannot_apply_again_at_once(lending: Served) -> None:
    borrower, operator, identity = customer(lending), staff(lending), somebody()
    made = await borrower.made("/v1/applications", application(identity=identity, facts=DECLINED))
    path = f"/v1/applications/{made['id']}"
    again = application(identity=identity)
    assert await borrower.refused("/v1/applications", again) == (409, "too_soon_to_reapply", None)
    assert await customer(lending).refused("/v1/applications", again) == (409, "too_soon_to_reapply", None)
    assert await customer(lending).refused(f"{path}/appeal", {"note": "?"}) == (
        404,
        "unknown_application",
        "application_id",
    )
    appealed = await borrower.made(f"{path}/appeal", {"note": "the account was paid"}, 200)
    assert appealed["state"] == "in_review"
    await operator.made(f"{path}/decision", {"decision": "decline"}, 200)
    assert await borrower.refused(f"{path}/appeal", {"note": "again"}) == (409, "appeal_not_allowed", None)
    now = datetime.fromisoformat(made["submitted_at"])
    await operator.http.put("/v1/clock", json={"business_at": (now + timedelta(days=8)).isoformat()})
    assert (await borrower.made("/v1/applications", again))["state"] == "approved"
    assert await borrower.refused(f"{path}/appeal", {"note": "again"}) == (409, "appeal_not_allowed", None)


async def test_an_appeal_beside_another_application_is_refused(lending: Served) -> None:
    """Also staff does not call one back to life while another is under way."""
    borrower, operator = customer(lending), staff(lending)
    made = await borrower.made("/v1/applications", application(facts=DECLINED))
    await borrower.made("/v1/applications", application())
    path = f"/v1/applications/{made['id']}"
    assert await borrower.refused(f"{path}/appeal", {"note": "?"}) == (409, "application_under_way", None)
    approve = {"decision": "approve", "limit_minor": 100_000}
    assert await operator.refused(f"{path}/decision", approve) == (409, "application_under_way", None)


async def test_one_person_has_one_application_under_whatever_name(lending: Served) -> None:
    identity = somebody()
    await customer(lending).made("/v1/applications", application(identity=identity))
    other = customer(lending)
    refused = await other.refused("/v1/applications", application(identity=identity))
    assert refused == (409, "application_under_way", None)


async def test_an_organisation_is_looked_at_with_its_licence(lending: Served) -> None:
    borrower, first, second = customer(lending), staff(lending, "stf_1"), staff(lending, "stf_2")
    wish = application(
        identity=COMPANY, borrower_kind="organisation", facts=GOOD_FACTS | {"annual_income_minor": 10**9}
    )
    made = await borrower.made("/v1/applications", wish)
    assert (made["state"], made["limit_minor"], made["borrower_kind"]) == ("in_review", 100_000_000, "organisation")
    path = f"/v1/applications/{made['id']}"
    assert await first.refused(f"{path}/decision", {"decision": "approve"}) == (422, "documents_missing", "decision")
    await first.made(f"{path}/documents", paper("business_licence"))
    assert (await first.made(f"{path}/decision", {"decision": "approve"}, 200))["state"] == "proposed"
    assert (await second.made(f"{path}/decision", {"decision": "approve"}, 200))["limit_minor"] == 100_000_000
    bad = application(identity=COMPANY | {"identity_number": "91110000600037341A"}, borrower_kind="organisation")
    assert await customer(lending).refused("/v1/applications", bad) == (
        422,
        "identity_number_wrong",
        "identity_number",
    )


async def test_a_longer_term_than_was_graded_is_not_listed(lending: Served) -> None:
    operator = staff(lending)
    await operator.http.put("/v1/clock", json={"business_at": "2027-03-01T04:00:00Z"})
    shipped = await operator.get("/v1/programmes/open_auction/versions/2")
    terms = {name: value for name, value in shipped.items() if name not in ("code", "version", "kind")}
    await operator.made("/v1/programmes/long/versions", terms | {"valid_from": "2027-03-01", "terms_months": [12, 60]})
    borrower = customer(lending)
    middling = GOOD_FACTS | {"debts_elsewhere_minor": 5_000_000}
    made = await borrower.made("/v1/applications", application(facts=middling))
    listing = TERMS | {"programme": "long", "term_months": 60}
    refused = await borrower.refused(f"/v1/applications/{made['id']}/listing", listing)
    assert (made["grade"], refused) == ("A", (422, "graded_for_less", "term_months"))


async def test_of_two_who_would_approve_at_once_one_proposes_and_the_other_decides(lending: Served) -> None:
    borrower, first, second = customer(lending), staff(lending, "stf_1"), staff(lending, "stf_2")
    made = await borrower.made("/v1/applications", application(facts=REFERRED))
    path = f"/v1/applications/{made['id']}"
    await borrower.made(f"{path}/documents", paper())
    body = {"decision": "approve", "limit_minor": 6_000_000}
    answers = await asyncio.gather(first.post(f"{path}/decision", body), second.post(f"{path}/decision", body))
    assert sorted(answer.json()["state"] for answer in answers) == ["approved", "proposed"]


async def test_the_audit_misses_a_decision_and_sees_one_that_one_person_took_alone(
    lending: Served, admin_url: str
) -> None:
    borrower, first, second = customer(lending), staff(lending, "stf_1"), staff(lending, "stf_2")
    made = await borrower.made("/v1/applications", application(facts=REFERRED))
    path = f"/v1/applications/{made['id']}"
    await borrower.made(f"{path}/documents", paper())
    body = {"decision": "approve", "limit_minor": 6_000_000}
    for one in (first, second):
        await one.made(f"{path}/decision", body, 200)
    assert (await first.get("/v1/verification"))["holds"]
    for statement, check in (
        ("UPDATE application_decisions SET taken_by = 'stf_1' WHERE event = 'approve'", "application_seen_by_two"),
        ("UPDATE applications SET state = 'declined', due_at = NULL", "application_state_has_its_decision"),
    ):
        assert await failed_when(lending, admin_url, statement) == {check}
    unasked = "UPDATE applications SET state = 'checking'"
    assert "application_being_checked_is_asked_about" in await failed_when(lending, admin_url, unasked)
