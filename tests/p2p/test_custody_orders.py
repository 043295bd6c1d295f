"""Standing orders where a bank keeps the money: lent from the lender's account there, by her leave, beside what she wants kept."""

from datetime import timedelta
from typing import Any

import pytest

from clients.errors import ClientError
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferOutcome
from tests.conftest import Serve
from tests.p2p.custody_people import CustodyWorld, Kept
from tests.p2p.orders import ordered, run_of, why

WISH: dict[str, Any] = {"programmes": ["kept"], "terms_months": [3], "least_amount": 10_000}


@pytest.fixture
async def custody(serve: Serve) -> CustodyWorld:
    return await CustodyWorld.start(serve)


async def standing(custody: CustodyWorld, amount: int, *scopes: str, **bounds: int) -> tuple[Kept, dict[str, Any]]:
    """A lender with so much at the bank, and her order."""
    lender = await custody.kept(amount, *scopes)
    return lender, await ordered(lender.person, **WISH | bounds)


async def test_orders_lend_what_the_bank_keeps_and_allows(custody: CustodyWorld) -> None:
    """In the queue: who has no account there, who allowed nothing, who lacks what she wants kept beside, and two who lend."""
    stranger = await custody.rich(200_000)
    her_order = await ordered(stranger, **WISH | {"most_amount": 100_000})
    silent, silent_order = await standing(custody, 100_000, most_amount=100_000)
    thrifty, thrifty_order = await standing(custody, 100_000, "invest", most_amount=100_000, reserve=10_000)
    first, first_order = await standing(custody, 150_000, "invest", most_amount=100_000, reserve=50_000)
    second, _ = await standing(custody, 200_000, "invest", most_amount=200_000)
    borrower = await custody.kept(0, "repay", "fee")
    listing = await custody.listed_in_custody(borrower, 300_000)
    await run_of(custody, listing)
    listing = await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursed")
    told = {
        name: (await why(lender, order, listing))[0]
        for name, lender, order in (
            ("stranger", stranger, her_order),
            ("silent", silent.person, silent_order),
            ("thrifty", thrifty.person, thrifty_order),
            ("first", first.person, first_order),
        )
    }
    assert {name: (one["verdict"], one["reasons"]) for name, one in told.items()} == {
        "stranger": ("not_eligible", ["no_custody_account"]),
        "silent": ("refused", ["authorisation_missing"]),
        "thrifty": ("refused", ["insufficient_funds"]),
        "first": ("filled", []),
    }
    at_the_bank = [await custody.at_the_bank(one.person.id) for one in (silent, thrifty, first, second)]
    assert at_the_bank == [(100_000, 0), (100_000, 0), (50_000, 0), (0, 0)]
    assert [(await one.balance())[0] for one in (silent, thrifty, first, second)] == [100_000, 100_000, 50_000, 0]
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []


async def test_cut_off_between_bank_and_ledger_a_kept_reserve_is_given_back_once(custody: CustodyWorld) -> None:
    lender, _ = await standing(custody, 150_000, "invest", most_amount=100_000, reserve=50_000)
    transfers = PaymentsClient.transfers
    deaths: list[int] = []

    async def dies(self: PaymentsClient, *rest: Any, **more: Any) -> list[TransferOutcome]:
        if len(rest[0]) == 3 and not deaths:
            deaths.append(1)
            raise ClientError("the process ended there")
        return await transfers(self, *rest, **more)

    borrower = await custody.kept(0, "repay", "fee")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PaymentsClient, "transfers", dies)
        listing = await custody.listed_in_custody(borrower, 100_000)
        await custody.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursed")
    assert deaths
    assert await custody.at_the_bank(lender.person.id) == (50_000, 0)
    assert await lender.balance() == (50_000, 50_000)
    await custody.audit()
    await custody.all_clocks(timedelta(days=1))
    assert await custody.tied_out() == []


async def test_what_the_ledger_refuses_of_an_order_the_bank_takes_back(custody: CustodyWorld) -> None:
    lender, order = await standing(custody, 150_000, "invest", most_amount=100_000, reserve=50_000)
    await custody.ledger.made(f"/v1/accounts/{lender.account['account_id']}/freeze", {"reason": "looked at"}, 200)
    borrower = await custody.kept(0, "repay", "fee")
    listing = await custody.listed_in_custody(borrower, 100_000)
    await run_of(custody, listing)
    (told,) = await why(lender.person, order, listing)
    assert told["verdict"] == "refused"
    assert await custody.at_the_bank(lender.person.id) == (150_000, 0)
    await custody.audit()
