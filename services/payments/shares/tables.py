"""Receivers of shares, and shares of orders."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

share_receivers = Table(
    "share_receivers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("relation", Words, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("removed_at", Instant),
    UniqueConstraint("merchant_id", "account_id"),
)

order_shares = Table(
    "order_shares",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("receiver_id", Uuid, ForeignKey("share_receivers.id"), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("declared_at", Instant, nullable=False),
    Column("called_back", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
    # Deferred: what a settlement shares out is known before its row is.
    Column("settlement_id", Uuid, ForeignKey("settlements.id", deferrable=True, initially="DEFERRED")),
    Column("cancel_code", Words),
    UniqueConstraint("order_id", "receiver_id"),
    CheckConstraint("state IN ('declared', 'paid', 'cancelled')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("called_back BETWEEN 0 AND amount", name="called_back_within"),
    CheckConstraint("returned BETWEEN 0 AND paid_minor", name="returned_within"),
    CheckConstraint("(state = 'paid') = (paid_minor > 0)", name="paid_something"),
    CheckConstraint("state <> 'paid' OR paid_minor = amount - called_back", name="paid_what_was_left"),
    CheckConstraint("(state = 'paid') = (settlement_id IS NOT NULL)", name="paid_by_a_settlement"),
    CheckConstraint("(state = 'cancelled') = (cancel_code IS NOT NULL)", name="cancelled_with_code"),
    Index(None, "settlement_id", postgresql_where=text("settlement_id IS NOT NULL")),
    Index(None, "merchant_id", "id"),
    Index(None, "merchant_id", "order_id", postgresql_where=text("state = 'declared'")),
)
