"""The embedded PostgreSQL: the wheel's programs, a data folder, a port of the loopback interface, passwords.

    with running(Path(".sifang/postgres")) as server:
        asyncpg.connect(server.url("postgres"))

The server is our child: it is told to stop when we end, even when we are killed. One folder has one server; whoever starts it
holds the folder (the suite locks it). Passwords are made at the first start and kept in a file that only its owner reads.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from suite.binaries import Account, PostgresFault, programs, server_account, state_folder
from suite.children import end_with_parent
from suite.processes import command_of

__all__ = ["PostgresFault", "Server", "running", "start"]

ADMIN = "postgres"
HOST = "127.0.0.1"
RECOVERY_SECONDS = 120.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.02
PORT_TRIES = 5
SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m %d [%p] ",
}
NOT_DURABLE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: a crash of the machine may lose the data."""


@dataclass(frozen=True)
class Place:
    """Where one server lives. home: ours, with password, port and log; data: the server's own, with everything it stores."""

    home: Path
    data: Path
    account: Account
    bin: Path

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"


@dataclass
class Server:
    """A running server. url() gives addresses for asyncpg, SQLAlchemy (as `postgresql+asyncpg:`) and pgbench."""

    place: Place
    port: int
    password: str = field(repr=False)
    process: "subprocess.Popen[bytes]" = field(repr=False)

    @property
    def programs(self) -> Path:
        """Folder of psql's neighbours: pgbench, pg_dump, pg_ctl."""
        return self.place.bin

    def url(self, database: str = ADMIN, user: str = ADMIN, password: str | None = None) -> str:
        secret = self.password if password is None else password
        return f"postgresql://{quote(user)}:{quote(secret, safe='')}@{HOST}:{self.port}/{quote(database)}"

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """Fast: sessions are cut, what they had not committed is rolled back, everything committed is on disk."""
        if self.alive:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STOP_SECONDS)


@contextmanager
def running(home: Path, *, durable: bool = True) -> Iterator[Server]:
    server = start(home, durable=durable)
    try:
        yield server
    finally:
        server.stop()


def start(home: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None) -> Server:
    """Start the server of a folder, making it at first. Waits until it answers, through recovery after a crash if need be.

    Raises PostgresFault with one line when it cannot.
    """
    place = _place(home)
    if not (place.data / "PG_VERSION").exists():
        _initialise(place)
    _clear_stale(place)
    chosen = {**SETTINGS, **({} if durable else NOT_DURABLE), **(settings or {})}
    for attempt in range(1, PORT_TRIES + 1):
        port = _free_port(place.home / "port")
        process = _launch(place, port, chosen)
        if _ready(place, process):
            (place.home / "port").write_text(str(port))
            return Server(place, port, _password(place.home), process)
        if attempt == PORT_TRIES or "could not bind" not in _last_words(place):
            break
    raise PostgresFault(f"PostgreSQL did not start: {_last_line(place)} (see {place.log})")


def _place(home: Path) -> Place:
    account = server_account()
    home = home.absolute()
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    return Place(home, _data_folder(home, account), account, programs(account))


def _data_folder(home: Path, account: Account) -> Path:
    """Inside `home`, or, where the server's user cannot walk there, in the system's state folder, as a file in `home` tells."""
    pointer = home / "data_folder"
    if pointer.exists():
        return Path(pointer.read_text())
    if account.reaches(home):
        return home / "data"
    outside = state_folder(account) / secrets.token_hex(8)
    outside.mkdir(mode=0o711)
    pointer.write_text(str(outside / "data"))
    return outside / "data"


def _password(home: Path) -> str:
    file = home / "password"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(24))
    return file.read_text()


def _initialise(place: Place) -> None:
    """A new cluster beside the final folder, renamed when whole: a start cut short leaves nothing that looks like one."""
    unfinished = place.data.with_name("data.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    place.account.own(unfinished)
    secret = place.data.with_name("password.for_initdb")
    secret.unlink(missing_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(_password(place.home))
    place.account.own(secret)
    try:
        done = _run(
            place, "initdb", "--pgdata", str(unfinished), "--username", ADMIN, "--pwfile", str(secret),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8", "--no-instructions", "--no-sync",
        )  # fmt: skip
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PostgresFault(f"PostgreSQL's data folder cannot be made: {_one_line(done.stderr)}")
    unfinished.rename(place.data)


def _clear_stale(place: Place) -> None:
    """A server that outlived its parent is stopped; the mark of one that is gone is removed.

    The number in the mark may by now belong to somebody else's process: only a server of this very folder is stopped.
    """
    if not place.pid_file.exists():
        return
    number = place.pid_file.read_text().split("\n", 1)[0].strip()
    if number.isdigit() and _is_server(int(number), place):
        done = _run(
            place, "pg_ctl", "stop", "--pgdata", str(place.data), "-m", "fast", "-w", "-t", str(int(STOP_SECONDS))
        )
        if done.returncode != 0 and place.pid_file.exists():
            raise PostgresFault(f"an earlier PostgreSQL still runs in {place.data}: {_one_line(done.stderr)}")
    place.pid_file.unlink(missing_ok=True)


def _is_server(pid: int, place: Place) -> bool:
    command = command_of(pid)
    return "postgres" in command and str(place.data) in command


def _launch(place: Place, port: int, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    given = {
        **settings,
        "listen_addresses": HOST,
        "port": str(port),
        # Loopback with passwords reaches everybody who needs it; no socket file is left in a shared folder.
        "unix_socket_directories": "",
    }
    arguments = [str(place.bin / "postgres"), "-D", str(place.data)]
    arguments += [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
    with place.log.open("wb") as log:
        return _spawn(place, arguments, log)


def _spawn(place: Place, arguments: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=_environment(),
        # A terminal's Ctrl-C reaches a whole group: the server stops after its clients, when we say so.
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGINT),
        **_as_account(place.account),
    )


def _ready(place: Place, process: "subprocess.Popen[bytes]") -> bool:
    """The eighth line of postmaster.pid tells the server's state, as pg_ctl reads it."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        with suppress(OSError):
            lines = place.pid_file.read_text().split("\n")
            if lines[0].strip() == str(process.pid) and len(lines) > 7 and lines[7].strip() == "ready":
                return True
        time.sleep(POLL_SECONDS)
    process.send_signal(signal.SIGQUIT)
    process.wait(STOP_SECONDS)
    raise PostgresFault(f"PostgreSQL was not ready within {RECOVERY_SECONDS:.0f} s (see {place.log})")


def _free_port(remembered: Path) -> int:
    """The port of last time if nobody took it, else any."""
    wanted = [int(remembered.read_text())] if remembered.exists() else []
    for port in (*wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise PostgresFault("no free port on the loopback interface")


def _run(place: Place, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(place.bin / program), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        env=_environment(),
        check=False,
        **_as_account(place.account),
    )


def _as_account(account: Account) -> Any:
    if not account.other:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    """Nothing of ours reaches the server: no PG… variable, no secret, messages in English."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "SYSTEMROOT")}
    return {**kept, "LC_ALL": "C"}


def _last_words(place: Place) -> str:
    return place.log.read_text(errors="replace")[-4000:] if place.log.exists() else ""


def _last_line(place: Place) -> str:
    return _one_line(_last_words(place))


def _one_line(text: str) -> str:
    """The line that names the fault, else the last one."""
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error:" in line]
    return (telling or lines or ["it said nothing"])[-1].strip()
