"""Purposes are append-only by privilege; purses are opened and stay."""

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, Table, UniqueConstraint, Uuid, text
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import JSONB

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

purposes = Table(
    "purposes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("allowed", JSONB, nullable=False),
    Column("return_account_id", Uuid, nullable=False),
    Column("expires_at", Instant),
    Column("made_at", Instant, nullable=False),
    Index(None, "owner", "id"),
    Index(None, "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
)

purses = Table(
    "purses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("purpose_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False, unique=True),
    Column("opened_at", Instant, nullable=False),
    ForeignKeyConstraint(["purpose_id"], ["purposes.id"]),
    UniqueConstraint("owner", "purpose_id"),
    Index(None, "purpose_id"),
)
