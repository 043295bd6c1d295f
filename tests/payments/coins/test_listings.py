"""What a chain may tell at its worst, told to payments by hand: no node is asked, and nothing else moves a rail."""

import hashlib
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from chassis.bech32 import encode_address
from chassis.clock import SUITE_ZONE, business_day
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import decode
from services.payments.cards.actions import customer_of
from services.payments.coins import actions, deposit_actions, jobs, queries, withdrawal_actions
from services.payments.coins.model import Listing, NodeAnswer, Rail, Seen, Sent
from services.payments.holders.freezing import freeze_holder, release_holder
from services.payments.holders.queries import identity_of
from services.payments.ledger.tables import ledger_accounts
from services.payments.tokens import actions as tokens
from tests.conftest import Serve
from tests.payments.coins.town import COIN, SCHEDULE, confirmed
from tests.payments.market import Market, Party
from tests.payments.risk.ruling import live, rule

OUTSIDE = encode_address("bcrt", bytes(20))
FEE, TAKEN = 1_000, 400


class Told:
    """A coin, and a node's words. seen: what its addresses have, by transaction."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.seen: dict[str, Seen] = {}
        self.told: set[str] = set()
        self.blocks = 100

    @classmethod
    async def open(cls, serve: Serve) -> "Told":
        told = cls(await Market.open(await serve("payments")))
        await told.market.operator.post("/v1/units", {"code": "BTC", "kind": "coin", "schedule": SCHEDULE})
        anna = await told.market.customer(None)
        assert await anna.refused("/v1/coin-addresses", {"unit": "BTC"}) == (404, "unknown_rail", "unit")
        await told.market.perform(actions.open_rail, told.market.operator.caller, unit="BTC", network="bcrt")
        made = [encode_address("bcrt", hashlib.sha256(bytes([number])).digest()[:20]) for number in range(1, 21)]
        await told.market.perform(actions.keep_addresses, jobs.PAYMENTS, unit="BTC", made=made, first=0)
        return told

    async def rail(self) -> Rail:
        async with self.market.served.runtime.reading() as connection:
            rail = await queries.rail_of(connection, "BTC")
        assert rail is not None
        return rail

    async def customer(self, amount: int = 0, confirmations: int = 6) -> Party:
        party = await self.market.customer()
        party.wallet |= await party.post("/v1/coin-addresses", {"unit": "BTC"})
        if amount:
            self.pays(party, f"of {party.id}", amount, confirmations)
            await self.listen()
        return party

    def pays(self, party: Party, txid: str, amount: int, confirmations: int = 6) -> None:
        self.seen[txid] = Seen(txid, 0, party.wallet["address"], amount, confirmations)

    async def listen(self, *, held: int = 0) -> Rail:
        """held: what else than what is seen the addresses have. What was told before and is not there any more is in no block, once."""
        before = await self.rail()
        removed = frozenset(self.told - self.seen.keys())
        self.told = set(self.seen)
        self.blocks += 1
        name = f"block {self.blocks}"
        outputs = sum(one.amount for one in self.seen.values()) + held
        seen = tuple(self.seen.values())
        listing = Listing(before.cursor, name, self.blocks, name, outputs, seen, removed)
        await jobs.record(self.market.served.runtime, before.turn, listing, unit="BTC")
        return await self.rail()

    async def withdraw(self, party: Party, amount: int) -> str:
        """Held: no node is there to send it."""
        body = {"unit": "BTC", "address": OUTSIDE.upper(), "amount": amount, "fee": FEE}
        answer = await party.ask("/v1/coin-withdrawals", await confirmed(self.market, party, body))
        assert (answer.status_code, answer.json()["address"]) == (202, OUTSIDE), answer.text
        return str(answer.json()["id"])

    async def answered(self, withdrawal: str, answer: NodeAnswer) -> None:
        begun = await self.market.perform(
            withdrawal_actions.begin_turn, jobs.PAYMENTS, withdrawal_id=decode("cwd", withdrawal)
        )
        await self.said(begun.withdrawal.id, begun.withdrawal.tries, answer)

    async def said(self, withdrawal_id: UUID, turn: int, answer: NodeAnswer) -> None:
        facts = {"withdrawal_id": withdrawal_id, "turn": turn, "answer": answer}
        await self.market.perform(withdrawal_actions.record_answer, jobs.PAYMENTS, **facts)

    async def coins(self, party: Party) -> tuple[int, int]:
        (account,) = (await party.get("/v1/coin-accounts"))["items"]
        return account["balance"], account["available"]

    async def deposit(self, party: Party) -> tuple[str, int]:
        first = (await party.get("/v1/coin-deposits"))["items"][0]
        return first["state"], first["lost"]


def sent(confirmations: int | None = 0, height: int | None = None) -> NodeAnswer:
    return NodeAnswer(Sent.SENT, None, "sent", TAKEN, confirmations, height)


@pytest.fixture
async def told(serve: Serve) -> Told:
    return await Told.open(serve)


async def test_more_than_one_transaction_takes(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is recorded slice by slice, and the cursor moves when all of it is; keys are no parameters each."""
    monkeypatch.setattr(deposit_actions, "MOST_STEPS", 3)
    anna = await told.customer(COIN)
    await told.listen()
    for number in range(8):
        told.pays(anna, f"t{number}", 1)
    before = await told.rail()
    cursors = [(await told.listen()).cursor == before.cursor for _ in range(3)]
    assert cursors == [True, True, False]
    assert (await told.rail()).height == told.blocks
    assert await told.coins(anna) == (COIN + 8, COIN + 8)
    many = {(f"{number:064x}", number): None for number in range(33_000)}
    async with told.market.served.runtime.transaction() as tx:
        found = await queries.deposits_concerned(tx.connection, "BTC", many, [])
    assert found == {}
    assert await told.market.failed_checks() == []


async def test_what_is_gone_waits_while_it_cannot_be_booked(told: Told) -> None:
    """Anna's deposit is gone, and what was sent of hers spent what is held for Boris: all else goes on, and it is booked with his."""
    anna = await told.customer(COIN)
    withdrawal = await told.withdraw(anna, COIN // 2)
    await told.answered(withdrawal, sent())
    operator, today = told.market.operator, business_day(await told.market.now(), SUITE_ZONE).isoformat()
    regulated = {"regulated": True, "from_on": today, "reason": "tests"}
    assert await operator.refused("/v1/coins/BTC/regulations", regulated) == (409, "terms_not_stated", "from_on")
    terms = {"valid_from": today, "share_ppm": 10**6, "daily_withdrawal": 1, "held_days": 30, "source": "tests"}
    boris = await told.customer()
    await operator.post("/v1/coins/BTC/terms", terms)
    await operator.post("/v1/coins/BTC/regulations", regulated)
    told.pays(boris, "b", COIN)
    await told.listen(held=-COIN // 2 - TAKEN)
    (held,) = (await boris.get("/v1/coin-deposits"))["items"]
    assert (held["state"], (await told.rail()).difference) == ("held", 0)
    del told.seen[f"of {anna.id}"]
    before = await told.rail()
    after = await told.listen(held=-COIN // 2 - TAKEN)
    assert (after.cursor, after.height) != (before.cursor, before.height)
    assert (after.difference, await told.deposit(anna)) == (-COIN, ("credited", 0))
    assert "coins_are_on_their_chain" in await told.market.failed_checks()
    await operator.post(f"/v1/coin-deposits/{held['id']}/release")
    assert (await told.listen(held=-COIN // 2 - TAKEN)).difference == 0
    state, lost = await told.deposit(anna)
    assert (state, lost, await told.coins(anna)) == ("reversed", COIN // 2 + FEE, (COIN // 2 + FEE, 0))
    told.seen[f"of {anna.id}"] = Seen(f"of {anna.id}", 0, anna.wallet["address"], COIN, 2)
    assert (await told.listen(held=-COIN // 2 - TAKEN)).difference == 0, "there again, and not hers yet"
    assert await told.market.failed_checks() == []


async def test_what_one_answer_brings_is_booked_before_what_it_takes(told: Told) -> None:
    """And what is never sent after all makes good what its platform bears of the same customer's deposit."""
    anna = await told.customer(COIN)
    boris = await told.customer()
    withdrawal = await told.withdraw(anna, COIN // 2)
    del told.seen[f"of {anna.id}"]
    told.pays(boris, "b", COIN)
    rail = await told.listen()
    assert (rail.height, await told.deposit(anna)) == (told.blocks, ("reversed", COIN // 2 + FEE))
    assert await told.coins(boris) == (COIN, COIN)
    await told.said(decode("cwd", withdrawal), 0, NodeAnswer(Sent.CALLED_OFF))
    assert (await anna.get(f"/v1/coin-withdrawals/{withdrawal}"))["state"] == "held", "the answer of another turn"
    await told.answered(withdrawal, NodeAnswer(Sent.CALLED_OFF))
    assert (await told.deposit(anna), await told.coins(anna)) == (("reversed", 0), (0, 0))
    assert (
        await told.market.balance(
            str((await told.market.operator.get("/v1/coin-rails"))["items"][0]["loss_account_id"])
        )
        == 0
    )
    assert await told.market.failed_checks() == []


async def test_a_fee_that_was_spent_is_given_back_all_the_same(told: Told) -> None:
    """Posted, its fee gone to cover a loss, and then taken back by the chain: she has all of it, and makes good what is borne of hers."""
    anna, boris = await told.customer(COIN), await told.customer(COIN)
    withdrawal = await told.withdraw(anna, COIN // 2)
    await told.answered(withdrawal, sent(6, 1))
    del told.seen[f"of {anna.id}"]
    await told.listen(held=-COIN // 2 - TAKEN)
    assert await told.deposit(anna) == ("reversed", COIN // 2 + FEE)
    await told.market.operator.post("/v1/coin-rails/BTC/loss-covers", {"amount": FEE - TAKEN})
    gone = frozenset({"sent"})
    await told.market.perform(withdrawal_actions.ask_again, jobs.PAYMENTS, unit="BTC", removed=gone)
    await told.answered(withdrawal, sent(-1))
    assert (await anna.get(f"/v1/coin-withdrawals/{withdrawal}"))["state"] == "returned"
    assert (await told.deposit(anna), await told.coins(anna)) == (("reversed", 0), (0, 0))
    assert (await told.listen()).difference == 0
    assert await told.coins(boris) == (COIN, COIN)
    assert await told.market.failed_checks() == []


async def test_a_person_who_is_frozen_is_frozen_in_tokens_and_coins(told: Told) -> None:
    """What she has, and what she opens meanwhile; what was sent before is hers once, and let go when it ends."""
    anna = await told.customer(COIN)
    withdrawal = await told.withdraw(anna, COIN // 2)
    await told.market.prove(anna, "安娜")
    async with told.market.served.runtime.reading() as connection:
        identity = await identity_of(connection, anna.uuid)
    assert identity is not None
    operator = told.market.operator.caller
    person = {"holder_id": identity.holder_id, "reason": "tests"}
    await told.market.perform(freeze_holder, operator, **person)
    body = {"unit": "BTC", "address": OUTSIDE, "amount": 1, "fee": FEE}
    assert (await anna.refused("/v1/coin-withdrawals", await confirmed(told.market, anna, body)))[1] == "account_frozen"
    token = {"code": "QBI", "kind": "token", "backed_by": "CNY"}
    await told.market.operator.post("/v1/units", token)
    await told.market.perform(open_holding, anna.caller)
    frozen = {one["kind"]: one["frozen"] for one in await accounts_of(told.market, anna)}
    assert frozen == {"wallet": True, "coin_wallet": True, "token_wallet": True}
    await told.answered(withdrawal, sent(6, 1))
    read = await anna.get(f"/v1/coin-withdrawals/{withdrawal}")
    assert (read["state"], await told.coins(anna)) == ("sent", (COIN, COIN // 2 - FEE))
    await told.market.perform(release_holder, operator, **person)
    await told.answered(withdrawal, sent(6, 1))
    assert (await anna.get(f"/v1/coin-withdrawals/{withdrawal}"))["state"] == "confirmed"
    assert await told.coins(anna) == (COIN // 2 - FEE, COIN // 2 - FEE)
    assert await told.market.failed_checks() == []


async def test_what_is_gone_from_under_a_frozen_account_waits_for_its_release(told: Told) -> None:
    """Nothing leaves it meanwhile, so the platform bears nothing: it is a difference, and taken back once it can be."""
    anna = await told.customer(COIN)
    await told.market.prove(anna, "安娜")
    async with told.market.served.runtime.reading() as connection:
        identity = await identity_of(connection, anna.uuid)
    assert identity is not None
    person = {"holder_id": identity.holder_id, "reason": "tests"}
    await told.market.perform(freeze_holder, told.market.operator.caller, **person)
    del told.seen[f"of {anna.id}"]
    assert (await told.listen()).difference == -COIN
    assert (await told.deposit(anna), await told.coins(anna)) == (("credited", 0), (COIN, COIN))
    await told.market.perform(release_holder, told.market.operator.caller, **person)
    assert (await told.listen()).difference == 0
    assert (await told.deposit(anna), await told.coins(anna)) == (("reversed", 0), (0, 0))
    assert await told.market.failed_checks() == []


async def test_a_withdrawal_in_review_has_its_coins_held(told: Told) -> None:
    anna, operator = await told.customer(COIN), told.market.operator
    today = business_day(await told.market.now(), SUITE_ZONE).isoformat()
    await operator.post("/v1/coins/BTC/prices", {"price_on": today, "price": "500000.00", "source": "tests"})
    await live(told.market, rule("coins", "review", {"fact": "kind", "op": "==", "value": "coin_withdrawal"}))
    body = {"unit": "BTC", "address": OUTSIDE, "amount": COIN // 2, "fee": FEE}
    parked = await anna.ask("/v1/coin-withdrawals", await confirmed(told.market, anna, body))
    assert (parked.status_code, parked.json()["code"]) == (409, "review_required")
    assert await told.coins(anna) == (COIN, COIN // 2)
    decision = parked.json()["decision_id"]
    await operator.post(f"/v1/risk/reviews/{decision}/approval", {"reason": "tests"})
    anna.http.headers["Sifang-Decision"] = decision
    again = await anna.ask("/v1/coin-withdrawals", await confirmed(told.market, anna, body))
    assert again.status_code == 202, again.text
    assert await told.coins(anna) == (COIN, COIN // 2 - FEE)
    assert await told.market.failed_checks() == []


async def open_holding(tx: Tx, caller: Caller) -> None:
    await tokens._locked_holding(tx, "QBI", customer_of(caller))


async def accounts_of(market: Market, party: Party) -> list[dict[str, Any]]:
    async with market.served.runtime.reading() as connection:
        named = select(ledger_accounts.c.kind, ledger_accounts.c.frozen).where(ledger_accounts.c.owner == party.id)
        return [dict(row._mapping) for row in await connection.execute(named)]
