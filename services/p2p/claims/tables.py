"""Claims, and every version of each."""

from sqlalchemy import (
    BigInteger,
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

claims = Table(
    "claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
    Column("holder", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("currency", Text, nullable=False),
    Column("funded_minor", BigInteger, nullable=False),
    Column("outstanding_minor", BigInteger, nullable=False),
    Column("principal_received_minor", BigInteger, nullable=False),
    Column("interest_received_minor", BigInteger, nullable=False),
    Column("bought_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("sold_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("compensated_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("late_received_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("held_from_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("loan_id", "holder"),
    CheckConstraint("outstanding_minor >= 0", name="never_negative"),
    CheckConstraint(
        "outstanding_minor = funded_minor + bought_minor - sold_minor - principal_received_minor - compensated_minor",
        name="follows_from_movements",
    ),
    CheckConstraint(
        "funded_minor >= 0 AND bought_minor >= 0 AND sold_minor >= 0 AND compensated_minor >= 0 AND funded_minor + bought_minor > 0"
        " AND interest_received_minor >= 0 AND version >= 1",
        name="amounts_not_negative",
    ),
    CheckConstraint("late_received_minor >= 0", name="late_not_negative"),
    Index(None, "holder", "id"),
)

# cause: `disbursement`, `repayment`, `reversal`, `compensation`, `sale` or `purchase`; cause_id: the id on the wire of the loan, repayment,
# compensation or purchase. No foreign key: thousands are written at once, in the statement that changed their claims.
claim_versions = Table(
    "claim_versions",
    metadata,
    Column("claim_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("outstanding_minor", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("cause_id", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

# Parts of claims that passed on. id: of the purchase, the compensation, or the repayment that was taken back.
claim_cessions = Table(
    "claim_cessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("from_claim_id", Uuid, ForeignKey("claims.id"), primary_key=True),
    Column("to_claim_id", Uuid, ForeignKey("claims.id"), nullable=False),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("of_outstanding_minor", BigInteger, nullable=False),
    Column("interest_from_on", Date, nullable=False),
    Column("late_from_on", Date, nullable=False),
    CheckConstraint("principal_minor > 0 AND principal_minor <= of_outstanding_minor", name="part_of_the_loan"),
    CheckConstraint("from_claim_id <> to_claim_id", name="between_two"),
    Index(None, "loan_id"),
)
