"""What an audit finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """where: the service, or the two whose books were compared. failed: how many of the examined; offending: ids of at least the first."""

    where: str
    name: str
    examined: int
    failed: int
    offending: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return self.failed == 0


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Money asked for and not yet known to have moved. ledger_minor: what of it the ledger has moved or holds already."""

    where: str
    kind: str
    record: str
    job: str
    amount_minor: int
    ledger_minor: int
    currency: str
    age_seconds: int


@dataclass(frozen=True, slots=True)
class ChainWalked:
    """How far a book's chain of evidence was worked out again. until: the last link that holds; head: the last there was."""

    book_id: int
    until: int
    head: int
    links: int
    transfers: int

    @property
    def complete(self) -> bool:
        return self.until >= self.head


@dataclass(frozen=True, slots=True)
class Report:
    checks: tuple[Check, ...]
    under_way: tuple[UnderWay, ...]
    chains: tuple[ChainWalked, ...] = ()

    @property
    def holds(self) -> bool:
        """Nothing failed, and no chain was left in the middle."""
        return all(check.holds for check in self.checks) and all(chain.complete for chain in self.chains)


def check(where: str, name: str, examined: int, offending: list[str]) -> Check:
    return Check(where, name, examined, len(offending), tuple(offending))
