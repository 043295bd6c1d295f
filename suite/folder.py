"""The folder of one suite: its keys, logs, data, and what is running now.

DIR/lock            held by the supervisor as long as it lives
DIR/suite.json      what runs: addresses and process ids, for status, down, logs, demo, verify
DIR/passwords.json  of the databases' roles, 0600
DIR/schema.json     the migrations that the embedded databases are at
DIR/keys/           of services and of `sifang token`, 0600
DIR/logs/           one file a service, postgres.log beside the data
DIR/postgres/       the embedded server
DIR/demo.json       written by the demo: who may sign in
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from suite.parts import own_port

DEFAULT = Path(".sifang")
ROOT = Path(__file__).resolve().parent.parent


class FolderInUse(Exception):
    """Another suite runs on the folder."""


class FolderFault(Exception):
    """The folder cannot be used: not writable, or not a folder."""


class NotRunning(Exception):
    """No suite runs on the folder."""


@dataclass
class RunningProcess:
    """url: where this process is reached by itself; the service's where it is the only one. pid: None while it is being started again."""

    url: str
    pid: int | None = None
    ready: bool = False
    restarts: int = 0

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@dataclass
class RunningService:
    """A service of a running suite. url: where all its processes are reached together."""

    url: str
    processes: list[RunningProcess]

    @classmethod
    def at(cls, host: str, port: int, processes: int) -> "RunningService":
        """As it is to be started."""
        ports = [own_port(port, number) for number in range(1, processes + 1)] if processes > 1 else [port]
        return cls(f"http://{host}:{port}", [RunningProcess(f"http://{host}:{own}") for own in ports])

    @property
    def ready(self) -> bool:
        """All of its processes are; with one of them it answers already."""
        return all(process.ready for process in self.processes)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def ports(self) -> list[int]:
        """All it listens at, the shared one first."""
        return list(dict.fromkeys([self.port, *(process.port for process in self.processes)]))

    @property
    def told(self) -> dict[str, Any]:
        """For programs: of all processes together (pid: the first's), then of each."""
        restarts = sum(process.restarts for process in self.processes)
        together = {"url": self.url, "pid": self.processes[0].pid, "ready": self.ready, "restarts": restarts}
        return {**together, "processes": [asdict(process) for process in self.processes]}


@dataclass
class RunningSuite:
    """What a supervisor tells about itself. state: starting, running, stopping."""

    pid: int
    state: str
    port_base: int
    services: dict[str, RunningService] = field(default_factory=dict)
    postgres_url: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        """As it is written down, and told to programs."""
        return {**asdict(self), "services": {name: service.told for name, service in self.services.items()}}

    def url(self, service: str) -> str:
        """Where a service is reached. Raises NotRunning when it was not started."""
        try:
            return self.services[service].url
        except KeyError:
            raise NotRunning(f"{service} was not started; add it: sifang up … {service}") from None


@dataclass(frozen=True)
class Folder:
    path: Path

    @classmethod
    def at(cls, path: Path | None) -> "Folder":
        """The folder named, else SIFANG_DATA, else .sifang beside the code."""
        named = path or (Path(os.environ["SIFANG_DATA"]) if os.environ.get("SIFANG_DATA") else ROOT / DEFAULT)
        return cls(named.absolute())

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def demo(self) -> Path:
        return self.path / "demo.json"

    @property
    def schema(self) -> Path:
        return self.path / "schema.json"

    def log(self, name: str) -> Path:
        return self.postgres / "postgres.log" if name == "postgres" else self.logs / f"{name}.log"

    def make(self) -> None:
        """The folder and those in it. Others may walk through it, to the server's data alone: the rest is closed."""
        try:
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            for closed in (self.keys, self.logs):
                closed.mkdir(mode=0o700, exist_ok=True)
        except OSError as fault:
            raise FolderFault(f"the data folder {self.path} cannot be used: {fault.strerror}") from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one supervisor. Raises FolderInUse."""
        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise FolderInUse(
                    f"the data folder {self.path} is in use by another suite: sifang down stops it,"
                    " --data DIR --port-base N starts one beside it"
                ) from None
            yield

    @property
    def in_use(self) -> bool:
        try:
            with (self.path / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def tell(self, suite: RunningSuite) -> None:
        """Write down what runs, at once or not at all."""
        _write(self.path / "suite.json", json.dumps(suite.told, indent=2))

    def forget(self) -> None:
        (self.path / "suite.json").unlink(missing_ok=True)

    def running(self) -> RunningSuite:
        """What runs on this folder. Raises NotRunning."""
        try:
            told = json.loads((self.path / "suite.json").read_text())
        except FileNotFoundError:
            told = None
        if told is None or not self.in_use:
            raise NotRunning(f"no suite runs on {self.path}: sifang up starts one")
        services = {
            name: RunningService(service["url"], [RunningProcess(**process) for process in service["processes"]])
            for name, service in told.pop("services").items()
        }
        return RunningSuite(services=services, **told)

    def passwords(self, services: list[str]) -> dict[str, dict[str, str]]:
        """By service: `own` and `owner`, of its two roles; made where missing."""
        file = self.path / "passwords.json"
        held: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
        missing = [name for name in services if name not in held]
        for name in missing:
            held[name] = {"own": secrets.token_urlsafe(24), "owner": secrets.token_urlsafe(24)}
        if missing:
            _write(file, json.dumps(held, indent=2))
        return held


def _write(file: Path, text: str) -> None:
    """Whole or not at all, readable by us alone."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
    draft.replace(file)
