"""Checks of applications: at most one of each kind."""

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

application_checks = Table(
    "application_checks",
    metadata,
    Column("application_id", Uuid, ForeignKey("applications.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("lenders", Integer),
    Column("owed_minor", BigInteger),
    Column("past_due_minor", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("kind IN ('identity', 'bureau')", name="kind_known"),
    CheckConstraint("state IN ('pending', 'passed', 'failed')", name="state_known"),
    CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended_when"),
    CheckConstraint("due_at IS NULL OR state = 'pending'", name="asked_again_while_pending"),
    CheckConstraint(
        "(kind = 'bureau' AND state = 'passed') = (owed_minor IS NOT NULL)"
        " AND (owed_minor IS NULL) = (past_due_minor IS NULL) AND (owed_minor IS NULL) = (lenders IS NULL)",
        name="figures_of_the_bureau",
    ),
    CheckConstraint("owed_minor >= past_due_minor AND past_due_minor >= 0", name="past_due_is_owed"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
