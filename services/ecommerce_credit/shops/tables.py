"""Shops, who claims to own them, and each step of each claim."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.ecommerce_credit.metadata import metadata

shops = Table(
    "shops",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("marketplace", Text, ForeignKey("marketplaces.code"), nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("owner", Text),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("marketplace", "seller_id"),
    Index(None, "owner", "id", postgresql_where=text("owner IS NOT NULL")),
)

shop_claims = Table(
    "shop_claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("shop_id", Uuid, ForeignKey("shops.id"), nullable=False),
    Column("customer", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint(
        "state IN ('pending', 'approved', 'declined', 'withdrawn', 'expired', 'ended')", name="state_known"
    ),
    CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="waiting_states_end"),
    Index("ix_shop_claims_one_owner", "shop_id", unique=True, postgresql_where=text("state = 'approved'")),
    Index(
        "ix_shop_claims_one_under_way",
        "shop_id",
        "customer",
        unique=True,
        postgresql_where=text("state IN ('pending', 'approved')"),
    ),
    Index(None, "customer", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

shop_claim_steps = Table(
    "shop_claim_steps",
    metadata,
    Column("claim_id", Uuid, ForeignKey("shop_claims.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text),
    Column("state", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("note", Text),
)
