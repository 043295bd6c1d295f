"""Contracts, positions, settlements and what they leave behind. Contracts and settlements are append-only by privilege."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
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
PARTS = ("fee_minor", "shares_minor", "receivable_minor", "deductions_minor", "reserve_minor", "net_minor")

settlement_contracts = Table(
    "settlement_contracts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("plan_id", Uuid, ForeignKey("fee_plans.id"), nullable=False),
    Column("cycle_days", Integer, nullable=False),
    Column("cut_off_minutes", Integer, nullable=False),
    Column("reserve_rate_millionths", BigInteger, nullable=False),
    Column("reserve_days", Integer, nullable=False),
    Column("refund_policy", Words, nullable=False),
    Column("share_limit_millionths", BigInteger, nullable=False),
    Column("payout", Words, nullable=False),
    Column("payout_account_id", Uuid, ForeignKey("payout_accounts.id")),
    Column("signed_at", Instant, nullable=False),
    Column("signed_by", Words, nullable=False),
    UniqueConstraint("merchant_id", "effective_on"),
    CheckConstraint("cycle_days BETWEEN 0 AND 30", name="cycle"),
    CheckConstraint("cut_off_minutes BETWEEN 0 AND 1440", name="cut_off"),
    CheckConstraint("reserve_rate_millionths BETWEEN 0 AND 1000000", name="reserve_rate"),
    CheckConstraint("reserve_days BETWEEN 0 AND 365", name="reserve_days"),
    CheckConstraint("share_limit_millionths BETWEEN 0 AND 1000000", name="share_limit"),
    CheckConstraint("refund_policy IN ('wait', 'advance')", name="refund_policy"),
    CheckConstraint("payout IN ('balance', 'bank')", name="payout"),
    CheckConstraint("(payout = 'bank') = (payout_account_id IS NOT NULL)", name="bank_with_account"),
)

settlement_positions = Table(
    "settlement_positions",
    metadata,
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), primary_key=True),
    Column("reserve_account_id", Uuid, nullable=False, unique=True),
    Column("window_on", Date, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("settled_until", Instant, nullable=False),
    Column("skipped_code", Words),
    Index(None, "due_at", "merchant_id"),
    Index(None, "merchant_id", postgresql_where=text("skipped_code IS NOT NULL")),
)

settlements = Table(
    "settlements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("contract_id", Uuid, ForeignKey("settlement_contracts.id"), nullable=False),
    Column("currency", Words, nullable=False),
    Column("window_on", Date, nullable=False),
    Column("cut_off_at", Instant, nullable=False),
    Column("settled_on", Date, nullable=False),
    Column("settled_at", Instant, nullable=False),
    Column("orders", Integer, nullable=False),
    Column("gross_minor", BigInteger, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in PARTS),
    CheckConstraint("orders > 0", name="of_orders"),
    CheckConstraint(f"least(refunded_minor, {', '.join(PARTS)}) >= 0", name="not_negative"),
    CheckConstraint(f"gross_minor - refunded_minor = {' + '.join(PARTS)}", name="divided_wholly"),
    Index(None, "merchant_id", "id"),
    Index(None, "settled_on", "id"),
)

# The orders of settlements: a statement's lines. Foreign keys would cost more than the rows themselves: the audit compares instead.
settlement_lines = Table(
    "settlement_lines",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("settlement_id", Uuid, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    CheckConstraint("least(refunded_minor, fee_minor) >= 0", name="not_negative"),
)

# Which transfers a settlement made, by which the audit adds up each.
settlement_transfers = Table(
    "settlement_transfers",
    metadata,
    Column("transfer_id", Uuid, primary_key=True),
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), nullable=False),
    Index(None, "settlement_id"),
)

settlement_receivables = Table(
    "settlement_receivables",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False),
    Column("currency", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("collected", BigInteger, nullable=False),
    Column("raised_at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("collected BETWEEN 0 AND amount", name="collected_within"),
    Index(None, "merchant_id", "id", postgresql_where=text("collected < amount")),
)

reserve_holdings = Table(
    "reserve_holdings",
    metadata,
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("currency", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("drawn", BigInteger, nullable=False),
    Column("released", BigInteger, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("released_at", Instant),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("drawn >= 0 AND released >= 0 AND drawn + released <= amount", name="spent_within"),
    CheckConstraint("released_at IS NULL OR drawn + released = amount", name="released_wholly"),
    CheckConstraint("released = 0 OR released_at IS NOT NULL", name="released_at_once"),
    Index(None, "due_at", postgresql_where=text("released_at IS NULL")),
    Index(None, "merchant_id", "settlement_id", postgresql_where=text("released_at IS NULL")),
)

# What a merchant's paid orders come to in a month, those of settlements so far: by it tiers and free quotas go.
merchant_volumes = Table(
    "merchant_volumes",
    metadata,
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("volume_minor", BigInteger, nullable=False),
    CheckConstraint("volume_minor > 0", name="volume_positive"),
    CheckConstraint("extract(day FROM month) = 1", name="month_begins"),
)

settlement_accounts = Table(
    "settlement_accounts",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
    CheckConstraint("kind IN ('fee_income', 'refund_advance')", name="kind"),
)
