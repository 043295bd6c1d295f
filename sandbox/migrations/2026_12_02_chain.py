"""The chain: blocks, transactions, and the wallets of its node."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_02_chain"
down_revision = "2026_11_28_returns"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "chain_blocks",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(height = 0) = (previous_hash = '')", name=op.f("ck_chain_blocks_first_has_none_before")),
        sa.CheckConstraint("height >= 0", name=op.f("ck_chain_blocks_height")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_chain_blocks")),
    )
    op.create_index("uq_chain_blocks_active_height", "chain_blocks", ["height"], unique=True, postgresql_where="active")
    op.create_table(
        "chain_transactions",
        sa.Column("txid", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("block_hash", sa.Text(), nullable=True),
        sa.Column("coinbase", sa.Boolean(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'mined') = (block_hash IS NOT NULL)", name=op.f("ck_chain_transactions_mined_in_a_block")
        ),
        sa.CheckConstraint("state IN ('mempool', 'mined', 'dropped')", name=op.f("ck_chain_transactions_state")),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_chain_transactions_fee")),
        sa.ForeignKeyConstraint(["block_hash"], ["chain_blocks.hash"], name=op.f("fk_chain_transactions_block_hash")),
        sa.PrimaryKeyConstraint("txid", name=op.f("pk_chain_transactions")),
        sa.UniqueConstraint("sequence", name=op.f("uq_chain_transactions_sequence")),
    )
    op.create_index(op.f("ix_chain_transactions_block_hash"), "chain_transactions", ["block_hash"], unique=False)
    op.create_table(
        "chain_left_blocks",
        sa.Column("block_hash", sa.Text(), nullable=False),
        sa.Column("txid", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["block_hash"], ["chain_blocks.hash"], name=op.f("fk_chain_left_blocks_block_hash")),
        sa.ForeignKeyConstraint(["txid"], ["chain_transactions.txid"], name=op.f("fk_chain_left_blocks_txid")),
        sa.PrimaryKeyConstraint("block_hash", "txid", name=op.f("pk_chain_left_blocks")),
    )
    op.create_table(
        "chain_outputs",
        sa.Column("txid", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_chain_outputs_amount_positive")),
        sa.ForeignKeyConstraint(["txid"], ["chain_transactions.txid"], name=op.f("fk_chain_outputs_txid")),
        sa.PrimaryKeyConstraint("txid", "position", name=op.f("pk_chain_outputs")),
    )
    op.create_index(op.f("ix_chain_outputs_address"), "chain_outputs", ["address"], unique=False)
    op.create_table(
        "chain_inputs",
        sa.Column("txid", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("spent_txid", sa.Text(), nullable=False),
        sa.Column("spent_position", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["txid"], ["chain_transactions.txid"], name=op.f("fk_chain_inputs_txid")),
        sa.PrimaryKeyConstraint("txid", "position", name=op.f("pk_chain_inputs")),
    )
    op.create_index(
        op.f("ix_chain_inputs_spent_txid_spent_position"),
        "chain_inputs",
        ["spent_txid", "spent_position"],
        unique=False,
    )
    op.create_index(
        "uq_chain_inputs_spent_once",
        "chain_inputs",
        ["spent_txid", "spent_position"],
        unique=True,
        postgresql_where="live",
    )
    op.create_table(
        "chain_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_chain_addresses")),
    )
    op.create_index(op.f("ix_chain_addresses_wallet"), "chain_addresses", ["wallet"], unique=False)
    op.create_table(
        "chain_sends",
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("txid", sa.Text(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["txid"], ["chain_transactions.txid"], name=op.f("fk_chain_sends_txid")),
        sa.PrimaryKeyConstraint("wallet", "reference", name=op.f("pk_chain_sends")),
    )
