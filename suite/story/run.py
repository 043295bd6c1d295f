"""One playing of the story: its number and its keys, kept in the data folder so that one that was cut short is taken up where it stood.

DIR/story.json {"run", "secret", "password", "operator_password", "finished"}: a finished run is followed by the next, with other people;
an unfinished one is played again under the same keys, which does nothing twice.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace

from suite.folder import Folder


@dataclass(frozen=True)
class Run:
    """secret: part of every idempotency key, so that no two suites share one. password: of this run's people."""

    number: int
    secret: str
    password: str
    operator_password: str
    finished: bool = False

    def key(self, *step: object) -> str:
        """The idempotency key of a step; the same whenever the step is tried again."""
        return "-".join(("story", self.secret, *map(str, step)))

    def contact(self, who: str) -> str:
        return f"{who}-{self.number}@demo.example"


def begin(folder: Folder) -> Run:
    """The run to play now: the one that did not end, else the next."""
    held = _held(folder)
    if held is not None and not held.finished:
        return held
    number = 1 if held is None else held.number + 1
    operator_password = secrets.token_urlsafe(12) if held is None else held.operator_password
    run = Run(number, secrets.token_hex(8), secrets.token_urlsafe(12), operator_password)
    _keep(folder, run)
    return run


def finish(folder: Folder, run: Run) -> None:
    _keep(folder, replace(run, finished=True))


def _held(folder: Folder) -> Run | None:
    file = folder.path / "story.json"
    return Run(**json.loads(file.read_text())) if file.exists() else None


def _keep(folder: Folder, run: Run) -> None:
    write_private(folder, "story.json", json.dumps(asdict(run), indent=2))


def write_private(folder: Folder, name: str, text: str) -> None:
    """Whole or not at all, readable by us alone: there are passwords in it."""
    file = folder.path / name
    draft = file.with_name(f"{name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
    draft.replace(file)
