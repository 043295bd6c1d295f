"""What keeps a suite from starting is one clear line and an exit code; nothing half-started is left."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite import preflight
from suite.folder import ROOT
from suite.preflight import PreflightFault
from tests.suite import running
from tests.suite.conftest import StartSuite
from tests.suite.running import Started


def _refused(suite: Started) -> str:
    """The one line it ended with."""
    assert suite.process.wait(running.PATIENCE_SECONDS) == 1, suite.output
    faults = [line for line in suite.output.splitlines() if line.startswith("error: ")]
    assert len(faults) == 1, suite.output
    assert suite.output.splitlines()[-1] == faults[0]
    assert "Traceback" not in suite.output
    assert not (suite.folder / "suite.json").exists()
    _nothing_runs_on(suite.folder)
    return faults[0].removeprefix("error: ")


def _nothing_runs_on(folder: Path) -> None:
    mentions = [
        file.parent.name
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if file.parent.name != str(os.getpid()) and os.fsencode(folder) in _read(file)
    ]
    assert mentions == []


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_a_port_that_is_taken(start: StartSuite, place: Path) -> None:
    base = running.free_port_base()
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + 4))
        other.listen()
        line = _refused(start("info_broker", folder=place / "new", port_base=base))
    assert line == f"port {base + 4} for info_broker is taken: --port-base N chooses others"
    assert not (place / "new" / "postgres").exists()


def test_a_folder_that_is_in_use(start: StartSuite) -> None:
    first = start("sandbox")
    first.wait_until_running()
    told = first.told
    second = running.sifang("up", "info_broker", "--data", str(first.folder), "--port-base", "30000")
    assert second.returncode == 1
    assert second.stderr == (
        f"error: the data folder {first.folder} is in use by another suite: sifang down stops it,"
        " --data DIR --port-base N starts one beside it\n"
    )
    assert first.told == told


def test_a_folder_that_is_none(start: StartSuite, place: Path) -> None:
    (place / "file").write_text("not a folder")
    done = running.sifang("up", "sandbox", "--data", str(place / "file"))
    assert (done.returncode, done.stderr) == (
        1,
        f"error: the data folder {place / 'file'} cannot be used: File exists\n",
    )


def test_a_disk_with_too_little_room(start: StartSuite, place: Path) -> None:
    line = _refused(start("sandbox", folder=place / "new", told={"SIFANG_NEEDED_BYTES": str(2**62)}))
    assert line.startswith("only ")
    assert f"MB are free in {place / 'new'}: the suite needs {2**42} MB" in line
    assert not (place / "new" / "postgres").exists()


@pytest.fixture
def tiny_disk(place: Path) -> Iterator[Path]:
    """A file system of 24 MB, where we may mount one."""
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0711", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_full_while_it_starts(start: StartSuite, tiny_disk: Path) -> None:
    line = _refused(start("sandbox", folder=tiny_disk / "new", told={"SIFANG_NEEDED_BYTES": "1"}))
    assert "No space left on device" in line


def test_a_python_that_is_too_old() -> None:
    with pytest.raises(PreflightFault, match=r"^Python 3\.11 or newer is needed, this is 3\.10$"):
        preflight.check_python((3, 10))
    preflight.check_python()


def test_make_refuses_an_old_python(place: Path) -> None:
    """An interpreter that says it is old, and for the rest is ours."""
    old = place / "python"
    old.write_text(f"#!{sys.executable}\nimport sys\nsys.version_info = (3, 9, 18)\nexec(sys.argv[2])\n")
    old.chmod(0o755)
    command = ["make", "--file", str(ROOT / "Makefile"), f"PYTHON={old}", f"VENV={place / 'venv'}", "up"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("error: Python 3.11 or newer is needed, this is 3.9: make PYTHON=")
    assert not (place / "venv").exists()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"SIFANG_MODE": "live"}, "sifang up runs in test mode alone"),
        ({"SIFANG_POOL_SIZE": "many"}, "SIFANG_POOL_SIZE=many is no number of connections"),
        ({"SIFANG_POOL_SIZE": "500"}, "SIFANG_POOL_SIZE=500 for 1 process wants 508 connections of 200"),
        (
            {"SIFANG_SANDBOX_PROCESSES": "3", "SIFANG_POOL_SIZE": "60"},
            "SIFANG_POOL_SIZE=60 for 3 processes wants 204 connections of 200",
        ),
        ({"SIFANG_SANDBOX_PROCESSES": "none"}, "SIFANG_SANDBOX_PROCESSES=none is no number of processes from 1 to 9"),
        ({"SIFANG_SANDBOX_PROCESSES": "10"}, "SIFANG_SANDBOX_PROCESSES=10 is no number of processes from 1 to 9"),
        ({"SIFANG_NEEDED_BYTES": "much"}, "SIFANG_NEEDED_BYTES=much is no number of bytes"),
        (
            {"SIFANG_SANDBOX_DATABASE_URL": "postgresql://sandbox:x@127.0.0.1:1/sifang_sandbox",
             "SIFANG_SANDBOX_OWNER_URL": "postgresql://sandbox_owner:x@127.0.0.1:1/sifang_sandbox"},
            "the database of sandbox cannot be prepared: ",
        ),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(start: StartSuite, place: Path, told: dict[str, str], says: str) -> None:
    assert _refused(start("sandbox", folder=place / "new", told=told)).startswith(says)


def test_a_service_that_cannot_start(start: StartSuite) -> None:
    suite = start("info_broker", "sandbox", told={"SIFANG_INFO_BROKER_CONTACT_KEYS": "not a key"})
    line = _refused(suite)
    assert line.startswith("info_broker does not start: ")
    assert line.endswith(f"(see {suite.folder / 'logs' / 'info_broker.log'})")


def test_commands_on_a_suite_that_does_not_run(place: Path) -> None:
    for command in ("status", "down"):
        done = running.sifang(command, "--data", str(place / "none"))
        assert (done.returncode, done.stderr) == (
            1,
            f"error: no suite runs on {place / 'none'}: sifang up starts one\n",
        )
    done = running.sifang("logs", "lending", "--data", str(place / "none"))
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no service lending")
