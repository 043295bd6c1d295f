"""How banks are asked for statements: never more of an answer than a file may have, and over TLS by the house's authorities."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest

from services.payments.reconciliation import banks
from services.payments.reconciliation.banks import BankAway, SandboxStatements
from tests.conftest import MakeRuntime


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 10


async def asked(make_runtime: MakeRuntime, answer: httpx.Response) -> bytes | None:
    transport = httpx.MockTransport(lambda _: answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://bank") as http:
        bank = SandboxStatements("ICBC", http, await make_runtime("payments"))
        return await bank.statement(date(2026, 11, 2))


async def test_an_answer_without_end_is_left(make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(banks, "LARGEST_FILE", 95)
    with pytest.raises(BankAway, match="more than 95 bytes"):
        await asked(make_runtime, httpx.Response(200, content=endless()))


@pytest.mark.parametrize(("status", "told"), [(200, b"statement"), (409, None)])
async def test_a_day_that_goes_on_has_no_statement(make_runtime: MakeRuntime, status: int, told: bytes | None) -> None:
    assert await asked(make_runtime, httpx.Response(status, content=b"statement")) == told


async def test_another_answer_is_asked_for_again(make_runtime: MakeRuntime) -> None:
    with pytest.raises(BankAway, match="503"):
        await asked(make_runtime, httpx.Response(503))
