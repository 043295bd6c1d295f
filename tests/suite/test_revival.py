"""A server that ended and cannot start is tried again until it can."""

import shutil
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from suite import postgres, starting
from suite.display import Display


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    folder = Path(tempfile.mkdtemp(prefix="sifang-tests-"))
    folder.chmod(0o711)
    server = postgres.start(folder / "postgres", durable=False)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_tried_again_until_it_starts(server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "CHECK_POSTGRES_SECONDS", 0.0)
    said = StringIO()
    revival = starting._Revival(server, Display(Console(file=said, width=200)))
    revival.look()
    control = server.place.data / "global" / "pg_control"
    server.stop()
    control.rename(control.with_suffix(".away"))
    for _ in range(3):
        revival.look()
    assert not server.alive
    control.with_suffix(".away").rename(control)
    revival.look()
    assert server.alive
    lines = said.getvalue().splitlines()
    assert len([line for line in lines if "does not start yet" in line]) == 3
    assert "PostgreSQL ended: started again" in lines[-1]


def test_the_pause_between_two_tries_grows_and_ends_at_half_a_minute(
    server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    instant = 1000.0
    monkeypatch.setattr("suite.starting.time.monotonic", lambda: instant)
    revival = starting._Revival(server, Display(Console(file=StringIO())))

    def refuse(_: Path) -> postgres.Server:
        raise postgres.PostgresFault("no room")

    server.stop()
    with monkeypatch.context() as broken:
        broken.setattr(starting.postgres, "start", refuse)
        pauses = []
        for _ in range(8):
            instant = max(instant, revival._look_at)
            revival.look()
            pauses.append(revival._look_at - instant)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0, 32.0]
