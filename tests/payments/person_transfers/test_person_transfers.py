"""From wallet to wallet: at once, or later and revocable until then; whoever comes first, one of the two has the money."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chassis.identity import service_caller
from chassis.ids import decode, encode
from clients.ids import new_id
from services.payments.person_transfers import actions
from tests.databases import Databases
from tests.payments.market import Market, Party

PATH = "/v1/person-transfers"
PAYMENTS = service_caller("payments")


@pytest.fixture
async def anna(market: Market) -> Party:
    return await market.customer(10_000)


@pytest.fixture
async def boris(market: Market) -> Party:
    return await market.customer()


def to(payee: Party, amount: int = 3_000, **facts: Any) -> dict[str, Any]:
    return {"payee_id": payee.id, "amount": amount, "currency": "CNY"} | facts


async def work(market: Market) -> None:
    await market.run_periodic("payments.arrive_transfers")


async def freeze(market: Market, party: Party) -> None:
    await market.operator.post(f"/v1/accounts/{party.wallet['account_id']}/freeze", {"reason": "court order"})


async def test_at_once_by_customer_or_wallet(market: Market, anna: Party, boris: Party) -> None:
    sent = await anna.post(PATH, to(boris, note="tea"))
    assert (sent["state"], sent["name_checked"], sent["due_at"]) == ("arrived", False, None)
    by_wallet = {"payee_wallet_id": boris.wallet["id"], "amount": 500, "currency": "CNY"}
    assert (await anna.post(PATH, by_wallet))["payee_id"] == boris.id
    assert (await anna.balance(), await boris.balance()) == ((6_500, 6_500), (3_500, 3_500))
    assert [one["amount"] for one in (await boris.get(PATH, side="received"))["items"]] == [500, 3_000]
    assert ((await boris.get(PATH, side="sent"))["items"], len((await anna.get(PATH))["items"])) == ([], 2)
    assert await market.failed_checks() == []


async def test_the_payee_s_name_is_checked_where_it_is_proved(market: Market, anna: Party, boris: Party) -> None:
    assert (await anna.get(f"/v1/payees/{boris.id}"))["masked_name"] is None
    await market.prove(boris, "张三丰")
    for payee in (boris.id, boris.wallet["id"]):
        assert await anna.get(f"/v1/payees/{payee}") == {"payee_id": boris.id, "currency": "CNY", "masked_name": "张**"}
    assert await anna.refused(PATH, to(boris)) == (422, "payee_name_required", "payee_name")
    assert await anna.refused(PATH, to(boris, payee_name="张三")) == (409, "payee_name_differs", "payee_name")
    assert await anna.balance() == (10_000, 10_000)
    assert (await anna.post(PATH, to(boris, payee_name=" 张三丰 ")))["name_checked"] is True
    unknown = await anna.http.get(f"/v1/payees/{encode('cus', new_id())}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_payee")


@pytest.mark.parametrize(("arrival", "hours"), [("after_2_hours", 2), ("after_24_hours", 24)])
async def test_what_was_sent_for_later_arrives_at_its_instant(
    market: Market, anna: Party, boris: Party, arrival: str, hours: int
) -> None:
    await market.stop_clock()
    sent = await anna.post(PATH, to(boris, arrival=arrival))
    assert (sent["state"], await anna.balance(), await boris.balance()) == ("pending", (10_000, 7_000), (0, 0))
    await market.stop_clock(timedelta(hours=hours) - timedelta(microseconds=1))
    await work(market)
    assert (await boris.balance())[0] == 0
    await market.stop_clock(timedelta(microseconds=1))
    await asyncio.gather(*(work(market) for _ in range(3)))
    assert (await anna.balance(), await boris.balance()) == ((7_000, 7_000), (3_000, 3_000))
    assert (await boris.get(f"{PATH}/{sent['id']}"))["state"] == "arrived"
    assert await market.failed_checks() == []


async def test_revocation_against_arrival_has_one_winner(market: Market, anna: Party, boris: Party) -> None:
    """Each tells its own time: the one began before the instant, the other after; the row decides."""
    seen: Counter[str] = Counter()
    for number in range(6):
        await market.stop_clock()
        sent = await anna.post(PATH, to(boris, 100, arrival="after_2_hours"))
        transfer_id = decode("ptr", sent["id"])
        early = await market.stop_clock(timedelta(hours=2) - timedelta(microseconds=1))

        async def revoke(tx: Any, caller: Any, *, transfer_id: Any = transfer_id, early: Any = early) -> Any:
            tx.now = early
            return await actions.revoke_transfer(tx, caller, transfer_id=transfer_id)

        async def arrive(tx: Any, caller: Any, *, early: Any = early) -> Any:
            tx.now = early + timedelta(microseconds=1)
            return await actions.arrive_due_transfers(tx, caller)

        both = [market.tried(revoke, anna.caller), market.perform(arrive, PAYMENTS)]
        await asyncio.gather(*(both if number % 2 else reversed(both)))
        await market.stop_clock(timedelta(microseconds=1))
        await work(market)
        seen[(await anna.get(f"{PATH}/{sent['id']}"))["state"]] += 1
    assert seen.total() == seen["revoked"] + seen["arrived"] == 6
    assert await boris.balance() == (100 * seen["arrived"],) * 2
    assert await anna.balance() == (10_000 - 100 * seen["arrived"],) * 2
    assert await market.failed_checks() == []


# State → what revoking answers for the payer; the payee and strangers know of nothing to revoke.
REVOKED = {
    "pending": "made",
    "late": "transfer_not_revocable",
    "arrived": "transfer_not_revocable",
    "at_once": "transfer_not_revocable",
    "revoked": "made",
    "returned": "transfer_not_revocable",
}


@pytest.mark.parametrize("state", REVOKED)
async def test_every_event_in_every_state(market: Market, anna: Party, boris: Party, state: str) -> None:
    await market.stop_clock()
    sent = await anna.post(PATH, to(boris, arrival="at_once" if state == "at_once" else "after_2_hours"))
    facts = {"transfer_id": decode("ptr", sent["id"])}
    if state == "revoked":
        await anna.post(f"{PATH}/{sent['id']}/revocation")
    if state == "returned":
        await freeze(market, anna)
    if state in ("late", "arrived", "returned"):
        await market.stop_clock(timedelta(hours=2))
    if state in ("arrived", "returned"):
        await work(market)
    for party in (boris, await market.customer(None)):
        assert await market.tried(actions.revoke_transfer, party.caller, **facts) == "unknown_person_transfer"
    for _ in range(2):
        assert await market.tried(actions.revoke_transfer, anna.caller, **facts) == REVOKED[state]
    await market.stop_clock(timedelta(hours=2))
    for _ in range(2):
        await work(market)
    final = (await anna.get(f"{PATH}/{sent['id']}"))["state"]
    assert final == {"pending": "revoked", "late": "arrived", "at_once": "arrived"}.get(state, state)
    assert (await boris.balance())[0] == (3_000 if final == "arrived" else 0)
    assert await market.failed_checks() == []


async def test_what_cannot_arrive_goes_back_with_its_reason(market: Market, anna: Party, boris: Party) -> None:
    carl, dora = await market.customer(5_000), await market.customer(5_000)
    await market.stop_clock()
    paths = [
        f"{PATH}/{(await payer.post(PATH, to(payee, arrival='after_2_hours')))['id']}"
        for payer, payee in ((anna, boris), (carl, anna), (dora, boris), (anna, dora))
    ]
    # Frozen wallets take what comes in and give nothing; a closed one takes nothing.
    await freeze(market, carl)
    await freeze(market, boris)
    await market.book.moved(dora.wallet["account_id"], market.book.source, 1, kind="pending", flags=["closing_debit"])
    await market.stop_clock(timedelta(hours=2))
    await work(market)
    found = [(one["state"], one["failure_code"]) for one in [await market.operator.get(path) for path in paths]]
    closed = ("returned", "account_closed")
    assert found == [("arrived", None), ("returned", "account_frozen"), closed, closed]
    assert (await boris.balance(), (await carl.balance())[0], (await dora.balance())[0]) == (
        (3_000, 3_000),
        5_000,
        5_000,
    )
    assert await market.failed_checks() == []


async def test_a_hold_that_an_operator_ended_keeps_nobody_else_s(market: Market, anna: Party, boris: Party) -> None:
    await market.stop_clock()
    sent = [await anna.post(PATH, to(boris, 1_000, arrival="after_2_hours")) for _ in range(3)]
    holds = {
        one["reference"]: one["id"]
        for one in (await market.book.get("/v1/transfers", account_id=boris.wallet["account_id"]))["items"]
    }
    assert (await market.book.settle("void", holds[sent[0]["id"]])).status_code == 201
    await market.stop_clock(timedelta(hours=2))
    await work(market)
    found = [await anna.get(f"{PATH}/{one['id']}") for one in sent]
    assert [(one["state"], one["failure_code"]) for one in found] == [
        ("returned", "hold_already_voided"), ("arrived", None), ("arrived", None),
    ]  # fmt: skip
    assert (await anna.balance(), await boris.balance()) == ((8_000, 8_000), (2_000, 2_000))
    assert await market.failed_checks() == []


async def test_it_counts_against_the_payer_s_limits_until_it_is_back(market: Market, boris: Party) -> None:
    rich = await market.customer(2_000_000)
    await market.prove(rich, "王五")
    sent = await rich.post(PATH, to(boris, 80_000, arrival="after_24_hours"))
    assert (await rich.refused(PATH, to(boris, 20_001)))[:2] == (409, "daily_limit_exceeded")
    assert await rich.balance() == (2_000_000, 1_920_000)
    await rich.post(f"{PATH}/{sent['id']}/revocation")
    assert (await rich.post(PATH, to(boris, 100_000)))["state"] == "arrived"
    assert await market.failed_checks() == []


async def test_no_more_is_sent_than_there_is_however_many_at_once(market: Market, anna: Party, boris: Party) -> None:
    answers = await asyncio.gather(*(anna.ask(PATH, to(boris, 900)) for _ in range(30)))
    assert Counter(answer.json().get("code") for answer in answers) == {None: 11, "insufficient_funds": 19}
    assert (await anna.balance(), await boris.balance()) == ((100, 100), (9_900, 9_900))


async def test_refusals(market: Market, anna: Party, boris: Party) -> None:
    nobody, dollars = encode("cus", new_id()), await market.customer(0, "USD")
    closed = await market.customer(1)
    await market.book.moved(closed.wallet["account_id"], market.book.source, 1, kind="pending", flags=["closing_debit"])
    for body, expected in (
        (to(anna), (422, "transfer_to_oneself", "payee_id")),
        (to(boris) | {"payee_id": nobody}, (404, "unknown_payee", "payee_id")),
        (to(dollars), (404, "unknown_payee", "payee_id")),
        (to(boris, payee_id=None, payee_wallet_id=dollars.wallet["id"]), (422, "currency_mismatch", "currency")),
        (to(boris, payee_id=None, payee_wallet_id=encode("wal", new_id())), (404, "unknown_payee", "payee_wallet_id")),
        (to(closed), (409, "payee_wallet_closed", "payee_id")),
        (to(boris, 10_001), (409, "insufficient_funds", "amount")),
        (to(boris, arrival="after_3_hours"), (422, "invalid_value", "arrival")),
        (to(boris, payee_wallet_id=boris.wallet["id"]), (422, "invalid_value", "body")),
        (to(boris, wallet_id=boris.wallet["id"]), (404, "unknown_wallet", "wallet_id")),
        (to(boris, note="x" * 201), (422, "invalid_value", "note")),
    ):
        assert await anna.refused(PATH, body) == expected, body
    assert await anna.balance() == (10_000, 10_000)
    sent = await anna.post(PATH, to(boris))
    stranger = await market.customer(None)
    seen = await stranger.http.get(f"{PATH}/{sent['id']}")
    assert (seen.status_code, seen.json()["code"]) == (404, "unknown_person_transfer")


DAMAGE = {
    "person_transfers_have_their_transfer": "UPDATE person_transfers SET amount = amount + 1 WHERE state = 'arrived'",
    "person_transfers_have_their_hold": "UPDATE person_transfers SET amount = amount + 1 WHERE state = 'pending'",
    "person_transfer_past_arrival": "UPDATE person_transfers SET due_at = '2020-01-01' WHERE state = 'pending'",
}


async def test_the_audit_finds_what_was_changed(
    market: Market, databases: Databases, anna: Party, boris: Party
) -> None:
    for arrival in ("at_once", "after_2_hours"):
        await anna.post(PATH, to(boris, arrival=arrival))
    assert await market.failed_checks() == []
    for check, statement in DAMAGE.items():
        assert check in await market.failed_when(databases.admin_url, statement)
