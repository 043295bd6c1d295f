"""Keeps the services of a suite running: starts them, starts again those that die, stops them callers first."""

import http.client
import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from suite.folder import Folder, RunningProcess, RunningSuite
from suite.nursery_line import NurseryLine
from suite.parts import PARTS, stopping_waves

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
TRIES_BEFORE_READY = 3
STOP_SECONDS = 20.0
TICK_SECONDS = 0.05
PROBE_SECONDS = 1.0
PROBE_EVERY_SECONDS = 0.1
Say = Callable[[str], None]


class StartFault(Exception):
    """A service does not come up; the message is its last words."""


@dataclass
class Child:
    """A process of a service as it is watched. name: the service's, with a number where it has several processes at its port.

    environment: all that the process is told. deaths: in a row, without a steady time.
    """

    name: str
    service: str
    port: int
    own_port: int | None
    running: RunningProcess
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    ordered: bool = False
    ever_ready: bool = False
    born_at: float = 0.0
    deaths: int = 0
    start_at: float | None = 0.0
    probed_at: float = 0.0

    @property
    def pid(self) -> int | None:
        return self.running.pid


@dataclass
class Supervisor:
    """Use it as a context: at its end no child is left. All from one thread, the main one."""

    folder: Folder
    suite: RunningSuite
    say: Say
    children: dict[str, Child] = field(default_factory=dict)
    _line: NurseryLine | None = None
    _stopping: bool = False

    def __enter__(self) -> "Supervisor":
        self._line = self._begin_line()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def line(self) -> NurseryLine:
        assert self._line is not None, "used outside its context"
        return self._line

    def _begin_line(self) -> NurseryLine:
        return NurseryLine.begin(self.folder.log("nursery"))

    def add(self, name: str, environment: Mapping[str, str]) -> None:
        """Have a service started with the next tick, with all its processes. They write one log: each line says whose it is."""
        service = self.suite.services[name]
        log = self.folder.log(name)
        if len(service.processes) == 1:
            self.children[name] = Child(name, name, service.port, None, service.processes[0], environment, log)
            return
        for number, process in enumerate(service.processes, 1):
            told = {**environment, "SIFANG_PROCESS": str(number)}
            child = Child(f"{name} {number}", name, service.port, process.port, process, told, log)
            self.children[child.name] = child

    def tick(self) -> None:
        """Hear what happened, begin what is due. Raises StartFault when a service dies again and again before it was ever ready."""
        self._listen()
        if self.line.ended and not self._stopping:
            self._replace_nursery()
        now = time.monotonic()
        for child in self.children.values():
            if child.start_at is not None and now >= child.start_at and not self._stopping:
                self._order(child)
            elif child.pid is not None and not child.running.ready and now >= child.probed_at + PROBE_EVERY_SECONDS:
                self._probe(child)

    @property
    def ready(self) -> bool:
        return all(child.running.ready for child in self.children.values())

    @property
    def not_ready(self) -> list[str]:
        """Services of which a process is not ready."""
        return list(dict.fromkeys(child.service for child in self.children.values() if not child.running.ready))

    def stop(self) -> None:
        """Callers first; who does not end in time is killed."""
        self._stopping = True
        for wave in stopping_waves(list(self.suite.services)):
            self._end([child for child in self.children.values() if child.service in wave and child.ordered])
        self.line.close()

    def _end(self, children: list[Child]) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        told: set[int] = set()
        while any(child.ordered for child in children) and not self.line.ended:
            late = time.monotonic() > deadline
            for child in children:
                # A child may still be on its way into the world: it is told as soon as its number is known.
                if child.pid is not None and (late or child.pid not in told):
                    told.add(child.pid)
                    with suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGKILL if late else signal.SIGTERM)
            self._listen()

    def _replace_nursery(self) -> None:
        """With it all children went; they are born again from a new one."""
        self.say("the process that starts services ended: all of them are started again")
        self._listen()
        self.line.close()
        for child in self.children.values():
            if child.ordered:
                self._gone(child)
                self._plan_restart(child, None)
        self._line = self._begin_line()

    def _order(self, child: Child) -> None:
        child.start_at, child.ordered, child.born_at = None, True, time.monotonic()
        places = {"port": child.port, "own_port": child.own_port}
        self.line.order(child.name, PARTS[child.service].package, places, child.log, child.environment)

    def _listen(self) -> None:
        """What the nursery told; waits a tick for it. All of it is noted before a child that cannot start ends the suite: the stop waits
        for those that have not yet ended, and would wait for ever for one whose end was missed."""
        ended: list[tuple[Child, int | None]] = []
        for news in self.line.hear(TICK_SECONDS):
            if "born" in news:
                self.children[news["born"]].running.pid = news["pid"]
            elif "ended" in news:
                ended.append((self.children[news["ended"]], news["code"]))
                self._gone(ended[-1][0])
            self._told()
        for child, code in ended:
            self._plan_restart(child, code)

    def _gone(self, child: Child) -> None:
        child.running.pid, child.running.ready, child.ordered = None, False, False

    def _plan_restart(self, child: Child, code: int | None) -> None:
        if self._stopping:
            return
        steady = time.monotonic() - child.born_at > STEADY_SECONDS
        child.deaths = 1 if steady else child.deaths + 1
        if not child.ever_ready and child.deaths >= TRIES_BEFORE_READY:
            raise StartFault(f"{child.name} does not start: {last_words(child.log)} (see {child.log})")
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (child.deaths - 1), LONGEST_PAUSE_SECONDS)
        child.start_at = time.monotonic() + pause
        child.running.restarts += 1
        self._told()
        if child.ever_ready:
            self.say(f"{child.name} ended ({_how(code)}): started again in {pause:.1f} s")

    def _probe(self, child: Child) -> None:
        child.probed_at = time.monotonic()
        if answers(child.running.url):
            child.running.ready = child.ever_ready = True
            if child.running.restarts and self.suite.state == "running":
                self.say(f"{child.name} is ready again")
            self._told()

    def _told(self) -> None:
        self.folder.tell(self.suite)


def answers(url: str) -> bool:
    """Whether a service says it is ready."""
    connection = http.client.HTTPConnection(url.rpartition("/")[2], timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def last_words(log: Path) -> str:
    """The last line of a log that says something; of a JSON line its message."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    for line in reversed(lines):
        text = _message(line).strip()
        if text:
            return text
    return "it said nothing"


def _message(line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return line
    if not isinstance(told, dict):
        return line
    fault = told.get("exception") or told.get("event") or ""
    return (str(fault).strip().splitlines() or [""])[-1]


def _how(code: int | None) -> str:
    if code is None:
        return "with the process that started it"
    if code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def wait_until_ready(supervisor: Supervisor, seconds: float, waiting: Callable[[Iterable[str]], None]) -> None:
    """Tick until every service is ready. waiting: told again and again who is not. Raises StartFault after `seconds`."""
    deadline = time.monotonic() + seconds
    while not supervisor.ready:
        supervisor.tick()
        waiting(supervisor.not_ready)
        if time.monotonic() > deadline:
            child = next(child for child in supervisor.children.values() if not child.running.ready)
            raise StartFault(f"{child.name} is not ready after {seconds:.0f} s: {_unready(child)}")


def _unready(child: Child) -> str:
    """What the service answers about itself, else the last it said."""
    connection = http.client.HTTPConnection(child.running.url.rpartition("/")[2], timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().read(500).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return last_words(child.log)
    finally:
        connection.close()
