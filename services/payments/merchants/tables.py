from sqlalchemy import Column, DateTime, Index, Table, Uuid
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

merchants = Table(
    "merchants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("account_id", Uuid, nullable=False, unique=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("proceeds_account_id", Uuid, unique=True),
    Index(None, "owner", "id"),
)
