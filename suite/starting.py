"""The story of `sifang up`: check, start, watch, stop. Whatever happens on the way, nothing half-started is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType

from suite import databases, keys, postgres, preflight, process_counts
from suite.databases import Addresses, DatabaseFault
from suite.display import Display, show_addresses
from suite.folder import ROOT, Folder, FolderFault, FolderInUse, RunningService, RunningSuite
from suite.parts import BASE_PORT, PARTS, UnknownService, with_needs
from suite.postgres import PostgresFault, Server
from suite.preflight import PreflightFault
from suite.supervisor import StartFault, Supervisor, wait_until_ready

READY_SECONDS = 120.0
CHECK_POSTGRES_SECONDS = 0.5
LONGEST_DOUBLING = 6
"""Of the pause between two tries to start PostgreSQL again: 32 seconds."""
FAULTS = (PreflightFault, FolderInUse, FolderFault, PostgresFault, DatabaseFault, StartFault, UnknownService)
"""What keeps a suite from starting: each has one line for the person who started it."""


class Stopped(Exception):
    """Somebody asked for a stop while the suite was still starting."""


@dataclass(frozen=True)
class Request:
    """What was asked for. services: none means all. play_demo: on the first start of a whole suite."""

    folder: Folder
    services: list[str]
    port_base: int = BASE_PORT
    play_demo: bool = True


def bring_up(request: Request, display: Display) -> None:
    """Start a suite and stay with it until told to stop. Raises one of FAULTS, with nothing left running."""
    preflight.check_python()
    preflight.check_mode(os.environ)
    processes = process_counts.counts(with_needs(request.services), os.environ)
    suite = RunningSuite(os.getpid(), "starting", request.port_base, _services(processes, request.port_base))
    request.folder.make()
    with request.folder.held(), _signals() as asked, ExitStack() as stack:
        preflight.check_ports(suite.services)
        preflight.check_disk(request.folder.path)
        stack.callback(request.folder.forget)
        try:
            server, supervisor = _start(request, suite, display, stack, asked)
        except Stopped:
            return
        suite.state = "running"
        request.folder.tell(suite)
        _watch(request, supervisor, server, display, asked)
        suite.state = "stopping"
        request.folder.tell(suite)
        display.say("stopping")


def _services(processes: Mapping[str, int], port_base: int) -> dict[str, RunningService]:
    ordered = sorted(processes, key=lambda name: PARTS[name].offset)
    return {
        name: RunningService.at(preflight.HOST, port_base + PARTS[name].offset, processes[name]) for name in ordered
    }


def _start(
    request: Request, suite: RunningSuite, display: Display, stack: ExitStack, asked: "_Asked"
) -> tuple[Server | None, Supervisor]:
    folder = request.folder
    given = {name: databases.given(PARTS[name]) for name in suite.services}
    inside = [name for name, found in given.items() if found is None]
    pools = sum(len(suite.services[name].processes) for name in inside)
    preflight.check_connections(pools, preflight.pool_size(os.environ))
    keys.ensure(folder.keys)
    with display.steps(["PostgreSQL", "databases", *suite.services]):
        # The order of leaving is the reverse: services first, then the server they stand on.
        server = _start_server(folder, bool(inside), display, stack)
        supervisor = stack.enter_context(Supervisor(folder, suite, display.say))
        addresses = _prepare(folder, given, server, display)
        asked.check()
        for name, found in addresses.items():
            supervisor.add(name, _environment(name, found, folder, suite))
        display.begin(*suite.services)
        wait_until_ready(supervisor, READY_SECONDS, _Waiting(display, suite, asked))
    return server, supervisor


def _start_server(folder: Folder, needed: bool, display: Display, stack: ExitStack) -> Server | None:
    if not needed:
        return None
    display.begin("PostgreSQL")
    server = postgres.start(folder.postgres)
    stack.callback(server.stop)
    display.end("PostgreSQL", f"on port {server.port}")
    return server


def _prepare(
    folder: Folder, given: Mapping[str, Addresses | None], server: Server | None, display: Display
) -> dict[str, Addresses]:
    display.begin("databases")
    passwords = folder.passwords(list(given))
    addresses = {}
    for name, found in given.items():
        if found is None:
            assert server is not None
            found = databases.embedded(PARTS[name], server, passwords[name])
        addresses[name] = found
    behind = databases.prepare(folder, addresses, server.url() if server is not None else None)
    display.end("databases", f"brought to the newest schema: {', '.join(behind)}" if behind else "")
    return addresses


def _environment(name: str, addresses: Addresses, folder: Folder, suite: RunningSuite) -> dict[str, str]:
    """All that a service is told: its own database, everybody's address, the keys. No other service's database."""
    secret = tuple(
        f"{part.prefix}{what}" for part in PARTS.values() for what in ("DATABASE_URL", "DIRECT_URL", "OWNER_URL")
    )
    told = {variable: value for variable, value in os.environ.items() if variable not in (*secret, "SIFANG_ADMIN_URL")}
    told |= {f"{PARTS[other].prefix}URL": service.url for other, service in suite.services.items()}
    told |= {"SIFANG_MODE": "test", "SIFANG_KEYS": str(folder.keys)}
    return told | addresses.variables(PARTS[name])


def _watch(request: Request, supervisor: Supervisor, server: Server | None, display: Display, asked: "_Asked") -> None:
    """Until told to stop: dead children are born again, a dead server is started again on its port."""
    show_addresses(display.console, request.folder, supervisor.suite)
    demo = _begin_demo(request, supervisor.suite, display)
    display.say("running; Ctrl-C stops everything" if sys.stdin.isatty() else "running")
    revival = None if server is None else _Revival(server, display)
    try:
        while not asked.stop:
            supervisor.tick()
            if demo is not None and demo.poll() is not None:
                _demo_ended(demo, request, display)
                demo = None
            if revival is not None:
                revival.look()
    finally:
        if demo is not None:
            demo.terminate()
            demo.wait()


@dataclass
class _Revival:
    """Starts PostgreSQL again whenever it is gone. Where it cannot (a full disk), again after a pause that grows, as with services.

    Raises PostgresFault when its port was taken: the services would not find it elsewhere.
    """

    server: Server
    display: Display
    _look_at: float = 0.0
    _failed: int = 0

    def look(self) -> None:
        if time.monotonic() < self._look_at:
            return
        if not self.server.alive:
            self._revive()
        self._look_at = time.monotonic() + CHECK_POSTGRES_SECONDS * 2**self._failed

    def _revive(self) -> None:
        try:
            again = postgres.start(self.server.place.home)
        except PostgresFault as fault:
            self._failed = min(self._failed + 1, LONGEST_DOUBLING)
            self.display.say(f"PostgreSQL ended and does not start yet: {fault}")
            return
        if again.port != self.server.port:
            again.stop()
            raise PostgresFault(f"port {self.server.port} of PostgreSQL was taken while it was away")
        self._failed = 0
        self.server.process = again.process
        self.display.say("PostgreSQL ended: started again")


def _begin_demo(request: Request, suite: RunningSuite, display: Display) -> "subprocess.Popen[bytes] | None":
    """The story is played once, on the first start of a whole suite, by a process of its own while we watch the others."""
    whole = set(suite.services) == set(PARTS)
    if not (request.play_demo and whole and not request.folder.demo.exists()):
        return None
    if not (ROOT / "suite" / "demo.py").exists() and not (ROOT / "suite" / "demo" / "__init__.py").exists():
        return None
    display.say("first start: playing the story as sample data")
    return subprocess.Popen(
        [sys.executable, "-m", "suite.command", "demo", "--data", str(request.folder.path)], cwd=ROOT
    )


def _demo_ended(demo: "subprocess.Popen[bytes]", request: Request, display: Display) -> None:
    if demo.returncode == 0:
        show_addresses(display.console, request.folder, request.folder.running())
    else:
        display.say(f"the story ended early (exit code {demo.returncode}): sifang demo plays it again")


class _Asked:
    """Whether a stop was asked for, by Ctrl-C or SIGTERM. A second Ctrl-C changes nothing: a stop is under way."""

    stop = False

    def hear(self, number: int, frame: FrameType | None) -> None:
        self.stop = True

    def check(self) -> None:
        if self.stop:
            raise Stopped


@contextmanager
def _signals() -> Iterator[_Asked]:
    asked = _Asked()
    before = {number: signal.signal(number, asked.hear) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class _Waiting:
    """Called while services start: ends the steps of those that are ready, with all their processes."""

    display: Display
    suite: RunningSuite
    asked: _Asked
    _shown: frozenset[str] = frozenset()

    def __call__(self, not_ready: Iterable[str]) -> None:
        ready = frozenset(self.suite.services) - frozenset(not_ready)
        for name in sorted(ready - self._shown):
            service = self.suite.services[name]
            several = f" ({len(service.processes)} processes)" if len(service.processes) > 1 else ""
            self.display.end(name, f"{service.url}{several}")
        self._shown = ready
        self.display.draw()
        self.asked.check()
