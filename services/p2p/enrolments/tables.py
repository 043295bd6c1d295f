"""Enrolments, and which claims are of plans."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

enrolments = Table(
    "enrolments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lender", Text, nullable=False),
    Column("plan_code", Text, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reinvest", Text, nullable=False),
    Column("standing_order_id", Uuid, ForeignKey("standing_orders.id"), nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("early", Boolean, nullable=False),
    Column("returned_minor", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("waived", Boolean, nullable=False),
    Column("charging", Boolean, nullable=False, server_default=text("false")),
    Column("out_minor", BigInteger, nullable=False),
    Column("back_minor", BigInteger, nullable=False),
    Column("lost_minor", BigInteger, nullable=False),
    Column("peak_minor", BigInteger, nullable=False),
    Column("capital_days", Numeric, nullable=False),
    Column("fees_minor", BigInteger, nullable=False),
    Column("excess_minor", BigInteger, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("locked_at", DateTime(timezone=True)),
    Column("locked_until_at", DateTime(timezone=True)),
    Column("exiting_at", DateTime(timezone=True)),
    Column("sold_out_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["plan_code", "plan_version"], ["plans.code", "plans.version"]),
    CheckConstraint(
        "state IN ('investing', 'locked', 'free', 'exiting', 'settling', 'ended', 'cancelled')", name="state_known"
    ),
    CheckConstraint("reinvest IN ('principal_and_interest', 'principal', 'nothing')", name="reinvest_known"),
    CheckConstraint("amount_minor > 0 AND attempts >= 0", name="amount_positive"),
    CheckConstraint(
        "(state IN ('investing', 'locked', 'free', 'settling')) = (due_at IS NOT NULL)", name="waits_until"
    ),
    CheckConstraint("(state IN ('ended', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_when"),
    CheckConstraint("state NOT IN ('exiting', 'settling', 'ended') OR exiting_at IS NOT NULL", name="left_when"),
    CheckConstraint("(state IN ('settling', 'ended')) = (sold_out_at IS NOT NULL)", name="sold_out_when"),
    CheckConstraint(
        "out_minor >= 0 AND back_minor >= 0 AND fees_minor >= 0 AND excess_minor >= 0 AND fees_minor + excess_minor <= back_minor",
        name="charged_of_what_came_back",
    ),
    CheckConstraint("NOT waived OR state = 'ended'", name="waived_at_the_end"),
    Index(None, "lender", "id"),
    Index(None, "plan_code", "state"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_enrolments_exit_queue", "exiting_at", "id", postgresql_where=text("state = 'exiting'")),
)

# Which order of a plan lent on the claim or bought it: no part of it is ever from anywhere else.
plan_claims = Table(
    "plan_claims",
    metadata,
    Column("claim_id", Uuid, ForeignKey("claims.id"), primary_key=True),
    Column("standing_order_id", Uuid, ForeignKey("standing_orders.id"), nullable=False),
    Index(None, "standing_order_id"),
)
