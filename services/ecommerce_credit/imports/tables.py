"""Imports: what was asked, what came of it, and every refused row with its reason."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.ecommerce_credit.metadata import metadata

imports = Table(
    "imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("marketplace", Text, ForeignKey("marketplaces.code"), nullable=False),
    Column("file", Text, nullable=False),
    Column("first_line", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("changed_fields", JSONB, nullable=False),
    Column("refused", JSONB, nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False),
    Column("imported_by", Text, nullable=False),
    CheckConstraint("accepted + changed + unchanged + jsonb_array_length(refused) = rows", name="every_row_counted"),
    Index(None, "marketplace", "id"),
)
