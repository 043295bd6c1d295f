"""The banks that give us statements, asked outside any transaction."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import httpx

from chassis.authorities import trusted_authorities
from chassis.runtime import Runtime
from services.payments.channels.contracts import shipped

CALL_SECONDS = 20.0
LARGEST_FILE = 64 * 1024 * 1024
CURRENCY = "CNY"
"""Of the reserves whose statements are fetched."""


class BankAway(Exception):
    """It did not answer, or not with a statement: it is asked again."""


@dataclass(frozen=True)
class Terms:
    """Of the account that is our reserve there."""

    number: str
    currency: str


class StatementBank(Protocol):
    bank: str

    async def terms(self) -> Terms: ...

    async def statement(self, day: date) -> bytes | None:
        """camt.053 of a business day; None while the day goes on. Raises BankAway."""
        ...


@dataclass(frozen=True)
class StatementBanks:
    """The banks that can be asked; none without a sandbox in test mode."""

    by_bank: Mapping[str, StatementBank]


@dataclass
class SandboxStatements:
    bank: str
    http: httpx.AsyncClient
    runtime: Runtime

    async def terms(self) -> Terms:
        told = (await self._get("accounts/reserve", {})).json()
        return Terms(told["number"], told["currency"])

    async def statement(self, day: date) -> bytes | None:
        answer = await self._get("statement-files/camt.053", {"on": day.isoformat(), "kind": "reserve"}, allowed=409)
        return None if answer.status_code == 409 else answer.content

    async def _get(self, path: str, params: dict[str, str], allowed: int = 200) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.runtime.signer.token('sandbox', ['sandbox:read'])}"}
        try:
            async with self.http.stream(
                "GET", f"/bank/{self.bank}/v1/{path}", params=params, headers=headers
            ) as answer:
                content = await self._content(answer)
        except httpx.HTTPError as fault:
            raise BankAway(f"{self.bank}: {type(fault).__name__}") from fault
        if answer.status_code not in (200, allowed):
            raise BankAway(f"{self.bank}: {answer.status_code}")
        return httpx.Response(answer.status_code, content=content)

    async def _content(self, answer: httpx.Response) -> bytes:
        """As far as a file may go: what is longer is not kept."""
        content = bytearray()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > LARGEST_FILE:
                raise BankAway(f"{self.bank}: more than {LARGEST_FILE} bytes")
        return bytes(content)


@asynccontextmanager
async def open_statement_banks(runtime: Runtime) -> AsyncIterator[None]:
    """Every bank and institution of the sandbox; none where no sandbox is configured."""
    address = runtime.settings.neighbours.get("sandbox")
    async with AsyncExitStack() as stack:
        banks: dict[str, StatementBank] = {}
        if address is not None:
            http = httpx.AsyncClient(
                base_url=address, timeout=CALL_SECONDS, trust_env=False, verify=trusted_authorities()
            )
            await stack.enter_async_context(http)
            banks = {bank: SandboxStatements(bank, http, runtime) for bank in shipped()}
        runtime.provide(StatementBanks(banks))
        yield
