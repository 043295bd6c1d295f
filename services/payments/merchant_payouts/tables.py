"""Merchants' bank accounts, what is owed to them, and batches with their lines. Accounts are append-only by privilege."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

payout_accounts = Table(
    "payout_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("bank", Words, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("masked", Words, nullable=False),
    Column("added_at", Instant, nullable=False),
    Index(None, "merchant_id", "id"),
)

merchant_payouts = Table(
    "merchant_payouts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), nullable=False, unique=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("payout_account_id", Uuid, ForeignKey("payout_accounts.id"), nullable=False),
    Column("bank", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("due_at", Instant),
    Column("failure_code", Words),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('waiting', 'batched', 'paid', 'failed')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name="waiting_until"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_with_code"),
    CheckConstraint("(state IN ('paid', 'failed')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    Index(None, "due_at", "id", postgresql_where=text("state = 'waiting'")),
    Index(None, "merchant_id", "id"),
)

payout_batches = Table(
    "payout_batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bank", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("number", Integer, nullable=False),
    Column("message_id", Words, nullable=False, unique=True),
    Column("execute_on", Date, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("submitted_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("bank", "currency", "execute_on", "number"),
    CheckConstraint("state IN ('closed', 'submitted', 'cancelling', 'completed', 'cancelled')", name="state"),
    CheckConstraint("lines > 0 AND total_minor > 0", name="not_empty"),
    CheckConstraint("(state IN ('completed', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name="waiting_until"),
    Index(None, "due_at", postgresql_where=text("ended_at IS NULL")),
)

payout_batch_lines = Table(
    "payout_batch_lines",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("batch_id", Uuid, ForeignKey("payout_batches.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("payout_id", Uuid, ForeignKey("merchant_payouts.id"), nullable=False),
    Column("merchant_id", Uuid, nullable=False),
    Column("payout_account_id", Uuid, ForeignKey("payout_accounts.id"), nullable=False),
    Column("end_to_end_id", Words, nullable=False, unique=True),
    Column("amount", BigInteger, nullable=False),
    Column("hold_id", Uuid, nullable=False, unique=True),
    Column("state", Words, nullable=False),
    Column("bank_code", Words),
    UniqueConstraint("batch_id", "position"),
    CheckConstraint("state IN ('held', 'paid', 'rejected', 'cancelled')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    Index(None, "payout_id"),
)
