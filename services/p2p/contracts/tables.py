"""Contracts and what each party of them holds in hand. Nothing of them is ever changed."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid

from services.p2p.metadata import metadata

contracts = Table(
    "contracts",
    metadata,
    Column("loan_id", Uuid, ForeignKey("loans.id"), primary_key=True),
    Column("terms", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

contract_parties = Table(
    "contract_parties",
    metadata,
    Column("loan_id", Uuid, ForeignKey("contracts.loan_id"), primary_key=True),
    Column("party", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("signature", Text, nullable=False),
    CheckConstraint("role IN ('borrower', 'lender')", name="role_known"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hexadecimal"),
    Index(None, "party", "loan_id"),
)
