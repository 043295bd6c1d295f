"""The benchmark of settlement on a small scale, for its pieces: nothing is said here about speed."""

import json

import pytest

from benchmarks import settlement
from benchmarks.plan import Plan
from benchmarks.sold import sell
from benchmarks.sql import fetch, number
from benchmarks.stage import raised
from benchmarks.wire import call
from chassis.ids import encode

SMALL = Plan(rounds=2, orders=1_000, durable=False)


@pytest.mark.long
def test_on_a_small_scale() -> None:
    result = settlement.run(SMALL)
    told = json.loads(result.line())
    assert told["name"] == "settlement"
    assert told["ratio"] == pytest.approx(told["value"] / told["floor"], abs=0.002, rel=0.01)
    assert result.notes == ["1,000 orders of 10 merchants, audited"]
    assert len(result.value.values) == 1
    assert len(result.floor.values) == 2


@pytest.mark.long
def test_what_is_sold_goes_through_all_of_the_fee_plan() -> None:
    """Of each kind of fee there are orders: free, the least, the most, and by rate of more than one tier."""
    with raised(durable=False) as stage:
        sold = sell(stage, 1_000, 1)
        assert (
            number(
                stage.admin_url,
                "SELECT count(*) FROM orders LEFT JOIN settlement_lines ON order_id = orders.id WHERE order_id IS NULL",
            )
            == 1_000
        )
        stage.run("benchmarks.settling", "--audit")
        fees = [row["fee_minor"] for row in fetch(stage.admin_url, "SELECT fee_minor FROM settlement_lines")]
        assert {0, 10, 500} < set(fees)
        assert number(stage.admin_url, "SELECT min(volume_minor) FROM merchant_volumes") > 3_000_000
        assert number(stage.admin_url, "SELECT count(*) FROM merchant_payouts") == len(sold.merchants) == 10
        with stage.serving(1) as serving:
            path = f"/v1/merchants/{encode('mer', sold.merchants[0])}/settlements"
            (made,) = call(serving.addresses[0], "GET", path)["items"]
        assert made["reserve_minor"] == made["gross_minor"] * 50_000 // 1_000_000


def test_a_settlement_program_that_fails_says_why() -> None:
    with raised(durable=False) as stage, pytest.raises(RuntimeError, match=r"No module named benchmarks\.nothing"):
        stage.run("benchmarks.nothing")
