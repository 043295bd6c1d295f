"""The banks' own books. Nothing here is ever read by the services."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from sandbox.metadata import metadata

Instant = DateTime(timezone=True)

bank_accounts = Table(
    "bank_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bank", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("holder_name", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("balance_minor", BigInteger, nullable=False, server_default=text("0")),
    UniqueConstraint("bank", "number"),
    CheckConstraint("balance_minor >= 0 OR kind IN ('operating', 'vault', 'interbank')", name="covered"),
)

bank_entries = Table(
    "bank_entries",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("bank", Words, nullable=False),
    Column("debit_account_id", Uuid, ForeignKey("bank_accounts.id"), nullable=False),
    Column("credit_account_id", Uuid, ForeignKey("bank_accounts.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("code", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("narrative", Words, nullable=False),
    Column("booked_at", Instant, nullable=False),
    Column("value_on", Date, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
    Index(None, "debit_account_id", "position"),
    Index(None, "credit_account_id", "position"),
)

bank_cards = Table(
    "bank_cards",
    metadata,
    Column("number", Words, primary_key=True),
    Column("bank", Words, nullable=False),
    Column("account_id", Uuid, ForeignKey("bank_accounts.id"), nullable=False),
    Column("holder_name", Words, nullable=False),
    Column("mobile", Words, nullable=False),
)

bank_agreements = Table(
    "bank_agreements",
    metadata,
    Column("bank", Words, primary_key=True),
    Column("reference", Words, primary_key=True),
    Column("card_number", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("refusal_code", Words),
    Column("sms_code", Words, nullable=False),
    Column("code_sent_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    CheckConstraint("state IN ('code_sent', 'active', 'refused')", name="state"),
)

bank_instructions = Table(
    "bank_instructions",
    metadata,
    Column("bank", Words, primary_key=True),
    Column("kind", Words, primary_key=True),
    Column("reference", Words, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("card_number", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("behaviour", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("decline_code", Words),
    Column("fee_minor", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("visible_at", Instant, nullable=False),
    Column("settles_at", Instant, nullable=False),
    Column("booked_at", Instant),
    Column("value_on", Date),
    Column("notify_url", Words),
    Column("notifications_left", Integer, nullable=False),
    CheckConstraint("kind IN ('charge', 'payout')", name="kind"),
    CheckConstraint("state IN ('processing', 'succeeded', 'declined')", name="state"),
    CheckConstraint("(state = 'succeeded') = (booked_at IS NOT NULL)", name="booked_when_succeeded"),
    CheckConstraint("(state = 'declined') = (decline_code IS NOT NULL)", name="declined_with_code"),
    Index(None, "settles_at", postgresql_where=text("state = 'processing'")),
)
