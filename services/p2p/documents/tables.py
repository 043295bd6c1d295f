"""Documents of applications; content is sealed. Added to and never edited."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from services.p2p.metadata import metadata

application_documents = Table(
    "application_documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("application_id", Uuid, ForeignKey("applications.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("application_id", "sha256"),
    CheckConstraint(
        "kind IN ('identity_card', 'proof_of_income', 'bank_statement', 'proof_of_employment', 'business_licence',"
        " 'paper_application', 'other')",
        name="kind_known",
    ),
    CheckConstraint("size_bytes BETWEEN 1 AND 1048576", name="size_within"),
    CheckConstraint("length(sha256) = 32", name="hash_whole"),
)
