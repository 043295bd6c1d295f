"""Holds that end by time."""

import asyncio
from datetime import datetime, timedelta

from tests.payments.ledger.book import Book


async def _later(book: Book, seconds: int) -> None:
    now = datetime.fromisoformat((await book.get("/v1/clock"))["business_at"])
    body = {"business_at": (now + timedelta(seconds=seconds)).isoformat()}
    assert (await book.http.put("/v1/clock", json=body)).status_code == 200


async def _expire(book: Book) -> None:
    await book.served.runtime.jobs.periodic["payments.expire_holds"][1](book.served.runtime)


async def test_an_expired_hold_gives_the_money_back_and_is_never_posted(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    short, long = (
        await book.hold(anna, boris, 60, timeout_seconds=60),
        await book.hold(anna, boris, 10, timeout_seconds=600),
    )
    await _later(book, 60)
    late = await book.settle("post", short)
    assert await book.refused(late) == (409, "hold_expired", "pending_id")
    await asyncio.gather(*(_expire(book) for _ in range(3)))
    assert await book.sums(anna) == (0, 10, 100, 0)
    assert await book.refused(await book.settle("post", short)) == (409, "hold_expired", "pending_id")
    assert await book.refused(await book.settle("void", short)) == (409, "hold_expired", "pending_id")
    (given_back,) = (await book.get("/v1/transfers", pending_id=short))["items"]
    assert (given_back["kind"], given_back["code"], given_back["amount"]) == ("expire", "hold.expiry", 60)
    assert (await book.settle("post", long)).status_code == 201


async def test_a_hold_settled_in_time_does_not_expire(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold_id = await book.hold(anna, boris, 60, timeout_seconds=60)
    await book.settle("post", hold_id, amount=20)
    await _later(book, 120)
    await _expire(book)
    assert await book.sums(anna) == (20, 0, 100, 0)


async def test_voiding_after_the_time_but_before_the_sweep_is_harmless(book: Book) -> None:
    anna, boris = await book.funded(100), await book.funded(0)
    hold_id = await book.hold(anna, boris, 60, timeout_seconds=60)
    await _later(book, 61)
    await asyncio.gather(book.settle("void", hold_id), _expire(book))
    assert await book.sums(anna) == (0, 0, 100, 0)
