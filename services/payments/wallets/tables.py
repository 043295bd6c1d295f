from sqlalchemy import Column, DateTime, Table, UniqueConstraint, Uuid
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

wallets = Table(
    "wallets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("currency", Words, nullable=False),
    Column("account_id", Uuid, nullable=False, unique=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("customer_id", "currency"),
)
