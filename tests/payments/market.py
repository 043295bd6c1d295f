"""Customers with money and merchants, on the ledger alone: no bank is asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis import commands
from chassis.database import Tx, async_url
from chassis.errors import Refusal
from chassis.identity import CUSTOMER_SCOPES, Caller
from chassis.ids import decode, encode
from chassis.provision import in_database
from clients.ids import new_id
from services.payments.holders import queries as holders
from services.payments.holders.model import Check, CheckChannel, CheckState, Facts, Holder, Identity
from services.payments.holders.vault import IdentityVault
from services.payments.limits import queries as limits
from services.payments.verification import queries as audit
from services.payments.verification.routes import PATIENCE
from tests.payments.ledger.book import Book
from tests.serving import Served

Result = TypeVar("Result")
Refused = tuple[int, str, str | None]


@dataclass
class Party:
    """http: her own authorised calls; caller: the same for an action called directly."""

    id: str
    http: httpx.AsyncClient
    caller: Caller
    wallet: dict[str, Any] = field(default_factory=dict)

    @property
    def uuid(self) -> UUID:
        return decode("cus", self.id)

    async def ask(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> httpx.Response:
        return await self.http.post(path, json=body, headers={"idempotency-key": key or uuid4().hex})

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What must be made."""
        answer = await self.ask(path, body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    async def refused(self, path: str, body: dict[str, Any] | None = None) -> Refused:
        return refusal(await self.ask(path, body))

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def balance(self) -> tuple[int, int]:
        """Balance and what is available of it."""
        wallet = await self.get(f"/v1/wallets/{self.wallet['id']}")
        return wallet["balance"], wallet["available"]


@dataclass
class Market:
    """book: the ledger as an operator sees it; the money of tests comes from its source."""

    served: Served
    book: Book
    operator: Party

    @classmethod
    async def open(cls, served: Served) -> "Market":
        book = await Book.open(served)
        return cls(served, book, Party("stf_tests", book.http, Caller("stf_tests", "suite")))

    async def customer(self, amount: int | None = 0, currency: str = "CNY") -> Party:
        """With so much in her wallet; without one where None."""
        name = encode("cus", new_id())
        party = Party(name, self.served.client(name), Caller(name, "suite", CUSTOMER_SCOPES))
        if amount is not None:
            party.wallet = await party.post("/v1/wallets", {"currency": currency})
            await self.pay_in(party.wallet["account_id"], amount)
        return party

    async def merchant(self, owner: Party, amount: int = 0) -> dict[str, Any]:
        merchant = await owner.post("/v1/merchants", {"name": "茶叶店", "currency": "CNY"})
        await self.pay_in(merchant["account_id"], amount)
        return merchant

    async def prove(self, party: Party, name: str) -> str:
        """She has proved who she is, by five sources: the number of her identity."""
        vault, number = self.served.runtime.get(IdentityVault), uuid4().hex

        async def story(tx: Tx, caller: Caller) -> None:
            sealed = vault.seal(party.uuid, Facts(name, number))
            holder = Holder(new_id(), sealed.number_index, tx.now)
            await holders.add_holder(tx.connection, holder)
            await limits.add_usage(tx.connection, holder.id)
            identity = Identity(
                party.uuid, sealed.details, sealed.number_index, sealed.masked, tx.now, holder.id, tx.now, 5
            )
            await holders.add_identity(tx.connection, identity)
            for channel in list(CheckChannel)[:5]:
                passed = Check(
                    new_id(), party.uuid, channel, CheckState.PASSED, None, tx.now, tx.today, 1, None, tx.now, tx.now
                )
                await holders.add_check(tx.connection, passed)

        await self.perform(story, self.operator.caller)
        return number

    async def pay_in(self, account_id: str, amount: int) -> None:
        if amount:
            await self.book.moved(self.book.source, account_id, amount)

    async def balance(self, account_id: str) -> int:
        account = await self.book.get(f"/v1/accounts/{account_id}")
        return int(account["balance"])

    async def perform(self, action: Callable[..., Awaitable[Result]], caller: Caller, **facts: Any) -> Result:
        """A story in a transaction of its own."""
        return await commands.perform(self.served.runtime, action, caller, seed=uuid4().hex, **facts)

    async def tried(self, action: Callable[..., Awaitable[Any]], caller: Caller, **facts: Any) -> str:
        """`made`, or the code of the refusal."""
        try:
            await self.perform(action, caller, **facts)
        except Refusal as refused:
            return refused.code
        return "made"

    async def now(self) -> datetime:
        return await self.served.runtime.database.now()

    async def stop_clock(self, ahead: timedelta = timedelta(minutes=1)) -> datetime:
        """So much later, and there it stands."""
        now = await self.now() + ahead
        answer = await self.book.http.put("/v1/clock", json={"business_at": now.isoformat(), "frozen": True})
        assert answer.status_code == 200, answer.text
        return now

    async def run_periodic(self, name: str) -> None:
        await self.served.runtime.jobs.periodic[name][1](self.served.runtime)

    async def failed_checks(self) -> list[str]:
        report = await self.book.get("/v1/verification")
        return [one["name"] for one in report["checks"] if one["failed"]]

    async def failed_when(self, admin_url: str, statement: str) -> list[str]:
        """Checks that fail with a row changed as nobody with the service's own role could; it is changed back before anybody sees."""
        database = self.served.runtime.settings.database_url.rpartition("/")[2]
        engine = create_async_engine(async_url(in_database(admin_url, database)), poolclass=NullPool)
        late = await self.now() - PATIENCE
        async with engine.connect() as connection:
            await connection.execute(text(statement))
            looked = await audit.checks(connection) | await audit.past_deadline(connection, late)
            await connection.rollback()
        return [name for name, (_, offending) in looked.items() if offending]


def refusal(answer: httpx.Response) -> Refused:
    document = answer.json()
    assert answer.status_code >= 400, document
    return answer.status_code, document["code"], document.get("field")
