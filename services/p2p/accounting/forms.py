"""Trial balances as CSV: the same day in the same books gives the same bytes."""

import csv
from collections.abc import Sequence
from datetime import date
from io import StringIO

from services.p2p.accounting.model import Line

COLUMNS = (
    "day", "currency", "entity", "account", "opening_debit_minor", "opening_credit_minor", "debit_minor", "credit_minor",
    "closing_debit_minor", "closing_credit_minor",
)  # fmt: skip
TOTAL = "total"


def trial_balance_csv(day: date, currency: str, lines: Sequence[Line]) -> str:
    """A line an account, and under each entity its totals, which are the same on both sides."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for entity in sorted({line.entity for line in lines}):
        amounts = []
        for line in (one for one in lines if one.entity == entity):
            amounts.append(_amounts(line))
            writer.writerow((day.isoformat(), currency, entity, line.account.value, *amounts[-1]))
        writer.writerow(
            (day.isoformat(), currency, entity, TOTAL, *(sum(column) for column in zip(*amounts, strict=True)))
        )
    return written.getvalue()


def _amounts(line: Line) -> tuple[int, ...]:
    opening, closing = line.opening_minor, line.closing_minor
    return max(0, opening), max(0, -opening), line.debit_minor, line.credit_minor, max(0, closing), max(0, -closing)
