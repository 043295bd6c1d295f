"""Where a benchmark is played: a durable PostgreSQL with the settings of `sifang up`, the payments database at its newest schema,
and as many processes of the service as are asked for, started as the suite starts them.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.wire import Address, call
from suite import databases, keys, postgres, tokens
from suite.children import end_with_parent
from suite.folder import DEFAULT, ROOT, Folder
from suite.parts import PARTS

HOST = "127.0.0.1"
READY_SECONDS = 60.0
STOP_SECONDS = 15.0
TOKEN_SECONDS = 4 * 3600
SCOPES = ["payments:read", "payments:write", "payments:transfer", "payments:operate"]
PAYMENTS = PARTS["payments"]


@dataclass
class Stage:
    """A running server with a migrated database of payments. server: whoever starts it again puts the new one here, to be stopped."""

    folder: Folder
    server: postgres.Server

    @property
    def addresses(self) -> databases.Addresses:
        passwords = self.folder.passwords([PAYMENTS.name])[PAYMENTS.name]
        return databases.embedded(PAYMENTS, self.server, passwords)

    @property
    def admin_url(self) -> str:
        """The payments database as the server's administrator."""
        return self.server.url(f"sifang_{PAYMENTS.name}")

    @contextmanager
    def serving(self, processes: int, *, package: str = PAYMENTS.package) -> Iterator["Serving"]:
        """Processes of the payments service, each on a port of its own, until the block ends. package: another with its application."""
        token = self.token()
        with ExitStack() as stack:
            started = [stack.enter_context(self._process(package)) for _ in range(processes)]
            addresses = [Address(HOST, port, token) for port, _ in started]
            for address, (_, process) in zip(addresses, started, strict=True):
                self.wait(address, process)
            yield Serving(addresses, [process.pid for _, process in started])

    @contextmanager
    def _process(self, package: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
        port = free_port()
        process = self.start(port, package)
        try:
            yield port, process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def token(self) -> str:
        """Of an operator, for as long as a benchmark may take."""
        return tokens.make(
            self.folder, "operator", SCOPES, subject=None, seconds=TOKEN_SECONDS, audience=[PAYMENTS.name]
        )

    def start(self, port: int, package: str = PAYMENTS.package) -> "subprocess.Popen[bytes]":
        """One process of the service, as the suite starts it; it is not ready yet."""
        with self.folder.log(PAYMENTS.name).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "suite.child", package, str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=self._environment(),
                preexec_fn=end_with_parent(signal.SIGTERM),
            )

    def run(self, module: str, *arguments: str) -> str:
        """A program with the surroundings of a process of the service, to its end; what it printed. Raises RuntimeError if it fails."""
        command = [sys.executable, "-m", module, *arguments]
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
        if ended.returncode:
            raise RuntimeError(f"{module} failed:\n{ended.stderr[-2000:]}")
        return ended.stdout

    def wait(self, address: Address, process: "subprocess.Popen[bytes]") -> None:
        """Until it is ready. Raises RuntimeError with its last words when it ends, or is not ready in READY_SECONDS."""
        log = self.folder.log(PAYMENTS.name)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"payments ended before it was ready; its log says why: {log}\n{_last_words(log)}")
            with suppress(OSError, RuntimeError):
                call(address, "GET", "/readyz", seconds=5)
                return
            time.sleep(0.05)
        raise RuntimeError(
            f"payments was not ready within {READY_SECONDS:.0f} s; its log says why: {log}\n{_last_words(log)}"
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIFANG_")}
        told = {f"{part.prefix}URL": f"http://{HOST}:9" for part in PARTS.values()}  # nobody: no neighbour is called
        return (
            kept
            | told
            | {"SIFANG_MODE": "test", "SIFANG_KEYS": str(self.folder.keys)}
            | self.addresses.variables(PAYMENTS)
        )


@dataclass(frozen=True)
class Serving:
    addresses: list[Address]
    pids: list[int]


@contextmanager
def raised(
    data: Path | None = None, *, durable: bool = True, settings: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """Everything up to the service. data: a folder to keep; by default one beside the suite's own, gone afterwards. settings: of
    PostgreSQL, where they are not those of the suite.

    Beside it, and not where temporary files go: those may lie in memory, where a commit costs nothing.
    """
    with _folder(data) as folder:
        folder.make()
        keys.ensure(folder.keys)
        stage = Stage(folder, postgres.start(folder.postgres, durable=durable, settings=settings))
        try:
            databases.prepare(folder, {PAYMENTS.name: stage.addresses}, stage.server.url())
            yield stage
        finally:
            stage.server.stop()
            if data is None:
                shutil.rmtree(stage.server.place.data.parent, ignore_errors=True)


@contextmanager
def _folder(data: Path | None) -> Iterator[Folder]:
    if data is not None:
        yield Folder.at(data)
        return
    beside = ROOT / DEFAULT
    beside.mkdir(mode=0o711, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="benchmark-", dir=beside))
    path.chmod(0o711)  # the server's user, where it is another one, walks through to its own closed folder
    try:
        yield Folder(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]
