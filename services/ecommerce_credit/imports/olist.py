"""The files of a marketplace in Olist's shape: which column means what. Columns that are not named here are not kept.

`olist_sellers_dataset.csv` … `olist_order_reviews_dataset.csv`; a file's kind is its source, `olist.sellers` … `olist.order_reviews`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.ecommerce_credit.errors import WrongHeader
from services.ecommerce_credit.imports import cells
from services.ecommerce_credit.imports.cells import BadCell, Place, Reader
from services.ecommerce_credit.sales.model import Kind, Row


class Column(NamedTuple):
    """header: its name in the file; field: the column here that it fills; optional: an empty cell is no value."""

    header: str
    field: str
    read: Reader
    optional: bool = False


_STATUS = cells.one_of(
    "created", "approved", "invoiced", "processing", "shipped", "delivered", "canceled", "unavailable"
)
_ORDER = Column("order_id", "order_id", cells.key)
FILES: Mapping[Kind, tuple[Column, ...]] = {
    Kind.SELLERS: (
        Column("seller_id", "seller_id", cells.key),
        Column("seller_zip_code_prefix", "zip_prefix", cells.words),
        Column("seller_city", "city", cells.words),
        Column("seller_state", "state", cells.words),
    ),
    Kind.CUSTOMERS: (
        Column("customer_id", "customer_id", cells.key),
        Column("customer_unique_id", "customer_unique_id", cells.key),
        Column("customer_state", "state", cells.words),
    ),
    Kind.PRODUCTS: (
        Column("product_id", "product_id", cells.key),
        Column("product_category_name", "category", cells.words, optional=True),
    ),
    Kind.ORDERS: (
        _ORDER,
        Column("customer_id", "customer_id", cells.key),
        Column("order_status", "status", _STATUS),
        Column("order_purchase_timestamp", "purchased_at", cells.instant),
        Column("order_purchase_timestamp", "purchased_on", cells.day),
        Column("order_approved_at", "approved_at", cells.instant, optional=True),
        Column("order_delivered_carrier_date", "shipped_at", cells.instant, optional=True),
        Column("order_delivered_customer_date", "delivered_at", cells.instant, optional=True),
        Column("order_estimated_delivery_date", "estimated_on", cells.day, optional=True),
    ),
    Kind.ORDER_ITEMS: (
        _ORDER,
        Column("order_item_id", "item", cells.whole(1, 100_000)),
        Column("product_id", "product_id", cells.key),
        Column("seller_id", "seller_id", cells.key),
        Column("shipping_limit_date", "ship_by_at", cells.instant, optional=True),
        Column("price", "price_minor", cells.amount),
        Column("freight_value", "freight_minor", cells.amount),
    ),
    Kind.ORDER_PAYMENTS: (
        _ORDER,
        Column("payment_sequential", "sequential", cells.whole(1, 100_000)),
        Column("payment_type", "method", cells.word),
        Column("payment_installments", "instalments", cells.whole(0, 1_000)),
        Column("payment_value", "amount_minor", cells.amount),
    ),
    Kind.ORDER_REVIEWS: (
        Column("review_id", "review_id", cells.key),
        _ORDER,
        Column("review_score", "score", cells.whole(1, 5)),
        Column("review_creation_date", "created_on", cells.day),
        Column("review_answer_timestamp", "answered_at", cells.instant, optional=True),
    ),
}


class RowReader:
    """Reads rows of cells under one header."""

    def __init__(self, kind: Kind, header: Sequence[str], place: Place) -> None:
        """Raises WrongHeader: a column twice, or one missing that is needed."""
        needed = dict.fromkeys(column.header for column in FILES[kind])
        missing = [name for name in needed if name not in header]
        if missing or len(set(header)) != len(header):
            raise WrongHeader(f"the header is not that of a file of {kind}", field="header", missing=missing)
        self._width = len(header)
        self._columns = [(header.index(column.header), column) for column in FILES[kind]]
        self._place = place

    def read(self, row: Sequence[str | None]) -> Row:
        """Raises BadCell for the first cell that means nothing."""
        if len(row) != self._width:
            raise BadCell(None, "wrong_number_of_fields", f"{self._width} fields are expected, found {len(row)}")
        return {column.field: self._cell(column, row[place]) for place, column in self._columns}

    def _cell(self, column: Column, cell: str | None) -> object:
        text = (cell or "").strip()
        if text:
            return column.read(column.header, text, self._place)
        if column.optional:
            return None
        raise BadCell(column.header, "missing_value", f"{column.header} is empty")
