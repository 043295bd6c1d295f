"""Write-offs: of a loan at most one is proposed."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

write_offs = Table(
    "write_offs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("decided_by", Text),
    Column("note", Text),
    Column("days_past_due", Integer, nullable=False),
    Column("outstanding_minor", BigInteger, nullable=False),
    Column("uncovered_minor", BigInteger, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('proposed', 'approved', 'rejected', 'expired')", name="state_known"),
    CheckConstraint("(state = 'proposed') = (due_at IS NOT NULL)", name="waits_until"),
    CheckConstraint("(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)", name="decided_by_somebody"),
    CheckConstraint("decided_by <> proposed_by", name="by_two_people"),
    CheckConstraint(
        "outstanding_minor > 0 AND uncovered_minor BETWEEN 0 AND outstanding_minor", name="of_what_is_owed"
    ),
    Index("ix_write_offs_one_proposed", "loan_id", unique=True, postgresql_where=text("state = 'proposed'")),
    Index("ix_write_offs_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
