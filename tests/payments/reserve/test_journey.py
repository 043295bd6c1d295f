"""The whole way over HTTP: days closed by the clock, statements fetched, each day proved to the cent, and a bank's faults named until they
are gone; at the end a customer runs the verifier on what was published."""

import json
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from chassis.clock import SUITE_ZONE
from suite.folder import ROOT
from tests.payments.customer import Person, World
from tests.payments.reconciliation.desk import Desk
from tests.payments.reserve.proofs import items_of, latest, proved
from tests.payments.returned_money.reporting import reserves_agree, topped_up, withdrawn

VERIFIER = ROOT / "clients" / "payments" / "liabilities.py"


async def today(world: World) -> date:
    now = (await world.payments.client().get("/v1/clock")).json()["business_at"]
    return datetime.fromisoformat(now).astimezone(SUITE_ZONE).date()


async def spoil(world: World, kind: str, day: date, **more: Any) -> None:
    answer = await world.door.post("statement-faults", {"kind": kind, "on": day.isoformat()} | more)
    assert answer.status_code == 201, answer.text


async def a_day_with_two_faults(world: World) -> tuple[Person, str, date]:
    """A customer with 590.00, her card, and the day: of which the bank shows one line less, and has 123.45 of nobody knows whom."""
    await world.thursday_noon()
    anna = world.person()
    card = await anna.ready()
    for amount in (10_000, 20_000, 30_000):
        await topped_up(anna, card, amount)
    await withdrawn(anna, card, 1_000)
    day = await today(world)
    await spoil(world, "missing", day, seed=0)
    await spoil(world, "unexplained_credit", day, seed=1, amount=12_345)
    return anna, card, day


async def close_the_day(world: World) -> None:
    await world.move_clock(timedelta(days=1))
    for name in ("fetch_statements", "prove_reserve", "publish_liabilities"):
        await world.run_periodic(f"payments.{name}")


async def test_days_are_proved_faults_are_named_and_a_customer_checks_her_own(world: World, tmp_path: Path) -> None:
    desk = Desk.at(world.payments)
    anna, card, thursday = await a_day_with_two_faults(world)
    assert (await desk.http.get("/v1/reserve/proofs")).json()["items"] == []
    await world.move_clock(timedelta(days=1))
    # Without its statement a day is not silently fine.
    await world.run_periodic("payments.prove_reserve")
    early = await latest(desk.http, thursday)
    assert (early["state"], early["version"], early["banks"][0]["held_up"]) == ("incomplete", 1, "statement_missing")
    await world.run_periodic("payments.fetch_statements")
    await world.run_periodic("payments.prove_reserve")
    await faults_are_named_until_they_are_gone(world, desk, thursday)
    await world.run_periodic("payments.publish_liabilities")
    # The day after: the same money, and what nobody knows of stands among what is owed.
    await topped_up(anna, card, 500)
    await close_the_day(world)
    friday = await latest(desk.http, thursday + timedelta(days=1))
    assert (friday["state"], friday["reserve_minor"], friday["own_minor"]) == ("proved", 59_500 + 12_345, 0)
    owed = {one["owed"]: one["credit_minor"] for one in friday["classes"]}
    assert owed == {"customers": 59_500, "unmatched": 12_345, "reserve": 0}
    assert (await desk.http.get("/v1/desk/unproved_days")).json()["items"] == []
    await a_customer_checks_her_own(anna, thursday, tmp_path)
    await world.audit()


async def faults_are_named_until_they_are_gone(world: World, desk: Desk, day: date) -> None:
    broken = await latest(desk.http, day)
    (bank,) = broken["banks"]
    assert (broken["state"], broken["version"], bank["state"]) == ("broken", 2, "broken")
    assert (bank["statement_minor"], bank["ledger_minor"]) == (59_000 + 12_345, 59_000)
    breaks = {one["type"]: one for one in await desk.breaks(state="open")}
    missing = -breaks["short"]["amount"]
    items = await items_of(desk.http, broken)
    # What the bank does not show of ours, though its own balance has it, and what nobody knows of.
    named = {one["break_id"]: one["amount"] for one in items if one["kind"] == "break"}
    assert named == {breaks["short"]["id"]: missing, breaks["long"]["id"]: -12_345}
    assert [one["amount"] for one in items if one["kind"] == "statement_difference"] == [-missing]
    waiting = (await desk.http.get("/v1/desk/unproved_days")).json()["items"]
    assert [(one["id"], one["detail"]) for one in waiting] == [(broken["id"], "broken")]
    wrongly = {"reason": "shown wrongly, by the bank's own balance"}
    await desk.post(f"breaks/{breaks['short']['id']}/explanation", wrongly)
    await desk.post(f"breaks/{breaks['long']['id']}/resolution", {"reason": "nobody knows whose"})
    await reserves_agree(world)
    again = await proved(desk.http, day)
    assert (again["state"], again["version"], again["difference_minor"]) == ("proved", 3, 0)
    # Ours was booked a day after the bank's; what the statement contradicts itself by cancels out.
    kinds = {one["kind"]: one["amount"] for one in await items_of(desk.http, again)}
    assert kinds == {"booked_later": -12_345, "paper": missing, "statement_difference": -missing}
    table = (await desk.http.get(f"/v1/reserve/proofs/{again['id']}/items.csv")).text.splitlines()
    assert (len(table), table[0]) == (4, "number,bank,kind,subject,break_id,amount")
    assert (await proved(desk.http, day))["id"] == again["id"]


async def a_customer_checks_her_own(anna: Person, day: date, folder: Path) -> None:
    """With files and no service."""
    proof, log = folder / "proof.json", folder / "roots.json"
    told = await anna.get("/v1/liabilities/proofs/mine", day=day.isoformat(), currency="CNY")
    proof.write_text(json.dumps(told))
    log.write_text(json.dumps(await anna.get("/v1/liabilities/roots")))
    checked = verified(proof, "--amount", "59000", "--root", told["publication"]["hash"], "--log", str(log))
    assert (checked.returncode, "counted: 59000 of 59000 CNY" in checked.stdout) == (0, True), checked
    halved = verified(proof, "--amount", "118000")
    assert (halved.returncode, halved.stdout.strip()) == (1, "WRONG: 59000 is counted for you, not 118000")


def verified(proof: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Isolated: nothing of the suite can be imported by it."""
    command = [sys.executable, "-I", str(VERIFIER), str(proof), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
