"""Contracts, and each party's document by hash and signature."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_04_contracts"
down_revision = "2026_12_03_programmes"
branch_labels = None
depends_on = None

APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.create_table(
        "contracts",
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_contracts_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_contracts")),
    )
    op.create_table(
        "contract_parties",
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('borrower', 'lender')", name=op.f("ck_contract_parties_role_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_contract_parties_amount_positive")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_contract_parties_sha256_hexadecimal")),
        sa.ForeignKeyConstraint(["loan_id"], ["contracts.loan_id"], name=op.f("fk_contract_parties_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", "party", name=op.f("pk_contract_parties")),
    )
    op.create_index(op.f("ix_contract_parties_party_loan_id"), "contract_parties", ["party", "loan_id"], unique=False)
    for table in ("contracts", "contract_parties"):
        op.execute(APPEND_ONLY.format(table=table))
