"""Coins on their chains. Terms, prices, regulations and days are append-only by privilege; what came and went is never deleted."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

coin_rails = Table(
    "coin_rails",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, ForeignKey("units.code"), nullable=False, unique=True),
    Column("network", Words, nullable=False),
    Column("issuance_account_id", Uuid, nullable=False, unique=True),
    Column("fees_account_id", Uuid, nullable=False, unique=True),
    Column("loss_account_id", Uuid, nullable=False, unique=True),
    Column("cursor", Words, nullable=False),
    Column("height", BigInteger, nullable=False),
    Column("best_block", Words, nullable=False),
    Column("outputs", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("difference", BigInteger, nullable=False),
    Column("proved_at", Instant),
    Column("scanned_at", Instant),
    Column("due_at", Instant, nullable=False),
    Column("last_day", Date),
    Column("opened_at", Instant, nullable=False),
    CheckConstraint("outputs >= 0", name="outputs"),
    CheckConstraint("height >= -1", name="height"),
)

coin_addresses = Table(
    "coin_addresses",
    metadata,
    Column("address", Words, primary_key=True),
    Column("unit", Words, ForeignKey("coin_rails.unit"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("customer_id", Uuid),
    Column("taken_at", Instant),
    UniqueConstraint("unit", "number"),
    CheckConstraint("(customer_id IS NULL) = (taken_at IS NULL)", name="taken_by_somebody"),
    Index(None, "customer_id", "unit", "number"),
)
Index(
    "ix_coin_addresses_free",
    coin_addresses.c.unit,
    coin_addresses.c.number,
    postgresql_where=coin_addresses.c.customer_id.is_(None),
)

coin_accounts = Table(
    "coin_accounts",
    metadata,
    Column("unit", Words, ForeignKey("coin_rails.unit"), primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
    Column("opened_at", Instant, nullable=False),
)

coin_deposits = Table(
    "coin_deposits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, ForeignKey("coin_rails.unit"), nullable=False),
    Column("customer_id", Uuid),
    Column("account_id", Uuid, nullable=False),
    Column("address", Words, nullable=False),
    Column("txid", Words, nullable=False),
    Column("position", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("confirmations", Integer, nullable=False),
    Column("lost", BigInteger, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("ended_at", Instant),
    # However often a node tells of it.
    UniqueConstraint("unit", "txid", "position"),
    CheckConstraint("state IN ('confirming', 'dropped', 'held', 'credited', 'reversed')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("lost BETWEEN 0 AND amount AND (state = 'reversed' OR lost = 0)", name="lost_when_reversed"),
    CheckConstraint("(state = 'held') = (due_at IS NOT NULL)", name="held_is_due"),
    CheckConstraint("(state IN ('credited', 'reversed')) = (ended_at IS NOT NULL)", name="ended_when_credited"),
    Index(None, "customer_id", "id"),
)
_deposit = coin_deposits.c
Index(
    "ix_coin_deposits_watched",
    _deposit.unit,
    _deposit.id,
    postgresql_where=(_deposit.confirmations < 6) & (_deposit.state != "dropped"),
)
Index("ix_coin_deposits_due", _deposit.due_at, postgresql_where=_deposit.due_at.is_not(None))

coin_withdrawals = Table(
    "coin_withdrawals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, ForeignKey("coin_rails.unit"), nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("address", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("fee", BigInteger, nullable=False),
    Column("network_fee", BigInteger),
    Column("txid", Words),
    Column("state", Words, nullable=False),
    Column("failure_code", Words),
    Column("hold_id", Uuid, nullable=False, unique=True),
    Column("fee_hold_id", Uuid, nullable=False, unique=True),
    Column("posted", Boolean, nullable=False),
    Column("lost", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("made_on", Date, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("due_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('held', 'sent', 'confirmed', 'failed', 'returned')", name="state"),
    CheckConstraint("amount > 0 AND fee > 0 AND network_fee >= 0 AND lost >= 0", name="amounts"),
    CheckConstraint("(state IN ('held', 'sent')) = (due_at IS NOT NULL)", name="waiting_is_due"),
    CheckConstraint("(state IN ('held', 'sent')) = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_with_code"),
    CheckConstraint("num_nonnulls(txid, network_fee, sent_at) IN (0, 3)", name="sent_as_a_whole"),
    CheckConstraint(
        "state NOT IN ('sent', 'confirmed', 'returned') OR txid IS NOT NULL", name="sent_with_a_transaction"
    ),
    CheckConstraint("state = 'sent' OR posted = (state IN ('confirmed', 'returned'))", name="posted_when_confirmed"),
    Index(None, "customer_id", "id"),
    Index(None, "txid"),
)
Index("ix_coin_withdrawals_due", coin_withdrawals.c.due_at, postgresql_where=coin_withdrawals.c.due_at.is_not(None))

coin_terms = Table(
    "coin_terms",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, ForeignKey("coin_rails.unit"), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("share_ppm", Integer, nullable=False),
    Column("daily_withdrawal", BigInteger, nullable=False),
    Column("held_days", Integer, nullable=False),
    Column("source", Words, nullable=False),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Instant, nullable=False),
    CheckConstraint("share_ppm BETWEEN 0 AND 1000000 AND daily_withdrawal > 0 AND held_days > 0", name="figures"),
    Index(None, "unit", "valid_from", "id"),
)

coin_prices = Table(
    "coin_prices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, ForeignKey("coin_rails.unit"), nullable=False),
    Column("price_on", Date, nullable=False),
    Column("price", Numeric, nullable=False),
    Column("source", Words, nullable=False),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Instant, nullable=False),
    CheckConstraint("price > 0", name="price_positive"),
    Index(None, "unit", "price_on", "id"),
)

coin_regulations = Table(
    "coin_regulations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, ForeignKey("coin_rails.unit"), nullable=False),
    Column("regulated", Boolean, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("share_ppm", Integer),
    Column("reason", Words, nullable=False),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Instant, nullable=False),
    Index(None, "unit", "from_on", "id"),
)

coin_days = Table(
    "coin_days",
    metadata,
    Column("unit", Words, ForeignKey("coin_rails.unit"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("height", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("outputs", BigInteger, nullable=False),
    Column("price", Numeric),
    Column("value", BigInteger),
    Column("money", BigInteger, nullable=False),
    Column("share_ppm", Integer),
    Column("regulated", Boolean, nullable=False),
    Column("reported_at", Instant, nullable=False),
    CheckConstraint("num_nonnulls(price, value, share_ppm) IN (0, 3)", name="valued_by_a_price"),
)
