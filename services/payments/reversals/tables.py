"""Written in the transaction of the reversing transfer, and by privilege never changed.

Whoever read an old rest would write a part that is there already, or a rest below nothing: the table itself keeps reversals within
the amount reversed.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
)

from services.payments.metadata import metadata

ledger_reversals = Table(
    "ledger_reversals",
    metadata,
    Column("book_id", SmallInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False),
    Column("reversed_id", Uuid, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("rest", BigInteger, nullable=False),
    PrimaryKeyConstraint("book_id", "transfer_id"),
    UniqueConstraint("book_id", "reversed_id", "part"),
    CheckConstraint("amount > 0 AND rest >= 0", name="within_the_amount"),
    CheckConstraint("part BETWEEN 1 AND 100", name="part"),
    CheckConstraint("transfer_id <> reversed_id", name="two_transfers"),
)
