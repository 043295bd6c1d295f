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

orders = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("merchant_order_number", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("buyer_id", Uuid),
    Column("state", Words, nullable=False),
    Column("close_reason", Words),
    Column("transfer_id", Uuid, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("merchant_id", "merchant_order_number"),
    CheckConstraint("state IN ('WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_CLOSED')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("(state = 'TRADE_SUCCESS') = (transfer_id IS NOT NULL)", name="paid_with_transfer"),
    CheckConstraint("(state = 'TRADE_CLOSED') = (close_reason IS NOT NULL)", name="closed_with_reason"),
    CheckConstraint("(state = 'WAIT_BUYER_PAY') = (ended_at IS NULL)", name="ended_when_final"),
    Index(None, "merchant_id", "id"),
    Index(None, "buyer_id", "id"),
    Index(None, "due_at", postgresql_where=text("state = 'WAIT_BUYER_PAY'")),
)
