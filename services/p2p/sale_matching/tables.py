"""Looks at the queue for offers of claims, and every order that was asked. Neither is ever changed."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)

from services.p2p.metadata import metadata

sale_looks = Table(
    "sale_looks",
    metadata,
    Column("sale_id", Uuid, ForeignKey("claim_sales.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("moment", BigInteger, nullable=False),
    Column("left_minor", BigInteger, nullable=False),
    Column("yield_rate", Numeric, nullable=False),
    Column("longest_months", Integer, nullable=False),
    Column("considered", Integer, nullable=False),
    Column("looked_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("number >= 1 AND considered >= 1", name="somebody_was_asked"),
)

sale_decisions = Table(
    "sale_decisions",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("look", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("order_id", Uuid, ForeignKey("standing_orders.id"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text),
    Column("amount_minor", BigInteger, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("bound_by", Text),
    Column("purchase_id", Uuid, ForeignKey("claim_purchases.id"), unique=True),
    Column("version", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("queued_at", DateTime(timezone=True), nullable=False),
    Column("place_after", BigInteger),
    Column("committed_minor", BigInteger, nullable=False),
    ForeignKeyConstraint(["sale_id", "look"], ["sale_looks.sale_id", "sale_looks.number"]),
    CheckConstraint("verdict IN ('chosen', 'skipped')", name="verdict_known"),
    CheckConstraint(
        "(verdict = 'chosen') = (purchase_id IS NOT NULL) AND (verdict = 'chosen') = (place_after IS NOT NULL)"
        " AND (verdict = 'chosen') = (amount_minor > 0) AND (verdict = 'skipped') = (reason IS NOT NULL)",
        name="chosen_with_purchase",
    ),
    Index(None, "order_id", "sale_id"),
)
