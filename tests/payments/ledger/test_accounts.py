"""Accounts: opened by whom, frozen, released, closed."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from tests.payments.ledger.book import Book


async def _post(http: httpx.AsyncClient, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    return await http.post(path, json=body, headers={"idempotency-key": key or uuid4().hex})


async def test_an_account_is_opened_once_under_its_key(book: Book) -> None:
    body = {"currency": "CNY", "kind": "collection", "reference": "one"}
    answers = await asyncio.gather(*(_post(book.http, "/v1/accounts", body, "key") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 7


async def test_whose_accounts(book: Book) -> None:
    lending, credit = book.served.client("p2p"), book.served.client("ecommerce_credit")
    mine = (await _post(lending, "/v1/accounts", {"currency": "CNY", "kind": "collection"})).json()
    assert (mine["owner"], mine["rule"]) == ("p2p", "debits_must_not_exceed_credits")
    assert (await lending.get(f"/v1/accounts/{mine['id']}")).status_code == 200
    for path in ("", "/balance", "/statement"):
        other = await credit.get(f"/v1/accounts/{mine['id']}{path}")
        assert (other.status_code, other.json()["code"]) == (404, "unknown_account")
    assert [one["id"] for one in (await lending.get("/v1/accounts")).json()["items"]] == [mine["id"]]
    assert (await credit.get("/v1/accounts", params={"owner": "p2p"})).status_code == 404
    foreign = await _post(lending, "/v1/accounts", {"currency": "CNY", "kind": "collection", "owner": "suite"})
    assert await book.refused(foreign) == (403, "owner_not_allowed", "owner")


async def test_refusals_of_an_opening(book: Book) -> None:
    for body, expected in (
        ({"currency": "XXX", "kind": "collection"}, (422, "unknown_currency", "currency")),
        ({"currency": "CNY", "kind": "wallet"}, (422, "kind_reserved", "kind")),
        ({"currency": "CNY", "kind": "Collection"}, (422, "invalid_value", "kind")),
        ({"currency": "CNY", "kind": "collection", "rule": "maybe"}, (422, "invalid_value", "rule")),
        ({"currency": "CNY", "kind": "collection", "book_id": 0}, (422, "invalid_value", "book_id")),
        ({"currency": "CNY", "kind": "collection", "colour": "red"}, (422, "unknown_field", "colour")),
        ({"kind": "collection"}, (422, "missing_field", "currency")),
    ):
        assert await book.refused(await _post(book.http, "/v1/accounts", body)) == expected
    acting = book.served.client("p2p", acting_for="cus_01jdf3q8e7f5bt2m0xk5s8yq4c")
    for rule in ("none", "credits_must_not_exceed_debits"):
        overdrawn = await _post(acting, "/v1/accounts", {"currency": "CNY", "kind": "collection", "rule": rule})
        assert await book.refused(overdrawn) == (403, "owner_not_allowed", "rule")


async def test_a_freeze_stops_what_leaves_and_keeps_what_was_promised(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    promised = await book.hold(anna, boris, 10, code="escrow.hold")
    kept, voided = await book.hold(anna, boris, 10), await book.hold(anna, boris, 10)
    frozen = await _post(book.http, f"/v1/accounts/{anna}/freeze", {"reason": "court order 17"})
    assert frozen.json()["frozen"] is True
    for answer in (
        await book.move(anna, boris, 1),
        await book.move(anna, boris, 1, kind="pending"),
        await book.settle("post", kept),
    ):
        assert await book.refused(answer) == (409, "account_frozen", "debit_account_id")
    assert (await book.settle("post", promised, code="escrow.release")).status_code == 201
    assert (await book.settle("void", voided)).status_code == 201
    assert (await book.move(book.source, anna, 5)).status_code == 201
    await _post(book.http, f"/v1/accounts/{anna}/release", {"reason": "lifted"})
    assert (await book.move(anna, boris, 1)).status_code == 201
    again = await _post(book.http, f"/v1/accounts/{anna}/release", {"reason": "lifted"})
    assert await book.refused(again) == (409, "account_not_frozen", None)
    steps = (await book.get(f"/v1/accounts/{anna}/steps"))["items"]
    assert [(one["step"], one["reason"]) for one in steps] == [
        ("opened", ""), ("frozen", "court order 17"), ("released", "lifted"),
    ]  # fmt: skip
    reader = book.served.client("p2p")
    assert (await _post(reader, f"/v1/accounts/{anna}/freeze", {"reason": "mine"})).status_code == 403


async def test_an_amount_is_frozen_and_catches_what_comes_in(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    early, promised = await book.hold(anna, boris, 50), await book.hold(anna, boris, 10, code="escrow.hold")
    frozen = (await _post(book.http, f"/v1/accounts/{anna}/freeze", {"reason": "order 18", "amount": 70})).json()
    assert (frozen["frozen"], frozen["frozen_amount"], frozen["balance"], frozen["available"]) == (False, 70, 100, -30)
    for answer in (await book.move(anna, boris, 1), await book.move(anna, boris, 9, flags=["balancing_debit"])):
        assert await book.refused(answer) == (409, "insufficient_funds", "amount")
    # 50 of the 100 may not leave: only 30 are not frozen. What was promised in escrow is posted all the same.
    assert await book.refused(await book.settle("post", early)) == (409, "account_frozen", "debit_account_id")
    assert (await book.settle("post", promised, code="escrow.release")).status_code == 201
    assert (await book.settle("post", early, amount=20)).status_code == 201
    await book.moved(book.source, anna, 5)
    assert (await book.moved(anna, boris, 9, flags=["balancing_debit"]))["amount"] == 5
    more = await _post(book.http, f"/v1/accounts/{anna}/freeze", {"reason": "order 19", "amount": 10_000})
    assert more.json()["frozen_amount"] == 10_000
    await book.moved(book.source, anna, 500)
    assert await book.refused(await book.move(anna, boris, 1)) == (409, "insufficient_funds", "amount")
    released = (await _post(book.http, f"/v1/accounts/{anna}/release", {"reason": "lifted"})).json()
    assert (released["frozen_amount"], released["available"]) == (0, 570)
    steps = (await book.get(f"/v1/accounts/{anna}/steps"))["items"]
    assert [(one["step"], one["amount"]) for one in steps] == [
        ("opened", None), ("frozen", 70), ("frozen", 10_000), ("released", None),
    ]  # fmt: skip


async def test_an_amount_is_frozen_only_where_there_is_a_balance_to_keep(book: Book) -> None:
    for rule in ("none", "credits_must_not_exceed_debits"):
        account = await book.account(rule=rule)
        frozen = await _post(book.http, f"/v1/accounts/{account['id']}/freeze", {"reason": "x", "amount": 1})
        assert await book.refused(frozen) == (422, "no_limit_to_freeze", "amount")
    anna = await book.funded(0)
    for amount in (0, -1, 1.5, "1", True, 2**53):
        frozen = await _post(book.http, f"/v1/accounts/{anna}/freeze", {"reason": "x", "amount": amount})
        assert (await book.refused(frozen))[::2] == (422, "amount"), amount


async def test_only_an_empty_account_is_closed_and_it_stays_so(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    full = await _post(book.http, f"/v1/accounts/{anna}/closure", {"reason": "moved away"})
    assert await book.refused(full) == (409, "account_not_empty", None)
    await book.moved(anna, boris, 100)
    closed = await _post(book.http, f"/v1/accounts/{anna}/closure", {"reason": "moved away"})
    assert closed.json()["closed"] is True
    assert await book.refused(await book.move(boris, anna, 1)) == (409, "account_closed", "credit_account_id")
    assert await book.refused(await book.move(anna, boris, 1)) == (409, "account_closed", "debit_account_id")


async def test_an_account_of_a_story_is_not_closed_under_it(book: Book) -> None:
    """An empty wallet may be waiting for a top-up that its bank has executed."""
    customer = book.served.client("cus_01jdf3q8e7f5bt2m0xk5s8yq4c")
    wallet = (await _post(customer, "/v1/wallets", {"currency": "CNY"})).json()
    closed = await _post(book.http, f"/v1/accounts/{wallet['account_id']}/closure", {"reason": "unused"})
    assert await book.refused(closed) == (422, "kind_reserved", "account_id")
