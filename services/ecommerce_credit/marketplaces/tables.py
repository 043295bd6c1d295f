"""Marketplaces. Their currency and zone are fixed by the first import: amounts and days of their rows rest on them."""

from sqlalchemy import Column, DateTime, Table, Text

from services.ecommerce_credit.metadata import metadata

marketplaces = Table(
    "marketplaces",
    metadata,
    Column("code", Text, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("first_import_at", DateTime(timezone=True), nullable=False),
)
