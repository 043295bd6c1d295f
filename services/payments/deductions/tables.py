"""Standing deductions and what they took; the latter append-only by privilege."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

standing_deductions = Table(
    "standing_deductions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), nullable=False),
    Column("lender", Words, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("reference", Words, nullable=False),
    Column("share_millionths", BigInteger, nullable=False),
    Column("cap_minor", BigInteger, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("ends_on", Date),
    Column("state", Words, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("taken_minor", BigInteger, nullable=False),
    Column("agreed_at", Instant),
    Column("ended_at", Instant),
    Column("end_code", Words),
    CheckConstraint("state IN ('proposed', 'active', 'completed', 'revoked')", name="state"),
    CheckConstraint("share_millionths BETWEEN 1 AND 1000000", name="share"),
    CheckConstraint("cap_minor > 0", name="cap_positive"),
    CheckConstraint("taken_minor BETWEEN 0 AND cap_minor", name="taken_within"),
    CheckConstraint("taken_minor < cap_minor OR state IN ('completed', 'revoked')", name="ended_at_its_cap"),
    CheckConstraint("(state = 'proposed') = (due_at IS NOT NULL)", name="proposed_until"),
    CheckConstraint("state NOT IN ('active', 'completed') OR agreed_at IS NOT NULL", name="agreed_to"),
    CheckConstraint("(state IN ('completed', 'revoked')) = (ended_at IS NOT NULL)", name="ended_when_final"),
    CheckConstraint("(ended_at IS NULL) = (end_code IS NULL)", name="ended_with_code"),
    Index(None, "merchant_id", "priority", "id", postgresql_where=text("state = 'active'")),
    Index(None, "merchant_id", "id"),
    Index(None, "lender", "id"),
    Index(None, "due_at", postgresql_where=text("state = 'proposed'")),
    Index(None, "ends_on", postgresql_where=text("state = 'active'")),
)

deduction_takings = Table(
    "deduction_takings",
    metadata,
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), primary_key=True),
    Column("deduction_id", Uuid, ForeignKey("standing_deductions.id"), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("taken_at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
    Index(None, "deduction_id", "settlement_id"),
)
