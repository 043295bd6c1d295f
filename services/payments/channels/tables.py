"""Orders to banks, and which ledger account stands for our reserve at each."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Index, Integer, Table, Uuid, text
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

channel_instructions = Table(
    "channel_instructions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("bank", Words, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("card_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("detail", Words),
    Column("bank_reference", Words),
    Column("fee_minor", BigInteger, nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("value_on", Date),
    Column("asked", Integer, nullable=False),
    Column("due_at", Instant),
    CheckConstraint("kind IN ('charge', 'payout')", name="kind"),
    CheckConstraint("state IN ('requested', 'unknown', 'succeeded', 'declined', 'absent')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("state NOT IN ('requested', 'unknown') OR due_at IS NOT NULL", name="open_is_due"),
    CheckConstraint("state NOT IN ('succeeded', 'declined') OR due_at IS NULL", name="final_is_not_due"),
    Index(None, "subject_id"),
    Index(None, "card_id", postgresql_where=text("state IN ('requested', 'unknown')")),
    Index(None, "kind", "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

reserve_accounts = Table(
    "reserve_accounts",
    metadata,
    Column("bank", Words, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
)
