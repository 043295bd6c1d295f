"""Paid placements: which product is shown apart, marked as paid, by whom and from when to when."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid

from services.info_broker.metadata import metadata

placements = Table(
    "placements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("product_id", Uuid, ForeignKey("products.id"), nullable=False),
    Column("advertiser", Text, nullable=False),
    Column("begins_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    CheckConstraint("begins_at < ends_at", name="ends_after_it_begins"),
    Index(None, "product_id", "ends_at"),
    Index(None, "ends_at"),
)
