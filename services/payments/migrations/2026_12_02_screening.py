"""Names are compared with lists of sanctions; large and suspicious transactions are reported."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_02_screening"
down_revision = "2026_12_01_refund_legs"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was published, found and reported stays so.
REVOKED = {
    "screening_versions": "UPDATE, DELETE, TRUNCATE",
    "screenings": "DELETE, TRUNCATE",
    "screening_entries": "UPDATE, DELETE, TRUNCATE",
    "screening_refused_rows": "UPDATE, DELETE, TRUNCATE",
    "screening_hits": "DELETE, TRUNCATE",
    "screening_removals": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "screening_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("names", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.CheckConstraint("form IN ('ofac', 'table')", name=op.f("ck_screening_versions_form")),
        sa.CheckConstraint(
            "least(entries, added, removed, refused) >= 0 AND names >= entries",
            name=op.f("ck_screening_versions_sizes"),
        ),
        sa.CheckConstraint("number > 0 AND generation > 0", name=op.f("ck_screening_versions_counted_up")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_versions")),
        sa.UniqueConstraint("generation", name=op.f("uq_screening_versions_generation")),
        sa.UniqueConstraint("list_name", "number", name=op.f("uq_screening_versions_list_name_number")),
    )
    op.create_table(
        "screenings",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("person", sa.Boolean(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('clear', 'hit', 'cleared_by_operator', 'confirmed')", name=op.f("ck_screenings_outcome")
        ),
        sa.CheckConstraint(
            "score BETWEEN 0 AND 1000 AND (score = 0) = (outcome = 'clear')", name=op.f("ck_screenings_score")
        ),
        sa.CheckConstraint(
            "subject_kind IN ('customer', 'merchant', 'payee')", name=op.f("ck_screenings_subject_kind")
        ),
        sa.CheckConstraint("expires_at > screened_at", name=op.f("ck_screenings_expires_later")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_screenings")),
    )
    op.create_index(op.f("ix_screenings_expires_at"), "screenings", ["expires_at"], unique=False)
    op.create_index(op.f("ix_screenings_generation"), "screenings", ["generation"], unique=False)
    op.create_table(
        "screening_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('individual', 'entity', 'vessel', 'aircraft')", name=op.f("ck_screening_entries_kind")
        ),
        sa.CheckConstraint("cardinality(names) > 0", name=op.f("ck_screening_entries_has_a_name")),
        sa.ForeignKeyConstraint(
            ["generation"], ["screening_versions.generation"], name=op.f("fk_screening_entries_generation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_entries")),
        sa.UniqueConstraint(
            "list_name", "key", "generation", name=op.f("uq_screening_entries_list_name_key_generation")
        ),
    )
    op.create_index(op.f("ix_screening_entries_generation"), "screening_entries", ["generation"], unique=False)
    op.create_table(
        "screening_refused_rows",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["screening_versions.id"], name=op.f("fk_screening_refused_rows_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "number", name=op.f("pk_screening_refused_rows")),
    )
    op.create_table(
        "screening_hits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("proposed_reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(due_at IS NOT NULL) = (state IN ('waiting', 'clearance_proposed') AND overdue_at IS NULL)",
            name=op.f("ck_screening_hits_open_is_due"),
        ),
        sa.CheckConstraint(
            "(state IN ('cleared', 'confirmed')) = (decided_by IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_screening_hits_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'clearance_proposed')) = (decided_at IS NULL)",
            name=op.f("ck_screening_hits_decided_when_ended"),
        ),
        sa.CheckConstraint(
            "state <> 'clearance_proposed' OR proposed_by IS NOT NULL",
            name=op.f("ck_screening_hits_proposed_by_somebody"),
        ),
        sa.CheckConstraint("state <> 'cleared' OR proposed_by <> decided_by", name=op.f("ck_screening_hits_four_eyes")),
        sa.CheckConstraint(
            "state IN ('waiting', 'clearance_proposed', 'cleared', 'confirmed', 'withdrawn')",
            name=op.f("ck_screening_hits_state"),
        ),
        sa.CheckConstraint(
            "(proposed_by IS NULL) = (proposed_reason IS NULL)", name=op.f("ck_screening_hits_proposed_with_reason")
        ),
        sa.CheckConstraint("score BETWEEN 1 AND 1000", name=op.f("ck_screening_hits_score")),
        sa.ForeignKeyConstraint(["entry_id"], ["screening_entries.id"], name=op.f("fk_screening_hits_entry_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["screenings.subject_id"], name=op.f("fk_screening_hits_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_hits")),
        sa.UniqueConstraint(
            "subject_id", "entry_id", "name_index", name=op.f("uq_screening_hits_subject_id_entry_id_name_index")
        ),
    )
    op.create_index(
        op.f("ix_screening_hits_due_at"),
        "screening_hits",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_screening_hits_open",
        "screening_hits",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'clearance_proposed')"),
    )
    op.create_table(
        "screening_removals",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["screening_entries.id"], name=op.f("fk_screening_removals_entry_id")),
        sa.ForeignKeyConstraint(
            ["generation"], ["screening_versions.generation"], name=op.f("fk_screening_removals_generation")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_screening_removals")),
    )
    op.create_index(op.f("ix_screening_removals_generation"), "screening_removals", ["generation"], unique=False)
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))
