"""A custody bank moves clients' money only as its owners allowed, once, and tells each day what each of them has."""

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.p2p.people import somebody
from tests.sandbox.door import Door

PATH = "/custody/ICBC/v1"
MOBILE = "13900000001"


async def post(door: Door, path: str, body: dict[str, Any]) -> httpx.Response:
    return await door.http.post(f"{PATH}/{path}", json=body)


async def opened(door: Door, kind: str = "customer", **more: Any) -> str:
    """The number of another sub-account."""
    body: dict[str, Any] = {"kind": kind, "holder": f"cus_{uuid4().hex}", "currency": "CNY"} | more
    if kind == "customer":
        person = somebody()
        card = {"holder_name": person["name"], "mobile": MOBILE, "balance_minor": 1_000_000}
        number = (await door.post("cards", card, "CCB")).json()["number"]
        body |= {**person, "mobile": MOBILE, "card_number": number}
    answer = await post(door, "accounts", body | more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["number"])


async def allowed(door: Door, number: str, scope: str, cap: int = 10**9, until: str = "2030-01-01") -> str:
    reference = f"cau_{uuid4().hex}"
    body = {"reference": reference, "number": number, "scope": scope, "cap_minor": cap, "until_on": until}
    assert (await post(door, "authorisations", body)).json()["state"] == "code_sent"
    code = {"sms_code": await door.newest_code(MOBILE)}
    assert (await post(door, f"authorisations/{reference}/confirmation", code)).json()["state"] == "standing"
    return reference


def line(kind: str, amount: int, **more: str | None) -> dict[str, Any]:
    return {"reference": f"trf_{uuid4().hex}", "kind": kind, "amount": amount} | more


async def instruct(door: Door, *lines: dict[str, Any], mode: str = "atomic", reference: str = "") -> dict[str, Any]:
    body = {"reference": reference or f"cin_{uuid4().hex}", "mode": mode, "lines": list(lines)}
    answer = await post(door, "instructions", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def results(door: Door, *lines: dict[str, Any], mode: str = "atomic") -> list[str]:
    return [one["result"] for one in (await instruct(door, *lines, mode=mode))["results"]]


async def has(door: Door, number: str) -> tuple[int, int]:
    """Available, frozen."""
    found = (await door.http.get(f"{PATH}/accounts/{number}")).json()
    return found["available_minor"], found["frozen_minor"]


async def rich(door: Door, amount: int) -> str:
    number = await opened(door)
    assert await results(door, line("top_up", amount, credit=number)) == ["done"]
    return number


async def holder_of(door: Door, number: str) -> str:
    return str((await door.http.get(f"{PATH}/accounts/{number}")).json()["holder"])


async def master(door: Door) -> int:
    return int((await door.get("accounts/custody")).json()["balance_minor"])


async def test_a_loan_is_paid_out_of_what_was_frozen_and_every_step_once(door: Door) -> None:
    lender, borrower, fees = await rich(door, 900), await opened(door), await opened(door, "platform")
    project = await opened(door, "project", behind=await holder_of(door, borrower))
    invest, fee, repay = [await allowed(door, lender, "invest", cap=600)] + [
        await allowed(door, borrower, scope) for scope in ("fee", "repay")
    ]
    freeze = line("freeze", 600, debit=lender, credit=project, authorisation=invest)
    assert await results(door, freeze) == ["done"]
    assert await has(door, lender) == (300, 600)
    disbursement = [
        line("settle", 600, of=freeze["reference"], authorisation=invest),
        line("transfer", 580, debit=project, credit=borrower),
        line("transfer", 20, debit=project, credit=fees, authorisation=fee),
    ]
    for _ in range(2):
        answer = await instruct(door, *disbursement, reference="loan")
        assert answer["state"] == "executed"
    assert [await has(door, one) for one in (lender, project, borrower, fees)] == [(300, 0), (0, 0), (580, 0), (20, 0)]
    assert await results(door, line("transfer", 100, debit=borrower, credit=lender, authorisation=repay)) == ["done"]
    assert await results(door, line("withdrawal", 400, debit=lender)) == ["done"]
    assert await has(door, lender) == (0, 0)
    assert await master(door) == 500
    reused = await post(door, "instructions", {"reference": "loan", "lines": [disbursement[0]]})
    assert (reused.status_code, reused.json()["code"]) == (409, "reference_reused")


async def test_nothing_moves_without_leave_and_every_fault_of_a_batch_is_told(door: Door) -> None:
    lender, other, borrower = await rich(door, 900), await rich(door, 900), await opened(door)
    project = await opened(door, "project", behind=await holder_of(door, borrower))
    invest, theirs = await allowed(door, lender, "invest", cap=500), await allowed(door, other, "invest")

    async def frozen(amount: int, authorisation: str | None) -> str:
        (result,) = await results(
            door, line("freeze", amount, debit=lender, credit=project, authorisation=authorisation)
        )
        return result

    assert await frozen(100, None) == "authorisation_missing"
    assert await frozen(100, theirs) == "authorisation_unknown"
    assert await frozen(100, await allowed(door, lender, "repay")) == "authorisation_wrong_scope"
    assert await frozen(501, invest) == "authorisation_over_cap"
    assert await frozen(901, await allowed(door, lender, "invest")) == "insufficient_funds"
    freezes = [
        line("freeze", 500, debit=whose, credit=project, authorisation=by)
        for whose, by in ((lender, invest), (other, theirs))
    ]
    assert await results(door, *freezes) == ["done", "done"]
    assert await frozen(1, invest) == "authorisation_over_cap"
    assert (await post(door, f"authorisations/{invest}/revocation", {})).json()["state"] == "revoked"
    settles = [
        line("settle", 500, of=one["reference"], authorisation=by)
        for one, by in zip(freezes, (invest, theirs), strict=True)
    ]
    payout = line("transfer", 1000, debit=project, credit=borrower)
    assert await results(door, *settles, payout) == ["authorisation_revoked", "not_done", "insufficient_funds"]
    assert await has(door, other) == (400, 500)
    # What is frozen comes free without anybody's leave, and the rest of the cap with it.
    releases = [line("release", 500, of=one["reference"]) for one in freezes]
    assert await results(door, *releases, mode="independent") == ["done", "done"]
    assert await has(door, lender) == (900, 0)
    again = [line("release", 500, of=freezes[0]["reference"]), line("release", 500, of="nothing")]
    assert await results(door, *again, mode="independent") == ["freeze_ended", "unknown_freeze"]


async def test_money_of_a_loan_goes_to_its_borrower_alone_and_fees_by_her_leave(door: Door) -> None:
    lender, borrower, fees = await rich(door, 900), await opened(door), await opened(door, "platform")
    project = await opened(door, "project", behind=await holder_of(door, borrower))
    invest = await allowed(door, lender, "invest")
    freeze = line("freeze", 900, debit=lender, credit=project, authorisation=invest)
    await instruct(door, freeze)
    await instruct(door, line("settle", 900, of=freeze["reference"], authorisation=invest))
    assert await results(door, line("transfer", 1, debit=project, credit=lender)) == ["wrong_payee"]
    assert await results(door, line("transfer", 1, debit=project, credit=fees)) == ["authorisation_missing"]
    assert await results(door, line("transfer", 1, debit=lender, credit=project, authorisation=invest)) == [
        "not_allowed"
    ]
    assert await results(door, line("withdrawal", 1, debit=project)) == ["not_allowed"]
    assert await results(door, line("top_up", 1, credit="ICBCCG00000000000000")) == ["unknown_account"]


async def test_what_is_undone_has_not_been(door: Door) -> None:
    lender, borrower = await rich(door, 900), await opened(door)
    project = await opened(door, "project", behind=await holder_of(door, borrower))
    invest = await allowed(door, lender, "invest", cap=500)
    freeze = line("freeze", 500, debit=lender, credit=project, authorisation=invest)
    settle = line("settle", 500, of=freeze["reference"], authorisation=invest)
    payout = line("transfer", 500, debit=project, credit=borrower)
    await instruct(door, freeze)
    await instruct(door, settle, payout)
    assert await results(door, line("undo", 500, of=freeze["reference"])) == ["not_undoable"]
    undone = [line("undo", 500, of=one["reference"]) for one in (payout, settle)]
    assert await results(door, *undone) == ["done", "done"]
    assert [await has(door, one) for one in (lender, project, borrower)] == [(400, 500), (0, 0), (0, 0)]
    assert await results(door, line("undo", 500, of=settle["reference"])) == ["undone_already"]
    release = line("release", 500, of=freeze["reference"])
    assert await results(door, release) == ["done"]
    assert await results(door, line("undo", 500, of=release["reference"])) == ["done"]
    assert await has(door, lender) == (400, 500)
    assert await results(door, line("undo", 500, of=freeze["reference"])) == ["done"]
    assert await has(door, lender) == (900, 0)
    held = (await door.http.get(f"{PATH}/authorisations/{invest}")).json()
    assert held["used_minor"] == 0


async def test_what_is_frozen_and_released_in_one_instruction_is_released_once(door: Door) -> None:
    """What must stay beside a bid: it was there, and is free again."""
    lender, borrower = await rich(door, 900), await opened(door)
    project = await opened(door, "project", behind=await holder_of(door, borrower))
    invest = await allowed(door, lender, "invest", cap=900)
    beside, bid = (line("freeze", amount, debit=lender, credit=project, authorisation=invest) for amount in (400, 500))
    back = line("release", 400, of=beside["reference"])
    assert (
        await results(door, beside, line("freeze", 501, debit=lender, credit=project, authorisation=invest), back)
        != ["done"] * 3
    )
    assert await has(door, lender) == (900, 0)
    assert await results(door, beside, bid, back) == ["done"] * 3
    assert await has(door, lender) == (400, 500)
    assert await results(door, line("release", 400, of=beside["reference"])) == ["freeze_ended"]
    undone = [line("undo", one["amount"], of=one["reference"]) for one in (back, bid, beside)]
    assert await results(door, *undone) == ["done"] * 3
    assert await has(door, lender) == (900, 0)


async def test_a_code_is_asked_for_and_lasts_five_minutes(door: Door) -> None:
    number = await opened(door)
    body = {"reference": "late", "number": number, "scope": "invest", "cap_minor": 5, "until_on": "2030-01-01"}
    await post(door, "authorisations", body)
    code = await door.newest_code(MOBILE)
    wrong = await post(door, "authorisations/late/confirmation", {"sms_code": f"{(int(code) + 1) % 10**6:06d}"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["tries_left"]) == (422, "wrong_code", 4)
    other = await post(door, "authorisations", body | {"cap_minor": 6})
    assert other.json()["code"] == "reference_reused"
    freeze = line("freeze", 1, debit=number, credit=number, authorisation="late")
    assert await results(door, freeze) == ["not_allowed"]
    await door.move_clock(timedelta(minutes=6))
    late = await post(door, "authorisations/late/confirmation", {"sms_code": code})
    assert (late.status_code, late.json()["code"]) == (409, "code_expired")


async def test_who_is_not_who_she_says_gets_no_account(door: Door) -> None:
    person = somebody()
    card = {"holder_name": person["name"], "mobile": MOBILE, "balance_minor": 1}
    number = (await door.post("cards", card)).json()["number"]
    body = {"kind": "customer", "holder": "cus_x", "currency": "CNY", **person, "mobile": MOBILE, "card_number": number}
    assert (await post(door, "accounts", body | {"mobile": "13900000002"})).json()["code"] == "card_not_hers"
    assert (await post(door, "accounts", body | {"currency": "USD"})).json()["code"] == "wrong_currency"
    first = (await post(door, "accounts", body)).json()
    assert (await post(door, "accounts", body)).json() == first
    named = await post(door, "accounts", body | {"holder": "cus_y", "name": "别人"})
    assert (named.status_code, named.json()["code"]) == (422, "identity_not_confirmed")
    again = await post(door, "accounts", body | {"holder": "cus_y"})
    assert (again.status_code, again.json()["code"]) == (409, "person_has_account")
    other = await post(door, "accounts", body | somebody())
    assert (other.status_code, other.json()["code"]) == (409, "reference_reused")
    assert (await door.http.get("/custody/UNIONLINK/v1/statements", params={"on": "2026-01-01"})).status_code == 404


@pytest.mark.parametrize(("kind", "happened"), [("done", 900), ("lost", 0)])
async def test_a_silent_bank_did_it_or_never_heard_of_it(door: Door, kind: str, happened: int) -> None:
    number = await opened(door)
    assert (await post(door, "silences", {"kind": kind, "times": 1})).status_code == 204
    body = {"reference": "once", "lines": [line("top_up", 900, credit=number)]}
    assert (await post(door, "instructions", body)).status_code == 504
    assert await has(door, number) == (happened, 0)
    assert (await post(door, "instructions", body)).json()["state"] == "executed"
    assert await has(door, number) == (900, 0)


async def statement(door: Door, day: date) -> dict[str, tuple[str, str]]:
    answer = await door.http.get(f"{PATH}/statements", params={"on": day.isoformat()})
    assert answer.status_code == 200, answer.text
    return {row["number"]: (row["available"], row["frozen"]) for row in csv.DictReader(io.StringIO(answer.text))}


async def test_a_day_is_told_from_the_bookings_and_stays_as_it_was(door: Door) -> None:
    lender, borrower = await rich(door, 900), await opened(door)
    project = await opened(door, "project", behind=await holder_of(door, borrower))
    invest = await allowed(door, lender, "invest")
    freeze = line("freeze", 500, debit=lender, credit=project, authorisation=invest)
    booked = await instruct(door, freeze)
    day = date.fromisoformat(booked["value_on"])
    early = await door.http.get(f"{PATH}/statements", params={"on": day.isoformat()})
    assert (early.status_code, early.json()["code"]) == (409, "day_not_closed")
    await door.move_clock(timedelta(days=1))
    settle = line("settle", 500, of=freeze["reference"], authorisation=invest)
    await instruct(door, settle, line("transfer", 500, debit=project, credit=borrower))
    first = await statement(door, day)
    assert first == {lender: ("4.00", "5.00"), borrower: ("0.00", "0.00"), project: ("0.00", "0.00")} | {
        "TOTAL": ("4.00", "5.00")
    }
    await door.move_clock(timedelta(days=1))
    assert await results(door, line("undo", 500, of="nothing")) == ["unknown_line"]
    assert await statement(door, day) == first
    second = await statement(door, day + timedelta(days=1))
    assert (second[lender], second[borrower]) == (("4.00", "0.00"), ("5.00", "0.00"))
    fault = (await post(door, "statement-faults", {"kind": "wrong_amount", "on": day.isoformat(), "amount": 7})).json()
    assert fault["number"] == lender
    assert (await statement(door, day))[lender] == ("4.07", "5.00")
    await post(door, "statement-faults", {"kind": "missing", "on": day.isoformat()})
    assert lender not in await statement(door, day)
