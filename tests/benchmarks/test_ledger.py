"""The benchmarks of the ledger on a small scale, for their pieces: nothing is said here about speed."""

import json
from collections.abc import Callable
from types import ModuleType

import pytest

from benchmarks import (
    ledger_bulk,
    ledger_echo,
    ledger_hot,
    ledger_replicas,
    ledger_scale,
    ledger_single,
    ledger_single_p99,
)
from benchmarks.acknowledged import Acknowledged
from benchmarks.copying import FLOOR_TABLE, TABLE, Copying, indexes
from benchmarks.measured import Result, Series
from benchmarks.pgbench import Pgbench
from benchmarks.plan import Plan
from benchmarks.sql import fetch, number
from benchmarks.stage import Stage, raised
from benchmarks.stored import store
from benchmarks.wallets import open_wallets, transfers_written
from benchmarks.wire import call

SMALL = Plan(
    rounds=1,
    seconds=0.5,
    warm_up=0.1,
    connections=8,
    accounts=60,
    pgbench_scale=1,
    batch=100,
    transfers=9000,
    durable=False,
)


def _holds(result: Result, notes: int = 1) -> None:
    told = json.loads(result.line())
    assert set(told) == {"name", "value", "unit", "floor", "ratio"}
    assert told["value"] > 0
    assert told["ratio"] == pytest.approx(told["value"] / told["floor"], abs=0.002, rel=0.01)
    assert "acknowledged, as many in the ledger" in result.notes[0]
    assert len(result.notes) == notes, result.notes
    assert all(len(series.values) in (1, 2) for series in (result.value, result.floor, *result.others))


@pytest.mark.parametrize(
    ("benchmark", "notes"),
    [
        (ledger_bulk, 1),
        *(
            pytest.param(benchmark, notes, marks=pytest.mark.long)
            for benchmark, notes in (
                (ledger_single, 1),
                (ledger_echo, 1),
                (ledger_single_p99, 1),
                (ledger_hot, 1),
                (ledger_replicas, 1),
                (ledger_scale, 3),
            )
        ),
    ],
    ids=lambda given: given.__name__.rpartition(".")[2] if isinstance(given, ModuleType) else "",
)
def test_on_a_small_scale(benchmark: ModuleType, notes: int) -> None:
    run: Callable[[Plan], Result] = benchmark.run
    result = run(SMALL)
    assert result.name == benchmark.__name__.rpartition(".")[2]
    _holds(result, notes)


def test_the_target_of_single_transfers_follows_the_disk() -> None:
    found = [ledger_single.target(floor) for floor in (9000, 4000, 2750, 1500, 300)]
    assert found == pytest.approx([1.7, 1.7, 2.85, 4.0, 4.0])


def test_less_may_be_better() -> None:
    value, floor = Series("value", "ms", [2.0]), Series("floor", "ms", [1.0])
    assert Result("wait", value, floor, 3.0, less_is_better=True).reached
    assert not Result("wait", value, floor, 1.9, less_is_better=True).reached
    assert Result("rate", value, floor, 1.9).reached
    assert not Result("rate", value, floor, 3.0).reached


def test_too_small_a_ledger_measures_no_scale() -> None:
    ledger_scale.require_large(4.0, 5_000_000)
    ledger_scale.require_large(0.1, 9_000)
    with pytest.raises(AssertionError, match=r"only 3\.9 times as large as shared_buffers"):
        ledger_scale.require_large(3.9, 5_000_000)


@pytest.mark.long
def test_what_is_stored_is_as_the_ledger_would_have_written_it() -> None:
    with raised(durable=False) as stage:
        with stage.serving(1) as serving:
            wallets = open_wallets(stage, serving.addresses[0], 40)
            acknowledged = Acknowledged(stage)
            before = {one: indexes(stage.admin_url, one) for one in _log(stage)}
        store(stage, wallets, 9000, 3)
        assert transfers_written(stage) == 9040
        assert {one: indexes(stage.admin_url, one) for one in _log(stage)} == before
        assert all(len(found) == 8 for one, found in before.items() if one != TABLE)
        assert number(stage.admin_url, f"SELECT count(DISTINCT reference) FROM {TABLE}") == 9001  # noqa: S608
        with stage.serving(1) as serving:
            audit = call(serving.addresses[0], "GET", "/v1/verification")
            assert audit["holds"], audit
            examined = {check["name"]: check["examined"] for check in audit["checks"]}
            assert examined["transfers_join_two_accounts"] == 9040
            page = call(serving.addresses[0], "GET", "/v1/transfers?limit=200")
            assert len(page["items"]) == 200
        with pytest.raises(AssertionError, match="0 transfers were acknowledged, 9000 are in the ledger"):
            acknowledged.note()
        ids = fetch(stage.admin_url, f"SELECT id, posted_at FROM {TABLE} WHERE reference <> ''")  # noqa: S608
        assert {row["id"].version for row in ids} == {7}
        assert {row["id"].int & 0xFFFF for row in ids} == {1}
        assert all(row["id"].int >> 80 == int(row["posted_at"].timestamp() * 1000 + 1e-4) for row in ids)


def _log(stage: Stage) -> list[str]:
    """The log and its partitions."""
    leaves = fetch(stage.admin_url, "SELECT relid::text FROM pg_partition_tree($1::text::regclass) WHERE isleaf", TABLE)
    return [TABLE, *(row["relid"] for row in leaves)]


def test_floors_and_wallets() -> None:
    with raised(durable=False) as stage, stage.serving(1) as serving:
        assert number(stage.admin_url, "SHOW fsync") == "off"
        wallets = open_wallets(stage, serving.addresses[0], 30)
        assert len(set(wallets)) == 30
        assert transfers_written(stage) == 30
        assert set(open_wallets(stage, serving.addresses[0], 30)) == set(wallets)
        copying = Copying(stage.admin_url, 10)
        copying.prepare()
        # Those of the whole log, and the two that the service pays for elsewhere: ids, and places in batches.
        apart = {"btree (book_id, id)True", "btree (batch_id, number)True"}
        assert set(indexes(stage.admin_url, FLOOR_TABLE)) - set(indexes(stage.admin_url, TABLE)) == apart
        assert len(indexes(stage.admin_url, FLOOR_TABLE)) == len(indexes(stage.admin_url, TABLE)) + 2 == 9
        assert copying.rate() > 0
        assert number(stage.admin_url, f"SELECT count(*) FROM {FLOOR_TABLE}") == 30  # noqa: S608
        with pytest.raises(RuntimeError, match="less than a batch"):
            copying.rate()
        pgbench = Pgbench(stage.server)
        pgbench.prepare(1)
        assert pgbench.rate(1) > 0
        waits = pgbench.waits(1, rate=50)
        assert 10 <= len(waits) <= 100
        assert 0 < min(waits) <= max(waits) < 1
    assert not stage.folder.path.exists()


def test_a_benchmark_is_played_on_a_durable_server() -> None:
    with raised(settings={"shared_buffers": "64MB"}) as stage:
        assert number(stage.admin_url, "SHOW fsync") == "on"
        assert number(stage.admin_url, "SHOW synchronous_commit") == "on"
        assert number(stage.admin_url, "SHOW shared_buffers") == "64MB"
