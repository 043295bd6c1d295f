"""Milestones of projects."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

milestones = Table(
    "milestones",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("share", Numeric, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("net_minor", BigInteger),
    Column("fee_minor", BigInteger),
    Column("evidence", Text),
    Column("used_minor", BigInteger),
    Column("checked_by", Text),
    Column("released_by", Text),
    Column("attempts", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    UniqueConstraint("project_id", "number"),
    CheckConstraint(
        "state IN ('planned', 'overdue', 'reported', 'checked', 'paying', 'paid', 'closed')", name="state_known"
    ),
    CheckConstraint("share > 0 AND share <= 1", name="share_is_a_part"),
    CheckConstraint("(net_minor IS NULL) = (fee_minor IS NULL)", name="amounts_together"),
    CheckConstraint("net_minor >= 0 AND fee_minor >= 0", name="nothing_negative"),
    CheckConstraint("state IN ('planned', 'closed') OR net_minor IS NOT NULL", name="amounts_known_once_funded"),
    CheckConstraint(
        "(due_at IS NOT NULL) = (state IN ('overdue', 'reported', 'checked') OR state = 'planned' AND net_minor IS NOT NULL)",
        name="waiting_states_end",
    ),
    CheckConstraint("state NOT IN ('checked', 'paying', 'paid') OR checked_by IS NOT NULL", name="checked_by_somebody"),
    CheckConstraint(
        "state NOT IN ('paying', 'paid') OR (released_by IS NOT NULL AND (released_by <> checked_by OR released_by = 'p2p'))",
        name="four_eyes",
    ),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_milestones_paying", "id", postgresql_where=text("state = 'paying'")),
)
