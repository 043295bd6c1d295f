"""Products as they are now, ready to be searched, and every version ever shown."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.info_broker.metadata import metadata

# `tokens` and `search_text` are derived from the names and codes (search/tokens.py); `popularity` 0 … 9 is refreshed from the views.
products = Table(
    "products",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("initials", Text, nullable=False),
    Column("pinyin", Text, nullable=False),
    Column("institution_id", Uuid, ForeignKey("institutions.id")),
    Column("status", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("tokens", ARRAY(Text), nullable=False),
    Column("search_text", Text, nullable=False),
    Column("popularity", SmallInteger, nullable=False, server_default="0"),
    UniqueConstraint("source", "code"),
    CheckConstraint("version >= 1", name="version_positive"),
    CheckConstraint("status IN ('offered', 'withdrawn')", name="status_known"),
    CheckConstraint("terms ->> 'kind' = kind", name="terms_of_the_kind"),
    CheckConstraint("popularity BETWEEN 0 AND 9", name="popularity_below_a_match_class"),
    Index("ix_products_tokens", "tokens", postgresql_using="gin"),
    Index("ix_products_popularity_code", "popularity", "code"),
    Index("ix_products_institution_id", "institution_id"),
)

product_versions = Table(
    "product_versions",
    metadata,
    Column("product_id", Uuid, ForeignKey("products.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("institution_id", Uuid, ForeignKey("institutions.id")),
    Column("status", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
)
