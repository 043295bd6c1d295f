"""What goes wrong before the routes is explained as the routes explain it."""

from collections.abc import AsyncIterator

import asyncpg

from tests.conftest import DatabaseUrls
from tests.payments.ledger.book import Book, transfer_id, wire


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
