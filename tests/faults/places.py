"""A small disk, and one account of who was told what, for tests that take the ground away from under the ledger."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks.stage import Serving
from benchmarks.transfers import bulk, new_ids, random_tails
from benchmarks.wallets import CURRENCY
from benchmarks.wire import ask, body_of, status_of

PATIENCE_SECONDS = 60.0


@dataclass
class SmallDisk:
    """A file system of its own that can be filled up and emptied again."""

    path: Path

    def fill(self, leaving: int = 0) -> None:
        """All but `leaving` bytes are taken."""
        free = os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize
        with (self.path / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, free - leaving)

    def empty(self) -> None:
        (self.path / "filler").unlink(missing_ok=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """In memory. The test is skipped where nothing may be mounted."""
    path = Path(tempfile.mkdtemp(prefix="sifang-small-"))
    path.chmod(0o711)
    options = ["-o", f"size={megabytes}m,mode=0711"]
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", str(path)], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("nothing can be mounted here")
        yield SmallDisk(path)
        subprocess.run(["umount", "--lazy", str(path)], capture_output=True, check=True)
    finally:
        if os.path.ismount(path):
            subprocess.run(["umount", "--lazy", str(path)], capture_output=True, check=False)
        shutil.rmtree(path, ignore_errors=True)


@dataclass
class Batches:
    """One batch after the other; one that was refused is what is asked next. made: transfers acknowledged."""

    serving: Serving
    wallets: Sequence[UUID]
    size: int
    made: int = 0
    waiting: bytes | None = None
    answers: list[tuple[int, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        tails = random_tails(self.wallets, CURRENCY, 1, 1000)
        self._transfers = zip(new_ids(), (tail for _ in iter(int, 1) for tail in tails), strict=False)

    def ask(self) -> int:
        """Status of the answer; with 503 the header Retry-After is noted too."""
        address = self.serving.addresses[0]
        request = self.waiting or bulk(address, list(islice(self._transfers, self.size)))
        with address.connect(PATIENCE_SECONDS) as connection:
            answer = ask(connection, request)
        status, body = status_of(answer), body_of(answer)
        self.waiting = None if status == 200 else request
        if status == 200:
            assert body.count(b'"created"') + body.count(b'"exists"') == self.size, body[:500]
            self.made += self.size
        self.answers.append((status, _header(answer, b"retry-after")))
        return status


def _header(answer: bytes, name: bytes) -> str | None:
    head = answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    return next((line.partition(b":")[2].strip().decode() for line in head if line.startswith(name + b":")), None)
