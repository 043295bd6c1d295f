"""Publications, chained and never changed, with the leaves under each in chunks, and what was excluded."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

liability_roots = Table(
    "liability_roots",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("day", Date, nullable=False),
    Column("currency", Words, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("depth", SmallInteger, nullable=False),
    Column("accounts", BigInteger, nullable=False),
    Column("excluded_accounts", BigInteger, nullable=False),
    Column("excluded_minor", BigInteger, nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    UniqueConstraint("day", "currency"),
    CheckConstraint("number > 0 AND depth BETWEEN 4 AND 60", name="counted"),
    CheckConstraint("least(total_minor, accounts, excluded_accounts, excluded_minor) >= 0", name="not_negative"),
    CheckConstraint("least(length(root), length(previous_hash), length(hash)) = 32", name="hashes"),
)

# 24 bytes a leaf: the account, and what it had.
liability_chunks = Table(
    "liability_chunks",
    metadata,
    Column(
        "root_number",
        BigInteger,
        ForeignKey("liability_roots.number", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("number", Integer, nullable=False),
    Column("first_place", LargeBinary, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("sum_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("root_number", "number"),
    UniqueConstraint("root_number", "first_place"),
    CheckConstraint("sum_minor >= 0", name="sum_not_negative"),
    CheckConstraint("length(hash) = 32 AND length(first_place) = 32 AND length(leaves) % 24 = 0", name="whole_leaves"),
)

liability_exclusions = Table(
    "liability_exclusions",
    metadata,
    Column(
        "root_number",
        BigInteger,
        ForeignKey("liability_roots.number", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("root_number", "account_id"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
)
