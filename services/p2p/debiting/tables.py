"""Looks into borrowers' wallets, mandates for repayment, and debits of them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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

# Every look; available_minor: what the borrower's wallet had; repayment_id: None where nothing was due or there. Those are kept for a time.
collection_attempts = Table(
    "collection_attempts",
    metadata,
    Column("loan_id", Uuid, ForeignKey("loans.id"), primary_key=True),
    Column("on_day", Date, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("available_minor", BigInteger, nullable=False),
    Column("repayment_id", Uuid, ForeignKey("repayments.id")),
    Column("tried_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("round BETWEEN 1 AND 2 AND available_minor >= 0", name="a_round_of_the_day"),
    Index("ix_collection_attempts_tried_at", "tried_at", postgresql_where=text("repayment_id IS NULL")),
)

repayment_mandates = Table(
    "repayment_mandates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
    Column("borrower", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("most_minor", BigInteger, nullable=False),
    Column("most_monthly_minor", BigInteger, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("account_id", Uuid),
    Column("mandate_id", Text, unique=True),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('requested', 'unsigned', 'active', 'stopped', 'ended')", name="state_known"),
    CheckConstraint("most_minor > 0 AND most_monthly_minor >= most_minor", name="amounts_positive"),
    CheckConstraint("state NOT IN ('requested', 'unsigned') OR due_at IS NOT NULL", name="waiting_is_due"),
    CheckConstraint(
        "state NOT IN ('unsigned', 'active', 'stopped') OR (account_id IS NOT NULL AND mandate_id IS NOT NULL)",
        name="known_at_payments",
    ),
    Index(None, "loan_id", "id"),
    Index(
        "ix_repayment_mandates_one_live",
        "loan_id",
        unique=True,
        postgresql_where=text("state IN ('requested', 'unsigned', 'active')"),
    ),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

loan_debits = Table(
    "loan_debits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
    Column("repayment_mandate_id", Uuid, ForeignKey("repayment_mandates.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("used_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("debit_id", Text, unique=True),
    Column("repayment_id", Uuid, ForeignKey("repayments.id"), unique=True),
    Column("advanced", Boolean, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    UniqueConstraint("loan_id", "number"),
    CheckConstraint(
        "state IN ('asked', 'sent', 'advanced', 'paid', 'settled', 'failed', 'bounced', 'unwound', 'late', 'returned')",
        name="state_known",
    ),
    CheckConstraint("amount_minor > 0 AND used_minor BETWEEN 0 AND amount_minor", name="used_is_part"),
    CheckConstraint("(used_minor > 0) = (repayment_id IS NOT NULL)", name="used_for_a_repayment"),
    CheckConstraint("state NOT IN ('advanced', 'bounced', 'unwound') OR advanced", name="advanced_when"),
    CheckConstraint("NOT advanced OR repayment_id IS NOT NULL", name="advanced_for_a_repayment"),
    CheckConstraint(
        "state NOT IN ('asked', 'sent', 'advanced', 'paid', 'bounced', 'late') OR due_at IS NOT NULL",
        name="open_is_due",
    ),
    Index(
        "ix_loan_debits_one_open",
        "loan_id",
        unique=True,
        postgresql_where=text("state IN ('asked', 'sent', 'advanced', 'paid', 'bounced')"),
    ),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
