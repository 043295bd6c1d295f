"""Days published: what is counted, what is excluded, and what each party is shown of it."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import Tx, async_url
from chassis.identity import Caller
from chassis.ids import decode
from chassis.provision import in_database
from clients.payments import liabilities
from services.payments.channels.reserves import reserve_at
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import TransferCommand, TransferKind
from services.payments.liabilities import actions, proving, rules
from services.payments.liabilities.model import Node, Publication
from services.payments.liabilities.vault import LiabilityVault
from services.payments.reserve.model import Owed
from services.payments.settlement.queries import give_proceeds_account
from tests.databases import Databases
from tests.payments.market import Market, Party
from tests.payments.reserve.proofs import noon


async def publish(market: Market, day: date) -> Publication:
    vault = market.served.runtime.get(LiabilityVault)
    facts = {"day": day, "currency": "CNY", "vault": vault}
    return await market.perform(actions.publish_day, market.operator.caller, **facts)


async def proof_of(party: Party, day: date) -> dict[str, Any]:
    return dict(await party.get("/v1/liabilities/proofs/mine", day=day.isoformat(), currency="CNY", limit=200))


async def test_a_day_is_published_once_and_every_party_finds_herself(
    market: Market, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many more leaves than a chunk holds here: 8 of them, and the tree of several."""
    monkeypatch.setattr(rules, "CHUNK_LEAVES", 8)
    day = await noon(market)
    assert await market.tried(
        actions.publish_day, market.operator.caller, day=day, currency="CNY", vault=market.served.runtime.get(LiabilityVault)
    ) == "day_not_over"  # fmt: skip
    anna, boris, poor = await market.customer(), await market.customer(600), await market.customer()
    shop = await market.merchant(anna, 90)
    others = [await market.book.funded(10 + at, kind="collection") for at in range(17)]
    below = [(await market.book.account("capital", rule="none"))["id"] for _ in range(2)]
    for account in below:
        await market.book.moved(account, anna.wallet["account_id"], 500)
    # A hold is still hers.
    await market.book.hold(boris.wallet["account_id"], others[0], 100)
    now = await market.stop_clock(timedelta(days=1))
    await market.book.moved(boris.wallet["account_id"], anna.wallet["account_id"], 50)
    answers = await asyncio.gather(*(publish(market, day) for _ in range(4)))
    assert len({one.hash for one in answers}) == 1
    published, total = answers[0], 1_000 + 600 + 90 + sum(range(10, 27))
    assert (published.number, published.total_minor, published.accounts, published.depth) == (1, total, 20, 5)
    assert (published.excluded_accounts, published.excluded_minor, published.published_at) == (2, 1_000, now)
    hers = await proof_of(anna, day)
    assert {one["account_id"]: one["amount_minor"] for one in hers["items"]} == {
        anna.wallet["account_id"]: 1_000,
        shop["account_id"]: 90,
    }
    assert liabilities.check(hers, 1_090, published.hash.hex()) == 1_090
    his = await proof_of(boris, day)
    assert liabilities.check(his, 600) == 600
    # Both see one log; whoever had nothing is no leaf; nobody sees whose the sums beside hers are.
    listed = (await boris.get("/v1/liabilities/roots"))["items"]
    assert liabilities.check_logs([[hers["publication"]], listed]) == {1: published.hash.hex()}
    assert (await proof_of(poor, day))["items"] == []
    assert boris.wallet["account_id"] not in str(hers)
    assert {key for item in hers["items"] for key in item} == {"account_id", "amount_minor", "salt", "path"}
    # Accounts below zero: counted and summed for all, named for operators.
    below_zero = (await market.operator.get("/v1/liabilities/roots/1/exclusions"))["items"]
    assert {one["account_id"]: one["amount_minor"] for one in below_zero} == dict.fromkeys(below, 500)
    assert (await anna.http.get("/v1/liabilities/roots/1/exclusions")).status_code == 403
    await a_day_later(market, anna, day, published, hers)
    assert await market.failed_checks() == []
    for statement, check in BROKEN.items():
        assert check in await market.failed_when(databases.admin_url, statement)
    for at in (1, 23):
        assert await chunks_that_differ(market, databases, at) == ["publication 2 chunk 0"]


BROKEN = {
    "UPDATE liability_roots SET previous_hash = root WHERE number = 2": "liability_roots_are_chained",
    "UPDATE liability_chunks SET sum_minor = sum_minor / 2": "liability_roots_are_their_leaves",
    "DELETE FROM liability_exclusions": "liability_roots_are_their_leaves",
}
"""What nobody with the service's own role may do, and the check that notices."""


async def chunks_that_differ(market: Market, databases: Databases, at: int) -> list[str]:
    """With one byte of a leaf changed: of whose it is, or of what she has."""
    vault = market.served.runtime.get(LiabilityVault)
    database = market.served.runtime.settings.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(in_database(databases.admin_url, database)), poolclass=NullPool)
    changed = "UPDATE liability_chunks SET leaves = set_byte(leaves, :at, get_byte(leaves, :at) # 1) WHERE number = 0 AND root_number = 2"
    async with engine.connect() as connection:
        assert await proving.differing_leaves(connection, vault) == (4, [])
        await connection.execute(text(changed), {"at": at})
        found = (await proving.differing_leaves(connection, vault))[1]
        await connection.rollback()
    return found


async def a_day_later(market: Market, anna: Party, day: date, first: Publication, hers: dict[str, Any]) -> None:
    """The tree is in another order, under other salts, and names the one before; the day that is over stays as it was."""
    await market.stop_clock(timedelta(days=1))
    second = await publish(market, day + timedelta(days=1))
    assert (second.number, second.previous_hash, second.total_minor) == (2, first.hash, first.total_minor)
    later = await proof_of(anna, day + timedelta(days=1))
    assert liabilities.check(later, 1_140) == 1_140
    assert {one["salt"] for one in later["items"]}.isdisjoint({one["salt"] for one in hers["items"]})
    assert await proof_of(anna, day) == hers
    assert len((await anna.get("/v1/liabilities/roots", currency="CNY", limit=1))["items"]) == 1


async def test_a_party_with_many_accounts_is_proved_by_the_page(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the pages together by the verifier. Nothing is hashed where others' calls wait for it."""
    hashed, by_the_loop = rules.hashed, set()

    def noted(*told: Any) -> list[Node]:
        by_the_loop.add(asyncio._get_running_loop() is not None)
        return hashed(*told)

    monkeypatch.setattr(rules, "hashed", noted)
    day = await noon(market)
    others = market.served.client("stf_others")
    body = {"currency": "CNY", "kind": "collection"}
    for _ in range(21):
        made = await others.post("/v1/accounts", json=body, headers={"idempotency-key": uuid4().hex})
        await market.pay_in(made.json()["id"], 10)
    await market.stop_clock(timedelta(days=1))
    await publish(market, day)
    asked = {"day": day.isoformat(), "currency": "CNY", "limit": "200"}
    first = (await others.get("/v1/liabilities/proofs/mine", params=asked)).json()
    rest = (await others.get("/v1/liabilities/proofs/mine", params=asked | {"after": first["next"]})).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (20, 1, None)
    assert liabilities.check(liabilities.together([first, rest]), 210) == 210
    assert by_the_loop == {False}


async def test_what_waits_for_a_merchant_is_counted_as_hers(market: Market) -> None:
    """On an account that does not have her name."""
    day = await noon(market)
    anna = await market.customer()
    shop, waiting = await market.merchant(anna, 90), await market.book.funded(26, kind="collection")

    async def story(tx: Tx, caller: Caller) -> None:
        await give_proceeds_account(tx.connection, decode("mer", shop["id"]), decode("acc", waiting))

    await market.perform(story, market.operator.caller)
    await market.stop_clock(timedelta(days=1))
    await publish(market, day)
    hers = await proof_of(anna, day)
    assert {one["account_id"] for one in hers["items"]} == {shop["account_id"], waiting}
    assert liabilities.check(hers, 116) == 116


async def test_what_was_not_published_is_not_found(market: Market) -> None:
    anna = await market.customer()
    asked = await anna.http.get("/v1/liabilities/proofs/mine", params={"day": "2026-01-01", "currency": "CNY"})
    assert (asked.status_code, asked.json()["code"]) == (404, "liabilities_not_published")
    for path in ("roots/1", "roots/1/exclusions"):
        answer = await market.operator.http.get(f"/v1/liabilities/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "liabilities_not_published")


def test_what_is_counted_are_the_accounts_that_a_party_knows() -> None:
    assert set(rules.COUNTED) == {Owed.CUSTOMERS, Owed.MERCHANTS, Owed.INSTITUTIONS}


async def test_a_currency_that_cannot_be_published_keeps_no_other(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await noon(market)
    anna = await market.customer()

    async def story(tx: Tx, caller: Caller) -> None:
        for currency, reserve in (("CNY", "ICBC"), ("EUR", "BOC")):
            account = (await market.book.account("collection", currency=currency))["id"]
            command = TransferCommand(
                ledger.new_transfer_id(tx), TransferKind.SINGLE, "tests.move", "", await reserve_at(tx, reserve, currency),
                decode("acc", account), 100, currency,
            )  # fmt: skip
            await ledger.post(tx, [command])

    await market.perform(story, market.operator.caller)
    await market.stop_clock(timedelta(days=1))
    publish_day = actions.publish_day

    async def fails_for_one(tx: Tx, caller: Caller, *, currency: str, **facts: Any) -> Publication:
        if currency == "CNY":
            raise ValueError("a damaged row")
        return await publish_day(tx, caller, currency=currency, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "publish_day", fails_for_one)
        with pytest.raises(ExceptionGroup, match="could not be published"):
            await market.run_periodic("payments.publish_liabilities")
    (listed,) = (await anna.get("/v1/liabilities/roots"))["items"]
    assert (listed["currency"], listed["day"]) == ("EUR", day.isoformat())
    await market.run_periodic("payments.publish_liabilities")
    assert [one["currency"] for one in (await anna.get("/v1/liabilities/roots"))["items"]] == ["CNY", "EUR"]
