"""Limits: every decision about a shop, with what it was decided from. A shop has one open offer at most."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.ecommerce_credit.metadata import metadata

limits = Table(
    "limits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("shop_id", Uuid, ForeignKey("shops.id"), nullable=False),
    Column("owner", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("features", JSONB, nullable=False),
    Column("scorecard_version", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("grade", Text, nullable=False),
    Column("points", JSONB, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("daily_rate", Numeric),
    Column("term_months", Integer, nullable=False),
    Column("all_in_rate", Numeric),
    Column("ceiling_rate", Numeric),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('approved', 'declined', 'accepted', 'lapsed', 'superseded')", name="state_known"),
    CheckConstraint("(state = 'approved') = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint("(state = 'declined') = (limit_minor = 0)", name="declined_is_nothing"),
    CheckConstraint("limit_minor = 0 OR daily_rate > 0", name="an_offer_has_a_rate"),
    Index("ix_limits_one_offer", "shop_id", unique=True, postgresql_where=text("state = 'approved'")),
    Index(None, "owner", "id"),
    Index(None, "shop_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
