"""The wire cuts where it was told to, and the server has done what its kind of cut says."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Any

import asyncpg
import pytest

from tests.conftest import DatabaseUrls
from tests.payments.ledger.cutting import Cut, Wire

LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
BEGIN, INSERT, COPY, ROWS, COMMIT = range(5)


@pytest.fixture
async def wire(database_urls: DatabaseUrls) -> AsyncIterator[Wire]:
    url, owner_url = await database_urls("payments")
    owner = await asyncpg.connect(owner_url)
    await owner.execute("CREATE TABLE notes (id integer PRIMARY KEY)")
    await owner.execute("GRANT SELECT, INSERT ON notes TO payments")
    wire = Wire(url)
    await wire.start()
    yield wire
    wire.stop()
    await owner.execute("DROP TABLE notes")
    await owner.close()


async def _write(wire: Wire, *cuts: Cut) -> list[int]:
    """One, and two by COPY, in one transaction; what is there afterwards."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(wire.address)
    wire.arm(cuts)
    try:
        async with connection.transaction():
            await connection.execute("INSERT INTO notes VALUES ($1)", 1)
            await connection.copy_records_to_table("notes", records=[(2,), (3,)])
    finally:
        wire.arm(())
        connection.terminate()
    return await _found(wire)


async def _found(wire: Wire) -> list[int]:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(wire.address)
    rows = await connection.fetch("SELECT id FROM notes ORDER BY id")
    await connection.close()
    return [row["id"] for row in rows]


async def test_nothing_is_cut_unless_it_is_asked_for(wire: Wire) -> None:
    assert await _write(wire) == [1, 2, 3]
    assert not wire.cut


@pytest.mark.parametrize("how", ["lost", "torn"])
@pytest.mark.parametrize("at", [BEGIN, INSERT, COPY, ROWS, COMMIT])
async def test_what_does_not_arrive_is_not_done(wire: Wire, at: int, how: Any) -> None:
    with pytest.raises(LOST):
        await _write(wire, Cut(at, how))
    assert await _found(wire) == []
    names = ["BEGIN", "INSERT notes", "COPY notes", "rows of COPY", "COMMIT"]
    assert wire.cut == {(names[at], how): 1}


@pytest.mark.parametrize(("at", "left"), [(BEGIN, []), (INSERT, []), (COPY, []), (ROWS, []), (COMMIT, [1, 2, 3])])
async def test_what_is_not_heard_of_is_done(wire: Wire, at: int, left: list[int]) -> None:
    with pytest.raises(LOST):
        await _write(wire, Cut(at, "unheard"))
    assert await _found(wire) == left


async def test_one_cut_after_the_other(wire: Wire) -> None:
    first, second = Cut(COMMIT, "lost"), Cut(INSERT, "torn")
    with pytest.raises(LOST):
        await _write(wire, first, second)
    assert wire.cut == {("COMMIT", "lost"): 1}
    wire.arm([first, second])
    for number, told in ((1, True), (2, True), (3, False)):
        assert wire.fired == number - 1
        connection: asyncpg.Connection[Any] = await asyncpg.connect(wire.address)
        with pytest.raises(LOST) if told else nullcontext():
            await _write_singly(connection)
        connection.terminate()
    assert await _found(wire) == [1, 2, 3]


async def _write_singly(connection: "asyncpg.Connection[Any]") -> None:
    async with connection.transaction():
        for number in (1, 2, 3):
            await connection.execute("INSERT INTO notes VALUES ($1)", number)
