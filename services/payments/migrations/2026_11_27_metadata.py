"""Metadata of accounts and transfers; transfers found by their instant.

Nobody should give transfers metadata before the last replica of the version before has gone: it would link such a batch as if it had none.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_metadata"
down_revision = "2026_11_27_log_by_month"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was told of an account stays told.
REVOKED = {
    "ledger_account_metadata": "UPDATE, DELETE, TRUNCATE",
    "ledger_metadata_since": "INSERT, UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""
# By the service's clock: in test mode the one it was set to, if it was.
SINCE = """INSERT INTO ledger_metadata_since (singleton, since)
    SELECT true, coalesce((SELECT business_at + CASE WHEN frozen THEN interval '0' ELSE now() - real_at END
        FROM chassis.clock WHERE singleton), now())
    WHERE EXISTS (SELECT FROM ledger_accounts)"""


def upgrade() -> None:
    op.add_column("ledger_transfers", sa.Column("metadata", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(op.f("ck_ledger_transfers_metadata_not_empty"), "ledger_transfers", "metadata <> '{}'")
    op.create_index(
        op.f("ix_ledger_transfers_metadata"),
        "ledger_transfers",
        ["metadata"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
        postgresql_where=sa.text("metadata IS NOT NULL"),
    )
    # Summaries of neighbouring pages: a time is found without reading all, and a new transfer pays nothing for it.
    op.create_index(
        op.f("ix_ledger_transfers_posted_at"),
        "ledger_transfers",
        ["posted_at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": 32},
    )
    op.create_table(
        "ledger_account_metadata",
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("book_id", "account_id", "recorded_at", name=op.f("pk_ledger_account_metadata")),
    )
    op.create_index(
        op.f("ix_ledger_account_metadata_metadata"),
        "ledger_account_metadata",
        ["metadata"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )
    op.create_table(
        "ledger_metadata_since",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("ck_ledger_metadata_since_one_row")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_ledger_metadata_since")),
    )
    op.execute(SINCE)
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
