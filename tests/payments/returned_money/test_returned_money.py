"""Money that comes back, against a real sandbox bank over HTTP: accepted once, posted with the original's id."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from chassis.provision import in_database
from tests.databases import Databases
from tests.payments.customer import Person, World
from tests.payments.returned_money.reporting import (
    audited,
    bank_works,
    read,
    reported,
    reserves_agree,
    topped_up,
    until_booked,
    withdrawn,
)

FUNDS = 2_000_000


async def one_report(person: Person) -> dict[str, Any]:
    (report,) = (await person.get("/v1/returned-money"))["items"]
    return dict(report)


async def others(world: World) -> None:
    """Money of others in the reserve, so that it is not short of what goes back."""
    await world.person().funded(FUNDS)


async def operate(world: World, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return await world.payments.client().post(path, json=body, headers={"idempotency-key": uuid4().hex})


async def transfers_of(world: World, reference: str) -> list[tuple[str, int]]:
    items = (await world.payments.client().get("/v1/transfers", params={"reference": reference})).json()["items"]
    return [(one["code"], one["amount"]) for one in items]


async def test_a_journey_of_money_that_comes_back(world: World) -> None:
    """By magic amounts and the clock alone: a payout returned, a charge reversed after it was spent, repaid by what comes in."""
    anna = world.person()
    card = await anna.ready()
    first = await topped_up(anna, card, 990_088)
    withdrawal = await withdrawn(anna, card, 990_077)
    assert await anna.balance() == (11, 11)
    await world.move_clock(timedelta(hours=3))
    await bank_works(world)
    await until_booked(anna, 2, world)
    await world.run_periodic("payments.collect_receivables")
    assert (await anna.get(f"/v1/withdrawals/{withdrawal}"))["state"] == "returned"
    # 11 were left and 990,077 came back, before or after the charge was reversed: all of it goes, and 0 stays owed of 990,088.
    assert await anna.balance() == (0, 0)
    reports = (await anna.get("/v1/returned-money"))["items"]
    assert {(one["kind"], one["original"], one["state"]) for one in reports} == {
        ("payout_returned", withdrawal, "booked"),
        ("charge_reversed", first, "booked"),
    }
    assert all(one["outstanding"] == 0 for one in (await anna.get("/v1/receivables"))["items"])
    await topped_up(anna, card, 5_000)
    assert await anna.balance() == (5_000, 5_000)
    await reserves_agree(world)
    await audited(world)


async def test_a_returned_payout_gives_the_owner_her_money_again(world: World) -> None:
    anna = world.person()
    card = await anna.funded(FUNDS)
    withdrawal = await withdrawn(anna, card, 500_000)
    await reported(world, "payout_returned", withdrawal)
    assert (await anna.get(f"/v1/withdrawals/{withdrawal}"))["state"] == "returned"
    assert await anna.balance() == (FUNDS, FUNDS)
    report = await one_report(anna)
    assert (report["state"], report["original"], report["amount"]) == ("booked", withdrawal, 500_000)
    assert ("withdrawal.card.returned", 500_000) in await transfers_of(world, withdrawal)
    await reserves_agree(world)
    await audited(world)


async def test_a_report_repeated_twenty_times_at_once_is_accepted_once(world: World) -> None:
    anna = world.person()
    card = await anna.funded(FUNDS)
    withdrawal = await withdrawn(anna, card, 500_000)
    body = {
        "kind": "payout_returned",
        "instruction_reference": await world.reference_of(withdrawal),
        "reference": "bank-once",
    }
    for _ in range(2):
        await world.door.post("reports", body)
    hints = world.payments.client()
    answers = await asyncio.gather(
        *(hints.post("/v1/channels/ICBC/returns", json={"reference": "bank-once"}) for _ in range(20)),
        *(read(world) for _ in range(5)),
    )
    assert {one.status_code for one in answers if one is not None} == {202}
    await anna.until(f"/v1/withdrawals/{withdrawal}", "returned")
    assert await anna.balance() == (FUNDS, FUNDS)
    assert [code for code, _ in await transfers_of(world, withdrawal)].count("withdrawal.card.returned") == 1
    await audited(world)


async def test_a_hint_alone_moves_nothing(world: World) -> None:
    anna = world.person()
    card = await anna.funded(FUNDS)
    withdrawal = await withdrawn(anna, card, 500_000)
    answer = await world.payments.client().post("/v1/channels/ICBC/returns", json={"reference": "made-up", "more": 1})
    assert answer.status_code == 202
    await world.payments.runtime.jobs.run_now("payments.read_reports", {"bank": "ICBC"})
    assert (await anna.get(f"/v1/withdrawals/{withdrawal}"))["state"] == "succeeded"
    unknown = await world.payments.client().post("/v1/channels/NONE/returns", json={})
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["field"]) == (422, "unknown_bank", "bank")


async def test_a_reversed_top_up_takes_what_is_there(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    top_up = await topped_up(anna, card, 300_000)
    await reported(world, "charge_reversed", top_up)
    assert await anna.balance() == (0, 0)
    report = await one_report(anna)
    assert (report["taken"], report["owed"]) == (300_000, 0)
    assert (await anna.get("/v1/receivables"))["items"] == []
    await reserves_agree(world)
    await audited(world)


async def test_the_rest_of_a_reversed_top_up_is_owed_and_restricts_the_wallet_until_repaid(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    await others(world)
    top_up = await topped_up(anna, card, 300_000)
    await withdrawn(anna, card, 250_000)
    await reported(world, "charge_reversed", top_up)
    report = await one_report(anna)
    assert (report["taken"], report["owed"]) == (50_000, 250_000)
    (owed,) = (await anna.get("/v1/receivables"))["items"]
    assert (owed["original"], owed["outstanding"], owed["state"]) == (top_up, 250_000, "open")
    wallet = await anna.wallet()
    assert (wallet["balance"], wallet["available"]) == (0, -250_000)
    await topped_up(anna, card, 100_000)
    refused = await anna.withdraw(card, 1)
    await world.run_periodic("payments.collect_receivables")
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_funds")
    owed = await anna.get(f"/v1/receivables/{owed['id']}")
    assert (owed["repaid"], owed["outstanding"]) == (100_000, 150_000)
    await topped_up(anna, card, 160_000)
    await world.run_periodic("payments.collect_receivables")
    assert (await anna.get(f"/v1/receivables/{owed['id']}"))["state"] == "settled"
    assert await anna.balance() == (10_000, 10_000)
    assert await withdrawn(anna, card, 10_000)
    account = await anna.get(f"/v1/accounts/{wallet['account_id']}")
    assert (account["frozen"], account["frozen_amount"]) == (False, 0)
    await reserves_agree(world)
    await audited(world)


async def test_a_withdrawal_under_way_is_paid_although_its_wallet_owes_since(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    await others(world)
    top_up = await topped_up(anna, card, 1_200_000)
    withdrawal = (await anna.withdraw(card, 990_008)).json()
    assert withdrawal["state"] == "pending"
    await reported(world, "charge_reversed", top_up, amount=400_000)
    report = await one_report(anna)
    assert (report["taken"], report["owed"]) == (209_992, 190_008)
    await world.move_clock(timedelta(minutes=6))
    await world.run("payments.pay_out", withdrawal["id"])
    assert (await anna.get(f"/v1/withdrawals/{withdrawal['id']}"))["state"] == "succeeded"
    assert await anna.balance() == (0, -190_008)
    await audited(world)


async def test_operators_freezes_and_debts_stand_beside_each_other(world: World) -> None:
    anna = world.person()
    card = await anna.ready()
    await others(world)
    top_up = await topped_up(anna, card, 300_000)
    await withdrawn(anna, card, 200_000)
    account = (await anna.wallet())["account_id"]
    freezing = await operate(world, f"/v1/accounts/{account}/freeze", {"reason": "court order", "amount": 60_000})
    assert freezing.status_code == 200, freezing.text
    await reported(world, "charge_reversed", top_up)
    report = await one_report(anna)
    assert (report["taken"], report["owed"]) == (40_000, 260_000)
    assert await anna.balance() == (60_000, -260_000)
    again = await operate(world, f"/v1/accounts/{account}/freeze", {"reason": "court order", "amount": 50_000})
    assert again.json()["frozen_amount"] == 310_000
    await world.run_periodic("payments.collect_receivables")
    assert await anna.balance() == (50_000, -250_000)
    lifted = await operate(world, f"/v1/accounts/{account}/release", {"reason": "lifted"})
    assert lifted.json()["frozen_amount"] == 250_000
    twice = await operate(world, f"/v1/accounts/{account}/release", {"reason": "lifted"})
    assert (twice.status_code, twice.json()["code"]) == (409, "account_not_frozen")
    await world.run_periodic("payments.collect_receivables")
    assert await anna.balance() == (0, -200_000)
    await audited(world)


async def test_what_is_not_final_yet_waits_for_its_result(world: World) -> None:
    anna = world.person()
    card = await anna.funded(FUNDS)
    withdrawal = (await anna.withdraw(card, 990_004)).json()
    assert withdrawal["state"] == "pending"
    await reported(world, "payout_returned", withdrawal["id"])
    waiting = (await world.payments.client().get("/v1/returned-money")).json()["items"][0]
    assert (waiting["state"], waiting["held_up"]) == ("reported", "not_final_yet")
    await world.run("payments.pay_out", withdrawal["id"])
    await world.move_clock(timedelta(minutes=2))
    await read(world)
    assert (await anna.get(f"/v1/withdrawals/{withdrawal['id']}"))["state"] == "returned"
    assert await anna.balance() == (FUNDS, FUNDS)
    await audited(world)


async def test_a_payout_after_it_was_given_up_comes_back_into_suspense(world: World) -> None:
    """The customer had her money back before: what comes back makes good the receivable in suspense."""
    anna = world.person()
    card = await anna.funded(FUNDS)
    withdrawal = (await anna.withdraw(card, 990_012)).json()
    await world.move_clock(timedelta(minutes=30))
    await world.run("payments.pay_out", withdrawal["id"])
    await world.move_clock(timedelta(hours=7))
    await world.run("payments.pay_out", withdrawal["id"])
    await reported(world, "payout_returned", withdrawal["id"])
    ended = await anna.get(f"/v1/withdrawals/{withdrawal['id']}")
    assert (ended["state"], ended["late"]) == ("failed", True)
    assert await anna.balance() == (FUNDS, FUNDS)
    assert (await one_report(anna))["state"] == "booked"
    suspense = await world.payments.client().get("/v1/balances", params={"kind": "suspense"})
    assert [one["balance"] for one in suspense.json()["items"]] == [0]
    await reserves_agree(world)
    await audited(world)


async def test_what_nothing_agrees_with_waits_in_suspense_for_an_operator(world: World) -> None:
    anna = world.person()
    card = await anna.funded(FUNDS)
    withdrawal = await withdrawn(anna, card, 500_000)
    await reported(world, "payout_returned", withdrawal, amount=400_000)
    operator = world.payments.client()
    (report,) = (await operator.get("/v1/returned-money", params={"state": "unmatched"})).json()["items"]
    assert (report["held_up"], report["original"]) == ("amount_differs", None)
    assert await anna.balance() == (FUNDS - 500_000, FUNDS - 500_000)
    assert await transfers_of(world, report["id"]) == [("bank_report.unmatched", 400_000)]
    hidden = await anna.http.get(f"/v1/returned-money/{report['id']}")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "unknown_report")
    await reserves_agree(world)
    await audited(world)
    path = f"/v1/returned-money/{report['id']}/clearance"
    barred = await anna.post(path, {"reason": "mine"})
    assert (barred.status_code, barred.json()["code"]) == (403, "missing_scope")
    cleared = (await operate(world, path, {"reason": "given to the payee by hand"})).json()
    assert cleared["state"] == "cleared"
    again = await operate(world, path, {"reason": "twice"})
    assert (again.status_code, again.json()["code"]) == (409, "report_not_unmatched")
    await audited(world)


async def test_together_reports_take_back_no_more_than_was_paid(world: World) -> None:
    anna = world.person()
    card = await anna.funded(FUNDS)
    withdrawal = await withdrawn(anna, card, 100_000)
    top_up = await topped_up(anna, card, 100_000)
    for number in range(3):
        await reported(world, "charge_reversed", top_up, f"reversal-{number}", amount=40_000)
    await topped_up(anna, card, 200_000)
    await reported(world, "payout_returned", withdrawal, "first")
    await reported(world, "payout_returned", withdrawal, "second")
    items = (await world.payments.client().get("/v1/returned-money")).json()["items"]
    told = sorted((one["kind"], one["state"], one["held_up"]) for one in items)
    assert told == [
        ("charge_reversed", "booked", None),
        ("charge_reversed", "booked", None),
        ("charge_reversed", "unmatched", "amount_exceeds_original"),
        ("payout_returned", "booked", None),
        ("payout_returned", "unmatched", "came_back_before"),
    ]
    await reserves_agree(world)
    await audited(world)


async def test_the_audit_finds_a_report_that_was_changed(world: World, databases: Databases) -> None:
    anna = world.person()
    card = await anna.ready()
    await others(world)
    top_up = await topped_up(anna, card, 300_000)
    await withdrawn(anna, card, 250_000)
    await reported(world, "charge_reversed", top_up)
    connection = await asyncpg.connect(in_database(databases.admin_url, f"sifang_payments_{databases.worker}"))
    try:
        await connection.execute(
            "UPDATE bank_reports SET amount = amount - 1, taken = taken - 1 WHERE state = 'booked'"
        )
        await connection.execute("UPDATE receivables SET amount = amount - 1")
    finally:
        await connection.close()
    report = (await world.payments.client().get("/v1/verification")).json()
    failed = {one["name"] for one in report["checks"] if one["failed"]}
    assert {"reports_have_their_transfers", "receivables_are_what_is_owed", "who_owes_is_restricted"} <= failed


@pytest.mark.parametrize(("method", "path"), [("get", "/v1/returned-money/rtn_01h455vb4pex5vsknk084sn02q")])
async def test_an_unknown_report_is_not_found(world: World, method: str, path: str) -> None:
    answer = await world.payments.client().request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_report")
    cleared = await operate(world, f"{path}/clearance", {"reason": "none"})
    assert (cleared.status_code, cleared.json()["code"]) == (404, "unknown_report")
