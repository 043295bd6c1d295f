"""Months of a shop → what the points table measures, as of a day. Only months that are complete by then count."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from finance.calendars import add_months
from services.ecommerce_credit.limits.model import Features
from services.ecommerce_credit.sales.model import Month

ACTIVITY_MONTHS = 12
SALES_MONTHS = 6
TREND_MONTHS = 3


def day_of_decision(today: date, known_to_on: date | None) -> date:
    """As of when a shop is looked at: today, or the day after the marketplace's newest order where that lies earlier.

    What a marketplace has not told yet would read as months without sales.
    """
    return today if known_to_on is None else min(today, known_to_on + timedelta(days=1))


def features_of(months: Sequence[Month], as_of_on: date) -> Features:
    """months: with orders, oldest first; what is not complete before `as_of_on` is left out."""
    end = as_of_on.replace(day=1)
    complete = [month for month in months if month.month < end]
    year = _last(complete, end, ACTIVITY_MONTHS)
    orders = sum(month.orders for month in year)
    reviews = sum(month.reviews for month in year)
    return Features(
        as_of_on=as_of_on,
        months_known=_months_between(complete[0].month, end) if complete else 0,
        months_active=sum(month.sales_minor > 0 for month in year),
        orders=orders,
        cancelled_share=_share(sum(month.cancelled_orders for month in year), orders),
        average_review=_share(sum(month.review_points for month in year), reviews),
        average_monthly_sales_minor=_sales(_last(complete, end, SALES_MONTHS)) // SALES_MONTHS,
        sales_trend=_trend(complete, end),
    )


def _trend(complete: Sequence[Month], end: date) -> Decimal | None:
    recent = _sales(_last(complete, end, TREND_MONTHS))
    return _share(recent, _sales(_last(complete, add_months(end, -TREND_MONTHS), TREND_MONTHS)))


def _last(months: Sequence[Month], end: date, count: int) -> list[Month]:
    """Those of the `count` calendar months before `end`."""
    begin = add_months(end, -count)
    return [month for month in months if begin <= month.month < end]


def _sales(months: Sequence[Month]) -> int:
    return sum(month.sales_minor for month in months)


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def _months_between(first: date, end: date) -> int:
    return (end.year - first.year) * 12 + end.month - first.month
