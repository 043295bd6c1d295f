"""Repayments and their parts. Which drawings one is under way on stands with the drawings."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    text,
)

from services.ecommerce_credit.metadata import metadata

repayments = Table(
    "repayments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, ForeignKey("lines.id"), nullable=False),
    Column("borrower", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("requested_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('pending', 'received', 'refused')", name="state_known"),
    CheckConstraint("amount_minor = principal_minor + interest_minor AND amount_minor > 0", name="amount_adds_up"),
    CheckConstraint("principal_minor >= 0 AND interest_minor >= 0", name="nothing_negative"),
    Index(None, "line_id", "id"),
    Index(None, "borrower", "id"),
    Index("ix_repayments_pending", "changed_at", postgresql_where=text("state = 'pending'")),
)

repayment_parts = Table(
    "repayment_parts",
    metadata,
    Column("repayment_id", Uuid, ForeignKey("repayments.id"), primary_key=True),
    Column("drawing_id", Uuid, ForeignKey("drawings.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False, unique=True),
    CheckConstraint("kind IN ('principal', 'interest')", name="kind_known"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    Index(None, "drawing_id"),
)
