"""Looking at other processes by their number: /proc where there is one, for a small machine has no `ps`."""

import subprocess
import sys
from pathlib import Path


def command_of(pid: int) -> str:
    """The command line of a process; empty when there is none, or when it has ended and only waits to be buried."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    command = ["ps", "-p", str(pid), "-o", "stat=,command="]
    state, _, line = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state.startswith("Z") else line.strip()


def lives(pid: int) -> bool:
    return bool(command_of(pid))
