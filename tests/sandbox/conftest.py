import pytest

from tests.conftest import Serve
from tests.sandbox.door import Door


@pytest.fixture
async def door(serve: Serve) -> Door:
    """A bank's door."""
    return Door((await serve("sandbox")).client())
