"""Loans and the rows of their schedules."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
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

loans = Table(
    "loans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("listing_id", Uuid, ForeignKey("listings.id"), nullable=False),
    Column("application_id", Uuid, ForeignKey("applications.id"), nullable=False),
    Column("borrower", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("programme_code", Text, nullable=False),
    Column("programme_version", Integer, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("annual_rate", Numeric, nullable=False),
    Column("term_months", Integer, nullable=False),
    Column("method", Text, nullable=False),
    Column("day_count", Text, nullable=False),
    Column("origination_fee_minor", BigInteger, nullable=False),
    Column("reserve_contribution_minor", BigInteger, nullable=False),
    Column("all_in_rate", Numeric, nullable=False),
    Column("ceiling_rate", Numeric, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("borrower_account_id", Uuid, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("outstanding_minor", BigInteger, nullable=False),
    Column("contracted_at", DateTime(timezone=True), nullable=False),
    Column("disbursed_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("schedule_version", Integer, nullable=False, server_default=text("1")),
    Column("originator_id", Uuid, ForeignKey("originators.id")),
    ForeignKeyConstraint(["programme_code", "programme_version"], ["programmes.code", "programmes.version"]),
    CheckConstraint("state IN ('disbursing', 'repaying', 'repaid', 'written_off', 'cancelled')", name="state_known"),
    CheckConstraint("outstanding_minor BETWEEN 0 AND principal_minor", name="outstanding_within_principal"),
    CheckConstraint("(state IN ('repaid', 'cancelled')) = (outstanding_minor = 0)", name="ended_owes_nothing"),
    CheckConstraint(
        "(state IN ('repaying', 'repaid', 'written_off')) = (disbursed_at IS NOT NULL)", name="disbursed_when"
    ),
    CheckConstraint(
        "origination_fee_minor >= 0 AND reserve_contribution_minor >= 0"
        " AND origination_fee_minor + reserve_contribution_minor < principal_minor",
        name="something_is_paid_out",
    ),
    Index(
        "ix_loans_one_alive",
        "listing_id",
        unique=True,
        postgresql_where=text("state <> 'cancelled'"),
    ),
    Index(None, "borrower", "id"),
    Index("ix_loans_owed_of_an_originator", "originator_id", postgresql_where=text("outstanding_minor > 0")),
    Index(None, "application_id"),
    Index(None, "state", "id"),
)

loan_rows = Table(
    "loan_rows",
    metadata,
    Column("loan_id", Uuid, ForeignKey("loans.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("from_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("days", Integer, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("repayment_id", Uuid),
    Column("paid_at", DateTime(timezone=True)),
    Column("principal_paid_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("interest_paid_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("late_paid_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("annual_rate", Numeric),
    CheckConstraint("principal_minor >= 0 AND interest_minor >= 0 AND balance_minor >= 0", name="nothing_negative"),
    CheckConstraint(
        "principal_paid_minor BETWEEN 0 AND principal_minor AND interest_paid_minor BETWEEN 0 AND interest_minor"
        " AND late_paid_minor >= 0",
        name="paid_within_what_is_owed",
    ),
    CheckConstraint(
        "paid_at IS NULL OR (principal_paid_minor = principal_minor AND interest_paid_minor = interest_minor)",
        name="paid_is_paid_whole",
    ),
    CheckConstraint("(repayment_id IS NULL) = (paid_at IS NULL)", name="paid_by_a_repayment"),
    Index("ix_loan_rows_unpaid", "due_on", postgresql_where=text("paid_at IS NULL")),
)

# Rows of schedules that are in force no more. cause: `prepayment`, `restructuring` or `reversal`; cause_id: the record's id on the wire.
past_loan_rows = Table(
    "past_loan_rows",
    metadata,
    Column("loan_id", Uuid, ForeignKey("loans.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("from_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("days", Integer, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("superseded_at", DateTime(timezone=True), nullable=False),
    Column("cause", Text, nullable=False),
    Column("cause_id", Text, nullable=False),
)
