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
from tests.payments.customer import World
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


async def test_days_are_proved_faults_are_named_and_a_customer_checks_her_own(world: World, tmp_path: Path) -> None:
    desk = Desk.at(world.payments)
    operator = desk.http
    await world.thursday_noon()
    anna = world.person()
    card = await anna.ready()
    for amount in (10_000, 20_000, 30_000):
        await topped_up(anna, card, amount)
    await withdrawn(anna, card, 1_000)
    thursday = await today(world)
    await spoil(world, "missing", thursday, seed=0)
    await spoil(world, "unexplained_credit", thursday, seed=1, amount=12_345)
    assert (await operator.get("/v1/reserve/proofs")).json()["items"] == []

    await world.move_clock(timedelta(days=1))
    # Without its statement a day is not silently fine.
    await world.run_periodic("payments.prove_reserve")
    early = await latest(operator, thursday)
    assert (early["state"], early["version"], early["banks"][0]["held_up"]) == ("incomplete", 1, "statement_missing")
    await world.run_periodic("payments.fetch_statements")
    await world.run_periodic("payments.prove_reserve")
    broken = await latest(operator, thursday)
    (bank,) = broken["banks"]
    assert (broken["state"], broken["version"], bank["state"]) == ("broken", 2, "broken")
    assert (bank["statement_minor"], bank["ledger_minor"]) == (59_000 + 12_345, 59_000)
    breaks = {one["type"]: one for one in await desk.breaks(state="open")}
    items = await items_of(operator, broken)
    named = {one["break_id"]: one["amount"] for one in items if one["kind"] == "break"}
    # What the bank does not show of ours, though its own balance has it, and what nobody knows of.
    assert named == {breaks["short"]["id"]: -breaks["short"]["amount"], breaks["long"]["id"]: -12_345}
    assert [one["amount"] for one in items if one["kind"] == "statement_difference"] == [breaks["short"]["amount"]]
    waiting = (await operator.get("/v1/desk/unproved_days")).json()["items"]
    assert [(one["id"], one["detail"]) for one in waiting] == [(broken["id"], "broken")]

    await desk.post(
        f"breaks/{breaks['short']['id']}/explanation", {"reason": "shown wrongly, by the bank's own balance"}
    )
    await desk.post(f"breaks/{breaks['long']['id']}/resolution", {"reason": "nobody knows whose"})
    await reserves_agree(world)
    again = await proved(operator, thursday)
    assert (again["state"], again["version"], again["difference_minor"]) == ("proved", 3, 0)
    kinds = {one["kind"]: one["amount"] for one in await items_of(operator, again)}
    # Ours was booked a day after the bank's; what the statement contradicts itself by cancels out.
    assert kinds == {
        "booked_later": -12_345,
        "paper": -breaks["short"]["amount"],
        "statement_difference": breaks["short"]["amount"],
    }
    table = (await operator.get(f"/v1/reserve/proofs/{again['id']}/items.csv")).text.splitlines()
    assert len(table) == 4
    assert table[0] == "number,bank,kind,subject,break_id,amount"
    assert (await proved(operator, thursday))["id"] == again["id"]
    await world.run_periodic("payments.publish_liabilities")

    # The day after: the same money, and what nobody knows of stands among what is owed.
    await topped_up(anna, card, 500)
    await world.move_clock(timedelta(days=1))
    await world.run_periodic("payments.fetch_statements")
    await world.run_periodic("payments.prove_reserve")
    await world.run_periodic("payments.publish_liabilities")
    friday = await latest(operator, thursday + timedelta(days=1))
    assert (friday["state"], friday["reserve_minor"], friday["own_minor"]) == ("proved", 59_500 + 12_345, 0)
    assert {one["owed"]: one["credit_minor"] for one in friday["classes"]} == {
        "customers": 59_500, "unmatched": 12_345, "reserve": 0,
    }  # fmt: skip
    assert (await operator.get("/v1/desk/unproved_days")).json()["items"] == []

    # She checks it with a file and no service.
    proof, log = tmp_path / "proof.json", tmp_path / "roots.json"
    proof.write_text(
        json.dumps(await anna.get("/v1/liabilities/proofs/mine", day=thursday.isoformat(), currency="CNY"))
    )
    log.write_text(json.dumps(await anna.get("/v1/liabilities/roots")))
    root = json.loads(proof.read_text())["publication"]["hash"]
    checked = verified(proof, "--amount", "59000", "--root", root, "--log", str(log))
    assert (checked.returncode, "counted: 59000 of 59000 CNY" in checked.stdout) == (0, True), checked
    halved = verified(proof, "--amount", "118000")
    assert (halved.returncode, halved.stdout.strip()) == (1, "WRONG: 59000 is counted for you, not 118000")
    await world.audit()


def verified(proof: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Isolated: nothing of the suite can be imported by it."""
    command = [sys.executable, "-I", str(VERIFIER), str(proof), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
