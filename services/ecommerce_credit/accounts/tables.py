"""Accounts of the lender in payments' ledger, kept here so that each is opened once whatever happens to keys."""

from sqlalchemy import Column, DateTime, Table, Text, Uuid

from services.ecommerce_credit.metadata import metadata

house_accounts = Table(
    "house_accounts",
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("account_id", Uuid, nullable=False, unique=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
