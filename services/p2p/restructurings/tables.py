"""Restructurings. A loan has at most one that waits."""

from sqlalchemy import (
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
    Uuid,
    text,
)

from services.p2p.metadata import metadata

restructurings = Table(
    "restructurings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
    Column("annual_rate", Numeric),
    Column("periods", Integer, nullable=False),
    Column("first_due_on", Date),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_by", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("agreed_on", Date),
    Column("after_repayment", Integer),
    CheckConstraint(
        "state IN ('proposed', 'offered', 'accepted', 'declined', 'withdrawn', 'expired')", name="state_known"
    ),
    CheckConstraint("(state IN ('proposed', 'offered')) = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint("confirmed_by <> proposed_by", name="four_eyes"),
    CheckConstraint(
        "state NOT IN ('offered', 'accepted', 'declined') OR confirmed_by IS NOT NULL", name="offered_confirmed"
    ),
    CheckConstraint(
        "(state = 'accepted') = (agreed_on IS NOT NULL) AND (agreed_on IS NULL) = (after_repayment IS NULL)",
        name="accepted_from_a_day",
    ),
    CheckConstraint("periods BETWEEN 1 AND 360", name="periods_in_reach"),
    Index(None, "loan_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index(
        "ix_restructurings_one_waits", "loan_id", unique=True, postgresql_where=text("state IN ('proposed', 'offered')")
    ),
)
