"""Mass refunds: who receives how much, in numbered batches."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

project_refunds = Table(
    "project_refunds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False, unique=True),
    Column("cause", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("shares", Integer, nullable=False),
    Column("batches", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("asked_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0 AND shares > 0 AND batches > 0", name="refunds_something"),
    CheckConstraint("cause IN ('shortfall', 'milestone_missed', 'staff', 'surplus')", name="cause_known"),
    CheckConstraint("state IN ('running', 'stopped', 'done')", name="state_known"),
    CheckConstraint("(state = 'stopped') = (due_at IS NOT NULL)", name="waiting_states_end"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

project_refund_batches = Table(
    "project_refund_batches",
    metadata,
    Column("refund_id", Uuid, ForeignKey("project_refunds.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("shares", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("begun_at", DateTime(timezone=True)),
    Column("paid_at", DateTime(timezone=True)),
    CheckConstraint("shares > 0 AND amount_minor > 0", name="pays_somebody"),
)

project_refund_shares = Table(
    "project_refund_shares",
    metadata,
    Column("refund_id", Uuid, primary_key=True),
    Column("batch", Integer, nullable=False),
    Column("pledge_id", Uuid, ForeignKey("pledges.id"), primary_key=True),
    Column("backer", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("withheld_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("tries", Integer, nullable=False),
    Column("reason", Text),
    Column("paid_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["refund_id", "batch"], ["project_refund_batches.refund_id", "project_refund_batches.number"]),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("withheld_minor BETWEEN 0 AND amount_minor", name="withheld_of_it"),
    Index(None, "refund_id", "batch", "pledge_id"),
    Index("ix_project_refund_shares_unpaid", "refund_id", "batch", postgresql_where=text("paid_at IS NULL")),
)
