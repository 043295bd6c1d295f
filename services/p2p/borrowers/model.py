"""What a borrower says about herself: the one noun of this service that holds personal data."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Home(StrEnum):
    OWN = "own"
    MORTGAGE = "mortgage"
    RENT = "rent"


@dataclass(frozen=True, slots=True)
class Identity:
    """Never in events, logs or answers; sealed at rest. identity_number: of a resident of mainland China, 18 characters."""

    name: str = field(repr=False)
    identity_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """Declared facts; amounts in minor units of the application's currency.

    monthly_debt_minor: what she pays on debts each month; debts_elsewhere_minor: what she owes to others in all, mortgage aside;
    credit_limit_minor: how much credit others grant her, mortgage aside; counts are of the years or months their names say;
    credit_inquiries_6m: None where she did not say.
    """

    annual_income_minor: int
    monthly_debt_minor: int
    debts_elsewhere_minor: int
    credit_limit_minor: int
    credit_since_year: int
    employment_months: int
    home: Home
    late_payments_2y: int = 0
    credit_inquiries_12m: int = 0
    accounts_past_due: int = 0
    bankruptcies: int = 0
    credit_inquiries_6m: int | None = None

    @property
    def debt_to_income(self) -> Decimal:
        """Yearly debt payments as a share of yearly income; 10 stands for no income at all."""
        if self.annual_income_minor == 0:
            return Decimal(10)
        return min(Decimal(10), Decimal(self.monthly_debt_minor * 12) / self.annual_income_minor)

    @property
    def credit_used(self) -> Decimal:
        """Debts as a share of the credit granted; 1 where none is granted, and at most 10."""
        if self.credit_limit_minor == 0:
            return Decimal(1)
        return min(Decimal(10), Decimal(self.debts_elsewhere_minor) / self.credit_limit_minor)
