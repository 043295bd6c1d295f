"""Money between books: there, or back, whatever dies on the way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from chassis.commands import perform
from chassis.ids import decode, encode
from services.payments.passes import actions, jobs
from services.payments.passes.model import PassState
from services.payments.passes.rules import after
from tests.conftest import Serve
from tests.payments.ledger.book import Book, transfer_id

EVENTS = ("deliver", "refuse", "settle")
TABLE = {
    PassState.HELD: ("delivered", "refused", "held"),
    PassState.DELIVERED: ("delivered", "delivered", "completed"),
    PassState.REFUSED: ("refused", "refused", "returned"),
    PassState.COMPLETED: ("completed",) * 3,
    PassState.RETURNED: ("returned",) * 3,
}


@pytest.fixture
async def book(serve: Serve) -> AsyncIterator[Book]:
    book = await Book.open(await serve("payments"))
    yield book
    await book.audit()


def test_every_event_in_every_state() -> None:
    assert {state: tuple(after(state, event) for event in EVENTS) for state in PassState} == TABLE


async def _pass(book: Book, debit: str, credit: str, amount: int, key: str | None = None, **facts: Any) -> Any:
    body = {"debit_account_id": debit, "credit_account_id": credit, "amount": amount, "currency": "CNY"} | facts
    return await book.http.post("/v1/passes", json=body, headers={"idempotency-key": key or uuid4().hex})


async def test_money_goes_to_the_other_book_and_back(book: Book) -> None:
    near, far = await book.funded(100), await book.funded(0, book_id=7)
    there = await _pass(book, near, far, 60)
    assert (there.status_code, there.json()["state"]) == (201, "completed")
    assert (await book.sums(near), await book.sums(far)) == ((60, 0, 100, 0), (0, 0, 60, 0))
    back = await _pass(book, far, near, 60)
    assert back.json()["state"] == "completed"
    assert (await book.sums(near), await book.sums(far)) == ((60, 0, 160, 0), (60, 0, 60, 0))
    clearing = (await book.get("/v1/accounts", kind="clearing"))["items"]
    assert sorted((one["book_id"], one["reference"], one["balance"]) for one in clearing) == [
        (1, "book_7", 0), (7, "book_1", 0),
    ]  # fmt: skip


async def test_asked_twice_it_moves_once(book: Book) -> None:
    near, far = await book.funded(100), await book.funded(0, book_id=7)
    answers = await asyncio.gather(*(_pass(book, near, far, 60, "one") for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {201, 202}
    assert await book.sums(far) == (0, 0, 60, 0)


async def test_what_the_other_book_refuses_comes_back(book: Book) -> None:
    near, far = await book.funded(100), await book.funded(0, book_id=7)
    closing = await book.http.post(
        f"/v1/accounts/{far}/closure", json={"reason": "gone"}, headers={"idempotency-key": "close"}
    )
    assert closing.status_code == 200
    answer = (await _pass(book, near, far, 60)).json()
    assert (answer["state"], answer["failure_code"]) == ("returned", "account_closed")
    assert await book.sums(near) == (0, 0, 100, 0)


async def test_left_half_done_it_is_found_and_carried_on(book: Book) -> None:
    near, far = await book.funded(100), await book.funded(0, book_id=7)
    runtime = book.served.runtime
    facts = {"amount": 60, "currency": "CNY", "reference": ""}
    ids = {"debit_account_id": decode("acc", near), "credit_account_id": decode("acc", far)}
    for seed, stop_after in (("a", None), ("b", actions.deliver)):
        async with runtime.transaction(seed=seed) as tx:
            one = await actions.request_pass(tx, jobs.PAYMENTS, **facts, **ids)  # type: ignore[arg-type]
            tx.jobs.take()
        if stop_after is not None:
            await perform(runtime, stop_after, jobs.PAYMENTS, seed=f"x{seed}", pass_id=one.id)
        await book.audit()
        await asyncio.gather(*(jobs.carry_pass(runtime, {"id": str(one.id)}) for _ in range(3)))
        assert (await book.get(f"/v1/passes/{encode('pas', one.id)}"))["state"] == "completed"
        await book.moved(book.source, near, 60)
    assert await book.sums(far) == (0, 0, 120, 0)


async def test_refusals(book: Book) -> None:
    near, other, far = await book.funded(10), await book.funded(0), await book.funded(0, book_id=7)
    unknown = "acc" + transfer_id()[3:]
    for answer, expected in (
        (await _pass(book, near, other, 5), (422, "same_book", "credit_account_id")),
        (await _pass(book, near, far, 11), (409, "insufficient_funds", "amount")),
        (await _pass(book, unknown, far, 5), (404, "unknown_account", "debit_account_id")),
        (await _pass(book, near, unknown, 5), (404, "unknown_account", "credit_account_id")),
        (await _pass(book, near, far, 5, currency="USD"), (422, "currency_mismatch", "debit_account_id")),
        (await _pass(book, near, far, 5.0), (422, "invalid_value", "amount")),  # type: ignore[arg-type]
    ):
        assert await book.refused(answer) == expected
    lending = book.served.client("p2p")
    body = {"debit_account_id": near, "credit_account_id": far, "amount": 5, "currency": "CNY"}
    stolen = await lending.post("/v1/passes", json=body, headers={"idempotency-key": "steal"})
    assert await book.refused(stolen) == (404, "unknown_account", "debit_account_id")
    made = (await _pass(book, near, far, 5)).json()
    assert (await lending.get(f"/v1/passes/{made['id']}")).json()["code"] == "unknown_pass"
    assert (await lending.get("/v1/passes")).json()["items"] == []
    assert len((await book.get("/v1/passes"))["items"]) == 1
