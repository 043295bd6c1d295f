"""Claims sold from lender to lender with the real payments beside: priced, bought, raced for, voided; both rules of accrued interest."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.p2p.resale import buying
from suite.audit.gathering import Auditor
from tests.p2p.people import Lent, Person, World
from tests.p2p.test_losses import register
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


async def unexplained(world: World) -> list[str]:
    """What `sifang verify` finds wrong between the two services."""
    served = {"payments": world.payments, "p2p": world.p2p}
    auditor = Auditor({name: one.url for name, one in served.items()}, lambda name: served[name].token())
    try:
        report = await auditor.look()
    finally:
        await auditor.close()
    assert any(check.name == "claims follow from transfers" and check.examined == 3 for check in report.checks)
    return [check.name for check in report.checks if not check.holds]


async def lent_on(world: World, amounts: list[int], resale: dict[str, Any], **changes: Any) -> Lent:
    """A loan of 0.10 for twelve months in twelve rows, on a programme with these rules of resale."""
    terms = HARBOUR | {"terms_months": [12], "methods": ["equal_instalment"], "resale": RESALE | resale} | changes
    await world.operator.made("/v1/programmes/harbour/versions", terms)
    await register(world, programmes=["harbour"])
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
    shown = await seller.lending.get(f"/v1/claims/{before['id']}/sale-quote", price_share="0.98")
    hidden = await lent.lenders[1].lending.get(f"/v1/claims/{before['id']}/sale-quote", 404)
    assert (shown["amount"], hidden["code"]) == (held, "unknown_claim")
    assert shown["proceeds_minor"] == shown["price_minor"] - shown["fee_minor"] < shown["fair_minor"]
    sale = await offered(seller, held, "0.98")
    buyer = await world.rich(1_000_000)
    quote = await buyer.lending.get(f"/v1/sales/{sale['id']}/quote", amount=100_000)
    assert quote["price_minor"] == round((100_000 + quote["accrued_minor"]) * 0.98)
    assert 0 < quote["accrued_minor"] == quote["accrued_paid_minor"]
    assert quote["fair_minor"] > quote["price_minor"]
    assert float(quote["xirr"]) > 0.11
    assert (quote["gross_xirr"], quote["interest_fees_minor"]) == (quote["xirr"], 0), "the programme takes none"
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
    assert await unexplained(world) == []


async def test_interest_is_split_when_it_is_paid_and_a_default_leaves_the_seller_what_she_got(world: World) -> None:
    lent = await lent_on(world, [600_000, 400_000], {"accrued": "split_when_paid"})
    seller, buyer = lent.lenders[0], await world.rich(600_000)
    await world.pass_time(timedelta(days=12))
    sale = await offered(seller, 600_000)
    quote = await buyer.lending.get(f"/v1/sales/{sale['id']}/quote")
    assert (quote["price_minor"], quote["accrued_paid_minor"]) == (600_000, 0)
    assert quote["accrued_minor"] > 0
    purchase = await bought(buyer, sale, 600_000)
    assert await buyer.balance() == (0, 0)
    assert await seller.balance() == (597_000, 597_000)
    row = (await lent.rows())[0]
    await world.give(lent.borrower, 1_000_000)
    assert (await lent.repay(row["principal_minor"] + row["interest_minor"])).status_code == 201
    hers, others = (
        (await claim_of(seller))["interest_received_minor"],
        (await claim_of(buyer))["interest_received_minor"],
    )
    from_on, due_on = date.fromisoformat(row["from_on"]), date.fromisoformat(row["due_on"])
    kept = (date.fromisoformat(purchase["traded_on"]) - from_on).days / (due_on - from_on).days
    assert hers == pytest.approx(row["interest_minor"] * 0.6 * kept, abs=1)
    assert hers + others == pytest.approx(row["interest_minor"] * 0.6, abs=1)
    after = await seller.balance()
    await world.pass_time(timedelta(days=75))
    held = await claim_of(buyer)
    body = {"amount": held["outstanding_minor"], "currency": "CNY", "price_share": "1"}
    assert (await buyer.lending.refused(f"/v1/claims/{held['id']}/sales", body))[1] == "loan_overdue"
    assert (held["overdue"], await seller.balance()) == (True, after)
    await world.audit()


async def test_a_purchase_replayed_after_a_crash_moves_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the claim stays with its seller, nobody else buys of the sale, and the loan is not repaid."""
    lent = await lent_on(world, [1_000_000], {})
    seller, buyer, other = lent.lenders[0], await world.rich(300_000), await world.rich(300_000)
    sale = await offered(seller, 500_000)
    with monkeypatch.context() as dying:
        dying.setattr(buying, "record_settled", _die)
        pending = await bought(buyer, sale, 300_000, 202)
        assert await buyer.balance() == (0, 0)
        report = await world.operator.get("/v1/verification")
        assert [(one["kind"], one["reference"]) for one in report["movements"]] == [("purchase", lent.loan["id"])]
        row = (await lent.rows())[0]
        waits = await lent.repay(row["principal_minor"] + row["interest_minor"])
        assert (waits.status_code, waits.json()["code"]) == (503, "claims_change_hands")
        body = {"amount": 100_000, "price_minor": 100_000, "currency": "CNY"}
        taken = await other.lending.refused(f"/v1/sales/{sale['id']}/purchases", body)
        assert taken == (409, "sale_not_open", "sale_id")
    await world.run_job("p2p.settle_purchase", pending["id"])
    await world.run_job("p2p.settle_purchase", pending["id"])
    assert (await buyer.lending.get(f"/v1/purchases/{pending['id']}"))["state"] == "settled"
    assert (await claim_of(buyer))["outstanding_minor"] == 300_000
    assert await seller.balance() == (298_500, 298_500)
    await world.give(lent.borrower, 1_000_000)
    assert (await lent.repay(row["principal_minor"] + row["interest_minor"])).status_code == 201
    ended = await seller.lending.get(f"/v1/sales/{sale['id']}")
    assert (ended["state"], ended["reason"], ended["left_minor"]) == ("voided", "repayment", 200_000)
    told = [event["data"] for event in await world.events("p2p.sale.ended.v1")]
    assert [(one["state"], one["sold_minor"]) for one in told] == [("voided", 300_000)]
    await world.audit()


async def test_without_money_or_wallet_nothing_is_bought_and_the_sale_stays_open(world: World) -> None:
    lent = await lent_on(world, [1_000_000], {})
    sale = await offered(lent.lenders[0], 1_000_000)
    poor, walletless = await world.rich(10), world.person()
    refused = await bought(poor, sale, 100_000)
    assert (refused["state"], refused["reason"]) == ("refused", "insufficient_funds")
    refused = await bought(walletless, sale, 100_000)
    assert (refused["state"], refused["reason"]) == ("refused", "no_wallet")
    assert (await poor.lending.get(f"/v1/sales/{sale['id']}"))["state"] == "open"
    assert await poor.balance() == (10, 10)
    await world.audit()


async def test_each_sees_her_own_side(world: World) -> None:
    lent = await lent_on(world, [1_000_000], {})
    seller, buyer, stranger = lent.lenders[0], await world.rich(1_000_000), world.person()
    sale = await offered(seller, 1_000_000)
    shown = (await stranger.lending.get("/v1/sales"))["items"]
    assert [(one["id"], one["seller"]) for one in shown] == [(sale["id"], None)]
    purchase = await bought(buyer, sale, 1_000_000)
    path = f"/v1/purchases/{purchase['id']}"
    assert (await stranger.lending.get(path, 404))["code"] == "unknown_purchase"
    theirs = await seller.lending.get(path)
    assert (theirs["seller"], theirs["buyer"]) == (seller.id, None)
    every = (await world.operator.get("/v1/purchases"))["items"]
    assert [(one["seller"], one["buyer"]) for one in every] == [(seller.id, buyer.id)]
    assert (await stranger.lending.get("/v1/purchases"))["items"] == []
    assert (await seller.lending.get("/v1/sales", state="sold", mine=True))["items"][0]["seller"] == seller.id
    withdrawn = await seller.lending.refused(f"/v1/sales/{sale['id']}/withdrawal")
    assert withdrawn == (409, "not_allowed_in_state", None)
    unknown = "sal_" + "0" * 26
    assert (await stranger.lending.get(f"/v1/sales/{unknown}", 404))["code"] == "unknown_sale"
    assert (await stranger.lending.get(f"/v1/sales/{unknown}/quote", 404))["code"] == "unknown_sale"


async def _die(*_: Any, **__: Any) -> None:
    raise RuntimeError("the process ended here")
