"""Sixty invented loan applications with those of LendingClub's columns that a grade needs."""

from collections.abc import Sequence
from random import Random

APPLICATIONS = 60
FIRST_NUMBER = 900_001
"""Beyond those of LendingClub's file, so that both may be read into one suite."""
COLUMNS = (
    "rownames", "emp_length", "homeownership", "annual_income", "debt_to_income", "annual_income_joint",
    "debt_to_income_joint", "delinq_2y", "earliest_credit_line", "inquiries_last_12m", "total_credit_limit",
    "total_credit_utilized", "num_accounts_120d_past_due", "num_accounts_30d_past_due", "public_record_bankrupt",
    "loan_purpose", "application_type", "loan_amount", "term", "issue_month",
)  # fmt: skip
HOMES = ("OWN", "MORTGAGE", "RENT")
PURPOSES = ("debt_consolidation", "credit_card", "home_improvement", "small_business", "medical", "car", "other")
MONTHS = ("Jul-2026", "Aug-2026", "Sep-2026", "Oct-2026")


def table(random: Random) -> tuple[str, Sequence[str], list[Sequence[object]]]:
    return "loans.csv", COLUMNS, [_application(random, number) for number in range(1, APPLICATIONS + 1)]


def _application(random: Random, number: int) -> Sequence[object]:
    joint = number % 9 == 0
    income = random.randrange(24, 160) * 1000
    debts = f"{random.uniform(2, 38):.2f}"
    limit = random.randrange(8, 120) * 1000
    return (
        FIRST_NUMBER + number - 1,
        random.choice(("", 1, 2, 3, 5, 8, 10, 10)),
        random.choice(HOMES),
        income,
        debts,
        income + random.randrange(10, 60) * 1000 if joint else "",
        f"{random.uniform(2, 25):.2f}" if joint else "",
        random.choices((0, 1, 2), (85, 10, 5))[0],
        random.randrange(1990, 2022),
        random.choices((0, 1, 2, 4, 7), (35, 25, 20, 15, 5))[0],
        limit,
        round(limit * random.uniform(0.05, 0.95)),
        0,
        random.choices((0, 1), (97, 3))[0],
        random.choices((0, 1), (92, 8))[0],
        random.choice(PURPOSES),
        "joint" if joint else "individual",
        random.randrange(2, 36) * 1000,
        random.choice((12, 24, 36, 60)),
        random.choice(MONTHS),
    )
