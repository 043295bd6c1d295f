"""The register of residents, and what was asked."""

from sqlalchemy import CheckConstraint, Column, DateTime, Table
from sqlalchemy import Text as Words

from sandbox.metadata import metadata

residents = Table(
    "residents",
    metadata,
    Column("number", Words, primary_key=True),
    Column("name", Words, nullable=False),
)

identity_checks = Table(
    "identity_checks",
    metadata,
    Column("reference", Words, primary_key=True),
    Column("channel", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("code", Words),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("ready_at", DateTime(timezone=True)),
    CheckConstraint("ready_at >= asked_at", name="ready_after_asked"),
)
