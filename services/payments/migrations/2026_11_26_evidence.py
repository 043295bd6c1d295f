"""Evidence: chains of committed batches, kept roots of days, and which transfer takes back which."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_evidence"
down_revision = "2026_11_25_transfer_flags"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: evidence is added to.
REVOKED = {
    "evidence_links": "UPDATE, DELETE, TRUNCATE",
    "evidence_pins": "UPDATE, DELETE, TRUNCATE",
    "ledger_reversals": "UPDATE, DELETE, TRUNCATE",
    "evidence_progress": "INSERT, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "evidence_links",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("skip_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("encoding", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("number > 0 AND position > 0 AND transfers > 0", name=op.f("ck_evidence_links_counted")),
        sa.CheckConstraint(
            "least(length(root), length(previous_hash), length(skip_hash), length(hash)) = 32",
            name=op.f("ck_evidence_links_hashes"),
        ),
        sa.PrimaryKeyConstraint("book_id", "number", name=op.f("pk_evidence_links")),
        sa.UniqueConstraint("book_id", "batch_id", name=op.f("uq_evidence_links_book_id_batch_id")),
    )
    op.create_table(
        "evidence_progress",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("ck_evidence_progress_one_row")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_evidence_progress")),
        postgresql_with={"fillfactor": 10},
    )
    op.execute("INSERT INTO evidence_progress (singleton, position) VALUES (true, 0)")
    op.create_table(
        "evidence_pins",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("transfers", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("encoding", sa.SmallInteger(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pinned_by", sa.Text(), nullable=False),
        sa.CheckConstraint("version > 0 AND transfers >= 0", name=op.f("ck_evidence_pins_counted")),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_evidence_pins_hash")),
        sa.PrimaryKeyConstraint("book_id", "value_on", "version", name=op.f("pk_evidence_pins")),
    )
    op.create_table(
        "ledger_reversals",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("reversed_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("rest", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0 AND rest >= 0", name=op.f("ck_ledger_reversals_within_the_amount")),
        sa.CheckConstraint("part BETWEEN 1 AND 100", name=op.f("ck_ledger_reversals_part")),
        sa.CheckConstraint("transfer_id <> reversed_id", name=op.f("ck_ledger_reversals_two_transfers")),
        sa.PrimaryKeyConstraint("book_id", "transfer_id", name=op.f("pk_ledger_reversals")),
        sa.UniqueConstraint(
            "book_id", "reversed_id", "part", name=op.f("uq_ledger_reversals_book_id_reversed_id_part")
        ),
    )
    # Summaries of neighbouring pages: a day is found without reading all, and a new transfer pays nothing for it.
    op.create_index(
        op.f("ix_ledger_transfers_value_on"),
        "ledger_transfers",
        ["value_on"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": 32},
    )
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
