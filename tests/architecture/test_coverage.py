"""Every clause of docs/coverage.md has a route that is published and a test that exists, or says that it has no route."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from suite.folder import ROOT

PAGES = sorted((ROOT / "docs" / "coverage").glob("*.md"))
CONTRACTS = ("services/payments/openapi.json", "services/p2p/openapi.json", "sandbox/openapi.json")
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


@cache
def published() -> frozenset[str]:
    routes = set()
    for contract in CONTRACTS:
        for path, item in json.loads((ROOT / contract).read_text(encoding="utf-8"))["paths"].items():
            routes |= {f"{method.upper()} {path}" for method in item}
    return frozenset(routes)


def clauses(text: str) -> list[tuple[str, str, str]]:
    return [row for row in ROW.findall(text) if row[0] not in ("clause", "---")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_clause_has_a_route_and_a_test(page: Path) -> None:
    rows = clauses(page.read_text(encoding="utf-8"))
    assert len(rows) > 5
    for clause, routes, tests in rows:
        named = CODE.findall(routes)
        assert named or routes == "—", clause
        assert set(named) <= published(), clause
        shown = CODE.findall(tests)
        assert shown, clause
        for test in shown:
            file, _, name = test.partition("::")
            assert re.search(
                rf"^(async )?def {re.escape(name)}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE
            ), test


def test_every_page_is_listed() -> None:
    listed = set(re.findall(r"\(coverage/(\w+)\.md\)", (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")))
    assert listed == {page.stem for page in PAGES}
