"""Inside a service: routes | jobs → actions → queries | rules → tables → model, and what each file may know of the world.

The floors between rooms are import-linter's (pyproject.toml); these are the rules it has no words for. Each exception is named
here with its reason, and one that is no longer needed fails.
"""

import subprocess
import sys
from itertools import chain

import pytest

from tests.architecture.sources import APPLICATIONS, ROOT, Source, by_module, sources

HEIGHT = {"model": 0, "tables": 1, "rules": 2, "queries": 2, "actions": 3, "jobs": 4, "routes": 4}
"""A file imports, of its own service, only files that stand lower, or of the same name."""

HEIGHT_EXCEPTIONS = {
    ("services.info_broker.leads.queries", "services.info_broker.leads.rules"): (
        "which states are open is decided in one place; the query looks for those"
    ),
    ("services.info_broker.search.queries", "services.info_broker.search.rules"): (
        "kinds of match are named by the ranking's rule; the SQL answers in them"
    ),
}

OUTSIDE = {
    "aiohttp", "asyncio", "asyncpg", "fastapi", "http", "httpx", "io", "multiprocessing", "os", "pathlib", "pgqueuer", "random",
    "requests", "shutil", "socket", "sqlalchemy", "starlette", "subprocess", "tempfile", "threading", "time", "urllib.request", "uvicorn",
}  # fmt: skip
"""Libraries by which a decision could ask the world instead of being told."""

RULES_EXCEPTIONS = {
    ("services.payments.cards.rules", "services.payments.cards.rules"): (
        "reads the table of card prefixes that is shipped beside it, once: reference data, not the world"
    ),
}

SQL_FILES = ("queries", "tables", "metadata")
SQL_EXCEPTIONS = {}
CONNECTION = {"sqlalchemy.ext.asyncio", "sqlalchemy.ext.asyncio.AsyncConnection"}
"""To name the type of the connection that is handed on is no SQL."""


def _applications() -> list[Source]:
    return [source for source in sources(*APPLICATIONS) if not source.migration]


def test_floors_between_rooms() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _too_high(source: Source) -> set[tuple[str, str]]:
    own = HEIGHT.get(source.name)
    if own is None:
        return set()
    found = set()
    for name in source.imports:
        target = by_module().get(name)
        if target is None or target.part != source.part or target.name == source.name:
            continue
        if HEIGHT.get(target.name, -1) >= own:
            found.add((source.module, target.module))
    return found


def test_nobody_imports_from_above() -> None:
    found = set(chain.from_iterable(_too_high(source) for source in _applications()))
    assert found == set(HEIGHT_EXCEPTIONS)


def test_models_know_the_standard_library_finance_and_other_models() -> None:
    for source in _applications():
        if source.name == "model":
            others = {
                name for name in source.imports if name.partition(".")[0] in (*APPLICATIONS, "chassis", "clients")
            }
            assert all(".model" in name for name in others), (source.path, others)
            assert source.libraries <= {*sys.stdlib_module_names, "finance", *APPLICATIONS}, source.path


def _reached(source: Source) -> list[Source]:
    """The file and all files of its service that it loads, however indirectly."""
    found, left = {source.module: source}, [source]
    while left:
        for name in left.pop().imports:
            target = by_module().get(name)
            if target is not None and target.part == source.part and target.module not in found:
                found[target.module] = target
                left.append(target)
    return list(found.values())


def _asks_outside(source: Source) -> bool:
    return bool((source.libraries | source.imports) & OUTSIDE)


def test_rules_decide_on_what_they_are_told() -> None:
    found = {
        (source.module, reached.module)
        for source in _applications()
        if source.name == "rules"
        for reached in _reached(source)
        if _asks_outside(reached) or reached.name in ("queries", "tables", "actions", "jobs", "routes")
    }
    assert found == set(RULES_EXCEPTIONS)


def test_sql_stands_in_queries() -> None:
    found = {
        source.module
        for source in _applications()
        if not source.name.endswith(SQL_FILES)
        and {name for name in source.imports if name.startswith("sqlalchemy")} - CONNECTION - {"sqlalchemy"}
    }
    assert found == set(SQL_EXCEPTIONS)


def test_tables_are_touched_by_queries_alone() -> None:
    for source in _applications():
        if source.name.endswith("queries") or source.name == "tables":
            continue
        tables = {name for name in source.imports if ".tables" in name and name.startswith(APPLICATIONS)}
        assert tables == set(), source.path


def test_wire_shapes_stay_at_the_door() -> None:
    """No decision and no SQL speaks of schemas."""
    for source in _applications():
        if source.name in ("model", "rules", "queries", "tables"):
            assert not any(".schemas" in name for name in source.imports), source.path


@pytest.mark.parametrize("room", ["finance", "chassis", "clients"])
def test_no_room_below_knows_a_service(room: str) -> None:
    for source in sources(room):
        assert not source.libraries & {*APPLICATIONS, "suite", "tests", "benchmarks"}, source.path


def test_every_exception_has_its_reason() -> None:
    for reason in chain(HEIGHT_EXCEPTIONS.values(), RULES_EXCEPTIONS.values(), SQL_EXCEPTIONS.values()):
        assert len(reason.split()) > 4
