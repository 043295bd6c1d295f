"""Net values of funds: a correction is another version, so that what was shown can be shown again."""

from sqlalchemy import CheckConstraint, Column, Date, DateTime, ForeignKey, Integer, Numeric, Table, Text, Uuid

from services.info_broker.metadata import metadata

net_values = Table(
    "net_values",
    metadata,
    Column("product_id", Uuid, ForeignKey("products.id"), primary_key=True),
    Column("valued_on", Date, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("unit_value", Numeric(18, 6), nullable=False),
    Column("distribution", Text),
    Column("known_since_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("unit_value > 0 AND version >= 1", name="positive"),
)
