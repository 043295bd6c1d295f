from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
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

payment_passwords = Table(
    "payment_passwords",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("sealed", LargeBinary),
    Column("tries", SmallInteger, nullable=False),
    Column("locked_until", Instant),
    Column("set_at", Instant),
    CheckConstraint("(sealed IS NULL) = (set_at IS NULL)", name="set_with_its_seal"),
    CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    CheckConstraint("(tries = 5) = (locked_until IS NOT NULL)", name="locked_by_the_last"),
)

payment_confirmations = Table(
    "payment_confirmations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("subject", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_for", Words),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('live', 'used', 'expired')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("expires_at > made_at", name="ends_after_it_begins"),
    CheckConstraint("(state = 'live') = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint("(state = 'used') = (used_for IS NOT NULL)", name="used_for_a_payment"),
    Index("uq_payment_confirmations_used_for", "used_for", unique=True, postgresql_where=text("used_for IS NOT NULL")),
    Index(None, "customer_id", "expires_at", postgresql_where=text("state = 'live'")),
    Index(None, "expires_at", postgresql_where=text("state = 'live'")),
)

payment_confirmations_since = Table(
    "payment_confirmations_since",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("since", Instant, nullable=False),
    CheckConstraint("singleton", name="one_row"),
)
"""Payments before it say nothing of how they were confirmed."""
