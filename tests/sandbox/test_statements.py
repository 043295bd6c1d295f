"""Statements from an institution's own books, in every kind of file, right and wrong on purpose."""

import asyncio
import csv
import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from chassis.clock import SUITE_ZONE
from tests.iso20022 import faults
from tests.sandbox.door import Door

FORMS = ["camt.053", "camt.054", "mt940", "csv", "bill"]


async def traded(door: Door, bank: str = "ICBC") -> date:
    """Three charges and two payouts by noon; the day they stand on."""
    door.bank = bank
    await at_noon(door)
    card = await door.open_card()
    for amount in (10_000, 20_000, 30_000):
        await door.charge(card, amount, f"chi_{amount}")
    for amount in (1_000, 2_000):
        await door.payout(card, amount, f"pay_{amount}")
    return (
        datetime.fromisoformat((await door.http.get("/v1/clock")).json()["business_at"]).astimezone(SUITE_ZONE).date()
    )


async def at_noon(door: Door) -> None:
    now = datetime.fromisoformat((await door.http.get("/v1/clock")).json()["business_at"]).astimezone(SUITE_ZONE)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    await door.http.put("/v1/clock", json={"business_at": noon.isoformat()})


async def file_of(door: Door, form: str, day: date, kind: str = "reserve") -> httpx.Response:
    return await door.get(f"statement-files/{form}", on=day.isoformat(), kind=kind)


async def spoil(door: Door, kind: str, day: date, **more: Any) -> httpx.Response:
    return await door.post("statement-faults", {"kind": kind, "on": day.isoformat()} | more)


def amounts_of(form: str, content: bytes) -> list[Decimal]:
    """Signed from our side, read by rules of its own for each kind of file."""
    if form.startswith("camt"):
        root = fromstring(content)
        space = root.tag.partition("}")[0] + "}"
        found = []
        for entry in root.iter(f"{space}Ntry"):
            amount = Decimal(entry.findtext(f"{space}Amt") or "")
            found.append(amount if entry.findtext(f"{space}CdtDbtInd") == "CRDT" else -amount)
        return found
    if form == "mt940":
        lines = re.findall(r":61:\d{10}([CD])(\d+,\d*)NMSC", content.decode("ascii"))
        return [Decimal(amount.replace(",", ".")) * (1 if mark == "C" else -1) for mark, amount in lines]
    if form == "csv":
        return [Decimal(row["amount"]) for row in csv.DictReader(io.StringIO(content.decode("utf-8")))]
    rows = [line for line in content.decode("gb18030").splitlines() if not line.startswith("#")]
    return [Decimal(row["收入金额（+元）"]) + Decimal(row["支出金额（-元）"]) for row in csv.DictReader(rows)]


TRADED = [Decimal(100), Decimal(200), Decimal(300), Decimal(-10), Decimal(-20)]


async def test_every_kind_of_file_tells_the_same_day_and_the_same_bytes_again(door: Door) -> None:
    day = await traded(door)
    await door.move_clock(timedelta(days=1))
    for form in FORMS:
        answer = await file_of(door, form, day)
        assert answer.status_code == 200, answer.text
        assert amounts_of(form, answer.content) == TRADED, form
        await door.move_clock(timedelta(hours=1))
        assert (await file_of(door, form, day)).content == answer.content


async def test_balances_run_on_from_day_to_day(door: Door) -> None:
    day = await traded(door)
    await door.move_clock(timedelta(days=1))
    await door.charge(await door.open_card(), 5_000)
    await door.move_clock(timedelta(days=1))
    balances = []
    for ahead in (0, 1):
        root = fromstring((await file_of(door, "camt.053", day + timedelta(days=ahead))).content)
        space = root.tag.partition("}")[0] + "}"
        balances.append([one.findtext(f"{space}Amt") for one in root.iter(f"{space}Bal")])
    assert balances == [["0.00", "570.00"], ["570.00", "620.00"]]
    assert await door.reserve() == 62_000


async def test_a_day_that_goes_on_has_notifications_alone(door: Door) -> None:
    day = await traded(door)
    for form in FORMS:
        answer = await file_of(door, form, day)
        if form == "camt.054":
            assert amounts_of(form, answer.content) == TRADED
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "day_not_closed")
    # After ICBC's cut-off at 23:00 the day is over.
    await door.move_clock(timedelta(hours=10, minutes=59, seconds=59))
    assert (await file_of(door, "mt940", day)).status_code == 409
    await door.move_clock(timedelta(seconds=1))
    assert (await file_of(door, "mt940", day)).status_code == 200


async def test_the_same_booking_has_the_same_reference_in_every_file(door: Door) -> None:
    day = await traded(door)
    await door.move_clock(timedelta(days=1))
    found = []
    for form in FORMS:
        content = (await file_of(door, form, day)).content.decode("gb18030" if form == "bill" else "utf-8")
        found.append(re.findall(r"ICBC\d{10}", content))
    assert all(one == found[0] for one in found)
    assert len(set(found[0])) == 5


@pytest.mark.parametrize(
    ("kind", "today", "tomorrow"),
    [
        ("missing", TRADED[1:], []),
        ("duplicated", [Decimal(100), *TRADED], []),
        ("wrong_amount", [Decimal("100.07"), *TRADED[1:]], []),
        ("other_date", TRADED[1:], [Decimal(100)]),
    ],
)
async def test_a_fault_is_on_paper_and_the_books_stay_right(
    door: Door, kind: str, today: list[Decimal], tomorrow: list[Decimal]
) -> None:
    day = await traded(door)
    fault = (await spoil(door, kind, day, seed=5, amount=7)).json()
    assert fault["kind"] == kind
    await door.move_clock(timedelta(days=2))
    for form in FORMS:
        assert amounts_of(form, (await file_of(door, form, day)).content) == today, form
        assert amounts_of(form, (await file_of(door, form, day + timedelta(days=1))).content) == tomorrow
    assert await door.reserve() == 57_000
    root = fromstring((await file_of(door, "camt.053", day)).content)
    space = root.tag.partition("}")[0] + "}"
    assert [one.findtext(f"{space}Amt") for one in root.iter(f"{space}Bal")] == ["0.00", "570.00"]
    listed = (await door.get("statement-faults")).json()["items"]
    assert listed == [fault]


async def test_a_returned_payout_is_booked_back_once(door: Door) -> None:
    day = await traded(door)
    returned = await spoil(door, "returned", day, seed=1)
    assert returned.status_code == 201, returned.text
    assert await door.reserve() == 59_000
    assert (await spoil(door, "returned", day, seed=1)).status_code == 201
    assert await door.reserve() == 60_000
    nothing = await spoil(door, "returned", day, seed=1)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_spoil")
    await door.move_clock(timedelta(days=1))
    assert amounts_of("csv", (await file_of(door, "csv", day)).content) == [*TRADED, Decimal(20), Decimal(10)]


async def test_a_payout_by_another_institution_comes_back_through_both(door: Door) -> None:
    day = await traded(door)
    card = await door.open_card(balance_minor=0, bank="CMB")
    await door.payout(card, 3_000, "to-cmb")
    await spoil(door, "returned", day, seed=2)
    assert await door.reserve() == 57_000
    interbank = [(await door.get("accounts/interbank", bank)).json()["balance_minor"] for bank in ("ICBC", "CMB")]
    assert interbank == [0, 0]


async def test_an_unexplained_credit_is_in_the_books(door: Door) -> None:
    day = await traded(door)
    await spoil(door, "unexplained_credit", day, amount=12_345)
    assert await door.reserve() == 69_345
    assert amounts_of("camt.054", (await file_of(door, "camt.054", day)).content)[-1] == Decimal("123.45")


async def test_nothing_is_spoilt_where_nothing_is(door: Door) -> None:
    day = await traded(door)
    answer = await spoil(door, "missing", day + timedelta(days=1))
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_spoil")
    for _ in range(5):
        assert (await spoil(door, "missing", day)).status_code == 201
    assert (await spoil(door, "missing", day)).json()["code"] == "nothing_to_spoil"
    assert (await spoil(door, "exploded", day)).status_code in (400, 422)


async def test_another_institution_knows_nothing_of_it(door: Door) -> None:
    day = await traded(door)
    await door.move_clock(timedelta(days=1))
    door.bank = "CCB"
    assert amounts_of("csv", (await file_of(door, "csv", day)).content) == []
    assert (await door.get("statement-faults")).json()["items"] == []


async def test_fees_by_the_month_are_one_booking_after_its_end(door: Door) -> None:
    card = await door.open_card()
    reference = await door.agree(card)
    door.bank = "NETSLINK"
    door.agreements[card] = reference
    for _ in range(3):
        assert (await door.charge(card, 1_000)).json()["state"] == "succeeded"
    assert (await door.get("accounts/operating")).json()["balance_minor"] == 0
    await door.move_clock(timedelta(days=40))
    statement = await until_booked(door)
    assert [entry["amount"] for entry in statement["items"]] == [-105]
    assert statement["items"][0]["reference"].startswith("fees-20")


async def until_booked(door: Door) -> dict[str, Any]:
    """The operating account's statement once the periodic work has been there, however often it comes."""
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any] = (await door.get("statements", kind="operating")).json()
            if found["items"]:
                return found
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("form", ["camt.053", "camt.054"])
async def test_documents_are_valid_by_the_official_schemas(door: Door, form: str) -> None:
    day = await traded(door)
    await spoil(door, "duplicated", day)
    await door.move_clock(timedelta(days=1))
    assert faults(f"{form}.001.08", (await file_of(door, form, day)).content) == []
    empty = (await file_of(door, "camt.053", day - timedelta(days=1))).content
    assert faults("camt.053.001.08", empty) == []
