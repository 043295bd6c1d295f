"""A served ledger whose connections to PostgreSQL can be cut, and the book in which each run plays."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import asyncpg
import httpx
from fastapi import FastAPI

from chassis.ids import encode
from chassis.settings import Settings
from clients.ids import new_id
from services.payments.app import create_app
from services.payments.ledger import batch_queries
from tests import serving
from tests.payments.ledger.asking import OPERATOR, SHOP, Answer, Doors, Request, results_of
from tests.payments.ledger.book import Book
from tests.payments.ledger.cutting import Cut, How, Wire
from tests.payments.ledger.predicting import Facts, Second
from tests.serving import Served

Result = TypeVar("Result")
FIRST_DAY = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
BETWEEN_RUNS = timedelta(hours=1)
PATIENCE_SECONDS = 60
TOKENS_LAST_RUNS = 20
RULES = {"d": "debits_must_not_exceed_credits", "c": "credits_must_not_exceed_debits", "n": "none"}


class Opening(NamedTuple):
    """An account of every run. before: how long it has been open when the run begins."""

    rule: str
    owner: str = "suite"
    currency: str = "CNY"
    before: timedelta = timedelta(seconds=100)


ACCOUNTS = {
    "bank": Opening("n"),
    "vault": Opening("c"),
    "anna": Opening("d"),
    "boris": Opening("d"),
    "shop": Opening("d", SHOP),
    "late": Opening("d", before=timedelta(0)),
    "dollars": Opening("n", currency="USD"),
}
NOBODY = "nobody"
"""An account that does not exist."""


@dataclass
class Stage:
    """runs: begun so far, each in the book of that number; asked, unanswered: requests; said: results of transfers, codes of refusals."""

    served: Served
    wires: dict[str, Wire]
    sql: "asyncpg.Connection[Any]"
    loop: asyncio.AbstractEventLoop
    now: datetime = FIRST_DAY
    runs: int = 0
    asked: int = 0
    unanswered: int = 0
    said: "Counter[str]" = field(default_factory=Counter)
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def wait(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """From another thread than the loop's."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE_SECONDS)

    @property
    def cut(self) -> "Counter[tuple[str, How]]":
        """By statement and how, on both wires."""
        return sum((wire.cut for wire in self.wires.values()), Counter())

    async def set_clock(self, now: datetime) -> None:
        """Business time stands still between."""
        self.now = now
        answer = await self.clients[OPERATOR].put("/v1/clock", json={"business_at": now.isoformat(), "frozen": True})
        assert answer.status_code == 200, answer.text

    async def open_book(self) -> tuple[Doors, Second]:
        if self.runs % TOKENS_LAST_RUNS == 0:
            self.clients = {OPERATOR: self.served.client(), SHOP: self.served.client(SHOP)}
        self.runs += 1
        await self.set_clock(self.now + BETWEEN_RUNS)
        book = Book(self.served, self.clients[OPERATOR])
        accounts, facts = {NOBODY: encode("acc", new_id(self.runs))}, {}
        for name, one in ACCOUNTS.items():
            facts[name] = Facts(one.rule, one.owner, one.currency, self.now - one.before)
            more = {"currency": one.currency, "owner": one.owner, "rule": RULES[one.rule], "book_id": self.runs}
            opened = await book.account(f"tests_{name}", opened_at=facts[name].opened.isoformat(), **more)
            accounts[name] = opened["id"]
        names = {account_id: name for name, account_id in accounts.items()}
        return Doors(self.served, self.clients, self.runs, accounts, names), Second(facts, self.now)

    async def ask(self, doors: Doors, request: Request, cuts: Sequence[Cut] = ()) -> tuple[Answer | None, int]:
        """The answer, and how many cuts were made meanwhile."""
        self.asked += 1
        wire = self.wires[request.wire]
        wire.arm(cuts)
        answer = await request.ask(doors)
        fired = wire.fired
        wire.arm(())
        self.unanswered += answer is None
        self.said.update(() if answer is None else results_of(answer))
        return answer, fired


@asynccontextmanager
async def staged(settings: Settings, *, largest_statement: int = 1) -> AsyncIterator[Stage]:
    """On the database of `settings`. Its periodic work is done when a run says so.

    largest_statement: as many transfers are written without COPY.
    """
    wires = {"lane": Wire(settings.direct_url), "pool": Wire(settings.database_url)}
    for wire in wires.values():
        await wire.start()
    through = replace(settings, direct_url=wires["lane"].address, database_url=wires["pool"].address)
    largest, batch_queries.LARGEST_STATEMENT = batch_queries.LARGEST_STATEMENT, largest_statement
    served = await serving.start(through, _without_periodic_work)
    sql: asyncpg.Connection[Any] = await asyncpg.connect(settings.database_url)
    await sql.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    try:
        yield Stage(served, wires, sql, asyncio.get_running_loop())
    finally:
        await sql.close()
        await served.stop()
        batch_queries.LARGEST_STATEMENT = largest
        for wire in wires.values():
            wire.stop()


def _without_periodic_work(settings: Settings) -> FastAPI:
    app = create_app(settings)
    app.state.runtime.jobs.periodic.clear()
    return app
