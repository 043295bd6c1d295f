"""One folder is made the slow way, once; most tests start on a copy of it."""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from tests.suite import running
from tests.suite.running import Started

collect_ignore = (
    []
    if sys.platform == "linux"
    else ["test_starting.py", "test_watching.py", "test_refusals.py", "test_several_processes.py"]
)


class StartSuite(Protocol):
    """`start("info_broker")`: on a copy of a folder that has been up before, unless another is named."""

    def __call__(
        self,
        *services: str,
        folder: Path | None = None,
        port_base: int | None = None,
        told: dict[str, str] | None = None,
    ) -> Started: ...


@contextmanager
def _place() -> Iterator[Path]:
    """A folder for folders of suites, through which the server's user, where it is another one, may walk to its own closed one."""
    place = Path(tempfile.mkdtemp(prefix="sifang-tests-"))
    place.chmod(0o711)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def used_folder() -> Iterator[Path]:
    """The folder of a suite that ran with info_broker and sandbox and was stopped."""
    with _place() as place:
        started = running.start(place / "used", "info_broker", "sandbox")
        try:
            started.wait_until_running()
        finally:
            started.end(signal.SIGTERM)
        yield started.folder


@pytest.fixture
def place() -> Iterator[Path]:
    with _place() as place:
        yield place


@pytest.fixture
def copied(used_folder: Path, place: Path) -> Callable[[str], Path]:
    def copy(name: str) -> Path:
        # With owners, as the server's folder belongs to its user.
        subprocess.run(["cp", "-a", str(used_folder), str(place / name)], check=True)
        (place / name / "postgres" / "port").unlink(missing_ok=True)
        return place / name

    return copy


@pytest.fixture
def start(copied: Callable[[str], Path]) -> Iterator[StartSuite]:
    """Whatever is started here has ended when the test has."""
    all_started: list[Started] = []

    def begin(
        *services: str,
        folder: Path | None = None,
        port_base: int | None = None,
        told: dict[str, str] | None = None,
    ) -> Started:
        chosen = folder or copied(f"suite{len(all_started)}")
        all_started.append(running.start(chosen, *services, port_base=port_base, told=told))
        return all_started[-1]

    yield begin
    for started in all_started:
        if started.process.poll() is None:
            started.end(signal.SIGTERM)
