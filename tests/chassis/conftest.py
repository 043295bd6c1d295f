"""A service with nothing running: pool, keys and clock on a clean database."""

import pytest

from chassis.runtime import Runtime
from tests.conftest import MakeRuntime


@pytest.fixture
async def runtime(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("p2p", pool_size=20)
