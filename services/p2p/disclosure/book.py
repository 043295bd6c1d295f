"""The loan book without names, made so that nobody is found in it: what is rare in it is told less of.

A row tells bands and no amounts, and a row that is like fewer than four others tells only what it shares with at least so many.
"""

from collections.abc import AsyncGenerator
from datetime import date
from secrets import token_hex
from tempfile import SpooledTemporaryFile

from chassis.errors import TooMany
from chassis.runtime import Runtime
from services.p2p.disclosure import queries
from services.p2p.disclosure.forms import book_csv

LEAST_ALIKE = 5
MOST_AT_ONCE = 4
"""Books that are made or sent at the same time, in a process."""
SIZE, SENT, IN_MEMORY = 2_000, 1 << 16, 1 << 22
"""Rows read together; bytes sent together, and held before they go to disk."""


class TooManyBooks(TooMany):
    code = "too_many_books"


class OpenBooks:
    """Found by `runtime.get(OpenBooks)`."""

    def __init__(self) -> None:
        self.open = 0


async def written(runtime: Runtime, last_day: date) -> AsyncGenerator[bytes]:
    """All of it is read before anything is sent: whoever reads slowly keeps no connection of the database. Raises TooManyBooks at once."""
    books = runtime.get(OpenBooks)
    if books.open >= MOST_AT_ONCE:
        raise TooManyBooks(f"at most {MOST_AT_ONCE} at once")
    books.open += 1
    try:
        with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            file.write(b"\xef\xbb\xbf" + book_csv([], head=True).encode())
            async with runtime.reading() as connection:
                async for rows in queries.loan_book(
                    connection, last_day, salt=token_hex(16), least_alike=LEAST_ALIKE, size=SIZE
                ):
                    file.write(book_csv(rows, head=False).encode())
            file.seek(0)
            while piece := file.read(SENT):
                yield piece
    finally:
        books.open -= 1
