from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

refunds = Table(
    "refunds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("merchant_refund_number", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("fee_returned", BigInteger, nullable=False),
    Column("failure_code", Words),
    Column("due_at", Instant),
    Column("expires_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("merchant_id", "merchant_refund_number"),
    CheckConstraint("state IN ('refund_pending_funds', 'succeeded', 'failed')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("fee_returned BETWEEN 0 AND amount", name="fee_returned_within"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_with_code"),
    CheckConstraint("(state = 'refund_pending_funds') = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint(
        "(state = 'refund_pending_funds') = (due_at IS NOT NULL AND expires_at IS NOT NULL)", name="pending_is_due"
    ),
    Index(None, "order_id", "id"),
    Index(None, "merchant_id", "id"),
    Index(None, "merchant_id", "ended_at", "id", postgresql_where=text("state = 'succeeded'")),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

refund_legs = Table(
    "refund_legs",
    metadata,
    Column("refund_id", Uuid, ForeignKey("refunds.id"), nullable=False),
    Column("payment_id", Uuid, ForeignKey("order_payments.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("return_id", Uuid, ForeignKey("card_returns.id")),
    Column("restored", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("refund_id", "payment_id"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint(
        "restored BETWEEN 0 AND amount AND (restored = 0 OR (return_id IS NULL) = (restored = amount))",
        name="restored_or_returned",
    ),
    Index(None, "payment_id"),
)

refund_transfers = Table(
    "refund_transfers",
    metadata,
    Column("transfer_id", Uuid, primary_key=True),
    Column("refund_id", Uuid, ForeignKey("refunds.id"), nullable=False),
    Index(None, "refund_id"),
)
