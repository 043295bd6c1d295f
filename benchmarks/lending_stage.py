"""The database of p2p beside that of payments on a benchmark's server, and programs run as a process of p2p."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.stage import Stage
from suite import databases
from suite.children import end_with_parent
from suite.folder import ROOT
from suite.parts import PARTS

P2P = PARTS["p2p"]
NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True)
class LendingStage:
    """A migrated database of p2p. payments_url: the running service it calls, if one does."""

    stage: Stage
    payments_url: str = NOBODY

    @property
    def admin_url(self) -> str:
        """The p2p database as the server's administrator."""
        return self.stage.server.url(f"sifang_{P2P.name}")

    @property
    def addresses(self) -> databases.Addresses:
        passwords = self.stage.folder.passwords([P2P.name])[P2P.name]
        return databases.embedded(P2P, self.stage.server, passwords)

    def prepare(self) -> None:
        databases.prepare(self.stage.folder, {P2P.name: self.addresses}, self.stage.server.url())

    def run(self, module: str, *arguments: str) -> str:
        """A program with the surroundings of a process of p2p, to its end; what it printed. Raises RuntimeError if it fails."""
        ended = subprocess.run(
            [sys.executable, "-m", module, *arguments],
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

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIFANG_")}
        told = {f"{part.prefix}URL": NOBODY for part in PARTS.values()}
        told |= {f"{PARTS['payments'].prefix}URL": self.payments_url}
        own = {"SIFANG_MODE": "test", "SIFANG_KEYS": str(self.stage.folder.keys)}
        return kept | told | own | self.addresses.variables(P2P)
