"""Chains and pins: rows are added and, by privilege, never changed. How far the feed has been linked is no evidence and is moved on."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

evidence_links = Table(
    "evidence_links",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("transfers", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("linked_at", Instant, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("skip_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("encoding", SmallInteger, nullable=False),
    PrimaryKeyConstraint("book_id", "number"),
    UniqueConstraint("book_id", "batch_id"),
    CheckConstraint("number > 0 AND position > 0 AND transfers > 0", name="counted"),
    CheckConstraint("least(length(root), length(previous_hash), length(skip_hash), length(hash)) = 32", name="hashes"),
)

evidence_progress = Table(
    "evidence_progress",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("singleton", name="one_row"),
    # Room for the versions of the one row, so that moving it on touches one page.
    postgresql_with={"fillfactor": 10},
)

evidence_pins = Table(
    "evidence_pins",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("value_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("transfers", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("encoding", SmallInteger, nullable=False),
    Column("pinned_at", Instant, nullable=False),
    Column("pinned_by", Words, nullable=False),
    PrimaryKeyConstraint("book_id", "value_on", "version"),
    CheckConstraint("version > 0 AND transfers >= 0", name="counted"),
    CheckConstraint(text("length(root) = 32"), name="hash"),
)
