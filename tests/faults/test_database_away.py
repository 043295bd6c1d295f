"""PostgreSQL goes away under the service, or its disk is full: callers are told to ask again, and everything goes on by itself."""

import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

from benchmarks.acknowledged import Acknowledged
from benchmarks.sql import execute
from benchmarks.stage import Serving, Stage, raised
from benchmarks.wallets import open_wallets
from benchmarks.wire import call
from suite import postgres
from tests.faults.places import Batches, SmallDisk, small_disk

pytestmark = pytest.mark.long
ASK_AGAIN = (503, "1")
GO_ON_SECONDS = 60.0
SMALL_LOG = {"max_wal_size": "32MB", "min_wal_size": "32MB"}


def _until(batches: Batches, status: int) -> None:
    """Go on asking; every answer on the way is one of the two."""
    deadline = time.monotonic() + GO_ON_SECONDS
    while (answered := batches.ask()) != status:
        assert answered in (200, 503), batches.answers[-1]
        assert time.monotonic() < deadline, batches.answers
        time.sleep(0.05)


def _holds(stage: Stage, serving: Serving, batches: Batches, acknowledged: Acknowledged) -> None:
    """Every batch that was refused was told when to ask again; what was acknowledged is there, once."""
    acknowledged.created = batches.made
    assert len(acknowledged.note()) == 1
    assert {answer for answer in batches.answers if answer[0] != 200} <= {ASK_AGAIN}
    audit = call(serving.addresses[0], "GET", "/v1/verification")
    assert audit["holds"], audit


def test_postgresql_restarted_under_the_service() -> None:
    with raised(durable=False) as stage, stage.serving(1) as serving:
        batches = Batches(serving, open_wallets(stage, serving.addresses[0], 50), 100)
        acknowledged = Acknowledged(stage)
        for _ in range(2):
            assert batches.ask() == 200
            stage.server.stop()
            assert batches.ask() == 503
            assert batches.ask() == 503
            stage.server = postgres.start(stage.folder.postgres, durable=False)
            _until(batches, 200)
        _holds(stage, serving, batches, acknowledged)


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(240) as disk:
        yield disk


def test_no_room_for_rows(disk: SmallDisk) -> None:
    """The database alone is on the full disk: each commit is refused, the server lives."""
    with raised(durable=False) as stage:
        place = disk.path / "tables"
        place.mkdir(mode=0o700)
        stage.server.place.account.own(place)
        execute(stage.server.url(), f"CREATE TABLESPACE small LOCATION '{place}'")
        execute(stage.server.url(), "ALTER DATABASE sifang_payments SET TABLESPACE small")
        with stage.serving(1) as serving:
            batches = Batches(serving, open_wallets(stage, serving.addresses[0], 50), 1000)
            acknowledged = Acknowledged(stage)
            assert batches.ask() == 200
            disk.fill(leaving=1 << 20)
            _until(batches, 503)
            assert batches.ask() == 503
            assert call(serving.addresses[0], "GET", "/v1/accounts?limit=10")["items"]
            disk.empty()
            assert batches.ask() == 200
            _holds(stage, serving, batches, acknowledged)


def test_no_room_for_the_log_of_writes(disk: SmallDisk) -> None:
    """The log of what is written (WAL) is on the full disk: the server breaks off, and until there is room does so again or does not
    start."""
    with raised(settings=SMALL_LOG) as stage:
        _move_log(stage, disk)
        with stage.serving(1) as serving:
            batches = Batches(serving, open_wallets(stage, serving.addresses[0], 50), 1000)
            acknowledged = Acknowledged(stage)
            assert batches.ask() == 200
            disk.fill()
            _until(batches, 503)
            assert "No space left on device" in stage.server.place.log.read_text()
            assert _until_refused_again(stage, batches)
            disk.empty()
            if not stage.server.alive:
                stage.server = postgres.start(stage.folder.postgres, settings=SMALL_LOG)
            _until(batches, 200)
            assert batches.ask() == 200
            _holds(stage, serving, batches, acknowledged)


def _move_log(stage: Stage, disk: SmallDisk) -> None:
    stage.server.stop()
    log = stage.server.place.data / "pg_wal"
    subprocess.run(["cp", "-a", str(log), str(disk.path / "pg_wal")], check=True)
    shutil.rmtree(log)
    log.symlink_to(disk.path / "pg_wal")
    stage.server = postgres.start(stage.folder.postgres, settings=SMALL_LOG)


def _until_refused_again(stage: Stage, batches: Batches) -> bool:
    """For some seconds nothing but refusals, whether the server tries to come back by itself or has ended."""
    until = time.monotonic() + 3
    while time.monotonic() < until and stage.server.alive:
        if batches.ask() != 503:
            return False
        time.sleep(0.2)
    return batches.ask() == 503
