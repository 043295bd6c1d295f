"""Borrowers who repay from a card by mandate, as tests play them over HTTP: payments with its banks, and p2p beside it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis.clock import business_day, real_now
from tests.conftest import Serve
from tests.p2p.people import Door, Lent, Person
from tests.p2p.people import World as Lending
from tests.payments.customer import Person as Customer
from tests.payments.customer import World as Outside
from tests.payments.mandates.signing import declare, signature
from tests.serving import PATIENCE_SECONDS

PLAIN: dict[str, Any] = {
    "names": {"en": "Without interest", "zh": "免息贷"},
    "currency": "CNY",
    "lender_kind": "private",
    "rate_formation": "fixed",
    "lowest_rate": "0",
    "highest_rate": "0",
    "loss_borne_by": "lender",
    "grades": ["A", "B", "C"],
    "methods": ["bullet"],
    "terms_months": [1],
    "day_count": "30/360",
    "least_amount_minor": 500,
    "largest_amount_minor": 5_000_000,
    "lot_minor": 500,
    "longest_open_days": 10,
    "late_daily_rate": "0",
    "debiting": {"wallet_first": True, "retry_days": [1, 3, 7]},
}
"""What is due is what was lent, or what she leaves of it: an amount at which the sandbox's banks do as they are asked by the cent."""


@dataclass
class Payer:
    """A loan of one row, and its borrower, who has nothing in her wallet and repays from her card."""

    outside: Outside
    world: Lending
    customer: Customer
    lent: Lent
    card: str
    mandate: dict[str, Any]

    @property
    def loan(self) -> str:
        return f"/v1/loans/{self.lent.loan['id']}"

    async def debits(self) -> list[dict[str, Any]]:
        """Newest first."""
        return list((await self.lent.borrower.lending.get(f"{self.loan}/debits"))["items"])

    async def repayments(self) -> list[tuple[str, int]]:
        found = (await self.lent.borrower.lending.get(f"{self.loan}/repayments"))["items"]
        return [(one["state"], one["amount"]) for one in found]

    async def due_day(self, after: int = 0, hour: int = 9) -> None:
        """To an hour of so many days after the due day, in every book of the world."""
        day = datetime.fromisoformat((await self.lent.rows())[0]["due_on"]) + timedelta(days=after)
        wanted = f"{day.date().isoformat()}T{hour:02}:00:00+08:00"
        now = datetime.fromisoformat((await self.world.operator.get("/v1/clock"))["business_at"])
        then = await self.world.pass_time(datetime.fromisoformat(wanted) - now)
        await self.outside.door.http.put("/v1/clock", json={"business_at": then.isoformat()})

    async def owes(self, amount: int) -> None:
        """On the due day before the first round she pays of what she was lent as much as leaves that."""
        await self.due_day(hour=7)
        (row,) = await self.lent.rows()
        rest = row["payment_minor"] - amount
        if rest:
            await self.world.give(self.lent.borrower, rest)
            answer = await self.lent.repay(rest)
            assert answer.json()["state"] == "shared", answer.text

    async def round(self) -> None:
        """Twice side by side, as two processes might: each loan is debited once."""
        await asyncio.gather(*(self.world.run_periodic("p2p.debit_due") for _ in range(2)))

    async def ask_bank(self) -> dict[str, Any]:
        """Payments asks the bank how the newest debit ended, and p2p asks payments."""
        (newest, *_) = await self.debits()
        await self.outside.run("payments.collect_debit", newest["debit_id"])
        return await self.work(newest)

    async def charged_back(self) -> dict[str, Any]:
        """What p2p has booked of what her bank took back, once payments told it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = (await self.world.operator.get("/v1/chargebacks", state="booked"))["items"]
                if found:
                    return dict(found[0])
                await asyncio.sleep(0.05)

    async def work(self, debit: dict[str, Any]) -> dict[str, Any]:
        await self.world.run_job("p2p.work_debit", debit["id"])
        (newest, *_) = await self.debits()
        return newest


async def payer(serve: Serve, amounts: list[int], **programme: Any) -> Payer:
    """The mandate signed for her card; the loan is of `amounts`, one lender for each."""
    outside = await Outside.open(serve)
    p2p = await serve("p2p")
    operator = Door(p2p.client(), "stf_tests")
    world = Lending(outside.payments, p2p, operator=operator, ledger=Door(outside.payments.client(), "stf_tests"))
    valid_from = business_day(real_now()).isoformat()
    await operator.made("/v1/programmes/plain/versions", PLAIN | {"valid_from": valid_from} | programme)
    customer = outside.person()
    card = await customer.ready()
    await declare(customer)
    borrower = Person(Door(p2p.client(customer.id), customer.id), Door(customer.http, customer.id), customer.id)
    terms = {"programme": "plain", "amount": sum(amounts), "term_months": 1, "method": "bullet", "annual_rate": "0"}
    lent = await world.filled(borrower, await world.listed(borrower, **terms), amounts)
    wallet = await borrower.wallet()
    await world.move(wallet["account_id"], await world._money_source(), wallet["balance"])
    mandate = await signed(lent, customer, card)
    return Payer(outside, world, customer, lent, card, mandate)


async def named(lent: Lent, **changes: Any) -> dict[str, Any]:
    (row,) = await lent.rows()
    body = {
        "most_minor": row["payment_minor"],
        "most_monthly_minor": 4 * row["payment_minor"],
        "valid_until": (datetime.fromisoformat(row["due_on"]) + timedelta(days=60)).date().isoformat(),
    }
    return await lent.borrower.lending.made(f"/v1/loans/{lent.loan['id']}/repayment-mandates", body | changes)


async def signed(lent: Lent, customer: Customer, card: str) -> dict[str, Any]:
    mandate = await named(lent)
    assert mandate["state"] == "unsigned", mandate
    path = f"/v1/repayment-mandates/{mandate['id']}/signature"
    assert (await lent.borrower.lending.made(path, status=202))["state"] == "unsigned"
    answer = await customer.post(f"/v1/mandates/{mandate['mandate_id']}/signature", signature(customer, card, "card"))
    assert answer.json()["state"] == "active", answer.text
    active = await lent.borrower.lending.made(path, status=200)
    assert active["state"] == "active", active
    return active
