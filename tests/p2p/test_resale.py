"""Claims sold from lender to lender with the real payments beside: priced, bought, raced for, voided; both rules of accrued interest."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.p2p.resale import buying
from tests.p2p.people import Lent, Person, World
from tests.p2p.test_programmes import HARBOUR

RESALE: dict[str, Any] = {"held_days": 0, "least_price": "0.9", "largest_price": "1.1", "fee_rate": "0.005"}


async def claim_of(lender: Person) -> dict[str, Any]:
    return dict((await lender.lending.get("/v1/claims"))["items"][0])


async def offered(lender: Person, amount: int, share: str = "1") -> dict[str, Any]:
    claim = await claim_of(lender)
    body = {"amount": amount, "currency": "CNY", "price_share": share}
    return await lender.lending.made(f"/v1/claims/{claim['id']}/sales", body)


async def bought(buyer: Person, sale: dict[str, Any], amount: int, status: int = 201) -> dict[str, Any]:
    quote = await buyer.lending.get(f"/v1/sales/{sale['id']}/quote", amount=amount)
    body = {"amount": amount, "price_minor": quote["price_minor"], "currency": "CNY"}
    return await buyer.lending.made(f"/v1/sales/{sale['id']}/purchases", body, status)


async def lent_on(world: World, amounts: list[int], resale: dict[str, Any], **changes: Any) -> Lent:
    """A loan of 0.10 for twelve months in twelve rows, on a programme with these rules of resale."""
    terms = HARBOUR | {"terms_months": [12], "methods": ["equal_instalment"], "resale": RESALE | resale} | changes
    await world.operator.made("/v1/programmes/harbour/versions", terms)
    return await world.disbursed(amounts, programme="harbour")


async def test_a_claim_is_sold_in_parts_and_its_buyers_receive_what_follows(world: World) -> None:
    lent = await world.disbursed([600_000, 400_000])
    seller = lent.lenders[0]
    before = await claim_of(seller)
    early = await seller.lending.refused(
        f"/v1/claims/{before['id']}/sales", {"amount": 600_000, "currency": "CNY", "price_share": "1"}
    )
    assert early == (409, "held_too_short", "claim_id")
    row = (await lent.rows())[0]
    await world.pass_time(timedelta(days=29))
    await world.give(lent.borrower, 1_000_000)
    assert (await lent.repay(row["principal_minor"] + row["interest_minor"])).status_code == 201
    await world.pass_time(timedelta(days=10))
    held = (await claim_of(seller))["outstanding_minor"]
    sale = await offered(seller, held, "0.98")
    buyer = await world.rich(1_000_000)
    quote = await buyer.lending.get(f"/v1/sales/{sale['id']}/quote", amount=100_000)
    assert quote["price_minor"] == round((100_000 + quote["accrued_minor"]) * 0.98)
    assert 0 < quote["accrued_minor"] == quote["accrued_paid_minor"]
    assert quote["fair_minor"] > quote["price_minor"]
    assert float(quote["xirr"]) > 0.11
    purse = (await seller.balance())[0]
    purchase = await bought(buyer, sale, 100_000)
    assert (purchase["state"], purchase["seller"], purchase["buyer"]) == ("settled", None, buyer.id)
    assert await buyer.balance() == (1_000_000 - quote["price_minor"],) * 2
    assert (await seller.balance())[0] == purse + quote["proceeds_minor"]
    again = await seller.lending.get(f"/v1/sales/{sale['id']}")
    assert (again["state"], again["left_minor"], again["claim_version"]) == ("open", held - 100_000, 3)
    await bought(buyer, sale, held - 100_000)
    assert (await seller.lending.get(f"/v1/sales/{sale['id']}"))["state"] == "sold"
    hers, sold = await claim_of(buyer), await claim_of(seller)
    assert (hers["outstanding_minor"], hers["funded_minor"], sold["outstanding_minor"]) == (held, 0, 0)
    row = (await lent.rows())[1]
    assert (await lent.repay(row["principal_minor"] + row["interest_minor"])).status_code == 201
    after = await claim_of(buyer)
    whole = after["interest_received_minor"] / row["interest_minor"]
    assert abs(whole - 0.6) < 0.001, "the interest of the row is wholly the buyer's"
    assert (await claim_of(seller))["interest_received_minor"] == sold["interest_received_minor"]
    assert len(await world.events("p2p.claim.sold.v1")) == 2
    await world.audit()
