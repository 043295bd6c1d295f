"""Second factors of staff."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_second_factors"
down_revision = "2026_11_24_people_and_figures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_second_factors_identity_id")),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_second_factors")),
    )
