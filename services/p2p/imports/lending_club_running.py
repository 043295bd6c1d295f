"""Rows of LendingClub's `loans_full_schema.csv` → loans as they stand: terms, balance, what was paid in all; no days of payments."""

from collections.abc import Sequence
from decimal import Decimal

from services.p2p.imports.cells import BadCell, hash_of, minor, month, named, number, whole
from services.p2p.imports.lending_club import CURRENCY
from services.p2p.imports.model import ImportedStanding
from services.p2p.running_loans.model import Standing

NEEDED = (
    "rownames",
    "loan_amount",
    "term",
    "interest_rate",
    "installment",
    "issue_month",
    "loan_status",
    "balance",
    "paid_principal",
    "paid_interest",
    "paid_late_fees",
)
LARGEST_MINOR = 2**53
LONGEST_STATUS = 40


def read_row(header: Sequence[str], cells: Sequence[str | None], line: int) -> ImportedStanding:
    """Raises BadCell for the first cell that means nothing, and for a balance above the amount."""
    row = named(header, cells)
    principal, balance = minor(row, "loan_amount", least=1), minor(row, "balance")
    if balance > principal:
        raise BadCell("balance", "out_of_range", "more is owed than was lent")
    if not 1 <= len(row["loan_status"]) <= LONGEST_STATUS:
        raise BadCell("loan_status", "missing_value", "loan_status is empty or too long")
    return ImportedStanding(
        line=line,
        source_row=str(whole(row, "rownames", least=1)),
        content_hash=hash_of(cells),
        standing=Standing(
            principal_minor=principal,
            currency=CURRENCY,
            annual_rate=_rate(row["interest_rate"], number(row, "interest_rate", least=Decimal(0))),
            term_months=whole(row, "term", least=1, most=360),
            instalment_minor=minor(row, "installment", least=1),
            issued_on=month(row, "issue_month"),
            status=row["loan_status"],
            balance_minor=balance,
            paid_principal_minor=minor(row, "paid_principal"),
            paid_interest_minor=_rounded_minor(number(row, "paid_interest", least=Decimal(0))),
            paid_late_fees_minor=_rounded_minor(number(row, "paid_late_fees", least=Decimal(0))),
        ),
    )


def _rate(text: str, percent: Decimal) -> Decimal:
    if percent > 100:
        raise BadCell("interest_rate", "out_of_range", f"interest_rate is out of range: {text[:40]}")
    return percent / 100


def _rounded_minor(amount: Decimal) -> int:
    """Late fees are told to ten places: what was charged is whole cents."""
    return int((amount * 100).to_integral_value())
