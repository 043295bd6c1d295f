"""Batches carried to a real sandbox bank over HTTP: paid once whatever is lost, refused line by line, never stranded."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from chassis import commands
from services.payments.merchant_payouts import carrying, jobs
from services.payments.merchant_payouts.banks import FileBanks
from services.payments.merchant_payouts.model import Batch
from services.payments.verification.routes import PATIENCE
from tests.payments.merchant_payouts.street import Street
from tests.payments.settlement.market import Keeper, post
from tests.payments.settlement.test_payouts import report

RESERVE = 3_000_000
AMOUNT = 10_000
UNTIL_AGAIN = timedelta(minutes=10)
"""More than a turn may take."""


@pytest.fixture
async def shop(street: Street) -> Keeper:
    await street.reserve(RESERVE)
    return await street.shop()


async def begin(street: Street, batch: dict[str, Any]) -> Batch:
    runtime, row = street.market.payments.runtime, await street.row(batch)
    begun = await commands.perform(
        runtime,
        carrying.begin_turn,
        jobs.PAYMENTS,
        seed=f"begin {batch['id']}",
        batch_id=row.id,
        longest_turn=runtime.get(FileBanks).longest_turn,
    )
    assert begun is not None
    return begun


async def test_a_journey_from_orders_to_the_bank_and_back(street: Street) -> None:
    """Orders are paid and settled, a batch pays two merchants at two banks, one payment comes back and is made anew elsewhere."""
    await street.reserve(RESERVE)
    numbers = [await street.card(), await street.card("CMB")]
    tea, silk = await street.shop(numbers[0]), await street.shop(numbers[1])
    batch = await street.batched((tea, 30_000), (silk, 20_000))
    assert (batch["state"], batch["bank"], batch["sent_as"], batch["lines"]) == ("closed", "ICBC", "pain.001.001.09", 2)
    batch = await street.carried(batch)
    assert (batch["state"], batch["detail"], batch["query_at"]) == ("completed", "ACSC", None)
    assert [(await street.payout(shop))["state"] for shop in (tea, silk)] == ["paid", "paid"]
    assert await street.door.reserve() == RESERVE - 50_000
    line = next(one for one in await street.lines(batch) if one["amount"] == 20_000)
    await street.come_back(line)
    payout = await street.payout(silk)
    assert (payout["state"], payout["failure_code"]) == ("returned", "payee_account_closed")
    assert await street.market.balance(silk) == 20_000
    (returned,) = await street.told("payments.merchant_payout.returned.v1")
    assert (returned["payout_id"], returned["amount"]) == (payout["id"], 20_000)
    reports = (await silk.get("/v1/returned-money"))["items"]
    assert [(one["original"], one["state"]) for one in reports] == [(payout["id"], "booked")]
    await street.reserves_agree()
    await street.audit()
    other = await street.account(silk, await street.card("CCB"), "CCB")
    path = f"/v1/merchants/{silk.merchant_id}/payouts/{payout['id']}/reissue"
    anew = await silk.post(path, {"payout_account_id": other})
    assert (anew.status_code, anew.json()["state"], anew.json()["bank"]) == (200, "waiting", "CCB"), anew.text
    await street.run("payments.close_payout_batches")
    again = await street.carried(await street.batch())
    assert (again["lines"], again["state"]) == (1, "completed")
    assert sorted(line["state"] for line in await street.lines(batch)) == ["paid", "returned"]
    assert [(await street.payout(silk))[name] for name in ("state", "failure_code")] == ["paid", None]
    assert await street.market.balance(silk) == 0
    paid = await street.told("payments.merchant_payout.paid.v1")
    # Lines of one batch are told at one instant, in no order; what was made anew came later.
    assert (sorted(one["amount"] for one in paid[:2]), paid[2]["amount"]) == ([20_000, 30_000], 20_000)
    assert await street.door.reserve() == RESERVE - 50_000
    await street.reserves_agree()
    await street.audit()


async def test_lines_are_rejected_each_for_its_own_reason(street: Street) -> None:
    """Of one file some are paid, the others give the money back and say why; a bank that is short rejects as well."""
    await street.reserve(100_000)
    await street.reserve(100_000, there=False)
    wanted = {"AC01": "6222021001116245702", "BE01": await street.card(name="别人"), "AM04": None, None: None}
    shops = {code: await street.shop(number) for code, number in wanted.items()}
    amounts = {"AC01": 1_000, "BE01": 2_000, "AM04": 150_000, None: 3_000}
    batch = await street.carried(await street.batched(*((shops[code], amounts[code]) for code in shops)))
    assert (batch["state"], batch["detail"]) == ("completed", "PART")
    for code, shop in shops.items():
        payout = await street.payout(shop)
        assert (payout["failure_code"], payout["state"]) == (code, "failed" if code else "paid")
        assert await street.market.balance(shop) == (amounts[code] if code else 0)
    failed = await street.told("payments.merchant_payout.failed.v1")
    assert {one["failure_code"] for one in failed} == {"AC01", "BE01", "AM04"}
    assert await street.door.reserve() == 97_000
    await street.audit()


async def test_an_account_that_the_bank_does_not_know_as_ours_is_rejected(street: Street, shop: Keeper) -> None:
    await street.agreed(
        "ICBC", payment_files={"form": "pain.001.001.03", "accounts": {"CNY": "ANOTHER"}, "cut_off": "23:00"}
    )
    batch = await street.carried(await street.batched((shop, AMOUNT)))
    assert (batch["state"], batch["sent_as"], batch["detail"]) == ("completed", "pain.001.001.03", "RJCT")
    assert (await street.payout(shop))["failure_code"] == "AC02"
    assert await street.market.balance(shop) == AMOUNT
    await street.reserves_agree()
    await street.audit()


@pytest.mark.parametrize("killed", ["before it was sent", "after it was sent"])
async def test_a_turn_that_is_killed_is_taken_up_by_the_next(street: Street, shop: Keeper, killed: str) -> None:
    """What a killed process leaves behind: the turn was begun, perhaps the bank has executed the file, and nobody recorded it."""
    batch = await street.batched((shop, AMOUNT))
    begun = await begin(street, batch)
    if killed == "after it was sent":
        assert (await jobs._ask(street.market.payments.runtime, begun)).document is not None
        assert await street.door.reserve() == RESERVE - AMOUNT
    assert (await street.turn(batch))["state"] == "submitted"
    assert (await street.payout(shop))["state"] == "batched"
    await street.audit()
    await street.ahead(UNTIL_AGAIN)
    batch = await street.carried(batch)
    assert batch["state"] == "completed"
    assert await street.door.reserve() == RESERVE - AMOUNT
    await street.reserves_agree()
    await street.audit()


async def test_what_a_channel_carries_is_not_handed_over_as_well(street: Street, shop: Keeper) -> None:
    """The bank knows the channel's file by its message id; a table typed into its own program would be paid beside it."""
    batch = await street.batched((shop, AMOUNT))
    path = f"/v1/payout-batches/{batch['id']}"
    by_hand = await post(street.http, f"{path}/submission")
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "payout_batch_carried")
    table = await street.http.get(f"{path}/file", params={"form": "csv"})
    assert (table.status_code, table.json()["code"], table.json()["field"]) == (409, "payout_batch_carried", "form")
    same = await street.http.get(f"{path}/file")
    assert same.status_code == 200
    assert f"xsd:{batch['sent_as']}" in same.text
    assert (await street.read(batch))["state"] == "closed"


async def test_twenty_turns_at_once_pay_once(street: Street, shop: Keeper) -> None:
    """The same batch by twenty workers, beside the periodic work and an operator who records the bank's file."""
    batch = await street.batched((shop, AMOUNT))
    (line,) = await street.lines(batch)
    told = report(batch["message_id"], {line["end_to_end_id"]: "ACSC"})
    path = f"/v1/payout-batches/{batch['id']}"
    await asyncio.gather(
        *(street.turn(batch) for _ in range(20)),
        *(street.run("payments.carry_payout_batches") for _ in range(3)),
        *(post(street.http, f"{path}/submission") for _ in range(3)),
    )
    await asyncio.gather(*(post(street.http, f"{path}/confirmations", told) for _ in range(3)), street.turn(batch))
    assert (await street.read(batch))["state"] == "completed"
    await street.ahead(UNTIL_AGAIN)
    await street.turn(batch)
    assert await street.door.reserve() == RESERVE - AMOUNT
    assert len(await street.told("payments.merchant_payout.paid.v1")) == 1
    await street.reserves_agree()
    await street.audit()


@pytest.mark.parametrize(
    ("amount", "paid"),
    [
        pytest.param(990_004, True, id="executed and never answered"),
        pytest.param(990_006, True, id="not found for ten minutes, then executed"),
        pytest.param(990_008, True, id="processed for five minutes"),
        pytest.param(990_009, False, id="processed for five minutes, then rejected"),
        pytest.param(990_010, True, id="executed and answered with a failure"),
    ],
)
async def test_an_unknown_result_is_asked_about_until_it_is_known(impatient: Street, amount: int, paid: bool) -> None:
    """The money stays held meanwhile; the same file is sent again where the bank does not find it, and executed once."""
    street = impatient
    await street.reserve(RESERVE)
    shop = await street.shop()
    batch = await street.turn(await street.batched((shop, amount)))
    assert (batch["state"], await street.market.balance(shop)) == ("submitted", amount)
    assert (await street.payout(shop))["state"] == "batched"
    await street.audit()
    await street.ahead(timedelta(minutes=11))
    await street.bank_works()
    batch = await street.carried(batch)
    assert (batch["state"], (await street.payout(shop))["state"]) == ("completed", "paid" if paid else "failed")
    assert await street.door.reserve() == RESERVE - (amount if paid else 0)
    await street.reserves_agree()
    await street.audit()


async def test_a_bank_that_is_away_leaves_the_batch_to_operators_in_time(street: Street, shop: Keeper) -> None:
    """Nothing is stranded: past the deadline the audit names it, and the file goes by hand."""
    batch = await street.batched((shop, AMOUNT))
    await street.sandbox.stop()
    batch = await street.turn(batch)
    assert (batch["state"], batch["detail"], batch["asked"]) == ("submitted", "not_sent", 1)
    assert (await street.payout(shop))["state"] == "batched"
    await street.audit()
    await street.market.ahead(timedelta(days=3) + 2 * PATIENCE)
    await street.run("payments.settle_due")
    batch = await street.turn(batch)
    answer = (await street.http.get("/v1/verification")).json()
    assert [one["name"] for one in answer["checks"] if one["failed"]] == ["payout_batch_past_answer"]
    (line,) = await street.lines(batch)
    told = report(batch["message_id"], {line["end_to_end_id"]: "ACSC"})
    done = await post(street.http, f"/v1/payout-batches/{batch['id']}/confirmations", told)
    assert (done.json()["state"], done.json()["query_at"]) == ("completed", None)
    await street.audit()


async def test_a_batch_that_was_never_sent_is_cancelled_by_the_bank_s_finality(street: Street, shop: Keeper) -> None:
    """Not found is unknown until the bank's finality has passed; then its payouts wait again, for another batch."""
    batch = await street.batched((shop, AMOUNT))
    path = f"/v1/payout-batches/{batch['id']}"
    assert (await post(street.http, f"{path}/cancellation")).json()["state"] == "cancelling"
    batch = await street.turn(batch)
    assert (batch["state"], batch["detail"], batch["submitted_at"]) == ("cancelling", "unknown_message", None)
    await street.ahead(timedelta(minutes=31))
    batch = await street.turn(batch)
    assert (batch["state"], [one["bank_code"] for one in await street.lines(batch)]) == ("cancelled", ["never_arrived"])
    assert (await street.payout(shop))["state"] == "waiting"
    await street.run("payments.close_payout_batches")
    again = await street.carried(await street.batch())
    assert (again["number"], again["state"]) == (2, "completed")
    assert await street.door.reserve() == RESERVE - AMOUNT
    await street.reserves_agree()
    await street.audit()


async def test_a_cancellation_is_not_confirmed_while_the_file_may_be_on_its_way(street: Street, shop: Keeper) -> None:
    """Else the payout would wait for another batch, and the first be executed as well."""
    batch = await street.batched((shop, AMOUNT))
    begun = await begin(street, batch)
    path = f"/v1/payout-batches/{batch['id']}"
    assert (await post(street.http, f"{path}/cancellation")).json()["state"] == "cancelling"
    confirmed = report(batch["message_id"], {}, "CANC")
    assert (await street.refused(f"{path}/confirmations", confirmed))[:2] == (409, "payout_batch_being_sent")
    word = await jobs._ask(street.market.payments.runtime, begun)
    await jobs._record(street.market.payments.runtime, begun, word)
    assert (await street.read(batch))["state"] == "completed"
    assert (await street.payout(shop))["state"] == "paid"
    await street.reserves_agree()
    await street.audit()


async def test_a_report_nobody_can_use_changes_nothing_and_is_named(street: Street, shop: Keeper) -> None:
    batch = await street.batched((shop, AMOUNT))
    runtime = street.market.payments.runtime
    begun = await begin(street, batch)
    (line,) = await street.lines(batch)
    for document, code in (
        ("no xml", "unreadable_report"),
        (report("another", {})["document"], "message_differs"),
        (report(batch["message_id"], {"nobody": "ACSC"})["document"], "unknown_payout_line"),
        ("<" + "x" * 1_000_000, "unreadable_report"),
    ):
        await jobs._record(runtime, begun, jobs.BankWord(document))
        batch = await street.read(batch)
        assert (batch["state"], batch["detail"]) == ("submitted", code)
        await street.ahead(UNTIL_AGAIN)
        begun = await begin(street, batch)
    assert (await street.lines(batch))[0] == line
    await jobs._record(runtime, begun, await jobs._ask(runtime, begun))
    assert (await street.read(batch))["state"] == "completed"
    await street.reserves_agree()
    await street.audit()
