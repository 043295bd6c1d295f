from collections.abc import AsyncIterator

import pytest

from tests.conftest import Serve
from tests.payments.ledger.book import Book


@pytest.fixture
async def book(serve: Serve) -> AsyncIterator[Book]:
    """payments alone, without a sandbox; after the test every sum must follow from the transfers."""
    book = await Book.open(await serve("payments"))
    yield book
    await book.audit()
