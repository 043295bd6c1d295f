"""The whole way over HTTP: a bank's faulty statement fetched, matched, every fault found under its type, worked on, and gone."""

from datetime import date, datetime, timedelta
from typing import Any

from chassis.clock import SUITE_ZONE
from tests.payments.customer import World
from tests.payments.reconciliation.desk import Desk
from tests.payments.returned_money.reporting import reserves_agree, topped_up, withdrawn

AMOUNTS = (10_000, 20_000, 30_000, 40_000, 50_000, 60_000)
PAPER = ("missing", "duplicated", "wrong_amount", "other_date")


async def today(world: World) -> date:
    now = (await world.payments.client().get("/v1/clock")).json()["business_at"]
    return datetime.fromisoformat(now).astimezone(SUITE_ZONE).date()


async def spoil(world: World, kind: str, day: date, **more: Any) -> None:
    answer = await world.door.post("statement-faults", {"kind": kind, "on": day.isoformat()} | more)
    assert answer.status_code == 201, answer.text


async def open_breaks(desk: Desk) -> dict[str, dict[str, Any]]:
    items = await desk.breaks(state="open")
    assert len({one["type"] for one in items}) == len(items), items
    return {one["type"]: one for one in items}


async def test_every_fault_of_a_bank_is_found_under_its_type_and_ended(world: World) -> None:
    desk = Desk.at(world.payments)
    await world.thursday_noon()
    anna = world.person()
    card = await anna.ready()
    for amount in AMOUNTS:
        await topped_up(anna, card, amount)
    for amount in (1_000, 2_000):
        await withdrawn(anna, card, amount)
    day = await today(world)
    for kind in PAPER:
        await spoil(world, kind, day, seed=0, amount=7)
    await spoil(world, "returned", day, seed=0)
    await spoil(world, "unexplained_credit", day, seed=1, amount=12_345)
    await world.move_clock(timedelta(days=2))
    await world.run_periodic("payments.fetch_statements")
    (account,) = (await desk.get("accounts"))["items"]
    run = await desk.run(account["id"])
    assert (run["pairs"], run["breaks_raised"], run["breaks_closed"]) == (0, 0, 0)
    breaks = await open_breaks(desk)
    # The six seeded faults, each once: what is missing, what came back (it stands as paid with us), and what nobody knows of.
    assert set(breaks) == {"short", "duplicate", "amount", "date", "status", "long"}
    assert (breaks["long"]["amount"], breaks["amount"]["amount"], breaks["date"]["amount"]) == (12_345, 7, 0)
    why = await desk.get(f"lines/{breaks['amount']['line_id']}/why")
    assert [one["verdict"] for one in why["tried"][0]["candidates"]] == ["amount_differs"]
    assert await desk.failed_checks() == []
    # What moved is moved by a transfer, and the ledger's reserve is the bank's again; what is of paper alone has a reason.
    assert await desk.refused(f"breaks/{breaks['date']['id']}/resolution", {"reason": "r"}) == (
        409,
        "nothing_to_move",
        "break_id",
    )
    mine = {"counter_account_id": (await anna.wallet())["account_id"], "reason": "the payout came back"}
    await desk.post(f"breaks/{breaks['status']['id']}/resolution", mine)
    await desk.post(f"breaks/{breaks['long']['id']}/resolution", {"reason": "nobody knows whose"})
    await reserves_agree(world)
    for kind in ("short", "duplicate", "amount", "date"):
        told = await desk.post(
            f"breaks/{breaks[kind]['id']}/explanation", {"reason": "shown wrongly, by the bank's own balances"}
        )
        assert told["state"] == "explained"
    await desk.run(account["id"])
    assert await open_breaks(desk) == {}
    assert await desk.failed_checks() == []


async def test_all_kinds_of_the_banks_files_tell_one_thing(world: World) -> None:
    """By hand, in whatever form: the notification and the statement of a day are known; the same day in another form overlaps."""
    desk = Desk.at(world.payments)
    await world.thursday_noon()
    anna = world.person()
    await topped_up(anna, await anna.ready(), 10_000)
    day = (await today(world)).isoformat()
    await world.move_clock(timedelta(days=1))
    forms = {"mt940": ("mt940", {}), "csv": ("table", {"mapping": "plain"}), "bill": ("table", {"mapping": "alipay"})}
    content = {form: (await world.door.get(f"statement-files/{form}", on=day)).content for form in ("camt.054", *forms)}
    account_id = await desk.open_account()
    (early,) = await desk.taken(account_id, content["camt.054"])
    (statement,) = await desk.taken(account_id, content["mt940"], "mt940")
    assert [(one["lines"], one["seen"]) for one in (early, statement)] == [(1, 0), (0, 1)]
    for form in ("csv", "bill"):
        kind, params = forms[form]
        answer = await desk.hand_in(account_id, content[form], kind, on=day, **params)
        assert (answer.status_code, answer.json()["code"]) == (409, "statement_overlaps")
    run = await desk.run(account_id)
    assert run["ended_at"] is not None
    lines = (await desk.get(f"statements/{early['id']}/lines"))["items"]
    assert [(one["amount"], one["paired"]) for one in lines] == [(10_000, True)]
    assert await desk.breaks() == []
    assert await desk.failed_checks() == []
    # What was handed in is not fetched once more, and does not stand in the way of the days after it.
    await world.run_periodic("payments.fetch_statements")
    (account,) = (await desk.get("accounts"))["items"]
    assert account["fetched_on"] >= day
    assert await desk.breaks() == []
