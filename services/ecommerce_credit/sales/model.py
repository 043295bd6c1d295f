"""A shop's sales as its marketplace tells them: rows of its files, and what they come to by month."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """A kind of file, and the table that keeps its rows."""

    SELLERS = "sellers"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    ORDERS = "orders"
    ORDER_ITEMS = "order_items"
    ORDER_PAYMENTS = "order_payments"
    ORDER_REVIEWS = "order_reviews"


CANCELLED = ("canceled", "unavailable")
"""States of an order that brought its seller nothing, spelled as the source spells them."""

Row = dict[str, Any]
"""Values of one row by column: what its file says, without what is kept beside it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of rows: keys that are new; of rows that changed, how many and in which columns how often."""

    added: tuple[tuple[Any, ...], ...]
    changed: int
    changed_fields: dict[str, int]


@dataclass(frozen=True, slots=True)
class Month:
    """A shop's calendar month, by the marketplace's own days. month: its first day.

    orders: with an item of the shop, cancelled ones too; sales_minor: prices of its items in orders not cancelled, freight apart.
    """

    month: date
    orders: int
    cancelled_orders: int
    sales_minor: int
    reviews: int
    review_points: int
