"""Rewards on their way to backers."""

from sqlalchemy import CheckConstraint, Column, Date, DateTime, ForeignKey, Index, Table, Text, Uuid, text

from services.p2p.metadata import metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("pledge_id", Uuid, ForeignKey("pledges.id"), primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False),
    Column("tier_id", Uuid, ForeignKey("project_tiers.id"), nullable=False),
    Column("backer", Text, nullable=False),
    Column("promised_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("tracking", Text),
    Column("shipped_at", DateTime(timezone=True)),
    Column("received_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('owed', 'shipped', 'received', 'closed')", name="state_known"),
    CheckConstraint("(state = 'shipped') = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint("state NOT IN ('shipped', 'received') OR shipped_at IS NOT NULL", name="shipped_at_some_time"),
    CheckConstraint("(state = 'received') = (received_at IS NOT NULL)", name="received_at_some_time"),
    Index(None, "project_id", "pledge_id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
