"""E-commerce credit against the ledger: every drawing and movement of capital worked out again from transfers alone.

Pure. credit says for each record which sums the ledger must have, and that it has no other under `credit.*`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clients.ecommerce_credit.shapes import CapitalFigures, DrawingFigures, ExpectedSum, LineFigures, MovementAnswer
from clients.payments.shapes import PostedSum
from suite.audit.model import Check, UnderWay, check

WHERE = "ecommerce_credit ↔ ledger"
CODES = "credit.*"
DISBURSEMENT = "credit.drawing.disbursement"
LONGEST_SECONDS = 5 * 60
Place = tuple[str, str, str, str, str]
"""Reference, code, debit account, credit account, currency."""


@dataclass(frozen=True)
class CreditBooks:
    drawings: Sequence[DrawingFigures]
    lines: Sequence[LineFigures]
    capital: Sequence[CapitalFigures]
    movements: Sequence[MovementAnswer]

    @property
    def records(self) -> list[DrawingFigures | CapitalFigures]:
        """Everything for which the ledger may have moved money."""
        return [*self.drawings, *self.capital]


def checks(books: CreditBooks, sums: Sequence[PostedSum]) -> list[Check]:
    posted = by_reference(sums)
    moving = {one.reference: one.amount_minor for one in books.movements}
    drawings = [one.id for one in books.drawings if not _holds(one, posted, moving)]
    claims = [one.id for one in books.drawings if not claim_follows(one, posted, moving)]
    capital = [one.id for one in books.capital if not _holds(one, posted, moving)]
    known = {one.id for one in books.records}
    old = [one.record for one in books.movements if one.age_seconds > LONGEST_SECONDS]
    return [
        check(WHERE, "drawings follow from transfers", len(books.drawings), sorted({*drawings, *claims})),
        check(WHERE, "lines follow from their drawings", len(books.lines), _wrong_lines(books)),
        check(WHERE, "capital follows from transfers", len(books.capital), capital),
        check(WHERE, "transfers belong to a drawing or to capital", len(posted), sorted(posted.keys() - known)),
        check(WHERE, "movements at most 5 minutes old", len(books.movements), old),
    ]


def by_reference(sums: Iterable[PostedSum]) -> dict[str, Counter[Place]]:
    found: dict[str, Counter[Place]] = {}
    for one in sums:
        place = (one.reference, one.code, str(one.debit_account_id), str(one.credit_account_id), one.currency)
        found.setdefault(one.reference, Counter())[place] += one.amount
    return found


def claim_follows(drawing: DrawingFigures, posted: Mapping[str, Counter[Place]], moving: Mapping[str, int]) -> bool:
    """disbursed − principal repaid = outstanding, by the ledger's transfers alone."""
    if drawing.id in moving:
        return True
    sums = posted.get(drawing.id, Counter())
    disbursed = sum(amount for place, amount in sums.items() if place[1] == DISBURSEMENT)
    repaid = sum(amount for place, amount in sums.items() if place[1].endswith(".principal"))
    return disbursed - repaid == drawing.outstanding_minor


def _holds(
    record: DrawingFigures | CapitalFigures, posted: Mapping[str, Counter[Place]], moving: Mapping[str, int]
) -> bool:
    """The ledger has what the record says, and no more than that but a movement under way, whole."""
    expected = _expected(record.transfers)
    found = posted.get(record.id, Counter())
    if record.id not in moving:
        return found == expected
    ahead = {place: found[place] - expected[place] for place in {*found, *expected}}
    return all(amount >= 0 for amount in ahead.values()) and sum(ahead.values()) in (0, moving[record.id])


def _expected(transfers: Iterable[ExpectedSum]) -> Counter[Place]:
    return Counter(
        {
            (
                one.reference,
                one.code,
                str(one.debit_account_id),
                str(one.credit_account_id),
                one.currency,
            ): one.amount_minor
            for one in transfers
        }
    )


def _wrong_lines(books: CreditBooks) -> list[str]:
    owed: Counter[str] = Counter()
    for drawing in books.drawings:
        owed[drawing.line_id] += drawing.outstanding_minor
    return [line.id for line in books.lines if owed[line.id] != line.outstanding_minor]


def under_way(books: CreditBooks, sums: Sequence[PostedSum]) -> list[UnderWay]:
    """Both sides of every movement."""
    posted = by_reference(sums)
    expected = {one.id: sum(_expected(one.transfers).values()) for one in books.records}
    return [
        UnderWay(
            where="ecommerce_credit",
            kind=one.kind,
            record=one.record,
            job=f"{one.job} {one.job_record}",
            amount_minor=one.amount_minor,
            ledger_minor=sum(posted.get(one.reference, Counter()).values()) - expected.get(one.reference, 0),
            currency=one.currency,
            age_seconds=one.age_seconds,
        )
        for one in books.movements
    ]
