"""Records as tests need them where only a few fields matter."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from services.ecommerce_credit.drawings.model import Drawing, DrawingState
from services.ecommerce_credit.limits.model import Features
from services.ecommerce_credit.lines.model import Line, LineState
from services.ecommerce_credit.sales.model import Month

NOW = datetime(2036, 11, 25, 4, tzinfo=UTC)


def month(
    year: int, number: int, *, orders: int = 10, sales: int = 300_000, cancelled: int = 0, stars: int = 5
) -> Month:
    return Month(date(year, number, 1), orders, cancelled, sales, orders, orders * stars)


def features(**changes: object) -> Features:
    usual: dict[str, object] = {
        "as_of_on": date(2036, 11, 21),
        "months_known": 24,
        "months_active": 12,
        "orders": 120,
        "cancelled_share": Decimal(0),
        "average_review": Decimal(5),
        "average_monthly_sales_minor": 300_000,
        "sales_trend": Decimal(1),
    }
    return Features(**usual | changes)  # type: ignore[arg-type]


def line(**changes: object) -> Line:
    usual: dict[str, object] = {
        "id": UUID(int=1),
        "shop_id": UUID(int=2),
        "owner": "cus_owner",
        "limit_id": UUID(int=3),
        "limit_minor": 600_000,
        "currency": "CNY",
        "daily_rate": Decimal("0.0005"),
        "term_months": 6,
        "state": LineState.OPEN,
        "pending_minor": 0,
        "outstanding_minor": 0,
        "opened_at": NOW,
        "changed_at": NOW,
        "closed_at": None,
        "due_at": NOW,
    }
    return Line(**usual | changes)  # type: ignore[arg-type]


def drawing(number: int = 1, **changes: object) -> Drawing:
    """Outstanding since 25 November 2036."""
    usual: dict[str, object] = {
        "id": UUID(int=number),
        "line_id": UUID(int=1),
        "borrower": "cus_owner",
        "amount_minor": 100_000,
        "currency": "CNY",
        "daily_rate": Decimal("0.0005"),
        "term_months": 6,
        "limit_minor": 600_000,
        "used_minor": 100_000,
        "state": DrawingState.OUTSTANDING,
        "reason": None,
        "account_id": UUID(int=7),
        "capital_account_id": UUID(int=8),
        "outstanding_minor": 100_000,
        "interest_accrued": Decimal(0),
        "interest_repaid_minor": 0,
        "drawn_on": date(2036, 11, 25),
        "accrued_to_on": date(2036, 11, 25),
        "due_on": date(2037, 5, 25),
        "repayment_id": None,
        "requested_at": NOW,
        "disbursed_at": NOW,
        "changed_at": NOW,
    }
    return Drawing(**usual | changes)  # type: ignore[arg-type]
