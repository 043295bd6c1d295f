"""What banks report after a payment was final: money that comes back, and disputes of cardholders."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, Table, UniqueConstraint
from sqlalchemy import Text as Words

from sandbox.metadata import metadata

Instant = DateTime(timezone=True)

bank_reports = Table(
    "bank_reports",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("bank", Words, nullable=False),
    Column("reference", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("instruction_kind", Words, nullable=False),
    Column("instruction_reference", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("answer_by", Instant),
    Column("reported_at", Instant, nullable=False),
    UniqueConstraint("bank", "reference", "kind"),
    CheckConstraint(
        "kind IN ('payout_returned', 'charge_reversed', 'dispute_opened', 'dispute_won', 'dispute_lost')", name="kind"
    ),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("(kind = 'dispute_opened') = (answer_by IS NOT NULL)", name="opened_with_deadline"),
    Index(None, "bank", "position"),
    Index(None, "bank", "instruction_kind", "instruction_reference"),
)

bank_disputes = Table(
    "bank_disputes",
    metadata,
    Column("bank", Words, primary_key=True),
    Column("reference", Words, primary_key=True),
    Column("instruction_reference", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("evidence_hash", Words),
    Column("due_at", Instant),
    CheckConstraint("state IN ('opened', 'answered', 'won', 'lost')", name="state"),
    CheckConstraint("(state IN ('opened', 'answered')) = (due_at IS NOT NULL)", name="open_is_due"),
)
