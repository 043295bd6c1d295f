from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Uuid, text
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

person_transfers = Table(
    "person_transfers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("payer_id", Uuid, nullable=False),
    Column("payer_wallet_id", Uuid, ForeignKey("wallets.id"), nullable=False),
    Column("payer_account_id", Uuid, nullable=False),
    Column("payee_id", Uuid, nullable=False),
    Column("payee_wallet_id", Uuid, ForeignKey("wallets.id"), nullable=False),
    Column("payee_account_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("arrival", Words, nullable=False),
    Column("name_checked", Boolean, nullable=False),
    Column("state", Words, nullable=False),
    Column("failure_code", Words),
    Column("hold_id", Uuid, unique=True),
    Column("transfer_id", Uuid, unique=True),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("ended_at", Instant),
    CheckConstraint("arrival IN ('at_once', 'after_2_hours', 'after_24_hours')", name="arrival"),
    CheckConstraint("state IN ('pending', 'arrived', 'revoked', 'returned')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("payer_id <> payee_id", name="two_persons"),
    CheckConstraint("(arrival = 'at_once') = (hold_id IS NULL)", name="held_when_delayed"),
    CheckConstraint("(arrival = 'at_once') = (due_at IS NULL)", name="due_when_delayed"),
    CheckConstraint("arrival <> 'at_once' OR state = 'arrived'", name="at_once_has_arrived"),
    CheckConstraint("(state = 'arrived') = (transfer_id IS NOT NULL)", name="arrived_with_transfer"),
    CheckConstraint("(state = 'returned') = (failure_code IS NOT NULL)", name="returned_with_reason"),
    CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended_when_final"),
    Index(None, "payer_id", "id"),
    Index(None, "payee_id", "id"),
    Index(None, "due_at", postgresql_where=text("state = 'pending'")),
)
