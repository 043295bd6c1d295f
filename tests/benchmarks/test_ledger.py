"""Both benchmarks of the ledger on a small scale, for their pieces: nothing is said here about speed."""

import json

import pytest

from benchmarks import ledger_bulk, ledger_single
from benchmarks.copying import FLOOR_TABLE, TABLE, Copying, indexes
from benchmarks.measured import Result
from benchmarks.pgbench import Pgbench
from benchmarks.plan import Plan
from benchmarks.sql import number
from benchmarks.stage import raised
from benchmarks.wallets import open_wallets, transfers_written

SMALL = Plan(
    rounds=1,
    seconds=0.5,
    warm_up=0.1,
    connections=8,
    accounts=60,
    pgbench_scale=1,
    batch=100,
    durable=False,
    processes=2,
)


def _holds(result: Result) -> None:
    told = json.loads(result.line())
    assert set(told) == {"name", "value", "unit", "floor", "ratio"}
    assert told["value"] > 0
    assert told["ratio"] == pytest.approx(told["value"] / told["floor"], abs=0.002)
    assert "acknowledged, as many in the ledger" in result.notes[0]
    assert len(result.notes) == 1, result.notes


def test_single_transfers_beside_pgbench() -> None:
    _holds(ledger_single.run(SMALL))


def test_batches_beside_copying() -> None:
    _holds(ledger_bulk.run(SMALL))


def test_floors_and_wallets() -> None:
    with raised(durable=False) as stage, stage.serving(1) as serving:
        assert number(stage.admin_url, "SHOW fsync") == "off"
        wallets = open_wallets(stage, serving.addresses[0], 30)
        assert len(set(wallets)) == 30
        assert transfers_written(stage) == 30
        assert set(open_wallets(stage, serving.addresses[0], 30)) == set(wallets)
        copying = Copying(stage.admin_url, 10)
        copying.prepare()
        assert indexes(stage.admin_url, TABLE) == indexes(stage.admin_url, FLOOR_TABLE)
        assert len(indexes(stage.admin_url, TABLE)) > 1
        assert copying.rate() > 0
        assert number(stage.admin_url, f"SELECT count(*) FROM {FLOOR_TABLE}") == 30  # noqa: S608
        with pytest.raises(RuntimeError, match="less than a batch"):
            copying.rate()
        pgbench = Pgbench(stage.server)
        pgbench.prepare(1)
        assert pgbench.rate(1) > 0
    assert not stage.folder.path.exists()


def test_a_benchmark_is_played_on_a_durable_server() -> None:
    with raised() as stage:
        assert number(stage.admin_url, "SHOW fsync") == "on"
        assert number(stage.admin_url, "SHOW synchronous_commit") == "on"
