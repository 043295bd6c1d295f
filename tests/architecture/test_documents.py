"""The documents say what is there: the README's map, the ledger's codes, the figures, the decisions."""

import re
import subprocess

import pytest

from services.payments.ledger import errors, rules
from suite import figures_page
from tests.architecture.codes import account_kinds, transfer_codes
from tests.architecture.sources import ROOT

READMES = ("README.md", "README.zh-CN.md")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")
FIRST_CELL = re.compile(r"^\| `([a-z0-9_.]+)`", re.MULTILINE)


def _map_of(readme: str) -> dict[str, str]:
    """Folder → what is said of it, from the block of the README that begins with `sifang/`."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    block = re.search(r"```\nsifang/\n(.*?)```", text, re.DOTALL)
    assert block is not None, f"{readme} has no map"
    found: dict[str, str] = {}
    for line in block[1].splitlines():
        entry = re.match(r"^  (\S+)\s+(\S.*)$", line)
        if entry:
            found[entry[1]] = entry[2]
    return found


def _top_level() -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    return {f"{name.split('/')[0]}/" for name in listed.split("\0") if "/" in name}


@pytest.mark.parametrize("readme", READMES)
def test_the_map_of_the_house_is_true(readme: str) -> None:
    mapped = _map_of(readme)
    for place in mapped:
        assert (ROOT / place).exists(), f"{readme} names {place}"
        assert (ROOT / place).is_dir() == place.endswith("/"), place
    assert _top_level() <= {place for place in mapped if place.count("/") == 1}


def test_both_readmes_have_one_map() -> None:
    english, chinese = (_map_of(readme) for readme in READMES)
    assert list(english) == list(chinese)


@pytest.mark.parametrize(
    "document", sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
)
def test_links_lead_somewhere(document: str) -> None:
    for target, _ in LINK.findall((ROOT / document).read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (ROOT / document).parent.joinpath(target).exists(), target


def _section(heading: str) -> str:
    text = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_every_posting_stands_in_the_ledgers_document() -> None:
    assert set(FIRST_CELL.findall(_section("Postings in use"))) == transfer_codes()


def test_every_kind_of_account_stands_in_the_ledgers_document() -> None:
    written = {
        kind for kind in FIRST_CELL.findall(_section("Accounts")) if not kind.endswith(("credits", "debits", "none"))
    }
    assert written == account_kinds()


def test_refusals_of_the_ledger_stand_in_their_order() -> None:
    """Told in the order in which the rule looks, with what spends an id."""
    rows = re.findall(
        r"^\| \d+ \| (.*) \|.*\|.*\| (yes)? ?\|$", _section("What the ledger refuses, in order"), re.MULTILINE
    )
    spending = {code for cell, spent in rows if spent for code in re.findall(r"`(\w+)`", cell)}
    assert spending == rules.SPENDING
    written = [code for cell, _ in rows[1:] for code in re.findall(r"`(\w+)", cell)]
    told = [kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")]
    order = [code for code in told if code in {name.rstrip("_") for name in written}]
    assert [name.rstrip("_") for name in written if name.rstrip("_") in order] == order


def test_figures_are_defined_as_the_code_says() -> None:
    assert (ROOT / "docs" / "figures.md").read_text(encoding="utf-8") == figures_page.text()


def test_every_decision_is_listed() -> None:
    pages = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    listed = LINK.findall((ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8"))
    assert [target for target, _ in listed] == pages
    assert len(pages) >= 10
    for page in pages:
        text = (ROOT / "docs" / "adr" / page).read_text(encoding="utf-8")
        assert [line for line in text.splitlines() if line.startswith("## ")] == [
            "## Context",
            "## Decision",
            "## Consequences",
            "## Refused",
        ], page
