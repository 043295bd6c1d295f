"""Sizes, empty packages, and nothing in the tree that belongs to one person's machine."""

import ast
import re
import subprocess
from pathlib import Path

from tests.architecture.sources import ROOMS, ROOT, sources

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
HOME = re.compile(r"(?<![\w.])/(?:home|Users|root|work|private/tmp)/\w")
REGISTRIES = re.compile(
    r"""https?://[\w.-]*(?:pypi|pythonhosted|npmjs|registry|artifact|mirror|nexus|devpi)[\w.-]*"""
    r"""|--(?:extra-)?index-url|--find-links|--trusted-host""",
    re.IGNORECASE,
)
THIS = Path(__file__).resolve().relative_to(ROOT)
TEXT = {
    ".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".json", ".csv", ".html", ".css", ".svg", ".mako", ".cfg", ".example", "",
}  # fmt: skip


def committed() -> list[Path]:
    """Files of the project, also those not yet committed, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_packages_are_empty() -> None:
    """A re-export would hide an import from the check of layers."""
    assert [str(source.path) for source in sources() if source.name == "__init__" and source.text] == []


def test_files_are_short_enough_to_be_read() -> None:
    long = {
        str(source.path): lines
        for source in sources(*(room for room in ROOMS if room != "tests"))
        if not (source.generated or source.migration) and (lines := source.text.count("\n")) > LONGEST_FILE
    }
    assert long == {}


def test_functions_are_short_enough_to_be_read() -> None:
    """A migration is one list of statements, and no function in the sense meant."""
    long = {
        f"{source.path}:{node.lineno} {node.name}": lines
        for source in sources()
        if not source.migration
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_names_say_what_a_thing_is() -> None:
    assert [
        str(file)
        for file in committed()
        if FORBIDDEN_NAMES & {part.lower() for part in (*file.parent.parts, file.stem)}
    ] == []


def test_no_address_of_a_registry_and_no_folder_of_somebodys_machine() -> None:
    found = []
    for file in committed():
        if file == THIS or file.suffix not in TEXT or "vendor" in file.parts:
            continue
        text = (ROOT / file).read_text(encoding="utf-8", errors="replace")
        for pattern in (HOME, REGISTRIES):
            hit = pattern.search(text)
            if hit:
                found.append(f"{file}: {hit[0]}")
    assert found == []


def test_the_locks_agree_and_hold_hashes_alone() -> None:
    run, development = (_pins(ROOT / name) for name in ("requirements.txt", "requirements-dev.txt"))
    assert run
    assert {name: development.get(name) for name in run} == run
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.match(r"^(\S+==\S+( ; .+)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?)$", line), (name, line)


def _pins(lock: Path) -> dict[str, str]:
    found = re.findall(r"^(\S+?)==(\S+)", lock.read_text(), re.MULTILINE)
    return dict(found)


def test_every_package_of_a_service_is_a_package() -> None:
    """A folder with Python files and no `__init__.py` is invisible to the check of layers."""
    for source in sources(*(room for room in ROOMS if room != "tests")):
        if (
            not source.migration
            and "migration_environment" not in source.path.parts
            and "samples" not in source.path.parts
        ):
            assert (ROOT / source.path.parent / "__init__.py").exists(), source.path
