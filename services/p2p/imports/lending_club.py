"""Rows of LendingClub's `loans_full_schema.csv` → a wish to borrow and the facts behind it.

Of its 56 columns those are read that the points table needs; nothing that could tell who the person is (job title, state) is kept.
A joint application is read by the two parties' joint income and debts. Amounts there are dollars; debts are given as a share of income.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from services.p2p.borrowers.model import Facts, Home
from services.p2p.imports.cells import choice, hash_of, minor, month, named, number, whole
from services.p2p.imports.model import ImportedRow

CURRENCY = "USD"
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


def read_row(header: Sequence[str], cells: Sequence[str | None], line: int) -> ImportedRow:
    """Raises BadCell for the first cell that means nothing."""
    row = named(header, cells)
    return ImportedRow(
        line=line,
        source_row=str(whole(row, "rownames", least=1)),
        content_hash=hash_of(cells),
        as_of_on=month(row, "issue_month"),
        amount_minor=minor(row, "loan_amount", least=1),
        currency=CURRENCY,
        term_months=whole(row, "term", least=1, most=360),
        purpose=choice(row, "loan_purpose", _PURPOSES),
        facts=_facts(row),
    )


def _facts(row: Mapping[str, str]) -> Facts:
    joint = choice(row, "application_type", {"individual": "", "joint": "_joint"})
    income = minor(row, f"annual_income{joint}")
    debts = minor(row, "total_credit_utilized")
    past_due = whole(row, "num_accounts_120d_past_due", unknown=0) + whole(row, "num_accounts_30d_past_due", unknown=0)
    homes = {"OWN": Home.OWN, "MORTGAGE": Home.MORTGAGE, "RENT": Home.RENT}
    home = choice(row, "homeownership", {name: home.value for name, home in homes.items()})
    return Facts(
        annual_income_minor=income,
        monthly_debt_minor=_monthly_debt(row, f"debt_to_income{joint}", income),
        debts_elsewhere_minor=debts,
        credit_limit_minor=minor(row, "total_credit_limit"),
        credit_since_year=whole(row, "earliest_credit_line", least=1900, most=2200),
        employment_months=12 * whole(row, "emp_length", most=100, unknown=0),
        home=Home(home),
        late_payments_2y=whole(row, "delinq_2y", most=1000),
        credit_inquiries_12m=whole(row, "inquiries_last_12m", most=1000),
        accounts_past_due=past_due,
        bankruptcies=whole(row, "public_record_bankrupt", most=1000),
    )


def _monthly_debt(row: Mapping[str, str], field: str, income_minor: int) -> int:
    """The share is in percent. It is missing, in this file, only where there is no income to measure it by."""
    if not row[field] and income_minor == 0:
        return 0
    return int(number(row, field, least=Decimal(0)) * income_minor / 1200)
