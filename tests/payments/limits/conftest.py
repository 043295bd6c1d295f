import pytest

from tests.conftest import Serve
from tests.payments.customer import World
from tests.payments.holders.persons import verifying_world


@pytest.fixture
async def world(serve: Serve) -> World:
    """Nobody pays here who has not proved who she is."""
    return await verifying_world(serve)
