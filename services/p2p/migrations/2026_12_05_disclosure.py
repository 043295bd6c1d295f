"""Monthly operating reports as they were published, and related parties."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_05_disclosure"
down_revision = "2026_12_04_servicing"
branch_labels = None
depends_on = None

APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON operating_reports FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.create_table(
        "operating_reports",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("indicators", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_operating_reports_version_positive")),
        sa.CheckConstraint(
            "(version = 1) = (reason IS NULL)", name=op.f("ck_operating_reports_corrected_for_a_reason")
        ),
        sa.PrimaryKeyConstraint("month", "currency", "version", name=op.f("pk_operating_reports")),
    )
    op.create_table(
        "related_parties",
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "relation IN ('shareholder', 'management', 'relative', 'controlled')",
            name=op.f("ck_related_parties_relation_known"),
        ),
        sa.CheckConstraint("until_on > from_on", name=op.f("ck_related_parties_days_in_order")),
        sa.PrimaryKeyConstraint("party", "from_on", name=op.f("pk_related_parties")),
    )
    op.execute(APPEND_ONLY)
