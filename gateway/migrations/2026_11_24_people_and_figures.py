"""People and figures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_people_and_figures"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "counter", "counted_on", "currency", "product", "channel", "grade", name=op.f("pk_daily_figures")
        ),
    )
    op.create_table(
        "figure_firsts",
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("counter", "key", name=op.f("pk_figure_firsts")),
    )
    op.create_table(
        "figure_records",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.CheckConstraint("currency = '' OR currency ~ '^[A-Z]{3,5}$'", name=op.f("ck_figure_records_currency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_records")),
    )
    op.create_index(
        op.f("ix_figure_records_counter_counted_on_id"), "figure_records", ["counter", "counted_on", "id"], unique=False
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'staff') = (cardinality(roles) > 0)", name=op.f("ck_identities_roles_of_staff")),
        sa.CheckConstraint("kind IN ('customer', 'staff')", name=op.f("ck_identities_kind")),
        sa.CheckConstraint("password_hash LIKE '$argon2id$%'", name=op.f("ck_identities_password_hash")),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_identities_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
    )
    op.create_index(
        op.f("ix_identities_id"), "identities", ["id"], unique=False, postgresql_where=sa.text("kind = 'staff'")
    )
    op.create_table(
        "contacts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('email', 'mobile')", name=op.f("ck_contacts_kind")),
        sa.CheckConstraint("length(value) <= 254", name=op.f("ck_contacts_length")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_contacts_identity_id")),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_identity_id"), "contacts", ["identity_id"], unique=False)
    op.create_table(
        "figure_news",
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["figure_records.id"], name=op.f("fk_figure_news_record_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_figure_news")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "end_reason IN ('signed_out', 'token_reused', 'disabled')", name=op.f("ck_sessions_end_reason")
        ),
        sa.CheckConstraint("purpose IN ('api', 'console')", name=op.f("ck_sessions_purpose")),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_sessions_ended_with_reason")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_sessions_identity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_identity_id"), "sessions", ["identity_id"], unique=False)
    op.create_table(
        "session_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_session_tokens_hash_length")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_tokens_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session_tokens")),
    )
    op.create_index(op.f("ix_session_tokens_session_id"), "session_tokens", ["session_id"], unique=False)
