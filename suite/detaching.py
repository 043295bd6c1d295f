"""A suite in the background, and how to end it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from suite.display import Display, show_addresses
from suite.folder import ROOT, Folder, NotRunning
from suite.processes import lives
from suite.supervisor import StartFault, last_words

READY_SECONDS = 180.0
STOP_SECONDS = 90.0
LOOK_SECONDS = 0.1


class StopFault(Exception):
    """A suite does not stop."""


def start_detached(arguments: list[str], folder: Folder, display: Display) -> None:
    """`sifang up` again, in a session of its own; returns when it runs. Raises StartFault with its last line when it does not."""
    folder.make()
    log = folder.log("suite")
    with log.open("wb") as opened:
        process = subprocess.Popen(
            [sys.executable, "-m", "suite.command", "up", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=opened,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200"},
            start_new_session=True,
        )
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StartFault(last_words(log).removeprefix("error: "))
        with suppress(NotRunning):
            suite = folder.running()
            if suite.pid == process.pid and suite.state == "running":
                show_addresses(display.console, folder, suite)
                display.say(f"running in the background (log: {log}); sifang down stops it")
                # It is the suite's now, not ours to wait for.
                process.returncode = 0
                return
        time.sleep(LOOK_SECONDS)
    process.terminate()
    raise StartFault(f"the suite was not ready after {READY_SECONDS:.0f} s (see {log})")


def stop(folder: Folder) -> None:
    """End the suite of a folder and wait until nothing of it is left. Raises NotRunning, StopFault."""
    suite = folder.running()
    with suppress(ProcessLookupError):
        os.kill(suite.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while folder.in_use or lives(suite.pid):
        if time.monotonic() > deadline:
            raise StopFault(f"the suite (process {suite.pid}) still runs after {STOP_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)


def follow(log: Path, *, lines: int, going: bool) -> None:
    """Print the end of a log; with `going`, what is added too, until interrupted."""
    with log.open(encoding="utf-8", errors="replace") as opened:
        for line in opened.readlines()[-lines:]:
            print(line, end="")
        with suppress(KeyboardInterrupt):
            while going:
                added = opened.read()
                print(added, end="", flush=True)
                if not added:
                    time.sleep(LOOK_SECONDS)
