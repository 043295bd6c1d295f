"""Funding parties and the movements of capital."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid, text

from services.ecommerce_credit.metadata import metadata

funding_parties = Table(
    "funding_parties",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Text, nullable=False, unique=True),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)

capital_movements = Table(
    "capital_movements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("party_id", Uuid, ForeignKey("funding_parties.id"), nullable=False),
    Column("customer", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("account_id", Uuid),
    Column("capital_account_id", Uuid),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('contribution', 'withdrawal')", name="kind_known"),
    CheckConstraint("state IN ('pending', 'done', 'refused')", name="state_known"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint(
        "state <> 'done' OR (account_id IS NOT NULL AND capital_account_id IS NOT NULL)", name="done_between_accounts"
    ),
    Index(None, "party_id", "id"),
    Index(None, "customer", "id"),
    Index("ix_capital_movements_pending", "changed_at", postgresql_where=text("state = 'pending'")),
)
