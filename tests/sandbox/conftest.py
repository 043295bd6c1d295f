from collections.abc import AsyncIterator

import httpx
import pytest

from tests.sandbox.door import Door


@pytest.fixture
async def door(serve) -> AsyncIterator[Door]:  # type: ignore[no-untyped-def]
    sandbox = await serve("sandbox")
    headers = {"authorization": f"Bearer {sandbox.token()}"}
    async with httpx.AsyncClient(base_url=sandbox.url, headers=headers, timeout=1.0) as http:
        yield Door(http)
