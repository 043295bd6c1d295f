"""The chain: blocks, transactions with what they spend and make, and the node's wallets."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
)
from sqlalchemy import Text as Words

from sandbox.metadata import metadata

Instant = DateTime(timezone=True)

chain_blocks = Table(
    "chain_blocks",
    metadata,
    Column("hash", Words, primary_key=True),
    Column("height", BigInteger, nullable=False),
    Column("previous_hash", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    CheckConstraint("height >= 0", name="height"),
    CheckConstraint("(height = 0) = (previous_hash = '')", name="first_has_none_before"),
)
Index("uq_chain_blocks_active_height", chain_blocks.c.height, unique=True, postgresql_where=chain_blocks.c.active)

chain_transactions = Table(
    "chain_transactions",
    metadata,
    Column("txid", Words, primary_key=True),
    Column("sequence", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("state", Words, nullable=False),
    Column("block_hash", Words, ForeignKey("chain_blocks.hash"), index=True),
    Column("coinbase", Boolean, nullable=False),
    Column("fee", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    CheckConstraint("state IN ('mempool', 'mined', 'dropped')", name="state"),
    CheckConstraint("(state = 'mined') = (block_hash IS NOT NULL)", name="mined_in_a_block"),
    CheckConstraint("fee >= 0", name="fee"),
)

# What was in a block when it stopped counting.
chain_left_blocks = Table(
    "chain_left_blocks",
    metadata,
    Column("block_hash", Words, ForeignKey("chain_blocks.hash"), primary_key=True),
    Column("txid", Words, ForeignKey("chain_transactions.txid"), primary_key=True),
)

chain_outputs = Table(
    "chain_outputs",
    metadata,
    Column("txid", Words, ForeignKey("chain_transactions.txid"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("address", Words, nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount > 0", name="amount_positive"),
)

# live: of a transaction that is mined or may be. No coin is spent by two of these.
chain_inputs = Table(
    "chain_inputs",
    metadata,
    Column("txid", Words, ForeignKey("chain_transactions.txid"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("spent_txid", Words, nullable=False),
    Column("spent_position", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    Index(None, "spent_txid", "spent_position"),
)
Index(
    "uq_chain_inputs_spent_once",
    chain_inputs.c.spent_txid,
    chain_inputs.c.spent_position,
    unique=True,
    postgresql_where=chain_inputs.c.live,
)

chain_addresses = Table(
    "chain_addresses",
    metadata,
    Column("address", Words, primary_key=True),
    Column("wallet", Words, nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
)

chain_sends = Table(
    "chain_sends",
    metadata,
    Column("wallet", Words, primary_key=True),
    Column("reference", Words, primary_key=True),
    Column("address", Words, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("txid", Words, ForeignKey("chain_transactions.txid")),
    Column("fee", BigInteger, nullable=False),
    Column("known_at", Instant, nullable=False),
)
