import pytest

from tests.conftest import Serve
from tests.sandbox.door import Door


@pytest.fixture
async def door(serve: Serve) -> Door:
    """A bank's door, with the short patience of a caller of silent banks."""
    sandbox = await serve("sandbox")
    return Door(sandbox.client(timeout=3.0))
