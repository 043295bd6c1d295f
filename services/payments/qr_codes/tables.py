from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Table, Uuid
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

merchant_qr_profiles = Table(
    "merchant_qr_profiles",
    metadata,
    Column("merchant_id", Uuid, ForeignKey("merchants.id"), primary_key=True),
    Column("category_code", Words, nullable=False),
    Column("latin_name", Words, nullable=False),
    Column("city", Words, nullable=False),
    Column("country", Words, nullable=False),
    Column("postal_code", Words),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("category_code ~ '^[0-9]{4}$'", name="category_code"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
    CheckConstraint("latin_name ~ '^[ -~]{1,25}$' AND city ~ '^[ -~]{1,15}$'", name="latin"),
)
