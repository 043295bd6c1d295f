"""Coins on the sandbox's chain: what comes is credited once and after six blocks, what goes is sent once, what is taken back is borne."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import SUITE_ZONE, business_day
from sandbox.chain import rules as chain
from services.payments.coins import rules
from tests.conftest import Serve
from tests.databases import Databases
from tests.payments.coins.town import COIN, SCHEDULE, Town, confirmed
from tests.payments.ledger.book import transfer_id
from tests.payments.market import Market, Party


@pytest.fixture
async def town(serve: Serve) -> Town:
    return await Town.open(serve)


async def test_the_journey_of_a_coin(town: Town, databases: Databases) -> None:
    """In, confirmed block by block, out with the fee that was shown; and the audit sees what is broken afterwards."""
    anna = await town.customer()
    txid = await town.pay(anna.wallet["address"], COIN)
    await town.scan()
    seen = await town.deposit(anna)
    assert (seen["txid"], seen["state"], seen["confirmations"]) == (txid, "confirming", 0)
    await town.mine(5)
    await town.scan()
    assert ((await town.deposit(anna))["state"], await town.coins(anna)) == ("confirming", (0, 0))
    await town.mine()
    await asyncio.gather(town.scan(), town.scan(), town.scan())
    assert ((await town.deposit(anna))["state"], await town.coins(anna)) == ("credited", (COIN, COIN))
    await town.proved()
    done = await _withdrawn(town, anna)
    assert (await anna.get(f"/v1/coin-deposits/{seen['id']}"))["state"] == "credited"
    boris = await town.customer()
    for path, code in (
        (f"coin-deposits/{seen['id']}", "unknown_coin_deposit"),
        (f"coin-withdrawals/{done['id']}", "unknown_coin_withdrawal"),
    ):
        assert (await boris.http.get(f"/v1/{path}")).json()["code"] == code
    broken = """WITH deposits AS (UPDATE coin_deposits SET state = 'held', ended_at = NULL, due_at = seen_at - interval '1 day'),
            withdrawals AS (UPDATE coin_withdrawals SET state = 'sent', ended_at = NULL, fee = fee + 1, network_fee = network_fee + 1,
                sent_at = requested_at - interval '2 days', due_at = requested_at),
            accounts AS (DELETE FROM coin_accounts)
        UPDATE coin_rails SET difference = -1, height = -1, scanned_at = opened_at - interval '1 day',
            proved_at = opened_at - interval '3 days'"""
    assert {
        "coin_deposits_have_their_transfers",
        "coins_come_and_go_by_their_records",
        "coin_withdrawals_agree_with_their_holds",
        "coins_are_on_their_chain",
        "coins_are_no_more_than_released",
        "coin_accounts_have_their_accounts",
        "chain_past_asking",
        "chain_past_proof",
        "coin_withdrawal_past_confirmation",
        "coin_deposit_past_release",
        "used_confirmations_are_of_one_payment",
    } == set(await town.market.failed_when(databases.admin_url, broken))


async def _withdrawn(town: Town, anna: Party) -> dict[str, Any]:
    """A quarter of it, as she confirmed it by her payment password, once."""
    outside = await town.outside()
    wanted = {"unit": "BTC", "address": outside, "amount": COIN // 4}
    preview = (await anna.http.post("/v1/coin-withdrawals/preview", json=wanted)).json()
    assert preview["fee"] == chain.size_of(1, 2) * chain.FEE_RATE
    fee = preview["fee"] + 40
    await anna.http.put("/v1/payment-password", json={"password": "207914"})
    shown = {"subject": outside, "amount": COIN // 4 + fee, "currency": "BTC", "password": "207914"}
    confirmation = await anna.post("/v1/payment-confirmations", shown)
    body = wanted | {"fee": fee, "confirmation_id": confirmation["id"]}
    other = body | {"address": await town.outside("else")}
    assert await anna.refused("/v1/coin-withdrawals", other) == (409, "confirmation_differs", "confirmation_id")
    asked = await anna.ask("/v1/coin-withdrawals", body, "once")
    again = await anna.ask("/v1/coin-withdrawals", body, "once")
    sent = asked.json()
    assert (asked.status_code, sent["state"], again.json()["id"]) == (201, "sent", sent["id"])
    held = COIN // 4 + preview["fee"] + 40
    assert await town.coins(anna) == (COIN, COIN - held)
    await town.proved()
    await town.confirm()
    done = await town.withdrawal(anna, sent)
    assert (done["state"], done["network_fee"], done["fee"]) == ("confirmed", preview["fee"], preview["fee"] + 40)
    assert await town.coins(anna) == (COIN - held, COIN - held)
    rail = await town.rail()
    assert await town.market.balance(rail["fees_account_id"]) == 40, "what the chain did not take is the platform's"
    await town.proved()
    return done


async def test_a_deposit_counts_once_however_often_it_is_told(town: Town) -> None:
    """A magic amount is listed twice; several outputs of one address are several deposits; what comes to nobody's is the platform's."""
    anna = await town.customer()
    address = anna.wallet["address"]
    for amount in (chain.TWICE, 1_000_000, 1_000_000):
        await town.pay(address, amount)
    await town.mine(6)
    await town.scan()
    await town.scan()
    assert await town.coins(anna) == (chain.TWICE + 2_000_000, chain.TWICE + 2_000_000)
    assert len((await anna.get("/v1/coin-deposits"))["items"]) == 3
    await town.proved()


async def test_a_reorganisation_before_and_after_the_credit(town: Town) -> None:
    """Before: nothing was hers. After: what is there is taken back, the rest lost by the platform; and when it returns, each has hers."""
    anna = await town.customer()
    first = await town.pay(anna.wallet["address"], COIN)
    await town.mine(3)
    await town.scan()
    await town.ask("reorganisations", depth=3, drop=[first])
    await town.scan()
    assert ((await town.deposit(anna))["state"], await town.coins(anna)) == ("dropped", (0, 0))
    await town.proved()
    second = await town.pay(anna.wallet["address"], COIN)
    boris = await town.customer(2 * COIN)
    assert await town.coins(anna) == (COIN, COIN)
    assert (await town.withdraw(anna, COIN // 2)).json()["state"] == "sent"
    await town.confirm()
    had, _ = await town.coins(anna)
    await town.proved()
    await town.ask("reorganisations", depth=12, double_spend=[second])
    await town.scan()
    gone = await town.deposit(anna)
    assert (gone["state"], gone["lost"]) == ("reversed", COIN - had)
    assert (await town.coins(anna), await town.coins(boris)) == ((0, 0), (2 * COIN, 2 * COIN))
    rail = await town.rail()
    assert await town.market.balance(rail["loss_account_id"]) == COIN - had
    await town.confirm()
    await town.proved()
    covered = {"amount": COIN}
    refused = await town.market.operator.refused("/v1/coin-rails/BTC/loss-covers", covered)
    assert refused == (409, "loss_smaller", "amount")
    fees = await town.market.balance(rail["fees_account_id"])
    await town.market.operator.post("/v1/coin-rails/BTC/loss-covers", {"amount": fees})
    assert await town.market.balance(rail["loss_account_id"]) == COIN - had - fees
    await town.proved()


async def test_one_reorganisation_takes_a_deposit_and_what_was_sent_of_it(town: Town) -> None:
    """Nobody else has any: it is booked once it is learned that nothing was sent. Else it is lost, and what comes back makes good first."""
    anna = await town.customer(COIN)
    txid = (await town.deposit(anna))["txid"]
    sent = (await town.withdraw(anna, COIN // 2)).json()
    await town.ask("reorganisations", depth=6, double_spend=[txid])
    await town.scan()
    assert (await town.deposit(anna))["state"] == "credited", "it cannot be booked while it is held for what was sent"
    await town.resolve()
    await town.scan()
    gone = await town.deposit(anna)
    assert (gone["state"], gone["lost"], await town.coins(anna)) == ("reversed", 0, (0, 0))
    assert (await town.withdrawal(anna, sent))["state"] == "failed"
    await town.proved()
    boris, _ = await town.customer(), await town.customer(2 * COIN)
    second = await town.pay(boris.wallet["address"], COIN)
    await town.mine(6)
    await town.scan()
    sent = (await town.withdraw(boris, COIN // 2)).json()
    await town.confirm()
    await town.ask("reorganisations", depth=12, double_spend=[second], drop=[sent["txid"]])
    await town.scan()
    assert (await town.deposit(boris))["lost"] > 0
    await town.resolve()
    await town.scan()
    assert (await town.withdrawal(boris, sent))["state"] == "returned"
    assert ((await town.deposit(boris))["lost"], await town.coins(boris)) == (0, (0, 0))
    await town.proved()


async def test_a_reorganisation_that_keeps_what_was_there(town: Town) -> None:
    """Credited, in a block that counts no more, and again in the new branch: nothing moves; dropped there after all, it is reversed."""
    anna = await town.customer(COIN)
    txid = (await town.deposit(anna))["txid"]
    await town.ask("reorganisations", depth=6)
    await town.scan()
    assert ((await town.deposit(anna))["state"], await town.coins(anna)) == ("credited", (COIN, COIN))
    await town.ask("reorganisations", depth=7, drop=[txid])
    await town.scan()
    assert ((await town.deposit(anna))["state"], await town.coins(anna)) == ("reversed", (0, 0))
    await town.proved()


async def test_unknown_results_are_asked_about(town: Town) -> None:
    """Never answered and sent; never answered and lost; found only after ten minutes: each sent once, or called off and hers again."""
    anna = await town.customer(COIN)
    for amount, found in ((chain.SILENT, "sent"), (chain.LATE, "held"), (chain.LOST, "held")):
        asked = await town.withdraw(anna, amount)
        assert (asked.status_code, asked.json()["state"]) == (202, "held")
        await town.resolve()
        assert (await town.withdrawal(anna, asked.json()))["state"] == found, amount
    await town.move_clocks(timedelta(minutes=11))
    await town.resolve()
    states = {one["amount"]: one["state"] for one in (await anna.get("/v1/coin-withdrawals"))["items"]}
    assert states == {chain.SILENT: "sent", chain.LATE: "sent", chain.LOST: "held"}
    await town.move_clocks(timedelta(hours=24))
    await town.resolve()
    lost = next(one for one in (await anna.get("/v1/coin-withdrawals"))["items"] if one["amount"] == chain.LOST)
    assert (lost["state"], lost["failure_code"]) == ("failed", "not_sent_in_time")
    await town.confirm()
    balance, available = await town.coins(anna)
    assert balance == available == COIN - chain.SILENT - chain.LATE - 2 * 5_000
    await town.proved()


async def test_a_fee_that_is_too_small_a_send_that_is_stuck_and_one_that_is_dropped(town: Town) -> None:
    anna = await town.customer(COIN)
    small = (await town.withdraw(anna, 1_000_000, fee=1)).json()
    assert (small["state"], small["failure_code"]) == ("failed", "fee_beyond")
    assert await town.coins(anna) == (COIN, COIN)
    stuck = (await town.withdraw(anna, 2_000_000, fee=2_000)).json()
    await town.move_clocks(timedelta(hours=7))
    await town.resolve()
    raised = await town.withdrawal(anna, stuck)
    assert raised["txid"] != stuck["txid"]
    assert raised["network_fee"] > raised["fee"], "the platform pays what the customer was not shown"
    await town.confirm()
    assert (await town.withdrawal(anna, stuck))["state"] == "confirmed"
    assert await town.coins(anna) == (COIN - 2_002_000, COIN - 2_002_000)
    await town.proved()
    dropped = (await town.withdraw(anna, 3_000_000)).json()
    await town.mine()
    await town.ask("reorganisations", depth=1, drop=[dropped["txid"]])
    await town.resolve()
    assert (await town.withdrawal(anna, dropped))["failure_code"] == "dropped_by_the_chain"
    again = (await town.withdraw(anna, 3_000_000)).json()
    await town.confirm()
    await town.scan()
    await town.ask("reorganisations", depth=8, drop=[again["txid"]])
    await town.scan()
    await town.resolve()
    assert (await town.withdrawal(anna, again))["state"] == "returned"
    assert await town.coins(anna) == (COIN - 2_002_000, COIN - 2_002_000)
    await town.proved()


async def test_what_coins_refuse(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stable code each, and nothing changed; an address may be written in capitals, and our change is the node's to know."""
    monkeypatch.setattr(rules, "MOST_ADDRESSES", 2)
    anna = await town.customer(COIN)
    stranger = await town.market.customer()
    operator = town.market.operator
    outside = await town.outside()
    wanted = {"unit": "BTC", "address": outside, "amount": COIN, "fee": 5_000}
    for body, refusal in (
        (wanted, (409, "insufficient_funds")),
        (wanted | {"unit": "XYZ"}, (404, "unknown_rail")),
        (wanted | {"address": outside[:-1] + ("q" if outside[-1] != "q" else "p")}, (422, "address_malformed")),
        (wanted | {"address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}, (422, "address_malformed")),
        (wanted | {"address": anna.wallet["address"]}, (409, "address_is_ours")),
        (wanted | {"address": anna.wallet["address"].upper()}, (409, "address_is_ours")),
        (wanted | {"amount": 0}, (422, "invalid_value")),
    ):
        assert (await anna.refused("/v1/coin-withdrawals", await confirmed(town.market, anna, body)))[:2] == refusal
    change = (await town.withdraw(anna, 1_000, address=chain.address_of("payments", "change"))).json()
    assert (change["state"], change["failure_code"], await town.coins(anna)) == (
        "failed",
        "address_is_ours",
        (COIN, COIN),
    )
    wanted = await confirmed(town.market, anna, wanted)
    assert await stranger.refused("/v1/coin-withdrawals", wanted) == (404, "unknown_coin_account", "unit")
    assert await anna.refused("/v1/coin-addresses", {"unit": "XYZ"}) == (404, "unknown_rail", "unit")
    mint = {"amount": 1, "account_id": (await anna.get("/v1/coin-accounts"))["items"][0]["account_id"], "height": 1}
    assert await operator.refused("/v1/units/BTC/mints", mint) == (409, "kept_on_chain", "unit")
    assert await operator.refused("/v1/coin-rails", {"unit": "BTC"}) == (409, "rail_exists", "unit")
    assert await operator.refused("/v1/coin-rails", {"unit": "XYZ"}) == (503, "no_chain", "unit")
    (deposit,) = (await anna.get("/v1/coin-deposits"))["items"]
    assert await operator.refused(f"/v1/coin-deposits/{deposit['id']}/release") == (409, "not_held", None)
    wrong = {"price_on": "2020-01-01", "price": "1", "source": "tests"}
    assert await operator.refused("/v1/coins/BTC/prices", wrong) == (422, "stated_in_past", "price_on")
    assert (await operator.http.get("/v1/coins/XYZ")).json()["code"] == "unknown_rail"
    await anna.post("/v1/coin-addresses", {"unit": "BTC"})
    assert await anna.refused("/v1/coin-addresses", {"unit": "BTC"}) == (409, "too_many_addresses", "unit")
    rail = await town.rail()
    for account in (rail["issuance_account_id"], rail["loss_account_id"]):
        body = {
            "id": transfer_id(), "kind": "single", "code": "tests.move", "debit_account_id": account,
            "credit_account_id": mint["account_id"], "amount": 1, "currency": "BTC",
        }  # fmt: skip
        assert (await operator.http.post("/v1/transfers", json=body)).json()["code"] == "account_controlled"
    await town.proved()


async def test_of_many_withdrawals_at_once_no_coin_goes_twice(town: Town) -> None:
    """Six of a balance that bears four."""
    anna = await town.customer(COIN)
    answers = await asyncio.gather(*(town.withdraw(anna, COIN // 5, fee=10_000) for _ in range(6)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(409) == 2, codes
    await town.resolve()
    await town.confirm()
    await town.resolve()
    states = [one["state"] for one in (await anna.get("/v1/coin-withdrawals"))["items"]]
    assert set(states) <= {"confirmed", "failed"}, "of coins in change that no block has taken yet the node may refuse"
    done = states.count("confirmed")
    assert done >= 1
    assert await town.coins(anna) == (COIN - done * (COIN // 5 + 10_000),) * 2
    await town.proved()


async def test_a_coin_above_its_share_is_regulated(town: Town) -> None:
    """By rule and date: no new address, what still comes is held, less is sent a day, a report each day; and it ends."""
    anna, operator = await town.customer(COIN), town.market.operator
    await town.market.pay_in(anna.wallet["account_id"], 60_000_000)
    today = business_day(await town.market.now(), SUITE_ZONE)
    terms = {
        "valid_from": today.isoformat(), "share_ppm": 400_000, "daily_withdrawal": COIN // 10, "held_days": 2, "source": "tests",
    }  # fmt: skip
    await operator.post("/v1/coins/BTC/terms", terms)
    await operator.post("/v1/coins/BTC/prices", {"price_on": today.isoformat(), "price": "500000", "source": "tests"})
    await town.market.run_periodic("payments.watch_coins")
    await town.market.run_periodic("payments.watch_coins")
    (day,) = (await operator.get("/v1/coins/BTC/days"))["items"]
    assert (day["value"], day["money"], day["share_ppm"], day["regulated"]) == (50_000_000, 60_000_000, 454_545, True)
    told = await anna.get("/v1/coins/BTC")
    assert (told["regulated"], told["takes_deposits"], told["daily_withdrawal"]) == (True, False, COIN // 10)
    assert await anna.refused("/v1/coin-addresses", {"unit": "BTC"}) == (409, "deposits_stopped", "unit")
    assert (await town.withdraw(anna, COIN // 10 + 1)).json()["code"] == "coin_limit_exceeded"
    assert (await town.withdraw(anna, COIN // 10)).status_code == 201
    assert (await town.withdraw(anna, 1)).json()["code"] == "coin_limit_exceeded"
    for amount in (1_000_000, 2_000_000):
        await town.pay(anna.wallet["address"], amount)
    await town.mine(6)
    await town.scan()
    held = {one["amount"]: one for one in (await anna.get("/v1/coin-deposits", state="held"))["items"]}
    assert sorted(held) == [1_000_000, 2_000_000]
    desk = {one["matter"]: one["count"] for one in (await operator.get("/v1/desk"))["items"]}
    assert (desk["held_coins"], desk["regulated_coins"], desk["coin_differences"]) == (2, 1, 0)
    assert len((await operator.get("/v1/desk/regulated_coins"))["items"]) == 1
    await town.resolve()
    await town.proved()
    released = await operator.post(f"/v1/coin-deposits/{held[1_000_000]['id']}/release")
    assert released["state"] == "credited"
    await town.move_clocks(timedelta(days=2, minutes=1))
    await town.market.run_periodic("payments.watch_coins")
    assert (await anna.get(f"/v1/coin-deposits/{held[2_000_000]['id']}"))["state"] == "credited"
    assert len((await operator.get("/v1/coins/BTC/days"))["items"]) == 2
    later = business_day(await town.market.now(), SUITE_ZONE).isoformat()
    await operator.post("/v1/coins/BTC/terms", terms | {"valid_from": later, "share_ppm": 1_000_000})
    await operator.post("/v1/coins/BTC/regulations", {"regulated": False, "from_on": later, "reason": "tests"})
    assert (await anna.get("/v1/coins/BTC"))["takes_deposits"]
    assert (await operator.get("/v1/desk/regulated_coins"))["items"] == []
    assert [one["regulated"] for one in (await anna.get("/v1/coins/BTC/regulations"))["items"]] == [False, True]
    await town.confirm()
    await town.proved()


async def test_whatever_a_chain_does_its_credits_are_a_naive_model_s(town: Town) -> None:
    """Random blocks, payments and branches: what stands credited is what six blocks say, and books and chain agree after each step."""
    seeded = random.Random(3)
    parties = [await town.customer() for _ in range(2)]
    paid: dict[str, tuple[str, int]] = {}
    for _ in range(7):
        step = seeded.choice(("pay", "pay", "mine", "mine", "branch"))
        party = seeded.choice(parties)
        if step == "pay":
            amount = seeded.randrange(10_000, 10**6)
            paid[await town.pay(party.wallet["address"], amount)] = (party.id, amount)
        elif step == "mine":
            await town.mine(seeded.randrange(1, 6))
        else:
            depth = seeded.randrange(1, 9)
            tip = await _standing(town, paid)
            loose = [txid for txid, confirmations in tip.items() if 0 <= confirmations <= depth]
            await town.ask("reorganisations", depth=depth, drop=seeded.sample(loose, min(len(loose), 1)))
        await town.scan()
        assert (await town.rail())["difference"] == 0
    await town.mine(6)
    await town.scan()
    standing = await _standing(town, paid)
    for party in parties:
        expected = sum(amount for txid, (owner, amount) in paid.items() if owner == party.id and standing[txid] >= 6)
        assert (await town.coins(party))[0] == expected
    await town.proved()


async def _standing(town: Town, paid: dict[str, Any]) -> dict[str, int]:
    """Confirmations of each, as the chain tells them; −1: it is nowhere."""
    found = {}
    for txid in paid:
        found[txid] = (await town.node.get(f"/chain/v1/transactions/{txid}")).json()["confirmations"]
    return found


async def test_a_coin_that_was_minted_by_hand_is_not_kept_on_a_chain(serve: Serve) -> None:
    """And without a sandbox, nobody is asked: rails are not opened."""
    market = await Market.open(await serve("payments"))
    await market.operator.post("/v1/units", {"code": "BTC", "kind": "coin", "schedule": SCHEDULE})
    assert await market.operator.refused("/v1/coin-rails", {"unit": "BTC"}) == (503, "no_chain", "unit")
