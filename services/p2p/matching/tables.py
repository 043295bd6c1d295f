"""Runs, what each round of one saw, and every order it looked at. Rounds and decisions are never changed."""

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
    UniqueConstraint,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

matching_runs = Table(
    "matching_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("listing_id", Uuid, ForeignKey("listings.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text),
    Column("rounds", Integer, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("considered", Integer, nullable=False),
    Column("moment", BigInteger),
    Column("left_minor", BigInteger, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('running', 'finished')", name="state_known"),
    CheckConstraint("trigger IN ('opened', 'room')", name="trigger_known"),
    CheckConstraint("outcome IN ('full', 'exhausted', 'closed')", name="outcome_known"),
    CheckConstraint("(state = 'finished') = (outcome IS NOT NULL)", name="finished_with_outcome"),
    UniqueConstraint("listing_id", "number"),
    Index("ix_matching_runs_one_running", "listing_id", unique=True, postgresql_where=text("state = 'running'")),
)

matching_rounds = Table(
    "matching_rounds",
    metadata,
    Column("run_id", Uuid, ForeignKey("matching_runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("moment", BigInteger, nullable=False),
    Column("left_minor", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("considered", Integer, nullable=False),
    Column("chosen", Integer, nullable=False),
)

# Without foreign keys, each of which costs as much as the row: written with its round and its bids at once, compared by the audit.
matching_decisions = Table(
    "matching_decisions",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("position", Integer, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("bound_by", Text),
    Column("bid_id", Uuid),
    Column("version", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("queued_at", DateTime(timezone=True), nullable=False),
    Column("place_after", BigInteger),
    Column("committed_minor", BigInteger, nullable=False),
    CheckConstraint("verdict IN ('chosen', 'lender_chosen', 'below_least', 'level_too_low')", name="verdict_known"),
    CheckConstraint(
        "(verdict = 'chosen') = (bid_id IS NOT NULL) AND (verdict = 'chosen') = (place_after IS NOT NULL)"
        " AND (verdict = 'chosen') = (amount_minor > 0)",
        name="chosen_with_bid",
    ),
    Index(None, "order_id", "run_id"),
)
