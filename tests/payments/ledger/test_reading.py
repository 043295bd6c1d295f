"""What the ledger tells: balances at any time, statements, lists in an order that never changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.payments.ledger.book import Book, transfer_id, wire

MORNING = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)


async def _clock(book: Book, instant: datetime) -> None:
    answer = await book.http.put("/v1/clock", json={"business_at": instant.isoformat()})
    assert answer.status_code == 200, answer.text


async def _pages(book: Book, path: str, **params: Any) -> list[dict[str, Any]]:
    items, after = [], None
    while True:
        page = await book.get(path, **params | ({"after": after} if after else {}))
        items += page["items"]
        after = page["next"]
        if after is None:
            return items


async def test_a_balance_at_any_past_time(book: Book) -> None:
    await _clock(book, MORNING)
    anna, boris = await book.funded(100), await book.funded(0)
    await _clock(book, MORNING + timedelta(days=1))
    hold_id = await book.hold(anna, boris, 40)
    await _clock(book, MORNING + timedelta(days=2))
    await book.settle("post", hold_id, amount=25)
    path = f"/v1/accounts/{anna}/balance"
    for days, expected in ((0, (100, 100)), (1, (100, 60)), (2, (75, 75))):
        then = await book.get(
            path, at=(MORNING + timedelta(days=days, hours=1 if days < 2 else 0, seconds=0)).isoformat()
        )
        assert (then["balance"], then["available"]) == expected, days
    assert (await book.get(path))["balance"] == 75
    before = await book.http.get(path, params={"at": (MORNING - timedelta(days=400)).isoformat()})
    assert await book.refused(before) == (422, "account_not_open_then", "at")
    after = await book.http.get(path, params={"at": (MORNING + timedelta(days=3)).isoformat()})
    assert await book.refused(after) == (422, "in_future", "at")


async def test_a_statement_runs_from_balance_to_balance(book: Book) -> None:
    await _clock(book, MORNING)
    anna, boris = await book.funded(100), await book.funded(50)
    await book.moved(anna, boris, 30)
    hold_id = await book.hold(anna, boris, 10)
    await book.moved(boris, anna, 5)
    await book.settle("void", hold_id)
    path = f"/v1/accounts/{anna}/statement"
    entries = await _pages(book, path, limit=2)
    assert [(one["side"], one["amount"], one["balance"]) for one in entries] == [
        ("credit", 100, 100), ("debit", 30, 70), ("credit", 5, 75),
    ]  # fmt: skip
    whole = await _pages(book, path, holds=True, limit=2)
    assert [(one["kind"], one["balance"], one["available"]) for one in whole] == [
        ("single", 100, 100), ("single", 70, 70), ("pending", 70, 60), ("single", 75, 65), ("void", 75, 75),
    ]  # fmt: skip


async def test_days_of_a_statement_begin_at_midnight_in_shanghai(book: Book) -> None:
    anna = await book.funded(0)
    last_second = datetime(2027, 2, 28, 15, 59, 59, tzinfo=UTC)
    for instant in (last_second, last_second + timedelta(seconds=1)):
        await _clock(book, instant)
        await book.moved(book.source, anna, 1)
    path = f"/v1/accounts/{anna}/statement"
    assert len((await book.get(path, to="2027-02-28"))["items"]) == 1
    first_of_march = (await book.get(path, **{"from": "2027-03-01", "to": "2027-03-01"}))["items"]
    assert [one["value_on"] for one in first_of_march] == ["2027-03-01"]


async def test_lists(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    made = [(await book.moved(anna, boris, 1, reference=f"ord_{number % 2}"))["id"] for number in range(5)]
    hold_id = await book.hold(anna, boris, 2)
    await book.settle("post", hold_id, code="tests.post")
    assert [one["id"] for one in await _pages(book, "/v1/transfers", reference="ord_1")] == made[1::2]
    (settling,) = await _pages(book, "/v1/transfers", pending_id=hold_id)
    assert (settling["kind"], settling["pending_id"]) == ("post", hold_id)
    assert len(await _pages(book, "/v1/transfers", account_id=boris, limit=3)) == 7
    assert len(await _pages(book, "/v1/transfers", account_id=boris, code="tests.post")) == 1
    in_order = await _pages(book, "/v1/transfers", limit=2)
    assert [one["id"] for one in in_order][1:6] == made
    assert len(in_order) == 8
    refused = await book.http.get("/v1/transfers", params={"code": "tests.post"})
    assert await book.refused(refused) == (422, "unanswerable_question", "code")
    forged = await book.http.get("/v1/transfers", params={"after": "bm90IG91cnM"})
    assert await book.refused(forged) == (400, "malformed_cursor", "after")


async def test_sums_by_reference_and_code(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    for number in range(6):
        await book.moved(anna, boris, number + 1, reference=f"lon_{number % 3}", code="p2p.repayment.principal")
    await book.moved(anna, boris, 9, reference="lon_0", code="p2px")
    await book.hold(anna, boris, 9, reference="lon_0", code="p2p.repayment.principal")
    sums = await _pages(book, "/v1/transfers/sums", code="p2p.*", limit=2)
    assert [(one["reference"], one["amount"], one["count"]) for one in sums] == [
        ("lon_0", 5, 2), ("lon_1", 7, 2), ("lon_2", 9, 2),
    ]  # fmt: skip
    assert len(await _pages(book, "/v1/transfers/sums", reference="lon_0")) == 2


async def test_a_party_reads_her_own_and_nothing_else(book: Book) -> None:
    mine, other = await book.funded(100, owner="p2p"), await book.funded(0)
    moved, foreign = await book.moved(mine, other, 1), await book.moved(book.source, other, 1)
    lending = book.served.client("p2p")
    assert (await lending.get("/v1/transfers", params={"account_id": mine})).status_code == 200
    for params in ({}, {"reference": "tests"}, {"account_id": other}):
        assert (await lending.get("/v1/transfers", params=params)).status_code in (403, 404), params
    assert (await lending.get(f"/v1/transfers/{moved['id']}")).status_code == 200
    for hidden in (foreign["id"], transfer_id()):
        answer = await lending.get(f"/v1/transfers/{hidden}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_transfer")


async def test_every_batch_is_told_with_its_size(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    await book.bulk("atomic", [wire(anna, boris, 1) for _ in range(3)])
    events = (await book.get("/v1/events", types="payments.ledger.*"))["items"]
    told = [event["data"] for event in events]
    assert [(batch["book_id"], batch["transfers"]) for batch in told] == [(1, 1), (1, 3)]
