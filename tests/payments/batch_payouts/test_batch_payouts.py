"""Batch payouts: over HTTP with a real sandbox bank, and chunk by chunk with the job cut off between and within them."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from chassis.provision import in_database
from services.payments.batch_payouts import actions, paying, queries, rules
from services.payments.batch_payouts.model import Batch, BatchState, Line, LineState, LineWish, Payees
from services.payments.channels.model import Answer, BankAnswer
from services.payments.ledger import actions as ledger
from services.payments.merchants.model import Merchant
from services.payments.verification.batch_payout_queries import BATCH_PAYOUTS
from services.payments.verification.channel_queries import CHANNELS
from services.payments.verification.queries import checks, past_deadline
from tests.conftest import MakeRuntime
from tests.databases import Databases
from tests.payments.customer import Person, World
from tests.payments.funding import fund, funded_merchant, funded_wallet, money_on
from tests.payments.mandates.test_mandates import any_card
from tests.payments.returned_money.reporting import audited, reported, reserves_agree
from tests.serving import PATIENCE_SECONDS

PAYMENTS = service_caller("payments")
OWNER = frozenset({"payments:read", "payments:write"})


async def shop_with(world: World, amount: int) -> tuple[Person, str]:
    """A shop that has sold something; its merchant's id."""
    shop, buyer = world.person(), world.person()
    await buyer.funded(amount)
    merchant = str((await shop.post("/v1/merchants", {"name": "shop", "currency": "CNY"})).json()["id"])
    order = {
        "merchant_id": merchant,
        "merchant_order_number": "N",
        "subject": "tea",
        "amount": amount,
        "currency": "CNY",
    }
    order_id = (await shop.post("/v1/orders", order)).json()["id"]
    paid = await buyer.post(
        f"/v1/orders/{order_id}/payments", {"method": "wallet", "amount": amount, "currency": "CNY"}
    )
    assert paid.status_code == 201, paid.text
    return shop, merchant


async def uploaded(shop: Person, merchant: str, lines: list[dict[str, Any]], number: str = "B-1") -> httpx.Response:
    body = {"merchant_id": merchant, "number": number, "currency": "CNY", "lines": lines}
    return await shop.post("/v1/batch-payouts", body)


async def approved(shop: Person, batch: dict[str, Any]) -> httpx.Response:
    body = {"lines": batch["lines"], "total": batch["total"]}
    return await shop.post(f"/v1/batch-payouts/{batch['id']}/approval", body)


async def proceeds(shop: Person) -> int:
    return int((await shop.get("/v1/merchants"))["items"][0]["balance"])


async def states(shop: Person, batch_id: str) -> dict[str, tuple[str, str | None]]:
    items = (await shop.get(f"/v1/batch-payouts/{batch_id}/lines"))["items"]
    return {one["number"]: (one["state"], one["refusal_code"]) for one in items}


async def test_a_journey_of_a_batch_payout(world: World) -> None:
    """Uploaded, approved, paid to wallets and cards; one line declined, one returned and paid anew; the rest is back."""
    shop, merchant = await shop_with(world, 3_000_000)
    anna, boris = world.person(), world.person()
    wallet = await anna.open_wallet()
    card = await boris.ready()
    lines = [
        {"number": "1", "wallet_id": wallet["id"], "amount": 10_000, "note": "=1+1"},
        {"number": "2", "customer_id": anna.id, "amount": 20_000},
        {"number": "3", "card_id": card, "amount": 30_000, "note": "wages, 工资"},
        {"number": "4", "card_id": card, "amount": 990_001},
        {"number": "5", "card_id": card, "amount": 990_004},
    ]
    batch = (await uploaded(shop, merchant, lines)).json()
    assert (batch["state"], batch["lines"], batch["total"]) == ("awaiting_approval", 5, 2_040_005)
    assert await proceeds(shop) == 3_000_000
    assert (await approved(shop, batch)).json()["state"] == "paying"
    path = f"/v1/batch-payouts/{batch['id']}"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await shop.get(path))["state"] != "finished":
            await world.run_periodic("payments.work_due_batches")
            await asyncio.sleep(0.1)
    assert await states(shop, batch["id"]) == {
        "1": ("paid", None),
        "2": ("paid", None),
        "3": ("paid", None),
        "4": ("refused", "card_restricted"),
        "5": ("paid", None),
    }
    assert (await shop.get(path))["leftover"] == 990_001
    assert await anna.balance() == (30_000, 30_000)
    third = (await shop.get(f"{path}/lines"))["items"][2]
    await reported(world, "payout_returned", third["id"])
    assert (await states(shop, batch["id"]))["3"] == ("returned", "returned")
    assert await proceeds(shop) == 3_000_000 - 10_000 - 20_000 - 990_004
    nobody = await shop.post(f"{path}/lines/3/reissue", {"customer_id": shop.id})
    assert (nobody.status_code, nobody.json()["code"], nobody.json()["field"]) == (422, "unknown_payee", "customer_id")
    reissued = await shop.post(f"{path}/lines/3/reissue", {"customer_id": anna.id})
    assert (reissued.status_code, reissued.json()["state"]) == (201, "waiting"), reissued.text
    await shop.until(path, "finished")
    assert await anna.balance() == (60_000, 60_000)
    answer = await shop.http.get(f"{path}/result.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["state"] for row in rows] == ["paid", "paid", "paid", "refused", "paid"]
    assert (rows[0]["note"], rows[2]["note"], rows[2]["payee"]) == ("'=1+1", "wages, 工资", anna.id)
    await reserves_agree(world)
    await audited(world)


async def test_refusals_over_http(world: World) -> None:
    shop, merchant = await shop_with(world, 1_000)
    other, anna = world.person(), world.person()
    await anna.open_wallet()
    good = {"number": "1", "customer_id": anna.id, "amount": 600}
    bad = [good, good, {"number": "3", "amount": 5}, {"number": "4", "customer_id": other.id, "amount": 5}]
    wrong = await uploaded(shop, merchant, bad)
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "lines_wrong", "lines")
    assert [(one["position"], one["code"], one["field"]) for one in wrong.json()["problems"]] == [
        (1, "line_number_used", "number"),
        (2, "payee_unclear", "wallet_id"),
        (3, "unknown_payee", "customer_id"),
    ]
    batch = (await uploaded(shop, merchant, [good, good | {"number": "2"}])).json()
    small = (await uploaded(shop, merchant, [good], "B-2")).json()
    path = f"/v1/batch-payouts/{batch['id']}"
    body = {"lines": 2, "total": 1_199}
    cases = [
        (await uploaded(other, merchant, [good]), 404, "unknown_merchant"),
        (await uploaded(shop, merchant, [good]), 409, "batch_number_used"),
        (await uploaded(shop, merchant, []), 422, "invalid_value"),
        (await shop.post(f"{path}/approval", body), 409, "total_differs"),
        (await approved(other, batch), 404, "unknown_batch_payout"),
        (await approved(shop, batch), 409, "insufficient_funds"),
        (await other.http.get(path), 404, "unknown_batch_payout"),
        (await other.http.get(f"{path}/result.csv"), 404, "unknown_batch_payout"),
        (await other.post(f"{path}/cancellation"), 404, "unknown_batch_payout"),
        (await shop.post(f"{path}/lines/9/reissue", {}), 404, "unknown_line"),
        (await shop.post(f"{path}/lines/1/reissue", {}), 409, "line_not_returned"),
        (await shop.post(f"{path}/lines/1/cancellation"), 409, "line_not_returned"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await shop.post(f"{path}/cancellation")).json()["state"] == "cancelled"
    late = await approved(shop, batch)
    assert (late.status_code, late.json()["code"]) == (409, "batch_not_awaiting_approval")
    answers = await asyncio.gather(*(approved(shop, small) for _ in range(6)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 5
    await shop.until(f"/v1/batch-payouts/{small['id']}", "finished")
    assert (await proceeds(shop), await anna.balance()) == (400, (600, 600))
    await audited(world)


async def test_the_audit_finds_a_line_that_was_changed(world: World, databases: Databases) -> None:
    shop, merchant = await shop_with(world, 1_000)
    anna = world.person()
    await anna.open_wallet()
    batch = (await uploaded(shop, merchant, [{"number": "1", "customer_id": anna.id, "amount": 600}])).json()
    await approved(shop, batch)
    await shop.until(f"/v1/batch-payouts/{batch['id']}", "finished")
    database = world.payments.runtime.settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(in_database(databases.admin_url, database))
    try:
        await connection.execute("UPDATE batch_payout_lines SET amount = 601")
    finally:
        await connection.close()
    report = (await world.payments.client().get("/v1/verification")).json()
    failed = {one["name"] for one in report["checks"] if one["failed"]}
    assert failed == {"paid_lines_have_their_transfers", "batches_are_the_sum_of_their_lines"}


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    """A transaction that is rolled back."""
    runtime = await make_runtime("payments")
    async with runtime.database.engine.connect() as connection:
        yield await runtime.database.begin(connection, seed=uuid4().hex)


def someone(tx: Tx) -> Caller:
    return Caller(encode("cus", tx.ids.new()), "gateway", OWNER)


def line_to(number: str, amount: int, *, customer: UUID | None = None, card: UUID | None = None) -> LineWish:
    return LineWish(number, amount, None, customer, card, "")


async def batch_of(tx: Tx, shop: Caller, merchant: Merchant, lines: list[LineWish]) -> Batch:
    return await actions.request_batch(
        tx, shop, merchant_id=merchant.id, number=uuid4().hex, currency="CNY", lines=lines
    )


async def approve(tx: Tx, who: Caller, batch: Batch) -> Batch:
    return await actions.approve_batch(tx, who, batch_id=batch.id, lines=batch.lines, total=batch.total)


async def now(tx: Tx, batch: Batch) -> Batch:
    found = await queries.batch_with(tx.connection, batch.id)
    assert found is not None
    return found


async def the_line(tx: Tx, batch: Batch, number: str = "1") -> Line:
    found = await queries.line_numbered(tx.connection, batch.id, number)
    assert found is not None
    return found


async def money_of(tx: Tx, merchant: Merchant) -> tuple[int, int]:
    return await money_on(tx, await ledger.account_with(tx, merchant.account_id))


async def test_ten_thousand_lines_and_a_job_cut_off_between_and_within_chunks(make_runtime: MakeRuntime) -> None:
    """Every line is paid once, whatever is cut off; chunks that two jobs pay at once are paid once."""
    runtime = await make_runtime("payments")
    async with runtime.transaction(seed="stage") as tx:
        shop, anna = someone(tx), someone(tx)
        merchant = await funded_merchant(tx, shop, 20_000)
        wallet = await funded_wallet(tx, anna, 0)
        lines = [line_to(str(number), 1, customer=anna.customer) for number in range(10_000)]
        batch = await batch_of(tx, shop, merchant, lines)
        await approve(tx, PAYMENTS, batch)

    async def chunk(*, cut: bool = False) -> int:
        async with runtime.transaction(seed=uuid4().hex) as tx:
            count = await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id)
            if cut:
                raise ConnectionError("killed before the commit")
            return count

    assert await chunk() == paying.CHUNK
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await chunk(cut=True)
    counts = list(await asyncio.gather(*(chunk() for _ in range(4))))
    while counts[-1]:
        counts.append(await chunk())
    assert sum(counts) == 10_000 - paying.CHUNK
    async with runtime.transaction(seed="look") as tx:
        assert await money_of(tx, merchant) == (10_000, 10_000)
        assert await money_on(tx, await ledger.account_with(tx, wallet.account_id)) == (10_000, 10_000)
        assert (await now(tx, batch)).state is BatchState.FINISHED
        looked = await checks(tx.connection)
        assert [name for name, (_, failed) in looked.items() if failed] == []


async def test_a_line_that_cannot_be_paid_gives_its_money_back(tx: Tx) -> None:
    shop, anna = someone(tx), someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    wallet = await funded_wallet(tx, anna, 0)
    gone = await any_card(tx)
    lines = [
        line_to("1", 100, customer=anna.customer),
        line_to("2", 200, card=gone),
        line_to("3", 300, card=await any_card(tx)),
    ]
    batch = await batch_of(tx, shop, merchant, lines)
    await approve(tx, shop, batch)
    await tx.connection.execute(text("UPDATE cards SET state = 'removed' WHERE id = :id"), {"id": gone})
    closed = await ledger.account_with(tx, wallet.account_id)
    await tx.connection.execute(text("UPDATE ledger_accounts SET closed = true WHERE id = :id"), {"id": closed.id})
    assert await money_of(tx, merchant) == (400, 400)
    while await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id):
        pass
    told = [(await the_line(tx, batch, number)).refusal_code for number in ("1", "2")]
    assert told == ["account_closed", "card_not_bound"]
    third = await the_line(tx, batch, "3")
    assert third.state is LineState.SENT
    await answered(tx, third, BankAnswer(Answer.DECLINED, "card_restricted"))
    finished = await now(tx, batch)
    assert (finished.state, finished.leftover) == (BatchState.FINISHED, 600)
    assert await money_of(tx, merchant) == (1_000, 1_000)


async def test_a_bank_that_pays_after_it_was_given_up_is_a_receivable_in_suspense(tx: Tx) -> None:
    shop = someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    batch, line = await sent_line(tx, shop, merchant)
    late = tx.now + timedelta(hours=1)
    await answered(tx, line, BankAnswer(Answer.NO_ANSWER))
    tx.now = late
    await answered(tx, line, BankAnswer(Answer.NOT_FOUND))
    assert (await the_line(tx, batch)).refusal_code == "never_arrived"
    for _ in range(2):
        await answered(tx, line, BankAnswer(Answer.SUCCEEDED))
    paid = await the_line(tx, batch)
    assert (paid.state, paid.late) == (LineState.REFUSED, True)
    assert await money_of(tx, merchant) == (1_000, 1_000)
    back = await came_back(tx, line)
    assert back is not None
    assert back.state is LineState.REFUSED
    assert await money_of(tx, merchant) == (1_000, 1_000)


async def answered(tx: Tx, line: Line, answer: BankAnswer) -> None:
    """The bank's word on a line that was sent; nobody hears of any other."""
    if line.instruction_id is not None:
        await paying.record_line_answer(
            tx, PAYMENTS, payout_id=line.payout_id, instruction_id=line.instruction_id, answer=answer
        )


async def came_back(tx: Tx, line: Line) -> Line | None:
    order = line.instruction_id or line.payout_id
    return await paying.take_back(tx, line_id=line.id, instruction_id=order, bank="ICBC")


async def sent_line(tx: Tx, shop: Caller, merchant: Merchant) -> tuple[Batch, Line]:
    batch = await batch_of(tx, shop, merchant, [line_to("1", 100, card=await any_card(tx))])
    await approve(tx, shop, batch)
    await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id)
    return batch, await the_line(tx, batch)


async def test_a_returned_line_that_nobody_pays_anew_is_given_up_in_time(tx: Tx) -> None:
    shop = someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    batch, line = await in_state(tx, shop, merchant, LineState.RETURNED)
    assert await money_of(tx, merchant) == (1_000, 1_000)
    late = (await past_deadline(tx.connection, tx.now + timedelta(days=31)))["line_past_deadline"]
    assert late == (1, [encode("bpl", line.id)])
    tx.now += timedelta(days=30)
    await actions.lapse_line(tx, PAYMENTS, line_id=line.id)
    assert (await the_line(tx, batch)).state is LineState.CANCELLED
    assert await money_of(tx, merchant) == (1_000, 1_000)


def wrong_lines() -> st.SearchStrategy[list[LineWish]]:
    someone = st.one_of(st.none(), st.just(UUID(int=1)), st.just(UUID(int=9)))
    line = st.builds(LineWish, st.sampled_from("abcdef"), st.integers(1, 9), someone, someone, someone, st.just(""))
    return st.lists(line, min_size=1, max_size=8)


@given(wrong_lines())
def test_every_wrong_line_is_told_and_no_right_one(lines: list[LineWish]) -> None:
    known = UUID(int=1)
    payees = Payees({known: UUID(int=2)}, {known: UUID(int=2)}, frozenset({known}))
    told = {problem.position for problem in rules.problems_of(lines, payees)}
    for position, wish in enumerate(lines):
        named = [one for one in (wish.wallet_id, wish.customer_id, wish.card_id) if one is not None]
        again = any(other.number == wish.number for other in lines[:position])
        assert (position in told) == (again or named != [known])


@pytest.mark.parametrize(
    ("text", "shown"), [("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("a=1", "a=1"), ("", "")]
)
def test_no_cell_is_a_formula(text: str, shown: str) -> None:
    assert rules.cell(text) == shown


BATCH_EVENTS = (
    "approve",
    "approve by operator",
    "approve by another",
    "cancel",
    "cancel by another",
    "deadline",
    "chunk",
)
AWAITING, UNKNOWN = "batch_not_awaiting_approval", "unknown_batch_payout"
# Every event in every state, in the order of BATCH_EVENTS: the state after, or the refusal's code.
BATCH_TABLE = {
    BatchState.AWAITING_APPROVAL: ("paying", "paying", UNKNOWN, "cancelled", UNKNOWN, "cancelled", "awaiting_approval"),
    BatchState.PAYING: (AWAITING, AWAITING, UNKNOWN, AWAITING, UNKNOWN, "paying", "finished"),
    BatchState.FINISHED: (AWAITING, AWAITING, UNKNOWN, AWAITING, UNKNOWN, "finished", "finished"),
    BatchState.CANCELLED: (AWAITING, AWAITING, UNKNOWN, "cancelled", UNKNOWN, "cancelled", "cancelled"),
}


async def code_of(asking: Awaitable[Any]) -> str:
    try:
        return str((await asking).state)
    except Refusal as refusal:
        return refusal.code


async def batch_event(tx: Tx, shop: Caller, batch: Batch, event: str) -> str:
    who = {"another": someone(tx), "operator": PAYMENTS}.get(event.split()[-1], shop)
    if event.startswith("approve"):
        return await code_of(approve(tx, who, batch))
    if event.startswith("cancel"):
        return await code_of(actions.cancel_batch(tx, who, batch_id=batch.id))
    if event == "deadline":
        before, tx.now = tx.now, tx.now + timedelta(days=8)
        await actions.lapse_batch(tx, PAYMENTS, batch_id=batch.id)
        tx.now = before
    else:
        while await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id):
            pass
    return str((await now(tx, batch)).state)


async def test_every_event_in_every_state_of_a_batch(tx: Tx) -> None:
    way = {BatchState.PAYING: ["approve"], BatchState.FINISHED: ["approve", "chunk"], BatchState.CANCELLED: ["cancel"]}
    for state, outcomes in BATCH_TABLE.items():
        for event, wanted in zip(BATCH_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                shop, anna = someone(tx), someone(tx)
                merchant = await funded_merchant(tx, shop, 100)
                await funded_wallet(tx, anna, 0)
                batch = await batch_of(tx, shop, merchant, [line_to("1", 100, customer=anna.customer)])
                for step in way.get(state, []):
                    await batch_event(tx, shop, batch, step)
                assert await batch_event(tx, shop, batch, event) == wanted, (state, event)
                await savepoint.rollback()


LINE_EVENTS = ("reissue", "reissue by another", "give up", "returned", "deadline", "succeeded", "declined")
NOT_RETURNED = "line_not_returned"
# Every event in every state, in the order of LINE_EVENTS: the state after, or the refusal's code.
LINE_TABLE = {
    LineState.WAITING: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "waiting", "waiting", "waiting", "waiting"),
    LineState.SENT: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "sent", "sent", "paid", "refused"),
    LineState.PAID: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "returned", "paid", "paid", "paid"),
    LineState.REFUSED: (NOT_RETURNED, UNKNOWN, NOT_RETURNED, "refused", "refused", "refused", "refused"),
    LineState.RETURNED: ("waiting", UNKNOWN, "cancelled", "returned", "cancelled", "returned", "returned"),
    LineState.CANCELLED: (NOT_RETURNED, UNKNOWN, "cancelled", "cancelled", "cancelled", "cancelled", "cancelled"),
}


async def in_state(tx: Tx, shop: Caller, merchant: Merchant, state: LineState) -> tuple[Batch, Line]:
    if state is LineState.WAITING:
        batch = await batch_of(tx, shop, merchant, [line_to("1", 100, card=await any_card(tx))])
        await approve(tx, shop, batch)
        return batch, await the_line(tx, batch)
    batch, line = await sent_line(tx, shop, merchant)
    steps = {
        LineState.PAID: ("succeeded",),
        LineState.REFUSED: ("declined",),
        LineState.RETURNED: ("succeeded", "returned"),
        LineState.CANCELLED: ("succeeded", "returned", "give up"),
    }
    for step in steps.get(state, ()):
        await line_event(tx, shop, batch, line, step)
    line = await the_line(tx, batch)
    assert line.state is state
    return batch, line


async def line_event(tx: Tx, shop: Caller, batch: Batch, line: Line, event: str) -> str:
    if event.startswith("reissue"):
        who = someone(tx) if "another" in event else shop
        facts: dict[str, Any] = {"number": line.number, "customer_id": None, "card_id": None}
        return await code_of(actions.reissue_line(tx, who, batch_id=batch.id, **facts))
    if event == "give up":
        return await code_of(actions.give_up_line(tx, shop, batch_id=batch.id, number=line.number))
    if event == "returned":
        await came_back(tx, await the_line(tx, batch, line.number))
    elif event == "deadline":
        before, tx.now = tx.now, tx.now + timedelta(days=31)
        await actions.lapse_line(tx, PAYMENTS, line_id=line.id)
        tx.now = before
    else:
        answer = BankAnswer(
            Answer.SUCCEEDED if event == "succeeded" else Answer.DECLINED, None if event == "succeeded" else "no"
        )
        await answered(tx, await the_line(tx, batch, line.number), answer)
    return str((await the_line(tx, batch, line.number)).state)


async def test_every_event_in_every_state_of_a_line(tx: Tx) -> None:
    """And at every moment the merchant's money, the batch's and what was paid add up."""
    for state, outcomes in LINE_TABLE.items():
        for event, wanted in zip(LINE_EVENTS, outcomes, strict=True):
            async with tx.connection.begin_nested() as savepoint:
                shop = someone(tx)
                merchant = await funded_merchant(tx, shop, 1_000)
                batch, line = await in_state(tx, shop, merchant, state)
                assert await line_event(tx, shop, batch, line, event) == wanted, (state, event)
                await _adds_up(tx, batch, merchant)
                await savepoint.rollback()


async def _adds_up(tx: Tx, batch: Batch, merchant: Merchant) -> None:
    after, line = await now(tx, batch), await the_line(tx, batch)
    assert after.batch_account_id is not None
    aside, _ = await money_on(tx, await ledger.account_with(tx, after.batch_account_id))
    paid = 100 if line.state is LineState.PAID else 0
    assert (await money_of(tx, merchant))[0] + aside + paid == 1_000
    assert aside == (100 if line.state in (LineState.WAITING, LineState.SENT) else 0)
    assert (after.state is BatchState.FINISHED) == (aside == 0)


async def test_a_line_is_tried_on_another_channel_paid_once_and_anew_after_its_return(tx: Tx) -> None:
    """The first channel pays late what the second has paid: a receivable. What comes back of either goes where it belongs."""
    shop = someone(tx)
    merchant = await funded_merchant(tx, shop, 1_000)
    await fund(tx, await ledger.account_with(tx, merchant.account_id), 1_000, bank="CCB")
    batch, first = await sent_line(tx, shop, merchant)
    await answered(tx, first, BankAnswer(Answer.NO_ANSWER))
    tx.now += timedelta(hours=3)
    await answered(tx, first, BankAnswer(Answer.NOT_FOUND))
    second = await the_line(tx, batch)
    assert second.state is LineState.SENT
    assert second.bank != first.bank
    await answered(tx, second, BankAnswer(Answer.SUCCEEDED))
    await answered(tx, first, BankAnswer(Answer.SUCCEEDED))
    paid = await the_line(tx, batch)
    assert (paid.state, paid.bank, paid.late) == (LineState.PAID, second.bank, True)
    assert await money_of(tx, merchant) == (1_900, 1_900)
    assert await came_back(tx, first) == paid
    assert await money_of(tx, merchant) == (1_900, 1_900)
    back = await came_back(tx, second)
    assert back is not None
    assert back.state is LineState.RETURNED
    assert await money_of(tx, merchant) == (2_000, 2_000)
    await actions.reissue_line(tx, shop, batch_id=batch.id, number="1", customer_id=None, card_id=None)
    await paying.pay_chunk(tx, PAYMENTS, batch_id=batch.id)
    anew = await the_line(tx, batch)
    assert anew.payout_id != anew.id
    await answered(tx, anew, BankAnswer(Answer.SUCCEEDED))
    assert (await the_line(tx, batch)).state is LineState.PAID
    assert await money_of(tx, merchant) == (1_900, 1_900)
    looked = await checks(tx.connection)
    assert [name for name in CHANNELS | BATCH_PAYOUTS if looked[name][1]] == []
