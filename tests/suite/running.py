"""Suites really started: processes of their own, folders of their own, free ports."""

import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from suite.folder import ROOT
from suite.parts import PARTS, own_port

COMMAND = (sys.executable, "-m", "suite.command")
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.05
OURS = ("SIFANG_",)


@dataclass
class Started:
    """A `sifang up` that runs, or ran. output: everything it printed, both streams."""

    folder: Path
    port_base: int
    process: "subprocess.Popen[bytes]"
    began: float = field(default_factory=time.monotonic)

    @property
    def printed(self) -> Path:
        return printed_beside(self.folder)

    @property
    def output(self) -> str:
        return self.printed.read_text()

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port_base + PARTS[service].offset}"

    @property
    def told(self) -> dict[str, Any]:
        """What the suite writes down about itself; empty while there is nothing."""
        try:
            told: dict[str, Any] = json.loads((self.folder / "suite.json").read_text())
        except FileNotFoundError:
            return {}
        return told

    def pid(self, service: str, process: int = 1) -> int | None:
        found: int | None = self.told["services"][service]["processes"][process - 1]["pid"]
        return found

    def wait_until_running(self) -> float:
        """Seconds from the start until everything is ready."""
        self.until(lambda: self.told.get("state") == "running")
        return time.monotonic() - self.began

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to hold, as long as the suite lives and patience lasts."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(LOOK_SECONDS)

    def end(self, how: signal.Signals) -> int:
        """Send a signal to the supervisor and wait until it is gone; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_SECONDS)


def printed_beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.printed")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without any setting of the suite, so that the tests say all of them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "COLUMNS": "250", **(more or {})}


def _ended_with_the_tests() -> None:
    """A run of tests that is killed takes its suites with it (Linux: PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(folder: Path, *services: str, port_base: int | None = None, told: Mapping[str, str] | None = None) -> Started:
    base = free_port_base() if port_base is None else port_base
    with printed_beside(folder).open("wb") as printed:
        process = subprocess.Popen(
            [*COMMAND, "up", *services, "--data", str(folder), "--port-base", str(base), "--no-demo"],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment(told),
            # As from a terminal: a group of its own, which a Ctrl-C reaches as a whole.
            start_new_session=True,
            preexec_fn=_ended_with_the_tests,
        )
    return Started(folder, base, process)


def sifang(*arguments: str, told: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """The command, run to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(told),
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def free_port_base() -> int:
    """A base from which the ports of all parts are free now; another range for each process of tests."""
    chance = random.Random(os.getpid() * 1_000_003 + time.monotonic_ns())
    for _ in range(200):
        base = chance.randrange(20_000, 30_000, 100)
        if all(_free(own_port(base + part.offset, number)) for part in PARTS.values() for number in range(10)):
            return base
    raise AssertionError("no free ports")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def family(pid: int) -> set[int]:
    """The numbers of a process's children, and theirs."""
    parents = dict(_parents())
    found, added = {pid}, {pid}
    while added:
        added = {child for child, parent in parents.items() if parent in added} - found
        found |= added
    return found - {pid}


def processor_seconds(pids: set[int]) -> float:
    """What these processes, and those of their children that ended, took of the processor until now."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            ticks += sum(
                int(field) for field in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
            )
    return ticks / os.sysconf("SC_CLK_TCK")


def parent_of(pid: int) -> int:
    return dict(_parents())[pid]


def alive(pids: set[int]) -> set[int]:
    return {pid for pid, _ in _parents() if pid in pids}


def gone(pids: set[int], seconds: float = 15.0) -> set[int]:
    """Those that are still there after waiting: none, if all is well."""
    deadline = time.monotonic() + seconds
    while (left := alive(pids)) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return left


def _parents() -> Iterator[tuple[int, int]]:
    """Process and its parent, of all that run; a process that ended and waits to be buried runs no more."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = file.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(file.parent.name), int(parent)
