"""Chargebacks, and what is owed for them."""

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

chargebacks = Table(
    "chargebacks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False, unique=True),
    Column("debit_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("pledge_id", Uuid, ForeignKey("pledges.id")),
    Column("project_id", Uuid, ForeignKey("projects.id")),
    Column("loan_debit_id", Uuid, ForeignKey("loan_debits.id")),
    Column("borne_minor", BigInteger),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("kind IN ('reversed', 'dispute_lost')", name="kind_known"),
    CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name="amounts_positive"),
    CheckConstraint("state IN ('noted', 'booked', 'unmatched')", name="state_known"),
    CheckConstraint("(state = 'noted') = (due_at IS NOT NULL)", name="waiting_states_end"),
    CheckConstraint(
        "(state = 'booked') = (borne_minor IS NOT NULL)"
        " AND (state = 'booked') = (num_nonnulls(pledge_id, loan_debit_id) = 1)"
        " AND (pledge_id IS NULL) = (project_id IS NULL)",
        name="booked_whole",
    ),
    CheckConstraint("borne_minor BETWEEN 0 AND amount_minor + fee_minor", name="borne_of_it"),
    Index(None, "pledge_id"),
    Index(None, "loan_debit_id", postgresql_where=text("loan_debit_id IS NOT NULL")),
    Index(None, "debit_id"),
    Index(None, "project_id", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

chargeback_debts = Table(
    "chargeback_debts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("chargeback_id", Uuid, ForeignKey("chargebacks.id"), nullable=False),
    Column("project_id", Uuid, ForeignKey("projects.id")),
    Column("loan_id", Uuid, ForeignKey("loans.id")),
    Column("role", Text, nullable=False),
    Column("debtor", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("project_account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("repaid_minor", BigInteger, nullable=False),
    Column("covered_minor", BigInteger, nullable=False),
    Column("trying_minor", BigInteger, nullable=False),
    Column("trying_payer", Text),
    Column("tries", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("advanced_at", DateTime(timezone=True)),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("house_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    UniqueConstraint("chargeback_id", "role"),
    CheckConstraint("role IN ('creator', 'backer', 'borrower')", name="role_known"),
    CheckConstraint(
        "num_nonnulls(project_id, loan_id) = 1 AND (role = 'borrower') = (loan_id IS NOT NULL)", name="of_one_of_both"
    ),
    CheckConstraint("advanced_at IS NULL OR loan_id IS NOT NULL", name="advanced_to_a_loan"),
    CheckConstraint("state IN ('owed', 'settled')", name="state_known"),
    CheckConstraint("trying_payer IN ('debtor', 'house')", name="payer_known"),
    CheckConstraint(
        "amount_minor > 0 AND repaid_minor >= 0 AND covered_minor >= 0 AND trying_minor >= 0"
        " AND repaid_minor + covered_minor + trying_minor <= amount_minor",
        name="never_more_than_owed",
    ),
    CheckConstraint("(trying_minor > 0) = (trying_payer IS NOT NULL)", name="tried_from_somewhere"),
    CheckConstraint(
        "(state = 'settled') = (repaid_minor + covered_minor = amount_minor)", name="settled_when_nothing_is_left"
    ),
    CheckConstraint("(state = 'owed') = (due_at IS NOT NULL)", name="waiting_states_end"),
    Index(None, "project_id"),
    Index(None, "loan_id", postgresql_where=text("loan_id IS NOT NULL")),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
