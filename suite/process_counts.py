"""How many processes each service gets: SIFANG_<SERVICE>_PROCESSES, else what suits the service and the machine."""

import os
import sys
from collections.abc import Iterable, Mapping

from chassis import listening
from suite.parts import MOST_PROCESSES, PARTS, Part
from suite.preflight import PreflightFault


def cores() -> int:
    """Of those this machine has, the ones we may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def shares_a_port() -> bool:
    """Whether new connections to one port are spread over those who listen there: elsewhere than on Linux the last of them gets all."""
    return sys.platform == "linux" and listening.SHARES


def counts(names: Iterable[str], environment: Mapping[str, str]) -> dict[str, int]:
    """Processes by service. Raises PreflightFault for a number that cannot be."""
    return {name: _count(PARTS[name], environment) for name in names}


def _count(part: Part, environment: Mapping[str, str]) -> int:
    variable = f"{part.prefix}PROCESSES"
    told = environment.get(variable)
    if told is None:
        return min(part.processes, cores()) if shares_a_port() else 1
    if not (told.isdecimal() and 1 <= int(told) <= MOST_PROCESSES):
        raise PreflightFault(f"{variable}={told} is no number of processes from 1 to {MOST_PROCESSES}")
    count = int(told)
    if count > 1 and part.one_because:
        raise PreflightFault(f"{variable}={told}: {part.name} runs as one process, {part.one_because}")
    if count > 1 and not shares_a_port():
        raise PreflightFault(f"{variable}={told}: several processes share a port on Linux alone")
    return count
