"""Repayments, what they pay of which row, and their shares. A loan has at most one under way."""

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

repayments = Table(
    "repayments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
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
    Column("paid_on", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("late_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("fee_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("keep", Text),
    Column("source", Text, nullable=False, server_default=text("'borrower'")),
    Column("shared_at", DateTime(timezone=True)),
    Column("payer", Text),
    Column("by_mandate", Boolean, nullable=False, server_default=text("false")),
    Column("advance_account_id", Uuid),
    Column("by_book", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("loan_id", "row_number", "attempt"),
    UniqueConstraint("loan_id", "number"),
    CheckConstraint("state IN ('pending', 'shared', 'refused', 'reversing', 'reversed')", name="state_known"),
    CheckConstraint("keep IN ('term', 'instalment')", name="keep_known"),
    CheckConstraint("source IN ('borrower', 'collection', 'partner')", name="source_known"),
    CheckConstraint("(source = 'partner') = (payer IS NOT NULL)", name="partner_pays"),
    CheckConstraint("by_mandate OR advance_account_id IS NULL", name="advanced_by_mandate"),
    CheckConstraint(
        "amount_minor = principal_minor + interest_minor + late_minor + fee_minor AND amount_minor > 0",
        name="amount_adds_up",
    ),
    CheckConstraint(
        "principal_minor >= 0 AND interest_minor >= 0 AND late_minor >= 0 AND fee_minor >= 0", name="nothing_negative"
    ),
    Index(
        "ix_repayments_one_under_way",
        "loan_id",
        unique=True,
        postgresql_where=text("state IN ('pending', 'reversing')"),
    ),
)

repayment_parts = Table(
    "repayment_parts",
    metadata,
    Column("repayment_id", Uuid, ForeignKey("repayments.id"), primary_key=True),
    Column("row_number", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    CheckConstraint("kind IN ('late', 'fee', 'interest', 'principal')", name="kind_known"),
    CheckConstraint("amount_minor > 0 AND from_on <= to_on", name="something_over_days"),
)

# Without foreign keys: thousands are written at once with the repayment that they name, of claims that were just read.
repayment_shares = Table(
    "repayment_shares",
    metadata,
    Column("repayment_id", Uuid, primary_key=True),
    Column("claim_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False, unique=True),
    Column("collection_fee_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("interest_fee_minor", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("kind IN ('principal', 'interest', 'late')", name="kind_known"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint(
        "collection_fee_minor >= 0 AND interest_fee_minor BETWEEN 0 AND CASE kind WHEN 'interest' THEN amount_minor ELSE 0 END"
        " AND collection_fee_minor + interest_fee_minor <= amount_minor",
        name="fees_within_the_share",
    ),
    Index(None, "claim_id"),
)

# finished_at: when every part had been taken back; hold_id, held_minor: what the borrower has
# from it and may not spend yet.
repayment_reversals = Table(
    "repayment_reversals",
    metadata,
    Column("repayment_id", Uuid, ForeignKey("repayments.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("holders_keep", Boolean, nullable=False, server_default=text("false")),
    Column("hold_id", Uuid),
    Column("held_minor", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("held_minor >= 0 AND (held_minor > 0 OR hold_id IS NULL)", name="held_by_a_hold"),
)

# What the platform adds for a holder who has less than she received. attempt: another one for each time she had still less. borne: it
# pays all of hers, past her account.
reversal_parts = Table(
    "reversal_parts",
    metadata,
    Column("repayment_id", Uuid, ForeignKey("repayment_reversals.repayment_id"), primary_key=True),
    Column("claim_id", Uuid, ForeignKey("claims.id"), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("advance_minor", BigInteger, nullable=False),
    Column("borne", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("attempt >= 1 AND advance_minor >= 0", name="nothing_negative"),
    Index(None, "claim_id", postgresql_where=text("advance_minor > 0")),
)

# One of a loan in each book to which shares go: zero, or a repayment of the loan is pending.
distribution_accounts = Table(
    "distribution_accounts",
    metadata,
    Column("loan_id", Uuid, ForeignKey("loans.id"), primary_key=True),
    Column("book_id", Integer, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("account_id", Uuid, nullable=False, unique=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
)
