"""Tokens of customers: terms and deals are append-only by privilege."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, DateTime, ForeignKey, Index, Table, Uuid
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

token_terms = Table(
    "token_terms",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Words, ForeignKey("units.code"), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("redeemable", Boolean, nullable=False),
    Column("transferable", Boolean, nullable=False),
    Column("holding_cap", BigInteger, nullable=False),
    Column("daily_cap", BigInteger, nullable=False),
    Column("source", Words, nullable=False),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Instant, nullable=False),
    CheckConstraint("holding_cap > 0 AND daily_cap > 0", name="caps_positive"),
    Index(None, "unit", "valid_from", "id"),
)

token_holdings = Table(
    "token_holdings",
    metadata,
    Column("unit", Words, ForeignKey("units.code"), primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
    Column("opened_at", Instant, nullable=False),
)

token_deals = Table(
    "token_deals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("unit", Words, ForeignKey("units.code"), nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False, unique=True),
    Column("movement_id", Uuid, ForeignKey("unit_movements.id"), unique=True),
    Column("counterparty_id", Uuid),
    Column("order_id", Uuid, ForeignKey("orders.id")),
    Column("order_payment_id", Uuid, ForeignKey("order_payments.id"), unique=True),
    Column("made_on", Date, nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("kind IN ('purchase', 'payment', 'redemption', 'gift')", name="kind"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("(kind = 'gift') = (movement_id IS NULL)", name="gift_moves_no_money"),
    CheckConstraint("(kind = 'gift') = (counterparty_id IS NOT NULL)", name="gift_to_somebody"),
    CheckConstraint("counterparty_id <> customer_id", name="gift_to_another"),
    CheckConstraint(
        "num_nonnulls(order_id, order_payment_id) = CASE kind WHEN 'payment' THEN 2 ELSE 0 END",
        name="payment_of_an_order",
    ),
    Index(None, "customer_id", "id"),
    Index(None, "counterparty_id", "id"),
)
