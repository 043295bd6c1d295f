from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Uuid
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("wallet_id", Uuid, ForeignKey("wallets.id"), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("card_id", Uuid, ForeignKey("cards.id"), nullable=False),
    Column("bank", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("failure_code", Words),
    Column("late", Boolean, nullable=False),
    Column("hold_id", Uuid, nullable=False, unique=True),
    Column("instruction_id", Uuid, ForeignKey("channel_instructions.id"), nullable=False, unique=True),
    Column("requested_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state IN ('pending', 'succeeded', 'failed', 'returned')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_with_code"),
    CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended_when_final"),
    Index(None, "customer_id", "id"),
)
