"""Rows of LendingClub's `loans_full_schema.csv` → a wish to borrow and the facts behind it.

Of its 56 columns those are read that the points table needs; nothing that could tell who the person is (job title, state) is kept.
A joint application is read by the two parties' joint income and debts. Amounts there are dollars; debts are given as a share of income.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from services.p2p.borrowers.model import Facts, Home
from services.p2p.errors import WrongHeader
from services.p2p.imports.model import ImportedRow

CURRENCY = "USD"
LARGEST = Decimal(10) ** 12
NEEDED = (
    "rownames",
    "emp_length",
    "homeownership",
    "annual_income",
    "debt_to_income",
    "annual_income_joint",
    "debt_to_income_joint",
    "delinq_2y",
    "earliest_credit_line",
    "inquiries_last_12m",
    "total_credit_limit",
    "total_credit_utilized",
    "num_accounts_120d_past_due",
    "num_accounts_30d_past_due",
    "public_record_bankrupt",
    "loan_purpose",
    "application_type",
    "loan_amount",
    "term",
    "issue_month",
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PURPOSES: Mapping[str, str] = {
    "debt_consolidation": "debt_consolidation",
    "credit_card": "debt_consolidation",
    "home_improvement": "home_improvement",
    "house": "home_improvement",
    "medical": "medical",
    "small_business": "small_business",
    "major_purchase": "consumption",
    "car": "consumption",
    "vacation": "consumption",
    "moving": "consumption",
    "wedding": "consumption",
    "renewable_energy": "home_improvement",
    "other": "other",
}


class BadCell(Exception):
    """A cell that means nothing here."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail


def check_header(header: Sequence[str]) -> None:
    """Raises WrongHeader: a column twice, or one missing that is needed."""
    missing = [name for name in NEEDED if name not in header]
    if missing or len(set(header)) != len(header):
        raise WrongHeader("the header is not that of loans_full_schema.csv", field="header", missing=missing)


def read_row(header: Sequence[str], cells: Sequence[str | None], line: int) -> ImportedRow:
    """Raises BadCell for the first cell that means nothing."""
    if len(cells) != len(header):
        raise BadCell("", "wrong_number_of_fields", f"{len(header)} fields are expected, found {len(cells)}")
    row = {name: (cell or "").strip() for name, cell in zip(header, cells, strict=True)}
    return ImportedRow(
        line=line,
        source_row=str(_whole(row, "rownames", least=1)),
        content_hash=hashlib.sha256("\x1f".join(cell or "" for cell in cells).encode()).digest(),
        as_of_on=_month(row, "issue_month"),
        amount_minor=_minor(row, "loan_amount", least=1),
        currency=CURRENCY,
        term_months=_whole(row, "term", least=1, most=360),
        purpose=_choice(row, "loan_purpose", _PURPOSES),
        facts=_facts(row),
    )


def _facts(row: Mapping[str, str]) -> Facts:
    joint = _choice(row, "application_type", {"individual": "", "joint": "_joint"})
    income = _minor(row, f"annual_income{joint}")
    debts = _minor(row, "total_credit_utilized")
    past_due = _whole(row, "num_accounts_120d_past_due", unknown=0) + _whole(
        row, "num_accounts_30d_past_due", unknown=0
    )
    homes = {"OWN": Home.OWN, "MORTGAGE": Home.MORTGAGE, "RENT": Home.RENT}
    home = _choice(row, "homeownership", {name: home.value for name, home in homes.items()})
    return Facts(
        annual_income_minor=income,
        monthly_debt_minor=_monthly_debt(row, f"debt_to_income{joint}", income),
        debts_elsewhere_minor=debts,
        credit_limit_minor=_minor(row, "total_credit_limit"),
        credit_since_year=_whole(row, "earliest_credit_line", least=1900, most=2200),
        employment_months=12 * _whole(row, "emp_length", most=100, unknown=0),
        home=Home(home),
        late_payments_2y=_whole(row, "delinq_2y", most=1000),
        credit_inquiries_12m=_whole(row, "inquiries_last_12m", most=1000),
        accounts_past_due=past_due,
        bankruptcies=_whole(row, "public_record_bankrupt", most=1000),
    )


def _monthly_debt(row: Mapping[str, str], field: str, income_minor: int) -> int:
    """The share is in percent. It is missing, in this file, only where there is no income to measure it by."""
    if not row[field] and income_minor == 0:
        return 0
    return int(_number(row, field, least=Decimal(0)) * income_minor / 1200)


def _number(row: Mapping[str, str], field: str, *, least: Decimal) -> Decimal:
    text = row[field]
    if not text:
        raise BadCell(field, "missing_value", f"{field} is empty")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadCell(field, "not_a_number", f"{field} is no number: {text[:40]}") from None
    if not number.is_finite() or not least <= number <= LARGEST:
        raise BadCell(field, "out_of_range", f"{field} is out of range: {text[:40]}")
    return number


def _whole(
    row: Mapping[str, str], field: str, *, least: int = 0, most: int = 2_000_000_000, unknown: int | None = None
) -> int:
    if unknown is not None and not row[field]:
        return unknown
    number = _number(row, field, least=Decimal(least))
    if number != int(number):
        raise BadCell(field, "not_a_whole_number", f"{field} is no whole number: {row[field][:40]}")
    if number > most:
        raise BadCell(field, "out_of_range", f"{field} is out of range: {row[field][:40]}")
    return int(number)


def _minor(row: Mapping[str, str], field: str, *, least: int = 0) -> int:
    """Cents of an amount in dollars. Raises BadCell if it has more decimal places than the currency."""
    cents = _number(row, field, least=Decimal(0)) * 100
    if cents != int(cents):
        raise BadCell(field, "not_an_amount", f"{field} has fractions of a cent: {row[field][:40]}")
    if cents < least:
        raise BadCell(field, "out_of_range", f"{field} must be positive")
    return int(cents)


def _choice(row: Mapping[str, str], field: str, known: Mapping[str, str]) -> str:
    try:
        return known[row[field]]
    except KeyError:
        raise BadCell(field, "unknown_value", f"{field} is not known here: {row[field][:40]}") from None


def _month(row: Mapping[str, str], field: str) -> date:
    name, _, year = row[field].partition("-")
    if name not in _MONTHS or not (len(year) == 4 and year.isdecimal() and year.isascii() and int(year) >= 1900):
        raise BadCell(field, "not_a_month", f"{field} is no month such as Mar-2018: {row[field][:40]}")
    return date(int(year), _MONTHS.index(name) + 1, 1)
