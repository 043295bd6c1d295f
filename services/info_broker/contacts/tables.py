"""Contacts, sealed. An erased one keeps its row, so that what pointed at it still says when it was erased."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, Table, Text, Uuid, text

from services.info_broker.metadata import metadata

contacts = Table(
    "contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("name_masked", Text),
    Column("mobile_masked", Text),
    Column("email_masked", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("erase_at", DateTime(timezone=True)),
    Column("erased_at", DateTime(timezone=True)),
    CheckConstraint("(sealed IS NULL) = (erased_at IS NOT NULL)", name="sealed_until_erased"),
    CheckConstraint(
        "erased_at IS NULL OR (name_masked IS NULL AND mobile_masked IS NULL AND email_masked IS NULL)",
        name="nothing_left_when_erased",
    ),
    Index(None, "erase_at", postgresql_where=text("erased_at IS NULL")),
)
