"""Proofs of the reserve name the class of clients' money at a custody bank, which is no part of it."""

from alembic import op

revision = "2026_12_06_custody"
down_revision = "2026_12_02_screening"
branch_labels = None
depends_on = None

NAME = "ck_reserve_proof_classes_owed"
KNOWN = (
    "owed IN ('customers', 'merchants', 'institutions', 'escrow', 'refunds_due', 'unmatched', 'participants', 'tokens_backed', "
    "'own_fees', 'own_claims', 'between_books', 'reserve', 'custody', 'apart')"
)


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(f"ALTER TABLE reserve_proof_classes DROP CONSTRAINT {NAME}, ADD CONSTRAINT {NAME} CHECK ({KNOWN})")
