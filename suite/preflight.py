"""What can be known before anything is started: each fault is one line, and nothing has been begun."""

import errno
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from suite.folder import RunningService

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 1024**3
HOST = "127.0.0.1"
MAX_CONNECTIONS = 200
RESERVED_CONNECTIONS = 10
DIRECT_CONNECTIONS = 8
"""Of each process beside its pool: jobs, periodic work, lanes, feeds or the chain of evidence, webhooks, a migration."""


class PreflightFault(Exception):
    """The suite cannot start here; the message says why in one line."""


def check_python(version: tuple[int, int] | None = None) -> None:
    found = version or sys.version_info[:2]
    if found < OLDEST_PYTHON:
        raise PreflightFault(f"Python {_dotted(OLDEST_PYTHON)} or newer is needed, this is {_dotted(found)}")


def check_ports(services: Mapping[str, RunningService]) -> None:
    """Every port is free now. (A child that still finds it taken later ends, and the start with it.)"""
    for name, port in ((name, port) for name, service in services.items() for port in service.ports):
        if not 0 < port < 65536:
            raise PreflightFault(f"{port} is no port: choose a smaller --port-base")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as fault:
                reason = "is taken" if fault.errno == errno.EADDRINUSE else f"cannot be used ({fault.strerror})"
                raise PreflightFault(f"port {port} for {name} {reason}: --port-base N chooses others") from None


def check_disk(folder: Path, needed: int | None = None) -> None:
    """Room for a new database and its log of changes."""
    told = os.environ.get("SIFANG_NEEDED_BYTES", str(NEEDED_BYTES))
    if not told.isdecimal():
        raise PreflightFault(f"SIFANG_NEEDED_BYTES={told} is no number of bytes")
    needed = needed or int(told)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PreflightFault(
            f"only {_megabytes(free)} MB are free in {folder}: the suite needs {_megabytes(needed)} MB"
        )


def check_mode(environment: Mapping[str, str]) -> None:
    """`sifang up` makes keys and starts the sandbox: a live suite is started otherwise."""
    if environment.get("SIFANG_MODE", "test") != "test":
        raise PreflightFault(
            "sifang up runs in test mode alone, with keys of its own and sandbox banks: unset SIFANG_MODE"
            " (docs/deploy.md says how live services are started)"
        )


def pool_size(environment: Mapping[str, str]) -> int:
    """Connections of each process's pool."""
    told = environment.get("SIFANG_POOL_SIZE", "10")
    if not told.isdecimal() or int(told) < 1:
        raise PreflightFault(f"SIFANG_POOL_SIZE={told} is no number of connections")
    return int(told)


def check_connections(processes: int, pool_size: int, *, most: int = MAX_CONNECTIONS) -> None:
    """The pools of all processes of all services together fit into the embedded server."""
    wanted = processes * (pool_size + DIRECT_CONNECTIONS)
    if wanted > most - RESERVED_CONNECTIONS:
        raise PreflightFault(
            f"SIFANG_POOL_SIZE={pool_size} for {processes} {'process' if processes == 1 else 'processes'} wants {wanted} connections"
            f" of {most}: choose a smaller one, or fewer processes"
        )


def _megabytes(count: int) -> int:
    return count // 1024**2


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
