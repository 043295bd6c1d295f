"""One whole suite for the journeys of a file: started on free ports, the story played on it, stopped with its last test: whoever serves
on takes a quarter of a core from all tests after it."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.journeys.whole import Whole
from tests.payments.customer import World
from tests.suite import running

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]
STORY_SECONDS = 180.0


@pytest.fixture
async def outside(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> World:
    """payments and its banks, for journeys through a few services. A bank that is silent says so at once."""
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 0)
    return await World.open(serve)


@pytest.fixture(scope="module")
def suite() -> Iterator[Whole]:
    """Running, nothing played yet."""
    place = Path(tempfile.mkdtemp(prefix="sifang-journeys-"))
    # The server's user, where it is another one, walks through here to its own closed folder.
    place.chmod(0o711)
    started = running.start(place / "whole")
    try:
        started.wait_until_running()
        yield Whole(started)
    finally:
        if started.process.poll() is None:
            started.end(signal.SIGTERM)
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def played(suite: Whole) -> Whole:
    """The same, with the story told once."""
    done = suite.sifang("demo", seconds=STORY_SECONDS)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{suite.started.output}"
    suite.told = done.stdout
    return suite
