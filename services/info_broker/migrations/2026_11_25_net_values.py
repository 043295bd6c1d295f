"""Net values of funds."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_net_values"
down_revision = "2026_11_24_catalogue_and_leads"
branch_labels = None
depends_on = None

# What was shown is added to and never edited: the service's own role may not.
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON net_values FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "net_values",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit_value", sa.Numeric(18, 6), nullable=False),
        sa.Column("distribution", sa.Text(), nullable=True),
        sa.Column("known_since_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unit_value > 0 AND version >= 1", name=op.f("ck_net_values_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_net_values_product_id")),
        sa.PrimaryKeyConstraint("product_id", "valued_on", "version", name=op.f("pk_net_values")),
    )
    op.execute(APPEND_ONLY)
