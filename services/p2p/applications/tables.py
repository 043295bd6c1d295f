"""Applications, and each step of each."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.p2p.metadata import metadata

applications = Table(
    "applications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("borrower", Text),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("term_months", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("grade", Text, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("scorecard_version", Text, nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_row", Text),
    Column("source_hash", LargeBinary),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    UniqueConstraint("source", "source_row"),
    CheckConstraint("amount_minor > 0 AND limit_minor >= 0", name="amounts_not_negative"),
    CheckConstraint("grade IN ('A', 'B', 'C', 'D', 'E')", name="grade_known"),
    CheckConstraint(
        "state IN ('in_review', 'approved', 'declined', 'listed', 'funded', 'expired', 'recorded')", name="state_known"
    ),
    CheckConstraint("(state IN ('in_review', 'approved')) = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint("(state = 'recorded') = (borrower IS NULL)", name="recorded_without_borrower"),
    CheckConstraint("(state = 'recorded') = (source_row IS NOT NULL)", name="recorded_from_a_row"),
    Index(
        "ix_applications_one_under_way",
        "borrower",
        unique=True,
        postgresql_where=text("state IN ('in_review', 'approved', 'listed')"),
    ),
    Index(None, "borrower", "id"),
    Index(None, "state", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

application_decisions = Table(
    "application_decisions",
    metadata,
    Column("application_id", Uuid, ForeignKey("applications.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text),
    Column("state", Text, nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
    Column("note", Text),
)
