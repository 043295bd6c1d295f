from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Uuid, text
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

card_returns = Table(
    "card_returns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instruction_id", Uuid, ForeignKey("channel_instructions.id"), nullable=False),
    Column("channel", Words, nullable=False),
    Column("card_id", Uuid, ForeignKey("cards.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("fallback_account_id", Uuid, nullable=False),
    Column("state", Words, nullable=False),
    Column("payout_id", Uuid, ForeignKey("channel_instructions.id"), unique=True),
    Column("hold_id", Uuid, unique=True),
    Column("late", Boolean, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("reason", Words, nullable=False, server_default="surplus"),
    Column("due_at", Instant),
    Column("expires_at", Instant),
    CheckConstraint("state IN ('waiting', 'returning', 'returned', 'credited')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("(state IN ('waiting', 'returning')) = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint(
        "num_nonnulls(due_at, expires_at) = CASE state WHEN 'waiting' THEN 2 ELSE 0 END", name="waiting_is_due"
    ),
    CheckConstraint(
        "num_nonnulls(payout_id, hold_id) = CASE state WHEN 'waiting' THEN 0 WHEN 'credited' THEN num_nonnulls(payout_id) * 2 ELSE 2 END",
        name="sent_with_a_hold",
    ),
    CheckConstraint("instruction_id <> payout_id", name="two_instructions"),
    CheckConstraint("reason IN ('surplus', 'not_needed', 'refund')", name="reason"),
    Index(None, "instruction_id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index(
        "uq_card_returns_returned_whole",
        "instruction_id",
        unique=True,
        postgresql_where=text("reason <> 'refund'"),
    ),
)
