"""Payments and the sandbox's chain, as tests play with them: a coin on its rail, customers with addresses, blocks on demand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.conftest import Serve
from tests.payments.market import Market, Party
from tests.serving import PATIENCE_SECONDS, Served

SCHEDULE = {"subsidy": 5_000_000_000, "halving_blocks": 210_000}
COIN = 10**8


@dataclass
class Town:
    """node: the chain, with a wallet of the tests' own."""

    market: Market
    sandbox: Served
    node: httpx.AsyncClient

    @classmethod
    async def open(cls, serve: Serve) -> "Town":
        """With 101 blocks, so that there is a subsidy to spend."""
        sandbox = await serve("sandbox")
        waits = {"SIFANG_PAYMENTS_CHANNEL_SECONDS": str(PATIENCE_SECONDS)}
        town = cls(await Market.open(await serve("payments", environment=waits)), sandbox, sandbox.client())
        await town.mine(101)
        await town.market.operator.post("/v1/units", {"code": "BTC", "kind": "coin", "schedule": SCHEDULE})
        await town.market.operator.post("/v1/coin-rails", {"unit": "BTC"})
        return town

    async def ask(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.node.post(f"/chain/v1/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    async def mine(self, blocks: int = 1) -> None:
        await self.ask("blocks", blocks=blocks)

    async def pay(self, address: str, amount: int) -> str:
        """From the chain's tap, into the mempool; the transaction."""
        return str((await self.ask("fills", address=address, amount=amount))["txid"])

    async def outside(self) -> str:
        """An address that is not ours."""
        return str((await self.ask("addresses", label="outside"))["address"])

    async def customer(self, deposit: int = 0) -> Party:
        """With an address, and so much credited."""
        party = await self.market.customer()
        address = (await party.post("/v1/coin-addresses", {"unit": "BTC"}))["address"]
        party.wallet |= {"address": address}
        if deposit:
            await self.pay(address, deposit)
            await self.mine(6)
            await self.scan()
        return party

    async def scan(self) -> None:
        """Everything the chain has to tell, now."""
        await self.perform("UPDATE coin_rails SET due_at = opened_at")
        await self.market.run_periodic("payments.scan_chains")

    async def resolve(self) -> None:
        """Every withdrawal asked about, now."""
        await self.perform("UPDATE coin_withdrawals SET due_at = requested_at WHERE due_at IS NOT NULL")
        await self.market.run_periodic("payments.resolve_coins")

    async def confirm(self) -> None:
        """What was sent, by enough blocks that were read."""
        await self.mine(6)
        await self.scan()
        await self.resolve()

    async def perform(self, statement: str) -> None:
        async with self.market.served.runtime.transaction() as tx:
            await tx.connection.exec_driver_sql(statement)

    async def coins(self, party: Party) -> tuple[int, int]:
        """Balance and what is available of it."""
        (account,) = (await party.get("/v1/coin-accounts"))["items"]
        return account["balance"], account["available"]

    async def deposit(self, party: Party) -> dict[str, Any]:
        """The newest."""
        return dict((await party.get("/v1/coin-deposits"))["items"][0])

    async def withdraw(self, party: Party, amount: int, fee: int = 5_000, address: str = "") -> httpx.Response:
        body = {"unit": "BTC", "address": address or await self.outside(), "amount": amount, "fee": fee}
        return await party.ask("/v1/coin-withdrawals", body)

    async def withdrawal(self, party: Party, asked: dict[str, Any]) -> dict[str, Any]:
        return dict(await party.get(f"/v1/coin-withdrawals/{asked['id']}"))

    async def rail(self) -> dict[str, Any]:
        return dict((await self.market.operator.get("/v1/coin-rails"))["items"][0])

    async def move_clocks(self, ahead: timedelta) -> None:
        now = await self.market.now()
        other = datetime.fromisoformat((await self.node.get("/v1/clock")).json()["business_at"])
        instant = {"business_at": (max(now, other) + ahead).isoformat()}
        for http in (self.node, self.market.book.http):
            assert (await http.put("/v1/clock", json=instant)).status_code == 200

    async def proved(self) -> None:
        """Books and chain agree to the last unit, and everything holds."""
        await self.scan()
        rail = await self.rail()
        assert rail["difference"] == 0, rail
        assert rail["proved_at"] is not None
        (supply,) = [one for one in (await self.market.book.get("/v1/money-supply"))["items"] if one["unit"] == "BTC"]
        assert supply["balanced"], supply
        assert supply["on_chain"] <= supply["schedule_limit"]
        assert await self.market.failed_checks() == []
