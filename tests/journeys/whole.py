"""A whole suite as somebody at its machine has it: the command, the gateway, and the database's owner."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any

import asyncpg
import httpx
from rich.console import Console

from suite import verification
from suite.folder import ROOT, Folder
from tests.suite.running import COMMAND, Started, environment

COMMAND_SECONDS = 60.0


@dataclass
class Whole:
    """told: what the story printed."""

    started: Started
    told: str = ""

    def sifang(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*COMMAND, *arguments, "--data", str(self.started.folder)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment(),
            check=False,
            timeout=seconds,
        )

    def verify(self) -> tuple[int, dict[str, Any]]:
        """Exit code, and what it found."""
        done = self.sifang("verify", "--json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def failed(self) -> dict[str, list[str]]:
        """Offending ids by check, of those that fail, asked for in this process."""
        console = Console(file=StringIO(), width=200)
        holds = verification.report(Folder(self.started.folder), console, as_json=True)
        assert isinstance(console.file, StringIO)
        found = json.loads(console.file.getvalue())
        failed = {check["name"]: check["offending"] for check in found["checks"] if check["failed"]}
        assert holds is found["holds"] is (not failed)
        return failed

    def sign_ins(self) -> dict[str, dict[str, str]]:
        told = json.loads((self.started.folder / "demo.json").read_text())
        return {one["who"]: one for one in told["sign_ins"]}

    @contextmanager
    def signed_in(self, who: str) -> Iterator[httpx.Client]:
        """The gateway, with that person's token."""
        person = self.sign_ins()[who]
        with httpx.Client(base_url=self.started.url("gateway"), timeout=20) as client:
            body = {"email": person["contact"], "password": person["password"]}
            answer = client.post("/v1/sessions", json=body)
            assert answer.status_code == 201, answer.text
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    async def owner_of(self, service: str) -> "asyncpg.Connection[Any]":
        """The database of a service, as its owner, who may change what the service may not."""
        folder = self.started.folder
        password = json.loads((folder / "passwords.json").read_text())[service]["owner"]
        port = int((folder / "postgres" / "port").read_text())
        return await asyncpg.connect(
            host="127.0.0.1", port=port, user=f"{service}_owner", password=password, database=f"sifang_{service}"
        )
