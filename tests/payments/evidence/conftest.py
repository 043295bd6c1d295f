from collections.abc import AsyncIterator

import pytest

from tests.conftest import Serve
from tests.payments.evidence.chain import Chain
from tests.payments.ledger.book import Book


@pytest.fixture
async def chain(serve: Serve) -> AsyncIterator[Chain]:
    """payments alone; after the test every sum and every link must follow from the transfers."""
    book = await Book.open(await serve("payments"))
    yield Chain(book)
    await book.audit()
