"""What can be read in: which files hold it, how they are read, and under which name a service takes their rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from suite.reading.sheets import ReadFault, Sheet, read_array, read_csv

FUND_COLUMNS = ("code", "initials", "name", "source_class", "pinyin")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of a kind's files. names: by which it is known in a folder; source: by which the service takes its rows."""

    source: str
    names: tuple[str, ...]
    read: Callable[[Path], Sheet] = read_csv
    required: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """service: who takes it. files: in the order in which they are read, what others refer to first."""

    service: str
    files: tuple[Wanted, ...]
    what: str


KINDS: Mapping[str, Kind] = {
    "loans": Kind(
        "p2p",
        (Wanted("lendingclub.loans", ("loans_full_schema.csv", "loans.csv")),),
        "loan applications with LendingClub's columns (loans_full_schema.csv)",
    ),
    "institutions": Kind(
        "info_broker",
        (Wanted("institutions", ("institutions.csv", "fund_houses.csv")),),
        "institutions, a CSV file with the catalogue's own columns",
    ),
    "products": Kind(
        "info_broker",
        (Wanted("products", ("products.csv",)),),
        "products of any kind, a CSV file with the catalogue's own columns",
    ),
    "funds": Kind(
        "info_broker",
        (Wanted("eastmoney.funds", ("fundcode_search.js", "funds.js"), partial(read_array, columns=FUND_COLUMNS)),),
        "funds, Eastmoney's list (fundcode_search.js)",
    ),
}


class UnknownKind(Exception):
    """Nothing is read in under that name."""


def kind_named(name: str) -> Kind:
    """Raises UnknownKind."""
    if name not in KINDS:
        listed = "; ".join(f"{known}: {kind.what}" for known, kind in KINDS.items())
        raise UnknownKind(f"there is no kind {name}. {listed}")
    return KINDS[name]


def files_of(kind: Kind, path: Path) -> list[tuple[Wanted, Path]]:
    """The kind's files at a path: those that a folder holds, or the one file named. Raises ReadFault for one that is missing."""
    if not path.is_dir():
        return [(_meant(kind, path), path)]
    found = []
    for wanted in kind.files:
        here = [path / name for name in wanted.names if (path / name).exists()]
        if not here and wanted.required:
            raise ReadFault(f"{path} does not hold {' or '.join(wanted.names)}")
        found += [(wanted, one) for one in here[:1]]
    return found


def sheets_of(kind: Kind, path: Path) -> Iterator[tuple[Wanted, Sheet]]:
    """Every file is read before anything is sent: a file that cannot be read stops an import before it begins."""
    yield from [(wanted, wanted.read(file)) for wanted, file in files_of(kind, path)]


def _meant(kind: Kind, path: Path) -> Wanted:
    """Which of the kind's files this one is: by name, or the only one that there is."""
    for wanted in kind.files:
        if path.name in wanted.names:
            return wanted
    if len(kind.files) == 1:
        return kind.files[0]
    raise ReadFault(f"{path} is none of {', '.join(_known(kind.files))}; name the folder that holds them")


def _known(files: Sequence[Wanted]) -> list[str]:
    return [name for wanted in files for name in wanted.names]
