"""Agents of branches, and their commissions: at most one for each loan."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
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

agents = Table(
    "agents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("party", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("commission_rate", Numeric, nullable=False),
    Column("clawback_days", Integer, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("commission_rate BETWEEN 0 AND 0.1", name="rate_within"),
    CheckConstraint("clawback_days BETWEEN 0 AND 1080", name="clawback_within"),
)

commissions = Table(
    "commissions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agent_id", Uuid, ForeignKey("agents.id"), nullable=False),
    Column("agent_party", Text, nullable=False),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False, unique=True),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("account_id", Uuid),
    Column("tries", Integer, nullable=False),
    Column("reason", Text),
    Column("accrued_at", DateTime(timezone=True), nullable=False),
    Column("clawback_until", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint(
        "state IN ('accrued', 'paid', 'earned', 'taking_back', 'taken_back', 'forfeited')", name="state_known"
    ),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("(state IN ('accrued', 'paid', 'taking_back')) = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint("(state IN ('accrued', 'forfeited')) = (account_id IS NULL)", name="paid_to_an_account"),
    Index(None, "agent_id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
