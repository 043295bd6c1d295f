"""Orders to banks and institutions, what was agreed with each and how it does, and which ledger account stands for our reserve there."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import JSONB

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
    Column("purpose", Words, nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    Column("counts", Boolean, nullable=False, server_default=text("false")),
    Column("sends_open", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("kind IN ('charge', 'payout')", name="kind"),
    CheckConstraint("state IN ('requested', 'unknown', 'succeeded', 'declined', 'absent', 'unsent')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("state NOT IN ('requested', 'unknown') OR due_at IS NOT NULL", name="open_is_due"),
    CheckConstraint("state NOT IN ('succeeded', 'declined', 'unsent') OR due_at IS NULL", name="final_is_not_due"),
    CheckConstraint("NOT counts OR state = 'succeeded'", name="success_counts"),
    CheckConstraint("attempt > 0 AND sends_open >= 0", name="counted_up"),
    Index(None, "subject_id"),
    Index("uq_channel_instructions_counting", "subject_id", unique=True, postgresql_where=text("counts")),
    Index(None, "card_id", "submitted_at"),
    Index(None, "card_id", postgresql_where=text("state IN ('requested', 'unknown')")),
    Index(None, "purpose", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_channel_instructions_succeeded", "submitted_at", postgresql_where=text("state = 'succeeded'")),
)

reserve_accounts = Table(
    "reserve_accounts",
    metadata,
    Column("bank", Words, primary_key=True),
    Column("currency", Words, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
)

channel_contracts = Table(
    "channel_contracts",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("channel", Words, nullable=False),
    Column("valid_from_on", Date, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Words, nullable=False),
    Index(None, "channel", "valid_from_on", "position"),
)

channel_standings = Table(
    "channel_standings",
    metadata,
    Column("channel", Words, primary_key=True),
    Column("kind", Words, primary_key=True),
    Column("successes", Numeric(20, 6), nullable=False),
    Column("outcomes", Numeric(20, 6), nullable=False),
    Column("as_of", Instant),
    Column("unreached", Integer, nullable=False),
    Column("probes", Integer, nullable=False),
    Column("probe_at", Instant),
    CheckConstraint("kind IN ('charge', 'payout')", name="kind"),
    CheckConstraint("0 <= successes AND successes <= outcomes", name="successes_are_outcomes"),
    CheckConstraint("(as_of IS NULL) = (outcomes = 0)", name="dated_when_counted"),
    CheckConstraint("unreached >= 0 AND probes >= 0 AND (unreached > 0 OR probe_at IS NULL)", name="closed_by_silence"),
    Index(None, "probe_at", postgresql_where=text("probe_at IS NOT NULL")),
)
