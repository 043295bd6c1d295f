"""Compensations and who is paid of each. A loan, and an account that pays, has at most one under way."""

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

compensations = Table(
    "compensations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loans.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("bearer", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("covers", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("days_past_due", Integer, nullable=False),
    Column("asked_minor", BigInteger, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("decided_on", Date, nullable=False),
    Column("interest_from_on", Date, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("loan_id", "attempt"),
    CheckConstraint("state IN ('pending', 'paid', 'refused')", name="state_known"),
    CheckConstraint("bearer IN ('reserve_fund', 'guarantor', 'originator')", name="bearer_known"),
    CheckConstraint("covers IN ('principal', 'principal_and_interest')", name="covers_known"),
    CheckConstraint(
        "principal_minor BETWEEN 1 AND asked_minor AND interest_minor >= 0", name="pays_within_what_is_asked"
    ),
    CheckConstraint("covers = 'principal_and_interest' OR interest_minor = 0", name="interest_only_where_covered"),
    CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="refused_with_its_reason"),
    CheckConstraint("interest_from_on <= decided_on", name="interest_before_it_is_decided"),
    CheckConstraint("days_past_due > 0 AND attempt > 0", name="of_a_late_loan"),
    Index("ix_compensations_one_of_a_loan", "loan_id", unique=True, postgresql_where=text("state = 'pending'")),
    Index("ix_compensations_one_of_an_account", "account_id", unique=True, postgresql_where=text("state = 'pending'")),
    Index(None, "payer", "id"),
    Index(
        "ix_compensations_paid",
        "payer",
        "currency",
        postgresql_include=["principal_minor", "interest_minor"],
        postgresql_where=text("state = 'paid'"),
    ),
)

compensation_shares = Table(
    "compensation_shares",
    metadata,
    Column("compensation_id", Uuid, ForeignKey("compensations.id"), primary_key=True),
    Column("claim_id", Uuid, ForeignKey("claims.id"), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    CheckConstraint("principal_minor > 0 AND interest_minor >= 0", name="something_is_paid"),
    Index(None, "claim_id"),
)
