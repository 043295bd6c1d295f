"""Shops that are paid out to accounts at the sandbox's banks, over HTTP. Reserves are filled in both books without a card."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.identity import Caller
from chassis.ids import decode, encode
from services.payments.app import PERIODIC
from services.payments.channels.contracts import document_of, shipped
from services.payments.channels.reserves import reserve_at
from services.payments.merchant_payouts import jobs, queries
from services.payments.merchant_payouts.model import Batch
from tests.payments.market import Refused, refusal
from tests.payments.settlement.market import WEDNESDAY, Keeper, Market, post
from tests.sandbox.door import Door
from tests.serving import Served

BY_ITSELF = {
    name: PERIODIC[name][1]
    for name in (
        "payments.settle_due",
        "payments.close_payout_batches",
        "payments.carry_payout_batches",
        "payments.read_all_reports",
    )
}
"""Run by tests alone (`conftest.py`)."""
OPERATOR = Caller("stf_tests", "suite")
HOLDER = "上海茶叶有限公司"
MOST_TURNS = 30


@dataclass
class Street:
    """market: shops and buyers of payments; door: the sandbox with an operator's token. Both clocks stand at one instant."""

    market: Market
    sandbox: Served
    door: Door

    @classmethod
    async def open(cls, payments: Served, sandbox: Served) -> "Street":
        street = cls(await Market.open(payments), sandbox, Door(sandbox.client(timeout=30)))
        await street.at(WEDNESDAY)
        return street

    @property
    def http(self) -> httpx.AsyncClient:
        """An operator's calls."""
        return self.market.http

    async def at(self, instant: datetime) -> None:
        for http in (self.door.http, self.http):
            answer = await http.put("/v1/clock", json={"business_at": instant.isoformat(), "frozen": True})
            assert answer.status_code == 200, answer.text

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self.http.get("/v1/clock")).json()["business_at"])

    async def ahead(self, by: timedelta) -> None:
        await self.at(await self.now() + by)

    async def reserve(self, amount: int, bank: str = "ICBC", *, there: bool = True) -> None:
        """So much more of ours at a bank. there: in the bank's own books too."""
        async with self.market.payments.runtime.transaction() as tx:
            account_id = await reserve_at(tx, bank, "CNY")
        await self.market.book.moved(encode("acc", account_id), self.market.book.source, amount)
        if there:
            day = (await self.door.http.get("/v1/clock")).json()["business_on"]
            body = {"kind": "unexplained_credit", "on": day, "seed": 1, "amount": amount}
            answer = await self.door.post("statement-faults", body, bank)
            assert answer.status_code == 201, answer.text

    async def card(self, bank: str = "ICBC", name: str = HOLDER) -> str:
        """An empty account at a bank; its number."""
        body = {"holder_name": name, "mobile": f"139{uuid4().int % 10**8:08d}", "balance_minor": 0}
        return str((await self.door.post("cards", body, bank)).json()["number"])

    async def account(self, shop: Keeper, number: str, bank: str = "ICBC") -> str:
        """A payout account of the shop; its id."""
        body = {"holder_name": HOLDER, "bank": bank, "number": number}
        answer = await shop.post(f"/v1/merchants/{shop.merchant_id}/payout-accounts", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def shop(self, number: str | None = None, bank: str = "ICBC") -> Keeper:
        """A shop without a fee that is paid out to an account at a bank."""
        shop = await self.market.seller()
        account = await self.account(shop, number or await self.card(bank), bank)
        plan = {
            "code": f"free_{uuid4().hex[:8]}",
            "name": "免费",
            "currency": "CNY",
            "tiers": [{"from_minor": 0, "rate": "0"}],
        }
        free = (await post(self.http, "/v1/fee-plans", plan)).json()
        signed = await self.market.contract(shop, fee_plan_id=free["id"], payout="bank", payout_account_id=account)
        assert signed.status_code == 201, signed.text
        return shop

    async def owed(self, *sales: tuple[Keeper, int]) -> None:
        """Settled for so much each, and waiting for a batch: it is the next morning."""
        for shop, amount in sales:
            await self.market.sold(shop, amount)
        await self.at(await self.now() + timedelta(days=1))
        await self.run("payments.settle_due")

    async def batched(self, *sales: tuple[Keeper, int]) -> dict[str, Any]:
        await self.owed(*sales)
        await self.run("payments.close_payout_batches")
        return await self.batch()

    async def run(self, name: str) -> None:
        work = BY_ITSELF[name] if name in BY_ITSELF else self.market.payments.runtime.jobs.periodic[name][1]
        await work(self.market.payments.runtime)

    async def turn(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One turn with the bank; the batch after it."""
        await jobs.carry_batch(self.market.payments.runtime, decode("pba", batch["id"]))
        return await self.read(batch)

    async def carried(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Turn after turn, each when it is due, until the batch has ended: however slow the machine is, that is how it ends."""
        for _ in range(MOST_TURNS):
            batch = await self.turn(batch)
            if batch["ended_at"] is not None:
                return batch
            await self.at(max(datetime.fromisoformat(batch["query_at"]), await self.now()))
            await self.bank_works()
        raise AssertionError(batch)

    async def bank_works(self) -> None:
        """What the banks do by themselves."""
        for name in ("sandbox.execute_due_orders", "sandbox.report_due"):
            await self.sandbox.runtime.jobs.periodic[name][1](self.sandbox.runtime)

    async def row(self, batch: dict[str, Any]) -> Batch:
        async with self.market.payments.runtime.reading() as connection:
            found = await queries.batch_with(connection, decode("pba", batch["id"]))
        assert found is not None
        return found

    async def read(self, batch: dict[str, Any]) -> dict[str, Any]:
        return dict(await self.market.book.get(f"/v1/payout-batches/{batch['id']}"))

    async def batch(self) -> dict[str, Any]:
        """The one that has not ended."""
        items = (await self.market.book.get("/v1/payout-batches"))["items"]
        (batch,) = [one for one in items if one["ended_at"] is None]
        return dict(batch)

    async def lines(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        return list((await self.market.book.get(f"/v1/payout-batches/{batch['id']}/lines"))["items"])

    async def payout(self, shop: Keeper) -> dict[str, Any]:
        return dict((await shop.get(f"/v1/merchants/{shop.merchant_id}/payouts"))["items"][0])

    async def come_back(self, line: dict[str, Any], bank: str = "ICBC", reference: str = "") -> None:
        """The payee's bank sends a line back; payments has read of it."""
        body = {
            "kind": "payout_returned",
            "instruction_reference": line["end_to_end_id"],
            "reference": reference or uuid4().hex,
            "reason": "payee_account_closed",
        }
        answer = await self.door.post("reports", body, bank)
        assert answer.status_code == 201, answer.text
        await self.run("payments.read_all_reports")

    async def agreed(self, bank: str, **changes: Any) -> None:
        """Other terms with a bank from today on."""
        body = document_of(shipped()[bank]) | {"valid_from_on": (await self.now()).date().isoformat()} | changes
        answer = await post(self.http, "/v1/channels/contracts", body)
        assert answer.status_code == 201, answer.text

    async def refused(
        self, path: str, body: dict[str, Any] | None = None, by: httpx.AsyncClient | None = None
    ) -> Refused:
        return refusal(await post(by or self.http, path, body))

    async def told(self, event_type: str) -> list[dict[str, Any]]:
        """What was told of that type, oldest first."""
        items = (await self.http.get("/v1/events", params={"types": event_type})).json()["items"]
        return [one["data"] for one in items]

    async def reserves_agree(self, *banks: str) -> None:
        """The ledger's reserve is the bank's, to the cent."""
        items = (await self.http.get("/v1/verification/reserves")).json()["items"]
        ours = {one["bank"]: one["balance_minor"] for one in items}
        for bank in banks or ("ICBC",):
            assert ours[bank] == await self.door.reserve(bank)

    async def audit(self) -> None:
        await self.market.audit()
