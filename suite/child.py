"""One service as a process of the suite: `python -m suite.child PACKAGE PORT`."""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

from chassis.serve import HOST as HOST  # where services of a suite listen
from chassis.serve import serve


def name_process(title: str) -> None:
    """Show `title` in lists of processes, as a server does that forks (Linux; elsewhere the list shows the command)."""
    with suppress(OSError, IndexError, ValueError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])  # arg_start and arg_end, fields 48 and 49 of proc(5)
        if 0 < start < end:
            room = end - start
            ctypes.memmove(start, title.encode()[: room - 1].ljust(room, b"\0"), room)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
