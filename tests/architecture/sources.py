"""The project's own Python files, read once: where each stands, what it imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("finance", "chassis", "clients", "services", "gateway", "sandbox", "suite", "benchmarks", "tests")
APPLICATIONS = ("services", "gateway", "sandbox")


@dataclass(frozen=True)
class Source:
    """path: from the project's folder."""

    path: Path

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def name(self) -> str:
        """The file's name without ending: `queries`, `rules`."""
        return self.path.stem

    @property
    def module(self) -> str:
        return ".".join(self.path.with_suffix("").parts)

    @property
    def part(self) -> str:
        """The application it belongs to: `services.p2p`, `gateway`; of other rooms the room."""
        return ".".join(self.path.parts[: 2 if self.path.parts[0] == "services" else 1])

    @property
    def noun(self) -> str:
        """The package it is in: `services.p2p.bids`."""
        return ".".join(self.path.parent.parts)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Modules named by its import statements, wherever they stand. Of `from a import b` both `a` and `a.b`."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        return frozenset(found)

    @property
    def libraries(self) -> set[str]:
        """First names of what it imports."""
        return {name.partition(".")[0] for name in self.imports}

    @property
    def generated(self) -> bool:
        return self.path.parts[0] == "clients" and self.name == "shapes"

    @property
    def migration(self) -> bool:
        return "migrations" in self.path.parts


@cache
def sources(*rooms: str) -> tuple[Source, ...]:
    """All files of some rooms; of all rooms when none is named."""
    return tuple(_found(rooms or ROOMS))


def _found(rooms: tuple[str, ...]) -> Iterator[Source]:
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield _source(file.relative_to(ROOT))


@cache
def _source(path: Path) -> Source:
    """One for each file, so that each is read and parsed once."""
    return Source(path)


@cache
def by_module() -> dict[str, Source]:
    return {source.module: source for source in sources()}
