"""Repayments and their shares. A row of a schedule has at most one repayment that is not refused; a loan, one under way."""

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
    UniqueConstraint,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

repayments = Table(
    "repayments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("borrower", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["loan_id", "row_number"], ["loan_rows.loan_id", "loan_rows.number"]),
    UniqueConstraint("loan_id", "row_number", "attempt"),
    CheckConstraint("state IN ('pending', 'shared', 'refused')", name="state_known"),
    CheckConstraint("amount_minor = principal_minor + interest_minor AND amount_minor > 0", name="amount_adds_up"),
    CheckConstraint("principal_minor >= 0 AND interest_minor >= 0", name="nothing_negative"),
    Index(
        "ix_repayments_one_a_row",
        "loan_id",
        "row_number",
        unique=True,
        postgresql_where=text("state <> 'refused'"),
    ),
    Index("ix_repayments_one_under_way", "loan_id", unique=True, postgresql_where=text("state = 'pending'")),
)

repayment_shares = Table(
    "repayment_shares",
    metadata,
    Column("repayment_id", Uuid, ForeignKey("repayments.id"), primary_key=True),
    Column("claim_id", Uuid, ForeignKey("claims.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False, unique=True),
    CheckConstraint("kind IN ('principal', 'interest')", name="kind_known"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    Index(None, "claim_id"),
)
