"""People as tests play them, over HTTP: a customer with phone and card, a merchant."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.clock import SUITE_ZONE
from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.channels.queries import instructions_for
from tests.conftest import Serve
from tests.sandbox.door import Door
from tests.serving import PATIENCE_SECONDS, Served


@dataclass
class Person:
    """http: the customer's own authorised calls to payments; door: the outside world she lives in."""

    http: httpx.AsyncClient
    door: Door
    id: str
    holder_name: str = "王小明"
    mobile: str = field(default_factory=lambda: f"139{uuid4().int % 10**8:08d}")

    async def post(self, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> httpx.Response:
        headers = {"idempotency-key": key or uuid4().hex}
        return await self.http.post(path, json=body, headers=headers)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def open_wallet(self, currency: str = "CNY") -> dict[str, Any]:
        answer = await self.post("/v1/wallets", {"currency": currency})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def wallet(self) -> dict[str, Any]:
        return dict((await self.get("/v1/wallets"))["items"][0])

    async def balance(self) -> tuple[int, int]:
        """Balance and what is available of it."""
        wallet = await self.wallet()
        return wallet["balance"], wallet["available"]

    async def open_card(self, bank: str = "ICBC", balance_minor: int = 100_000_000) -> str:
        body = {"holder_name": self.holder_name, "mobile": self.mobile, "balance_minor": balance_minor}
        return str((await self.door.post("cards", body, bank)).json()["number"])

    async def bind(self, number: str) -> str:
        """A bound card; its id."""
        body = {"number": number, "holder_name": self.holder_name, "mobile": self.mobile}
        asked = (await self.post("/v1/cards", body)).json()
        # At once, or by the queue when the machine stood still for as long as the bank is waited for.
        await self.until(f"/v1/cards/{asked['id']}", "code_sent")
        code = await self.door.newest_code(self.mobile)
        bound = (await self.post(f"/v1/cards/{asked['id']}/confirmation", {"sms_code": code})).json()
        await self.until(f"/v1/cards/{bound['id']}", "bound")
        return str(bound["id"])

    async def ready(self, bank: str = "ICBC") -> str:
        """With a wallet and a bound card; the card's id."""
        await self.open_wallet()
        return await self.bind(await self.open_card(bank))

    async def until(self, path: str, state: str) -> None:
        """Wait for a record to reach a state by itself."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.get(path))["state"] != state:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def top_up(self, card_id: str, amount: int, key: str | None = None) -> httpx.Response:
        return await self.post("/v1/top-ups", {"card_id": card_id, "amount": amount, "currency": "CNY"}, key)

    async def funded(self, amount: int, bank: str = "ICBC") -> str:
        """With so much in her wallet; the id of the card it came from."""
        card_id = await self.ready(bank)
        top_up = (await self.top_up(card_id, amount)).json()
        await self.until(f"/v1/top-ups/{top_up['id']}", "succeeded")
        return card_id

    async def withdraw(self, card_id: str, amount: int, key: str | None = None) -> httpx.Response:
        return await self.post("/v1/withdrawals", {"card_id": card_id, "amount": amount, "currency": "CNY"}, key)


@dataclass
class World:
    """payments and its sandbox, both running; door: the sandbox with an operator's token."""

    payments: Served
    sandbox: Served
    door: Door

    @classmethod
    async def open(cls, serve: Serve, **environment: str) -> "World":
        sandbox = await serve("sandbox")
        waits = {"SIFANG_PAYMENTS_CHANNEL_SECONDS": str(PATIENCE_SECONDS)}
        return cls(await serve("payments", environment=waits | environment), sandbox, Door(sandbox.client()))

    def person(self) -> Person:
        customer = encode("cus", new_id())
        return Person(self.payments.client(customer), self.door, customer)

    async def move_clock(self, ahead: timedelta) -> None:
        """Both clocks to one instant so much later, and there they stand."""
        while True:
            now = [
                datetime.fromisoformat((await http.get("/v1/clock")).json()["business_at"]) for http in self._clocks()
            ]
            if await self._set_clocks(max(now) + ahead):
                return

    async def at(self, instant: str) -> None:
        """Both clocks to an instant, where they stand."""
        assert await self._set_clocks(datetime.fromisoformat(instant)), f"it is past {instant}"

    def _clocks(self) -> list[httpx.AsyncClient]:
        return [self.door.http, self.payments.client()]

    async def _set_clocks(self, instant: datetime) -> bool:
        """False: a clock that still ran was past it, as on a machine that stood still since the clocks were read."""
        for http in self._clocks():
            answer = await http.put("/v1/clock", json={"business_at": instant.isoformat()})
            if answer.status_code == 409:
                return False
            assert answer.status_code == 200, answer.text
        return True

    async def run(self, job: str, record_id: str) -> None:
        """A job of payments, here and now, as the queue would run it again."""
        await self.payments.runtime.jobs.run_now(job, {"id": str(_uuid_of(record_id))})

    async def thursday_noon(self) -> datetime:
        """The next one, when no channel is closed and no cut-off near; there the clocks stand."""
        now = datetime.fromisoformat((await self.door.http.get("/v1/clock")).json()["business_at"])
        local = now.astimezone(SUITE_ZONE).replace(hour=12, minute=0, second=0, microsecond=0)
        noon = local + timedelta(days=1 + (2 - local.weekday()) % 7)
        await self.at(noon.isoformat())
        return noon

    async def audit(self) -> None:
        """Everything holds that payments says of itself."""
        answer = (await self.payments.client().get("/v1/verification")).json()
        assert answer["holds"], [check for check in answer["checks"] if check["offending"]]

    async def run_periodic(self, name: str) -> None:
        await self.payments.runtime.jobs.periodic[name][1](self.payments.runtime)

    async def reference_of(self, record_id: str) -> str:
        """Our reference at the bank for a top-up or withdrawal."""
        async with self.payments.runtime.reading() as connection:
            found = await instructions_for(connection, _uuid_of(record_id))
        return encode("chi", found[-1].id)

    async def sandbox_away(self) -> None:
        """From now on nobody answers where the banks were."""
        await self.sandbox.stop()


def _uuid_of(record_id: str) -> UUID:
    return decode(record_id.partition("_")[0], record_id)
