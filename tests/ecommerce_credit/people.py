"""People as tests play them over HTTP: shop owners, funders and operators, each with her own tokens at the lender and at payments."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.ids import decode, encode
from clients.ids import new_id
from tests.ecommerce_credit.marketplace import Sales, body
from tests.serving import Served

NOON = datetime(2036, 11, 25, 4, tzinfo=UTC)
"""Noon of 25 November 2036 in Shanghai, at which tests begin: clocks are only ever moved forward."""


@dataclass
class Door:
    """One caller's authorised calls to one service."""

    http: httpx.AsyncClient
    party: str

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"idempotency-key": key or uuid4().hex})

    async def made(self, path: str, body: Any = None, status: int = 201) -> dict[str, Any]:
        answer = await self.post(path, body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def refused(self, path: str, body: Any = None) -> tuple[int, str, str | None]:
        """Status, code and field of a refusal."""
        answer = await self.post(path, body)
        document = answer.json()
        assert answer.status_code >= 400, document
        return answer.status_code, document["code"], document.get("field")

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        answer = await self.http.get(path, params=params or None)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def set_clock(self, instant: datetime) -> None:
        answer = await self.http.put("/v1/clock", json={"business_at": instant.isoformat()})
        assert answer.status_code == 200, answer.text


def operator_of(served: Served) -> Door:
    return Door(served.client(), "stf_tests")


def customer_of(served: Served, **more: Any) -> Door:
    customer = encode("cus", new_id())
    return Door(served.client(customer, **more), customer)


async def take(operator: Door, sales: Sales, **changes: Any) -> None:
    """Import what limits rest on."""
    for kind, rows in sales.rows.items():
        if kind == "order_payments":
            continue  # nothing about a shop rests on them
        for start in range(0, len(rows), 1000):
            done = await operator.made("/v1/imports", body(kind, rows[start : start + 1000], **changes))
            assert done["refused"] == [], done["refused"][:3]


async def owned_shop(operator: Door, owner: Door, name: str = "shop", **months: Any) -> dict[str, Any]:
    """A shop with a year of good sales, hers."""
    sales = Sales()
    seller_id = sales.seller(name)
    sales.months(seller_id, **months)
    await take(operator, sales)
    shop = (await operator.get("/v1/shops", seller_id=seller_id))["items"][0]
    await operator.made(f"/v1/shops/{shop['id']}/owner", {"customer": owner.party, "note": "deed seen"})
    return dict(shop)


@dataclass
class Person:
    """lending: her calls to the lender; money: her calls to payments."""

    lending: Door
    money: Door

    @property
    def id(self) -> str:
        return self.lending.party

    async def wallet(self) -> dict[str, Any]:
        found = (await self.money.get("/v1/wallets", currency="CNY"))["items"]
        return dict(found[0]) if found else await self.money.made("/v1/wallets", {"currency": "CNY"})

    async def balance(self) -> int:
        return int((await self.wallet())["balance"])


@dataclass
class World:
    """payments and the lender, both running."""

    payments: Served
    credit: Served
    operator: Door
    ledger: Door
    now: datetime = NOON
    _source: str | None = None

    def person(self) -> Person:
        customer = encode("cus", new_id())
        return Person(
            Door(self.credit.client(customer), customer),
            Door(self.payments.client(customer), customer),
        )

    async def give(self, person: Person, amount: int) -> None:
        wallet = await person.wallet()
        await self.move(await self._money_source(), wallet["account_id"], amount)

    async def take_away(self, person: Person, amount: int) -> None:
        wallet = await person.wallet()
        await self.move(wallet["account_id"], await self._money_source(), amount)

    async def move(self, debit: str, credit: str, amount: int) -> None:
        order = {
            "id": encode("trf", new_id()),
            "kind": "single",
            "debit_account_id": debit,
            "credit_account_id": credit,
            "amount": amount,
            "currency": "CNY",
            "code": "tests.money",
            "reference": "tests",
        }
        answer = await self.ledger.http.post("/v1/transfers", json=order)
        assert answer.status_code == 201, answer.text

    async def _money_source(self) -> str:
        if self._source is None:
            wanted = {"currency": "CNY", "kind": "suspense", "owner": "suite", "rule": "none", "reference": "tests"}
            self._source = str((await self.ledger.made("/v1/accounts", wanted))["id"])
        return self._source

    async def funder(self, amount: int) -> Person:
        """A registered funding party who has put so much into the lender."""
        funder = self.person()
        await self.operator.made("/v1/funding-parties", {"customer": funder.id})
        await self.give(funder, amount)
        done = await funder.lending.made("/v1/capital-contributions", {"amount": amount, "currency": "CNY"})
        assert done["state"] == "done", done
        return funder

    async def borrower(self, name: str = "shop", **months: Any) -> "Borrower":
        """The owner of a shop, with an open line on it."""
        person = self.person()
        shop = await owned_shop(self.operator, person.lending, name, **months)
        limit = await person.lending.made("/v1/limits", {"shop_id": shop["id"]})
        assert limit["state"] == "approved", limit
        line = await person.lending.made("/v1/lines", {"limit_id": limit["id"]})
        return Borrower(self, person, shop, limit, line["id"])

    async def pass_time(self, ahead: timedelta) -> None:
        """Both clocks so much later, and there they stand; days between are closed."""
        self.now += ahead
        for door in (self.operator, self.ledger):
            await door.set_clock(self.now)
        await self.run_periodic("ecommerce_credit.close_days")

    async def run_job(self, name: str, record_id: str) -> None:
        """A job of the lender, here and now, as the queue would run it again."""
        record = decode(record_id.partition("_")[0], record_id)
        await self.credit.runtime.jobs.run_now(name, {"id": str(record)})

    async def run_periodic(self, name: str) -> None:
        await self.credit.runtime.jobs.periodic[name][1](self.credit.runtime)

    async def until(self, door: Door, path: str, *states: str, seconds: float = 20) -> dict[str, Any]:
        """Wait for a record to reach one of the states by itself."""
        async with asyncio.timeout(seconds):
            while True:
                record = dict(await door.get(path))
                if record["state"] in states:
                    return record
                await asyncio.sleep(0.05)

    async def events(self, kind: str) -> list[dict[str, Any]]:
        return [dict(item) for item in (await self.operator.get("/v1/events", types=kind))["items"]]

    async def capital(self) -> int:
        """What is in the lender's capital account."""
        return await self._house("capital")

    async def income(self) -> int:
        return await self._house("interest_income")

    async def _house(self, purpose: str) -> int:
        report = await self.operator.get("/v1/verification")
        account_id = next(one["account_id"] for one in report["house_accounts"] if one["purpose"] == purpose)
        return int((await self.ledger.get(f"/v1/accounts/{account_id}"))["balance"])

    async def sums(self) -> dict[tuple[str, str, str, str], int]:
        """Posted money of the lender's codes, from the ledger alone."""
        found: dict[tuple[str, str, str, str], int] = {}
        after = None
        while True:
            params: dict[str, Any] = {"code": "credit.*", "limit": 200} | ({"after": after} if after else {})
            page = await self.ledger.get("/v1/transfers/sums", **params)
            for item in page["items"]:
                place = (item["reference"], item["code"], item["debit_account_id"], item["credit_account_id"])
                found[place] = item["amount"]
            after = page["next"]
            if after is None:
                return found

    async def audit(self) -> None:
        """Nothing in the lender's own books contradicts anything else, and every claim is exactly what the ledger's transfers say."""
        report = await self.operator.get("/v1/verification")
        assert report["holds"], report
        expected: dict[tuple[str, str, str, str], int] = {}
        outstanding: dict[str, int] = {}
        for drawing in (await self.operator.get("/v1/verification/drawings", limit=200))["items"]:
            left = drawing["disbursed_minor"] - drawing["principal_repaid_minor"]
            assert left == drawing["outstanding_minor"], drawing
            outstanding[drawing["line_id"]] = outstanding.get(drawing["line_id"], 0) + left
            _expect(expected, drawing["transfers"])
        for movement in (await self.operator.get("/v1/verification/capital", limit=200))["items"]:
            _expect(expected, movement["transfers"])
        assert await self.sums() == expected
        for line in (await self.operator.get("/v1/verification/lines", limit=200))["items"]:
            assert line["outstanding_minor"] == outstanding.get(line["id"], 0), line


def _expect(expected: dict[tuple[str, str, str, str], int], sums: list[dict[str, Any]]) -> None:
    for one in sums:
        place = (one["reference"], one["code"], one["debit_account_id"], one["credit_account_id"])
        assert place not in expected
        expected[place] = one["amount_minor"]


@dataclass
class Borrower:
    world: World
    person: Person
    shop: dict[str, Any]
    limit: dict[str, Any]
    line_id: str

    @property
    def lending(self) -> Door:
        return self.person.lending

    async def line(self) -> dict[str, Any]:
        return dict(await self.lending.get(f"/v1/lines/{self.line_id}"))

    async def draw(self, amount: int, key: str | None = None) -> httpx.Response:
        wanted = {"line_id": self.line_id, "amount": amount, "currency": "CNY"}
        return await self.lending.post("/v1/drawings", wanted, key)

    async def drawn(self, amount: int) -> dict[str, Any]:
        answer = await self.draw(amount)
        assert answer.status_code == 201, answer.text
        drawing = dict(answer.json())
        assert drawing["state"] == "outstanding", drawing
        return drawing

    async def drawing(self, drawing_id: str) -> dict[str, Any]:
        return dict(await self.lending.get(f"/v1/drawings/{drawing_id}"))

    async def repay(self, drawing_id: str, amount: int, key: str | None = None) -> httpx.Response:
        wanted = {"amount": amount, "currency": "CNY"}
        return await self.lending.post(f"/v1/drawings/{drawing_id}/repayments", wanted, key)
