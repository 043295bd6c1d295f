"""What can be read in: which files hold it, how they are read, and under which name a service takes their rows."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from suite.reading.sheets import ReadFault, Sheet, read_array, read_csv, read_fund_page

FUND_COLUMNS = ("code", "initials", "name", "source_class", "pinyin")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of a kind's files. names: by which it is known in a folder, `?` for any character; source: by which the service takes its rows.

    many: a folder may hold several of them.
    """

    source: str
    names: tuple[str, ...]
    read: Callable[[Path], Sheet] = read_csv
    required: bool = True
    many: bool = False

    def known(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self.names)


Facts = Mapping[str, str]


def no_facts(folder: Path) -> Facts:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """service: who takes it. files: in the order in which they are read, what others refer to first.

    facts: what the service must be told of all of them, found in their folder.
    """

    service: str
    files: tuple[Wanted, ...]
    what: str
    facts: Callable[[Path], Facts] = no_facts


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that was read, and what its rows are sent with."""

    facts: Facts
    sheet: Sheet


MARKETPLACE_FACTS = ("code", "currency", "zone")
OLIST = {"marketplace": "olist", "currency": "BRL", "zone": "America/Sao_Paulo"}
_OLIST_ORDERS = "olist_orders_dataset.csv"


def marketplace_facts(folder: Path) -> Facts:
    """Whose files they are, from `marketplace.toml` beside them; files with Olist's names are Olist's. Raises ReadFault."""
    file = folder / "marketplace.toml"
    if not file.exists():
        if (folder / _OLIST_ORDERS).exists():
            return OLIST
        raise ReadFault(
            f"{folder} does not tell whose files these are: marketplace.toml with code, currency, zone is missing"
        )
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise ReadFault(f"{file} cannot be read: {fault}") from None
    missing = [name for name in MARKETPLACE_FACTS if not isinstance(told.get(name), str)]
    if missing:
        raise ReadFault(f"{file} lacks {', '.join(missing)}")
    return {"marketplace": told["code"], "currency": told["currency"], "zone": told["zone"]}


def _of_marketplace(noun: str, required: bool = True) -> Wanted:
    return Wanted(f"olist.{noun}", (f"olist_{noun}_dataset.csv", f"{noun}.csv"), required=required)


KINDS: Mapping[str, Kind] = {
    "marketplace": Kind(
        "ecommerce_credit",
        (
            _of_marketplace("sellers"),
            _of_marketplace("customers", required=False),
            _of_marketplace("products", required=False),
            _of_marketplace("orders"),
            _of_marketplace("order_items"),
            _of_marketplace("order_payments"),
            _of_marketplace("order_reviews", required=False),
        ),
        "a marketplace's sellers and orders, a folder with Olist's files or files of their shape and marketplace.toml",
        marketplace_facts,
    ),
    "loans": Kind(
        "p2p",
        (Wanted("lendingclub.loans", ("loans_full_schema.csv", "loans.csv")),),
        "loan applications with LendingClub's columns (loans_full_schema.csv)",
    ),
    "running_loans": Kind(
        "p2p",
        (Wanted("lendingclub.running_loans", ("loans_full_schema.csv",)),),
        "loans that run on another platform, as they stand, with LendingClub's columns (loans_full_schema.csv)",
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
        (
            Wanted("eastmoney.funds", ("fundcode_search.js", "funds.js"), partial(read_array, columns=FUND_COLUMNS)),
            Wanted("eastmoney.net_values", ("fund_??????.js",), read_fund_page, required=False, many=True),
        ),
        "funds, Eastmoney's list (fundcode_search.js) and pages of funds (fund_000004.js)",
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
        here = [one for pattern in wanted.names for one in sorted(path.glob(pattern))]
        if not here and wanted.required:
            raise ReadFault(f"{path} does not hold {' or '.join(wanted.names)}")
        found += [(wanted, one) for one in (here if wanted.many else here[:1])]
    return found


def parcels_of(kind: Kind, path: Path) -> list[Parcel]:
    """Every file is read before anything is sent: one that cannot be read stops an import before it begins. Raises ReadFault."""
    files = files_of(kind, path)
    facts = kind.facts(path if path.is_dir() else path.parent)
    return [Parcel({"source": wanted.source, **facts}, wanted.read(file)) for wanted, file in files]


def _meant(kind: Kind, path: Path) -> Wanted:
    """Which of the kind's files this one is: by name, or the only one that it cannot do without."""
    for wanted in kind.files:
        if wanted.known(path.name):
            return wanted
    needed = [wanted for wanted in kind.files if wanted.required]
    if len(needed) == 1:
        return needed[0]
    raise ReadFault(f"{path} is none of {', '.join(_known(kind.files))}; name the folder that holds them")


def _known(files: Sequence[Wanted]) -> list[str]:
    return [name for wanted in files for name in wanted.names]
