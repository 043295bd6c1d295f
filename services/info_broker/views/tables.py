"""Who looked at which product on which day, and how often: what popularity is counted from."""

from sqlalchemy import CheckConstraint, Column, Date, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid

from services.info_broker.metadata import metadata

product_views = Table(
    "product_views",
    metadata,
    Column("product_id", Uuid, ForeignKey("products.id"), primary_key=True),
    Column("viewed_on", Date, primary_key=True),
    Column("viewer", Text, primary_key=True),
    Column("views", Integer, nullable=False),
    Column("last_viewed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("views >= 1", name="views_positive"),
    Index(None, "viewed_on"),
)
