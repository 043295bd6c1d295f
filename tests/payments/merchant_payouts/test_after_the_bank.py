"""What comes after the bank's word, and before it: money sent back once, payouts made anew, payouts that wait and say why."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from chassis.ids import encode
from chassis.provision import in_database
from clients.ids import new_id
from services.payments.merchant_payouts import actions, reports
from services.payments.merchant_payouts import queries as payout_queries
from services.payments.merchant_payouts.model import LineState
from services.payments.verification import queries
from tests.payments.merchant_payouts.street import OPERATOR, Street
from tests.payments.settlement.market import Keeper, post
from tests.payments.settlement.test_payouts import report

AMOUNT = 10_000


@pytest.fixture
async def shop(street: Street) -> Keeper:
    await street.reserve(1_000_000)
    return await street.shop()


async def transfers_of(street: Street, reference: str) -> list[str]:
    items = (await street.http.get("/v1/transfers", params={"reference": reference})).json()["items"]
    return [one["code"] for one in items]


async def test_money_that_comes_back_is_the_merchant_s_once(street: Street, shop: Keeper) -> None:
    """However often it is reported, and under whichever of the bank's references; the bank's first word again changes nothing."""
    batch = await street.carried(await street.batched((shop, AMOUNT)))
    (line,) = await street.lines(batch)
    for reference in ("once", "once"):
        await street.come_back(line, reference=reference)
    await asyncio.gather(*(street.run("payments.read_all_reports") for _ in range(5)))
    payout = await street.payout(shop)
    assert (payout["state"], await street.market.balance(shop)) == ("returned", AMOUNT)
    assert (await transfers_of(street, payout["id"])).count("settlement.payout.returned") == 1
    told = report(batch["message_id"], {line["end_to_end_id"]: "ACSC"})
    again = await post(street.http, f"/v1/payout-batches/{batch['id']}/confirmations", told)
    assert (again.status_code, (await street.payout(shop))["state"]) == (200, "returned")
    await street.reserves_agree()
    await street.audit()


async def test_by_the_clock_alone_a_magic_amount_comes_back(street: Street, shop: Keeper) -> None:
    await street.carried(await street.batched((shop, 990_077)))
    assert (await street.payout(shop))["state"] == "paid"
    await street.ahead(timedelta(hours=2))
    await street.bank_works()
    await street.run("payments.read_all_reports")
    assert [(await street.payout(shop))[name] for name in ("state", "failure_code")] == [
        "returned",
        "payee_account_closed",
    ]
    assert await street.market.balance(shop) == 990_077
    await street.reserves_agree()
    await street.audit()


async def test_a_return_before_the_bank_s_word_was_read_waits_for_it(street: Street, shop: Keeper) -> None:
    """The bank has executed the file and sent the money back already, while payments knows of neither."""
    batch = await street.batched((shop, AMOUNT))
    document = await street.http.get(f"/v1/payout-batches/{batch['id']}/file", params={"form": batch["sent_as"]})
    sent = await street.door.http.post(
        "/bank/ICBC/v1/payment-orders", content=document.content, headers={"content-type": "application/xml"}
    )
    assert sent.status_code == 200, sent.text
    (line,) = await street.lines(batch)
    await street.come_back(line)
    assert (await street.payout(shop))["state"] == "batched"
    batch = await street.carried(batch)
    await street.ahead(timedelta(hours=1))
    await street.run("payments.read_all_reports")
    assert ((await street.payout(shop))["state"], await street.market.balance(shop)) == ("returned", AMOUNT)
    await street.reserves_agree()
    await street.audit()


async def test_a_line_comes_back_in_every_state(street: Street, shop: Keeper) -> None:
    """Only what was paid comes back, and only once; what is not final waits."""
    shops = [shop, *[await street.shop() for _ in range(len(LineState) - 1)]]
    row = await street.row(await street.batched(*((one, AMOUNT) for one in shops)))
    async with street.market.payments.runtime.transaction() as tx:
        lines = dict(zip(LineState, await payout_queries.lines_of(tx.connection, row.id), strict=True))
        paid = {lines[state].end_to_end_id: "ACSC" for state in (LineState.PAID, LineState.RETURNED)}
        told = reports.read(report(row.message_id, paid)["document"])
        await actions.record_report(tx, OPERATOR, batch_id=row.id, report=told)
        for state in (LineState.REJECTED, LineState.CANCELLED):
            await payout_queries.save_line(tx.connection, replace(lines[state], state=state))
        first = await actions.take_back(tx, line_id=lines[LineState.RETURNED].id, bank="ICBC", reason="closed")
        found = {
            state: await actions.take_back(tx, line_id=line.id, bank="ICBC", reason="closed")
            for state, line in lines.items()
        }
        assert await actions.take_back(tx, line_id=new_id(), bank="ICBC", reason="closed") is None
    assert found[LineState.RETURNED] == first
    assert {state for state, payout in found.items() if payout} == {LineState.PAID, LineState.RETURNED}
    assert len(await street.told("payments.merchant_payout.returned.v1")) == 2


async def test_what_failed_is_paid_anew_once_and_by_its_merchant_alone(street: Street, shop: Keeper) -> None:
    other = await street.shop()
    batch = await street.batched((shop, AMOUNT), (other, AMOUNT))
    payout = await street.payout(shop)
    path = f"/v1/merchants/{shop.merchant_id}/payouts/{payout['id']}/reissue"
    assert await street.refused(path, {}, shop.http) == (409, "payout_not_over", None)
    lines = await street.lines(batch)
    mine = next(one["end_to_end_id"] for one in lines if one["payout_id"] == payout["id"])
    rest = next(one["end_to_end_id"] for one in lines if one["end_to_end_id"] != mine)
    told = report(batch["message_id"], {mine: "RJCT", rest: "ACSC"})
    await post(street.http, f"/v1/payout-batches/{batch['id']}/confirmations", told)
    assert [(await street.payout(shop))[name] for name in ("state", "failure_code")] == ["failed", "AC04"]
    assert await street.refused(path, {}, other.http) == (404, "unknown_merchant", "merchant_id")
    elsewhere = f"/v1/merchants/{other.merchant_id}/payouts/{payout['id']}/reissue"
    assert await street.refused(elsewhere, {}, other.http) == (404, "unknown_payout", "payout_id")
    for account in ((await street.payout(other))["payout_account_id"], encode("pac", new_id())):
        body = {"payout_account_id": account}
        assert await street.refused(path, body, shop.http) == (404, "unknown_payout_account", "payout_account_id")
    answers = await asyncio.gather(*(shop.post(path, {}) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409, 409]
    await street.run("payments.close_payout_batches")
    again = await street.carried(await street.batch())
    assert (again["lines"], (await street.payout(shop))["state"], await street.market.balance(shop)) == (1, "paid", 0)
    assert await street.refused(path, {}, shop.http) == (409, "payout_not_over", None)
    await street.audit()


async def test_payouts_wait_for_reserve_and_repair_and_say_so(street: Street) -> None:
    shop, small = await street.shop(), await street.shop()
    await street.reserve(AMOUNT)
    await street.owed((shop, 5 * AMOUNT), (small, AMOUNT))
    for _ in range(2):
        await street.run("payments.close_payout_batches")
        await street.ahead(actions.LOOK_AGAIN)
    # The one that is too large holds up no other.
    assert [(await street.payout(one))["held_up"] for one in (shop, small)] == ["reserve_short", None]
    assert (await street.carried(await street.batch()))["state"] == "completed"
    assert [one["held_up"] for one in await street.told("payments.merchant_payout.held_up.v1")] == ["reserve_short"]
    await street.reserve(5 * AMOUNT)
    now = await street.now()
    repair = {"from_at": now.isoformat(), "until_at": (now + timedelta(hours=2)).isoformat()}
    await street.agreed("ICBC", dated_windows=[repair])
    await street.run("payments.close_payout_batches")
    assert (await street.payout(shop))["held_up"] == "maintenance"
    await street.audit()
    await street.ahead(timedelta(hours=2))
    await street.run("payments.close_payout_batches")
    batch = await street.carried(await street.batch())
    payout = await street.payout(shop)
    assert (batch["state"], payout["state"], payout["held_up"]) == ("completed", "paid", None)
    held_up = [one["held_up"] for one in await street.told("payments.merchant_payout.held_up.v1")]
    assert held_up == ["reserve_short", "maintenance"]
    await street.reserves_agree()
    await street.audit()


async def test_a_bank_without_files_stays_with_operators(street: Street, shop: Keeper) -> None:
    await street.agreed("ICBC", payment_files=None)
    batch = await street.batched((shop, AMOUNT))
    assert (batch["sent_as"], batch["query_at"], batch["state"]) == (None, None, "closed")
    await street.run("payments.carry_payout_batches")
    assert (await street.turn(batch))["state"] == "closed"
    assert (await street.door.get(f"payment-orders/{batch['message_id']}")).json()["code"] == "unknown_message"
    (line,) = await street.lines(batch)
    told = report(batch["message_id"], {line["end_to_end_id"]: "ACSC"})
    done = await post(street.http, f"/v1/payout-batches/{batch['id']}/confirmations", told)
    assert done.json()["state"] == "completed"
    await street.audit()


async def test_a_batch_for_a_later_day_is_asked_about_when_that_day_begins(street: Street, shop: Keeper) -> None:
    """Closed and taken on a Saturday, executed on Monday."""
    await street.owed((shop, AMOUNT))
    await street.ahead(timedelta(days=2))
    await street.run("payments.settle_due")
    await street.run("payments.close_payout_batches")
    batch = await street.batch()
    assert (batch["execute_on"], batch["due_at"]) == ("2026-12-07", "2026-12-09T16:00:00Z")
    batch = await street.turn(batch)
    assert (batch["state"], batch["detail"], batch["query_at"]) == ("submitted", "ACSP", "2026-12-06T16:00:00Z")
    await street.audit()
    batch = await street.carried(batch)
    assert (batch["state"], (await street.payout(shop))["state"]) == ("completed", "paid")
    await street.run("payments.settle_due")
    await street.reserves_agree()
    await street.audit()


BREAKS = {
    "payout_lines_are_of_their_batch_s_reserve": "UPDATE payout_batches SET bank = 'CCB'",
    "returned_payouts_are_with_their_merchants": "UPDATE payout_batch_lines SET amount = amount + 1 WHERE state = 'returned'",
    "transfers_of_returned_payouts_have_their_lines": "UPDATE payout_batch_lines SET return_id = hold_id WHERE state = 'returned'",
    "payouts_agree_with_their_lines": "UPDATE payout_batch_lines SET state = 'paid', return_id = NULL WHERE state = 'returned'",
    "payout_lines_agree_with_their_holds": "UPDATE payout_batch_lines SET state = 'returned', return_id = id WHERE state = 'held'",
    "payout_batch_past_query": "UPDATE payout_batches SET query_at = '2020-01-01' WHERE query_at IS NOT NULL",
}


async def test_the_audit_sees_what_is_broken(street: Street, shop: Keeper, admin_url: str) -> None:
    batch = await street.carried(await street.batched((shop, AMOUNT)))
    await street.come_back((await street.lines(batch))[0])
    await street.batched((shop, AMOUNT))
    await street.audit()
    database = street.market.payments.runtime.settings.database_url.rpartition("/")[2]
    admin = await asyncpg.connect(in_database(admin_url, database))
    try:
        for name, statement in BREAKS.items():
            changed = admin.transaction()
            await changed.start()
            assert not await admin.fetch(looking_of(name)), name
            await admin.execute(statement)
            assert await admin.fetch(looking_of(name)), name
            await changed.rollback()
    finally:
        await admin.close()


def looking_of(check: str) -> str:
    if check in queries._CHECKS:
        return queries._CHECKS[check][2]
    _, table, key, waiting, due = queries._STUCK[check]
    return f"SELECT {key} FROM {table} WHERE {waiting} AND {due} < '2026-01-01'"  # noqa: S608
