"""Caps and payments are append-only by privilege; a day's totals only grow."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Uuid,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

payee_codes = Table(
    "payee_codes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("merchant_id", Uuid, ForeignKey("merchants.id")),
    Column("wallet_id", Uuid, ForeignKey("wallets.id")),
    Column("currency", Words, nullable=False),
    Column("label", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    CheckConstraint("state IN ('open', 'revoked')", name="state"),
    CheckConstraint("num_nulls(merchant_id, wallet_id) = 1", name="one_payee"),
    CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked_when_final"),
    Index(None, "owner", "id"),
)

payee_code_caps = Table(
    "payee_code_caps",
    metadata,
    Column("currency", Words, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("per_payment", BigInteger, nullable=False),
    Column("payer_per_day", BigInteger, nullable=False),
    Column("code_per_day", BigInteger, nullable=False),
    Column("source", Words, nullable=False),
    PrimaryKeyConstraint("currency", "from_on"),
    CheckConstraint("per_payment > 0 AND per_payment <= least(payer_per_day, code_per_day)", name="payment_within_day"),
)

payee_code_payments = Table(
    "payee_code_payments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code_id", Uuid, ForeignKey("payee_codes.id"), nullable=False),
    Column("payer_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("order_id", Uuid, ForeignKey("orders.id"), unique=True),
    Column("person_transfer_id", Uuid, ForeignKey("person_transfers.id"), unique=True),
    Column("paid_at", Instant, nullable=False),
    Column("paid_on", Date, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("num_nulls(order_id, person_transfer_id) = 1", name="one_payment"),
    Index(None, "code_id", "id"),
    Index(None, "payer_id", "paid_on"),
)

# What a code took, and what a payer paid by codes, on one day. counted: `pyc_…` or `cus_…`.
payee_code_totals = Table(
    "payee_code_totals",
    metadata,
    Column("counted", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("counted_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("counted", "currency", "counted_on"),
    CheckConstraint("amount > 0", name="amount_positive"),
)
