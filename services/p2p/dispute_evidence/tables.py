"""Evidence in disputes of card charges."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

dispute_evidence = Table(
    "dispute_evidence",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("dispute_id", Text, nullable=False, unique=True),
    Column("debit_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("answer_by", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("pledge_id", Uuid, ForeignKey("pledges.id")),
    Column("loan_debit_id", Uuid, ForeignKey("loan_debits.id")),
    Column("added", Text),
    Column("added_by", Text),
    Column("evidence", Text),
    Column("refusal", Text),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("state IN ('noted', 'giving', 'given', 'refused', 'unmatched')", name="state_known"),
    CheckConstraint("(state IN ('noted', 'giving')) = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint(
        "(state IN ('giving', 'given', 'refused')) = (evidence IS NOT NULL)"
        " AND (evidence IS NOT NULL) = (num_nonnulls(pledge_id, loan_debit_id) = 1)",
        name="given_of_something",
    ),
    CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refused_why"),
    CheckConstraint("(added IS NULL) = (added_by IS NULL)", name="added_by_somebody"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
