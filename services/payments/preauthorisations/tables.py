"""Captures are append-only by privilege."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

preauthorisations = Table(
    "preauthorisations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("merchant_number", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("captured", BigInteger, nullable=False),
    Column("buyer_id", Uuid),
    Column("wallet_id", Uuid, ForeignKey("wallets.id")),
    Column("account_id", Uuid),
    Column("hold_id", Uuid, unique=True),
    Column("state", Words, nullable=False),
    Column("end_reason", Words),
    Column("release_asked_at", Instant),
    Column("hold_seconds", Integer, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("agreed_at", Instant),
    Column("due_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("merchant_id", "merchant_number"),
    CheckConstraint("state IN ('requested', 'frozen', 'ended', 'closed')", name="state"),
    CheckConstraint("end_reason IN ('captured', 'merchant', 'consented', 'deadline')", name="end_reason"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("captured >= 0 AND captured <= amount", name="captured_within_frozen"),
    CheckConstraint("captured < amount OR state = 'ended'", name="frozen_while_something_is_left"),
    CheckConstraint("captured = 0 OR state IN ('frozen', 'ended')", name="captured_after_agreement"),
    CheckConstraint(
        "(state IN ('frozen', 'ended')) = (agreed_at IS NOT NULL) AND num_nulls(agreed_at, wallet_id, account_id, hold_id) IN (0, 4)",
        name="agreed_with_hold",
    ),
    CheckConstraint("agreed_at IS NULL OR buyer_id IS NOT NULL", name="agreed_by_somebody"),
    CheckConstraint(
        "(state IN ('ended', 'closed')) = (ended_at IS NOT NULL) AND num_nulls(ended_at, end_reason) IN (0, 2)",
        name="ended_when_final",
    ),
    CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name="due_until_final"),
    Index(None, "merchant_id", "id"),
    Index(None, "buyer_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

preauthorisation_captures = Table(
    "preauthorisation_captures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("preauthorisation_id", Uuid, ForeignKey("preauthorisations.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False, unique=True),
    Column("captured_at", Instant, nullable=False),
    Column("order_id", Uuid, ForeignKey("orders.id"), unique=True),
    UniqueConstraint("preauthorisation_id", "number"),
    CheckConstraint("amount > 0", name="amount_positive"),
)
