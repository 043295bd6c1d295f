"""An invented marketplace's files as tests need them: sellers, and orders by month."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import md5
from typing import Any

from finance.calendars import add_months

HEADERS: dict[str, list[str]] = {
    "sellers": ["seller_id", "seller_zip_code_prefix", "seller_city", "seller_state"],
    "customers": [
        "customer_id",
        "customer_unique_id",
        "customer_zip_code_prefix",
        "customer_city",
        "customer_state",
    ],
    "products": ["product_id", "product_category_name"],
    "orders": [
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_approved_at",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ],
    "order_items": [
        "order_id",
        "order_item_id",
        "product_id",
        "seller_id",
        "shipping_limit_date",
        "price",
        "freight_value",
    ],
    "order_payments": [
        "order_id",
        "payment_sequential",
        "payment_type",
        "payment_installments",
        "payment_value",
    ],
    "order_reviews": [
        "review_id",
        "order_id",
        "review_score",
        "review_comment_title",
        "review_comment_message",
        "review_creation_date",
        "review_answer_timestamp",
    ],
}
LAST_DAY = date(2036, 11, 20)


def key(*what: object) -> str:
    """A whole hexadecimal id, as the source has them."""
    return md5("/".join(map(str, what)).encode(), usedforsecurity=False).hexdigest()


def body(kind: str, rows: list[Any], **changes: Any) -> dict[str, Any]:
    """An import of rows of one file."""
    usual = {
        "source": f"olist.{kind}",
        "marketplace": "market",
        "currency": "CNY",
        "zone": "Asia/Shanghai",
        "file": f"{kind}.csv",
        "header": HEADERS[kind],
        "first_line": 2,
        "rows": rows,
    }
    return usual | changes


@dataclass
class Sales:
    """Rows of one marketplace's files, filled shop by shop."""

    rows: dict[str, list[list[str | None]]] = field(default_factory=lambda: {kind: [] for kind in HEADERS})

    def seller(self, name: str) -> str:
        seller_id = key("seller", name)
        self.rows["sellers"].append([seller_id, "310000", "杭州", "浙江"])
        return seller_id

    def order(
        self,
        seller_id: str,
        day: date,
        price: str,
        *,
        status: str = "delivered",
        score: int | None = 5,
        number: int = 1,
    ) -> str:
        """One order of one item."""
        order_id = key("order", seller_id, day, number)
        at = f"{day} 10:00:00"
        customer = key("customer", order_id)
        delivered = at if status == "delivered" else None
        self.rows["orders"].append([order_id, customer, status, at, at, delivered, delivered, f"{day} 00:00:00"])
        self.rows["order_items"].append([order_id, "1", key("product"), seller_id, at, price, "8.00"])
        self.rows["order_payments"].append([order_id, "1", "wallet", "1", price])
        if score is not None:
            reviewed = day + timedelta(days=1)
            review = [key("review", order_id), order_id, str(score), None, "很好", f"{reviewed} 00:00:00"]
            self.rows["order_reviews"].append([*review, f"{reviewed} 09:00:00"])
        return order_id

    def months(self, seller_id: str, count: int = 12, *, orders: int = 3, price: str = "1000.00", **more: Any) -> None:
        """So many months of orders up to LAST_DAY's month."""
        for back in range(count):
            first = add_months(LAST_DAY.replace(day=1), -back)
            for number in range(orders):
                newest = back == 0 and number == orders - 1
                self.order(
                    seller_id, LAST_DAY if newest else first + timedelta(days=number), price, number=number, **more
                )
