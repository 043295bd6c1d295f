"""What goes wrong before the routes is explained as the routes explain it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx

from tests.conftest import DatabaseUrls
from tests.payments.ledger.book import Book, transfer_id, wire

JSON = {"content-type": "application/json"}


async def _endless(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b" " * 1_000_000


async def test_a_body_without_a_length_ends_at_the_limit(book: Book) -> None:
    for path in ("/v1/transfers", "/v1/transfers/bulk"):
        answer = await book.http.post(path, content=_endless(12))
        assert answer.status_code == 413
        assert answer.json()["code"] == "body_too_large"


async def test_a_fault_of_ours_is_a_problem_and_nothing_is_written(book: Book, database_urls: DatabaseUrls) -> None:
    payer, payee = await book.funded(100), await book.funded(0)
    name = transfer_id()
    _, owner_url = await database_urls("payments")
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute("REVOKE INSERT ON ledger_transfers FROM payments")
        failed = await book.move(payer, payee, 30, id=name)
        in_bulk = await book.bulk("independent", [wire(payer, payee, 30)])
    finally:
        await owner.execute("GRANT INSERT ON ledger_transfers TO payments")
        await owner.close()
    for answer in (failed, in_bulk):
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "internal"
    again = await book.move(payer, payee, 30, id=name)
    assert again.status_code == 201
    assert (await book.sums(payer))[0] == 30


async def test_both_ways_say_the_same(book: Book) -> None:
    """A body without a length goes the ordinary way. What was said once is said again by either: made, refused, spent, differing."""
    payer, payee = await book.funded(100), await book.funded(0)
    full = wire(payer, payee, 30, reference="bill", value_on="2026-01-31", metadata={"till": "七"})
    hold = wire(payer, payee, 5, kind="pending", timeout_seconds=60)
    asked = [
        ("/v1/transfers", one)
        for one in (
            full,
            hold,
            {"id": transfer_id(), "kind": "post", "code": "tests.move", "pending_id": hold["id"]},
            full | {"amount": 31},
            full | {"metadata": {"till": "八"}},
            wire(payer, payee, 10_000),
            wire(payer, payer, 1),
            wire(payer, payee, 1, currency="USD"),
        )
    ]
    several = [wire(payer, payee, 1), wire(payer, payee, 10_000), wire(payer, payee, 2)]
    asked += [("/v1/transfers/bulk", {"mode": mode, "transfers": several}) for mode in ("atomic", "independent")]
    for path, body in asked:
        await book.http.post(path, json=body)
    for path, body in asked:
        quick, ordinary = (
            await book.http.post(path, json=body),
            await book.http.post(path, content=_pieces(body), headers=JSON),
        )
        assert quick.status_code == ordinary.status_code
        assert _said(quick) == _said(ordinary)
        assert set(quick.headers) == set(ordinary.headers)


async def _pieces(body: dict[str, Any]) -> AsyncIterator[bytes]:
    yield json.dumps(body).encode()


def _said(answer: httpx.Response) -> dict[str, Any]:
    """The ordinary way of a refusal tells the path too."""
    said: dict[str, Any] = answer.json()
    said.pop("instance", None)
    return said
