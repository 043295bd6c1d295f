from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
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

bank_reports = Table(
    "bank_reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bank", Words, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("bank_reference", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("instruction_kind", Words, nullable=False),
    Column("instruction_reference", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("answer_by", Instant),
    Column("original", Words),
    Column("owner", Words),
    Column("state", Words, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("owed", BigInteger, nullable=False),
    Column("held_up", Words),
    Column("tries", Integer, nullable=False),
    Column("reported_at", Instant, nullable=False),
    Column("try_at", Instant),
    Column("due_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("bank", "bank_reference", "kind"),
    CheckConstraint(
        "kind IN ('payout_returned', 'charge_reversed', 'dispute_opened', 'dispute_won', 'dispute_lost')", name="kind"
    ),
    CheckConstraint("state IN ('reported', 'booked', 'unmatched', 'cleared')", name="state"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("taken >= 0 AND owed >= 0 AND taken + owed IN (0, amount)", name="taken_and_owed_are_all"),
    CheckConstraint("taken + owed = 0 OR (kind, state) = ('charge_reversed', 'booked')", name="taken_when_booked"),
    CheckConstraint("(state = 'booked') <= (original IS NOT NULL)", name="booked_with_original"),
    CheckConstraint("(state = 'reported') = (try_at IS NOT NULL)", name="reported_is_tried"),
    CheckConstraint("(state IN ('reported', 'unmatched')) = (due_at IS NOT NULL)", name="open_is_due"),
    CheckConstraint("(state IN ('booked', 'cleared')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    Index(None, "owner", "id"),
    Index(None, "original"),
    Index(None, "instruction_reference"),
    Index(None, "try_at", postgresql_where=text("try_at IS NOT NULL")),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

bank_report_cursors = Table(
    "bank_report_cursors",
    metadata,
    Column("bank", Words, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
