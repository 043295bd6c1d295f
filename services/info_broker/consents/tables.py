"""Consents: which text, for which purposes, given and withdrawn when."""

from sqlalchemy import CheckConstraint, Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from services.info_broker.metadata import metadata

consents = Table(
    "consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Text, nullable=False),
    Column("text_version", Text, nullable=False),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
    CheckConstraint("cardinality(purposes) >= 1", name="some_purpose"),
    CheckConstraint("withdrawn_at >= given_at", name="withdrawn_after_given"),
)
