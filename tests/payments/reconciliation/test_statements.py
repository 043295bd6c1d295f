"""Statement files handed in over HTTP: taken in once, whole or not at all."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis import commands
from chassis.clock import SUITE_ZONE
from chassis.errors import Refusal
from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.reconciliation import actions, jobs, reading
from services.payments.reconciliation.model import Form, ReconciledAccount
from services.payments.reconciliation.record_queries import save_records
from tests.conftest import Serve
from tests.payments.reconciliation import files
from tests.payments.reconciliation.book import Shelf
from tests.payments.reconciliation.desk import Desk, refusal

ENTRIES = [("ICBC1", 1_000, "chi_a"), ("ICBC2", -300, "chi_b")]
NEXT = files.DAY + timedelta(days=1)


@pytest.fixture
async def desk(serve: Serve) -> Desk:
    return Desk.at(await serve("payments"))


async def shelf_of(desk: Desk, account_id: str) -> list[dict[str, Any]]:
    return list((await desk.get("statements", account_id=account_id))["items"])


async def test_statements_that_do_not_go_on_with_the_balance_before_them(desk: Desk) -> None:
    """A day without a booking leaves no gap; what is missing is told with the two statements that it lies between."""
    account_id = await desk.open_account()
    days = [files.DAY + timedelta(days=number) for number in (0, 2, 5)]
    taken = []
    for number, (day, opening) in enumerate(zip(days, (50, 750, 1_150), strict=True)):
        entries = [(f"ICBC{number}", 700 if number == 0 else 100, f"chi_{number}")]
        taken += await desk.taken(account_id, files.camt(entries, day=day, opening=opening))
    (gap,) = (await desk.get(f"accounts/{account_id}/gaps"))["items"]
    assert gap == {
        "earlier_id": taken[1]["id"], "later_id": taken[2]["id"], "ended_on": f"{days[1]}", "begins_on": f"{days[2]}",
        "closing_minor": 850, "opening_minor": 1_150, "missing_minor": 300,
    }  # fmt: skip
    await desk.taken(account_id, files.camt([("ICBC9", 300, "chi_9")], day=days[1] + timedelta(days=1), opening=850))
    assert (await desk.get(f"accounts/{account_id}/gaps"))["items"] == []


async def test_a_statement_is_taken_in_with_its_lines(desk: Desk) -> None:
    account_id = await desk.open_account()
    (statement,) = await desk.taken(account_id, files.camt(ENTRIES, opening=50))
    told = {
        name: statement[name]
        for name in ("opening_minor", "closing_minor", "sum_minor", "difference_minor", "lines", "seen")
    }
    assert told == {
        "opening_minor": 50,
        "closing_minor": 750,
        "sum_minor": 700,
        "difference_minor": 0,
        "lines": 2,
        "seen": 0,
    }
    lines = (await desk.get(f"statements/{statement['id']}/lines"))["items"]
    assert [(one["servicer_reference"], one["amount"], one["reference"], one["paired"]) for one in lines] == [
        ("ICBC1", 1_000, "chi_a", False),
        ("ICBC2", -300, "chi_b", False),
    ]
    first = await desk.get(f"statements/{statement['id']}/lines", limit=1)
    assert (await desk.get(f"statements/{statement['id']}/lines", after=first["next"]))["items"] == lines[1:]
    assert await desk.get(f"statements/{statement['id']}") == statement
    assert await desk.failed_checks() == []


async def test_the_same_file_again_changes_nothing_also_at_once(desk: Desk) -> None:
    account_id = await desk.open_account()
    content = files.camt(ENTRIES)
    answers = await asyncio.gather(*(desk.hand_in(account_id, content) for _ in range(8)))
    assert {one.status_code for one in answers} == {201}
    assert sorted(one.json()["again"] for one in answers) == [False] + [True] * 7
    assert len({one.json()["id"] for one in answers}) == 1
    assert len(await shelf_of(desk, account_id)) == 1


async def test_the_same_booking_comes_by_notification_and_by_statement_in_any_order(desk: Desk) -> None:
    account_id = await desk.open_account()
    (early,) = await desk.taken(account_id, files.camt(ENTRIES[:1], kind=54))
    (statement,) = await desk.taken(account_id, files.camt(ENTRIES))
    (late,) = await desk.taken(account_id, files.camt(ENTRIES[1:], kind=54))
    assert [(one["lines"], one["seen"]) for one in (early, statement, late)] == [(1, 0), (1, 1), (0, 1)]
    assert await desk.failed_checks() == []


@pytest.mark.parametrize("form", ["mt940", "alipay", "wechat"])
async def test_the_other_forms(desk: Desk, form: str) -> None:
    account_id = await desk.open_account()
    write = {"mt940": files.mt940, "alipay": files.alipay, "wechat": files.wechat}[form]
    params = {} if form == "mt940" else {"mapping": form, "on": files.DAY.isoformat()}
    (statement,) = await desk.taken(account_id, write(ENTRIES), "mt940" if form == "mt940" else "table", **params)
    assert (statement["sum_minor"], statement["lines"]) == (700, 2)


async def test_a_table_of_any_layout_is_read_by_a_mapping_of_ones_own(desk: Desk) -> None:
    account_id = await desk.open_account()
    columns = {"value_on": "Datum", "amount": "Betrag", "servicer_reference": "Nr", "description": "Text"}
    layout = {"name": "house", "delimiter": ";", "day_format": "%d.%m.%Y", "columns": columns}
    assert (await desk.post("mappings", layout))["name"] == "house"
    assert await desk.refused("mappings", layout) == (409, "mapping_known", "name")
    assert await desk.refused("mappings", layout | {"name": "alipay"}) == (409, "mapping_known", "name")
    content = b"Auszug\nNr;Datum;Text;Betrag\n1;02.11.2026;tea;12.30\n2;03.11.2026;book;-1\n"
    (statement,) = await desk.taken(account_id, content, "table", mapping="house")
    assert (statement["from_on"], statement["until_on"], statement["sum_minor"]) == ("2026-11-02", "2026-11-03", 1_130)


@pytest.mark.parametrize(
    "columns",
    [{"value_on": "a"}, {"value_on": "a", "amount": "b", "incoming": "c", "outgoing": "d"},
     {"value_on": "a", "amount": "b", "direction": "c"}],
)  # fmt: skip
async def test_a_mapping_says_amounts_in_one_way(desk: Desk, columns: dict[str, str]) -> None:
    assert (await desk.ask("mappings", {"name": "x", "columns": columns})).status_code == 422


WRONG: dict[str, tuple[bytes, dict[str, str], str]] = {
    "truncated": (files.camt(ENTRIES)[:-9], {}, "file_truncated"),
    "of the wrong encoding": (files.camt(ENTRIES, told="x").replace(b">x<", b">\xff<"), {}, "wrong_encoding"),
    "with entities": (
        files.camt(ENTRIES).replace(b"<Doc", b"<!DOCTYPE a [<!ENTITY b 'c'>]><Doc", 1),
        {},
        "document_type_not_allowed",
    ),
    "with an entry twice": (files.camt([*ENTRIES, ENTRIES[0]]), {}, "duplicate_entry"),
    "not balanced": (files.camt(ENTRIES, closing=9), {}, "statement_unbalanced"),
    "empty": (b"", {}, "file_empty"),
    "of another account": (files.camt(ENTRIES, number="X"), {}, "another_account"),
    "by no mapping": (files.alipay(ENTRIES), {"form": "table"}, "unknown_mapping"),
    "by another mapping": (files.alipay(ENTRIES), {"form": "table", "mapping": "wechat"}, "wrong_encoding"),
    "another statement of its number": (files.camt([("ICBC9", 1, "x")]), {}, "statement_exists"),
    "of days shown already": (
        files.mt940([("ICBC9", 1, "x")], day=NEXT + timedelta(days=1)),
        {"form": "mt940"},
        "statement_overlaps",
    ),
    "with a booking shown already": (files.camt(ENTRIES[:1], day=NEXT + timedelta(days=9)), {}, "statement_overlaps"),
}


async def test_a_file_that_is_refused_changes_nothing(desk: Desk) -> None:
    account_id = await desk.open_account()
    await desk.taken(account_id, files.camt(ENTRIES))
    two_days = files.mt940([("ICBC7", 5, "y")], day=NEXT).replace(b":62F:C261103", b":62F:C261105")
    await desk.taken(account_id, two_days, "mt940")
    before = await shelf_of(desk, account_id)
    for what, (content, params, code) in WRONG.items():
        answer = await desk.hand_in(account_id, content, **({"form": "camt"} | params))
        assert (answer.json()["code"], answer.status_code in (404, 409, 422)) == (code, True), (what, answer.text)
        assert await shelf_of(desk, account_id) == before


async def test_a_file_of_200_megabytes_is_not_read(desk: Desk) -> None:
    """Announced, and refused before it comes."""
    account_id = await desk.open_account()
    url = httpx.URL(desk.served.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    path = f"/v1/reconciliation/accounts/{account_id}/statements?form=camt"
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {desk.http.headers['authorization']}\r\n"
        f"idempotency-key: {uuid4().hex}\r\ncontent-length: {200 * 1024 * 1024}\r\n\r\n"
    )
    writer.write(head.encode())
    answer = (await reader.readuntil(b"}")).decode()
    writer.close()
    assert " 413 " in answer.splitlines()[0]
    assert "body_too_large" in answer
    assert await shelf_of(desk, account_id) == []


async def test_who_asks_for_it_takes_in_what_does_not_add_up(desk: Desk) -> None:
    account_id = await desk.open_account()
    content = files.camt([*ENTRIES, ENTRIES[0]], closing=700)
    assert (await desk.hand_in(account_id, content)).json()["code"] == "duplicate_entry"
    (statement,) = await desk.taken(account_id, content, strict=False)
    assert (statement["difference_minor"], statement["lines"]) == (-1_000, 3)
    lines = (await desk.get(f"statements/{statement['id']}/lines"))["items"]
    assert [one["repeated"] for one in lines] == [False, False, True]


async def fetched(desk: Desk, account_id: str, content: bytes, day: date = NEXT) -> str:
    """`made`, or the code of the refusal."""
    account = ReconciledAccount(
        decode("rca", account_id), "ICBC", files.NUMBER, "CNY", 3, 0, 0, datetime.now(UTC), None
    )
    facts = {"account_id": account.id, "day": day, "content": content}
    read = reading.read(content, Form.CAMT, account, SUITE_ZONE, strict=False)
    try:
        await commands.perform(
            desk.served.runtime, actions.take_fetched, jobs.PAYMENTS, seed=uuid4().hex, read=read, **facts
        )
    except Refusal as refused:
        return refused.code
    return "made"


async def test_a_fetched_day_is_taken_in_though_a_booking_was_shown_before(desk: Desk) -> None:
    account_id = await desk.open_account()
    await desk.taken(account_id, files.camt(ENTRIES))
    content = files.camt([ENTRIES[1], ("ICBC3", 70, "chi_c")], day=NEXT)
    assert (await desk.hand_in(account_id, content)).json()["code"] == "statement_overlaps"
    assert await fetched(desk, account_id, content) == "made"
    statement, _ = await shelf_of(desk, account_id)
    assert (statement["lines"], statement["seen"], statement["sum_minor"]) == (2, 0, -230)
    lines = (await desk.get(f"statements/{statement['id']}/lines"))["items"]
    assert {(one["servicer_reference"], one["repeated"]) for one in lines} == {("ICBC2", True), ("ICBC3", False)}
    again = files.camt([ENTRIES[1], ENTRIES[1]], day=NEXT + timedelta(days=1))
    assert await fetched(desk, account_id, again) == "made"
    await desk.run(account_id)
    assert sorted(one["type"] for one in await desk.breaks()) == ["duplicate"] * 3 + ["long"] * 3
    assert await desk.failed_checks() == []


@pytest.mark.parametrize("shown", ["the same", "its number", "its days in another form", "its first day of several"])
async def test_a_fetched_day_that_was_shown_whole_is_passed_over(desk: Desk, shown: str) -> None:
    account_id = await desk.open_account()
    content, other = files.camt(ENTRIES, day=NEXT), files.mt940(ENTRIES, day=NEXT)
    if shown == "its first day of several":
        other = other.replace(b":62F:C261103", b":62F:C261105")
    forms = {"the same": (content, "camt"), "its number": (files.camt(ENTRIES[:1], day=NEXT), "camt")}
    await desk.taken(account_id, *forms.get(shown, (other, "mt940")))
    expected = {"the same": "made", "its number": "statement_exists"}
    assert await fetched(desk, account_id, content) == expected.get(shown, "statement_overlaps")
    assert len(await shelf_of(desk, account_id)) == 1


async def test_the_day_before_an_opening_balance_is_not_shown_by_its_date(desk: Desk) -> None:
    account_id = await desk.open_account()
    later = files.mt940([("ICBC8", 9, "x")], day=NEXT).replace(b":62F:C261103", b":62F:C261104")
    await desk.taken(account_id, later, "mt940")
    assert await fetched(desk, account_id, files.camt(ENTRIES, day=NEXT)) == "made"
    assert len(await shelf_of(desk, account_id)) == 2


async def test_what_is_due_on_a_day_without_a_statement_is_not_missing_yet(desk: Desk) -> None:
    """Statements of the first and the third day: of the second none has come."""
    shelf = await Shelf.open(desk.served.runtime)
    account_id = encode("rca", shelf.account.id)
    for days in (0, 2):
        await desk.taken(account_id, files.camt([], day=files.DAY + timedelta(days=days)))
    records = [shelf.record(100 + day, f"r{day}", day=day) for day in range(4)]
    async with desk.served.runtime.transaction() as tx:
        await save_records(tx.connection, shelf.account.id, records)
    await desk.run(account_id)
    assert sorted(one["amount"] for one in await desk.breaks()) == [-102, -100]


async def test_accounts_and_unknown_records(desk: Desk) -> None:
    account_id = await desk.open_account(date_window_days=5)
    again = {"bank": "ICBC", "number": "other", "currency": "CNY"}
    assert await desk.refused("accounts", again) == (409, "account_known", "bank")
    (account,) = (await desk.get("accounts"))["items"]
    assert (account["id"], account["date_window_days"], account["fetched_on"]) == (account_id, 5, None)
    strange = new_id()
    for path, code in (
        (f"statements/{encode('stm', strange)}", "unknown_statement"),
        (f"statements/{encode('stm', strange)}/lines", "unknown_statement"),
        (f"lines/{encode('sln', strange)}/why", "unknown_line"),
        (f"accounts/{encode('rca', strange)}/runs", "unknown_reconciled_account"),
        (f"breaks/{encode('brk', strange)}", "unknown_break"),
    ):
        answer = await desk.http.get(f"/v1/reconciliation/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    answer = await desk.hand_in(encode("rca", strange), files.camt(ENTRIES))
    assert refusal(answer)[:2] == (404, "unknown_reconciled_account")
    assert (await desk.refused(f"accounts/{encode('rca', strange)}/runs"))[:2] == (404, "unknown_reconciled_account")


async def test_customers_see_nothing_of_it(desk: Desk) -> None:
    customer = desk.served.client(encode("cus", new_id()))
    for path in ("accounts", "statements", "breaks"):
        assert (await customer.get(f"/v1/reconciliation/{path}")).status_code == 403
