"""The supervisor's end of the line to the nursery: orders go in, births and deaths come out."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from suite.children import end_with_parent
from suite.folder import ROOT
from suite.nursery import TITLE_ROOM

STOP_SECONDS = 20.0


@dataclass
class NurseryLine:
    """A running nursery. Made, used and closed by the main thread."""

    process: "subprocess.Popen[bytes]"
    orders: IO[bytes]
    news: IO[bytes]
    _unread: bytes = field(default=b"", repr=False)

    @classmethod
    def begin(cls, log: Path) -> "NurseryLine":
        with log.open("ab") as opened:
            process = subprocess.Popen(
                [sys.executable, "-m", "suite.nursery", TITLE_ROOM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=opened,
                cwd=ROOT,
                # A terminal's Ctrl-C is for the supervisor, who then stops everything in order.
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGTERM),
            )
        assert process.stdin is not None
        assert process.stdout is not None
        return cls(process, process.stdin, process.stdout)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def order(
        self, name: str, package: str, places: Mapping[str, int | None], log: Path, environment: Mapping[str, str]
    ) -> None:
        """Have a process born. places: `port` and `own_port`. Nothing happens when the nursery has just ended: that is heard otherwise."""
        order = {"name": name, "package": package, **places, "log": str(log)}
        with suppress(BrokenPipeError):
            self.orders.write(json.dumps({**order, "environment": dict(environment)}).encode() + b"\n")
            self.orders.flush()

    def hear(self, seconds: float) -> list[dict[str, Any]]:
        """What was told since; waits at most so long for something."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.news, selectors.EVENT_READ)
            if not selector.select(seconds):
                return []
        heard = os.read(self.news.fileno(), 65536)
        if not heard:
            time.sleep(seconds)
            return []
        *lines, self._unread = (self._unread + heard).split(b"\n")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """End it, and with it any child that is left."""
        with suppress(OSError):
            self.orders.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.process.kill()
        self.process.wait()
        self.news.close()
