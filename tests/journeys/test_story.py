"""The whole story on a whole suite: played, read back, proved, read in again, and damaged."""

import asyncio
import re
import stat
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.ids import encode
from suite.folder import ROOT
from tests.journeys.whole import Whole

pytestmark = pytest.mark.journey
SAMPLES = ROOT / "suite" / "samples"
Connection = Any


def test_the_story_reaches_the_operations_page(played: Whole) -> None:
    figures = dict(re.findall(r"^  ([A-Z][^:\n]+): (.+)$", played.told, re.MULTILINE))
    assert figures["Bids"] == "20"
    assert figures["Leads"] == "1"
    assert figures["Imported orders"] == "1,500"
    assert "sources: all fresh" in played.told


def test_who_may_sign_in_is_written_down_for_us_alone(played: Whole) -> None:
    assert {"operator", "buyer", "seller", "borrower", "visitor"} <= set(played.sign_ins())
    assert stat.S_IMODE((played.started.folder / "demo.json").stat().st_mode) == 0o600
    with played.signed_in("operator") as operator:
        summary = operator.get("/v1/operations/summary").json()
    assert summary["complete"]
    with played.signed_in("buyer") as buyer:
        assert buyer.get("/v1/operations/summary").status_code == 403
        orders = buyer.get("/payments/v1/orders").json()["items"]
        assert {"TRADE_SUCCESS"} <= {order["state"] for order in orders}
        # Three bought in the shop, and one behind each escrow trade.
        assert len(orders) == 6
        trades = buyer.get("/payments/v1/trades").json()["items"]
        assert len([trade for trade in trades if trade["state"] == "TRADE_FINISHED"]) == 2


def test_the_operators_desk_has_what_the_story_left_to_decide(played: Whole) -> None:
    with played.signed_in("operator") as operator:
        desk = {one["matter"]: one["count"] for one in operator.get("/payments/v1/desk").json()["items"]}
    assert desk["trade_disputes"] == 1


def test_every_check_holds_and_has_something_to_look_at(played: Whole) -> None:
    code, found = played.verify()
    assert (code, found["holds"]) == (0, True), found
    examined = {(check["where"], check["name"]): check["examined"] for check in found["checks"]}
    assert examined[("p2p ↔ ledger", "loans follow from transfers")] >= 1
    assert examined[("p2p ↔ ledger", "claims follow from transfers")] >= 20
    assert examined[("payments ↔ banks", "reserves are what the banks say")] == 3


@pytest.mark.parametrize(("kind", "path"), [("marketplace", "marketplace"), ("products", "products.csv")])
def test_a_second_import_changes_nothing(played: Whole, kind: str, path: str) -> None:
    done = played.sifang("import", kind, str(SAMPLES / path))
    assert done.returncode == 0, done.stderr
    assert re.search(r"[1-9][\d,]* unchanged", done.stdout)
    assert not re.search(r"[1-9][\d,]* (new|changed|refused)", done.stdout)


Damage = Callable[[Connection, int], Awaitable[str]]
"""Changes rows by so many minor units, and back with the opposite; the id that must be named."""


async def _a_claim_given_to_another_lender(database: Connection, by: int) -> str:
    """In p2p's own books nothing is wrong: only the ledger knows who lent."""
    first, second = await database.fetch("SELECT id FROM claims ORDER BY id LIMIT 2")
    for claim, change in ((first["id"], by), (second["id"], -by)):
        await database.execute(
            """UPDATE claims SET funded_minor = funded_minor + $2, outstanding_minor = outstanding_minor + $2
               WHERE id = $1""",
            claim,
            change,
        )
        await database.execute(
            "UPDATE claim_versions SET outstanding_minor = outstanding_minor + $2 WHERE claim_id = $1", claim, change
        )
    return encode("clm", first["id"])


async def _a_transfer_made_larger(database: Connection, by: int) -> str:
    row = await database.fetchrow(
        """UPDATE ledger_transfers SET amount = amount + $1 WHERE id = (SELECT id FROM ledger_transfers
           WHERE code = 'p2p.repayment.principal' ORDER BY id LIMIT 1) RETURNING reference""",
        by,
    )
    return str(row["reference"])


async def _a_drawing_made_smaller(database: Connection, by: int) -> str:
    """With its line, so that credit's own books agree with each other."""
    row = await database.fetchrow(
        """UPDATE drawings SET amount_minor = amount_minor - $1, outstanding_minor = outstanding_minor - $1
           WHERE id = (SELECT id FROM drawings ORDER BY id LIMIT 1) RETURNING id, line_id""",
        by,
    )
    await database.execute(
        "UPDATE lines SET outstanding_minor = outstanding_minor - $2 WHERE id = $1", row["line_id"], by
    )
    return encode("drw", row["id"])


async def _a_balance_at_a_bank(database: Connection, by: int) -> str:
    await database.execute("UPDATE icbc.accounts SET balance_minor = balance_minor + $1 WHERE kind = 'reserve'", by)
    return f"ICBC CNY: {by:+d}"


@pytest.mark.parametrize(
    ("service", "damage", "check"),
    [
        ("p2p", _a_claim_given_to_another_lender, "claims follow from transfers"),
        ("payments", _a_transfer_made_larger, "loans follow from transfers"),
        ("ecommerce_credit", _a_drawing_made_smaller, "drawings follow from transfers"),
        ("sandbox", _a_balance_at_a_bank, "reserves are what the banks say"),
    ],
)
async def test_a_damaged_row_is_seen_and_named(played: Whole, service: str, damage: Damage, check: str) -> None:
    database = await played.owner_of(service)
    try:
        offending = await damage(database, 1)
        try:
            failed = await asyncio.to_thread(played.failed)
        finally:
            await damage(database, -1)
    finally:
        await database.close()
    assert offending in failed.get(check, []), failed


def test_the_command_says_what_fails_and_ends_with_1(played: Whole) -> None:
    """And holds again when the damage is repaired."""
    assert not played.failed()

    async def change(by: int) -> str:
        database = await played.owner_of("p2p")
        try:
            return await _a_claim_given_to_another_lender(database, by)
        finally:
            await database.close()

    claim = asyncio.run(change(1))
    try:
        done = played.sifang("verify")
    finally:
        asyncio.run(change(-1))
    assert done.returncode == 1
    assert re.search(rf"p2p ↔ ledger: claims follow from transfers: .*{claim}", done.stdout)
    assert "1 failed" in done.stdout
    code, found = played.verify()
    assert (code, found["holds"]) == (0, True)
