from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

payment_codes = Table(
    "payment_codes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("state", Words, nullable=False),
    Column("slot", SmallInteger),
    Column("order_id", Uuid, ForeignKey("orders.id"), unique=True),
    Column("reference", Words),
    Column("amount", BigInteger),
    Column("currency", Words),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('live', 'used', 'expired', 'withdrawn')", name="state"),
    CheckConstraint("(state = 'live') = (slot IS NOT NULL)", name="live_has_slot"),
    CheckConstraint("(state = 'live') = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint("(state = 'used') = (order_id IS NOT NULL)", name="used_for_order"),
    CheckConstraint("num_nonnulls(order_id, reference, amount, currency) IN (0, 4)", name="charge_whole"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("slot BETWEEN 1 AND 3", name="slot"),
    Index("uq_payment_codes_live_slot", "customer_id", "slot", unique=True, postgresql_where=text("state = 'live'")),
    Index(None, "customer_id", "id"),
    Index(None, "expires_at", postgresql_where=text("state = 'live'")),
)

payment_code_caps = Table(
    "payment_code_caps",
    metadata,
    Column("currency", Words, primary_key=True),
    Column("from_on", Date, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("source", Words, nullable=False),
    Column("set_by", Words, nullable=False),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
)
