"""Rows of a marketplace's files, under their own keys. Files come in any order, so no row waits for another: there are no foreign keys.

Of buyers only a pseudonym and their state are kept, of reviews the score; words that people wrote are left behind.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)

from services.ecommerce_credit.metadata import metadata


def _kept(*columns: Column[object]) -> list[Column[object]]:
    """Columns of a table of rows: its marketplace and keys first, the import that last wrote the row at the end."""
    return [
        Column("marketplace", Text, ForeignKey("marketplaces.code"), primary_key=True),
        *columns,
        Column("import_id", Uuid, nullable=False),
        Column("changed_at", DateTime(timezone=True), nullable=False),
    ]


def _key(name: str, kind: type[Text] | type[Integer] = Text) -> Column[object]:
    return Column(name, kind, primary_key=True)


sellers = Table(
    "sellers",
    metadata,
    *_kept(
        _key("seller_id"),
        Column("zip_prefix", Text, nullable=False),
        Column("city", Text, nullable=False),
        Column("state", Text, nullable=False),
    ),
)
customers = Table(
    "customers",
    metadata,
    *_kept(
        _key("customer_id"),
        Column("customer_unique_id", Text, nullable=False),
        Column("state", Text, nullable=False),
    ),
)
products = Table("products", metadata, *_kept(_key("product_id"), Column("category", Text)))
orders = Table(
    "orders",
    metadata,
    *_kept(
        _key("order_id"),
        Column("customer_id", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("purchased_at", DateTime(timezone=True), nullable=False),
        Column("purchased_on", Date, nullable=False),
        Column("approved_at", DateTime(timezone=True)),
        Column("shipped_at", DateTime(timezone=True)),
        Column("delivered_at", DateTime(timezone=True)),
        Column("estimated_on", Date),
    ),
    Index(None, "marketplace", "purchased_on"),
)
order_items = Table(
    "order_items",
    metadata,
    *_kept(
        _key("order_id"),
        _key("item", Integer),
        Column("product_id", Text, nullable=False),
        Column("seller_id", Text, nullable=False),
        Column("ship_by_at", DateTime(timezone=True)),
        Column("price_minor", BigInteger, nullable=False),
        Column("freight_minor", BigInteger, nullable=False),
    ),
    CheckConstraint("price_minor >= 0 AND freight_minor >= 0", name="nothing_negative"),
    Index(None, "marketplace", "seller_id"),
)
order_payments = Table(
    "order_payments",
    metadata,
    *_kept(
        _key("order_id"),
        _key("sequential", Integer),
        Column("method", Text, nullable=False),
        Column("instalments", Integer, nullable=False),
        Column("amount_minor", BigInteger, nullable=False),
    ),
    CheckConstraint("amount_minor >= 0", name="nothing_negative"),
)
order_reviews = Table(
    "order_reviews",
    metadata,
    *_kept(
        _key("review_id"),
        _key("order_id"),
        Column("score", Integer, nullable=False),
        Column("created_on", Date, nullable=False),
        Column("answered_at", DateTime(timezone=True)),
    ),
    CheckConstraint("score BETWEEN 1 AND 5", name="score_known"),
    Index(None, "marketplace", "order_id"),
)
