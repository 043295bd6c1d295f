"""Reconciliation: accounts at banks, their statements, our records, pairs, breaks and what resolved them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_reconcile"
down_revision = "2026_11_30_payouts"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what banks stated and what was found stays so.
REVOKED = {
    "reconciliation_accounts": "DELETE, TRUNCATE",
    "reconciliation_mappings": "UPDATE, DELETE, TRUNCATE",
    "statement_files": "UPDATE, DELETE, TRUNCATE",
    "statements": "UPDATE, DELETE, TRUNCATE",
    "statement_lines": "UPDATE, DELETE, TRUNCATE",
    "statement_confirmations": "UPDATE, DELETE, TRUNCATE",
    "reconciliation_records": "DELETE, TRUNCATE",
    "reconciliation_runs": "DELETE, TRUNCATE",
    "reconciliation_pairs": "UPDATE, DELETE, TRUNCATE",
    "reconciliation_breaks": "DELETE, TRUNCATE",
    "reconciliation_resolutions": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "reconciliation_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("date_window_days", sa.Integer(), nullable=False),
        sa.Column("date_tolerance_days", sa.Integer(), nullable=False),
        sa.Column("amount_tolerance_minor", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "date_tolerance_days BETWEEN 0 AND 31 AND amount_tolerance_minor >= 0",
            name=op.f("ck_reconciliation_accounts_tolerances"),
        ),
        sa.CheckConstraint("date_window_days BETWEEN 0 AND 31", name=op.f("ck_reconciliation_accounts_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_accounts")),
        sa.UniqueConstraint("bank", "currency", name=op.f("uq_reconciliation_accounts_bank_currency")),
        sa.UniqueConstraint("bank", "number", name=op.f("uq_reconciliation_accounts_bank_number")),
    )
    op.create_table(
        "reconciliation_mappings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reconciliation_mappings")),
        sa.UniqueConstraint("id", name=op.f("uq_reconciliation_mappings_id")),
    )
    op.create_table(
        "statement_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.CheckConstraint("form IN ('camt', 'mt940', 'table')", name=op.f("ck_statement_files_form")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["reconciliation_accounts.id"], name=op.f("fk_statement_files_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_files")),
        sa.UniqueConstraint("account_id", "hash", name=op.f("uq_statement_files_account_id_hash")),
    )
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=True),
        sa.Column("sum_minor", sa.BigInteger(), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('statement', 'notification')", name=op.f("ck_statements_kind")),
        sa.CheckConstraint(
            "difference_minor IS NOT DISTINCT FROM closing_minor - opening_minor - sum_minor",
            name=op.f("ck_statements_difference_is_told"),
        ),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_statements_days_in_order")),
        sa.CheckConstraint("lines >= 0 AND seen >= 0", name=op.f("ck_statements_counted_up")),
        sa.ForeignKeyConstraint(["account_id"], ["reconciliation_accounts.id"], name=op.f("fk_statements_account_id")),
        sa.ForeignKeyConstraint(["file_id"], ["statement_files.id"], name=op.f("fk_statements_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index(op.f("ix_statements_account_id_until_on"), "statements", ["account_id", "until_on"], unique=False)
    op.create_index(
        "uq_statements_by_number",
        "statements",
        ["account_id", "number", "from_on"],
        unique=True,
        postgresql_where=sa.text("kind = 'statement'"),
    )
    op.create_table(
        "statement_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("servicer_reference", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("match_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_statement_lines_amount_not_zero")),
        sa.CheckConstraint(
            "occurrence > 0 AND (occurrence > 1) >= repeated", name=op.f("ck_statement_lines_repeated_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["reconciliation_accounts.id"], name=op.f("fk_statement_lines_account_id")
        ),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_lines")),
        sa.UniqueConstraint(
            "account_id", "identity", "occurrence", name=op.f("uq_statement_lines_account_id_identity_occurrence")
        ),
        sa.UniqueConstraint("statement_id", "number", name=op.f("uq_statement_lines_statement_id_number")),
    )
    op.create_index(
        op.f("ix_statement_lines_account_id_match_key"),
        "statement_lines",
        ["account_id", "match_key"],
        unique=False,
        postgresql_where=sa.text("match_key <> ''"),
    )
    op.create_table(
        "statement_confirmations",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["statement_lines.id"], name=op.f("fk_statement_confirmations_line_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_statement_confirmations_statement_id")
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_statement_confirmations")),
    )
    op.create_table(
        "reconciliation_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("match_key", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("source IN ('channel', 'report', 'ledger')", name=op.f("ck_reconciliation_records_source")),
        sa.CheckConstraint("state IN ('expected', 'open', 'failed')", name=op.f("ck_reconciliation_records_state")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_reconciliation_records_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["reconciliation_accounts.id"], name=op.f("fk_reconciliation_records_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_records")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_reconciliation_records_source_source_id")),
    )
    op.create_index(
        op.f("ix_reconciliation_records_account_id_match_key"),
        "reconciliation_records",
        ["account_id", "match_key"],
        unique=False,
        postgresql_where=sa.text("match_key <> ''"),
    )
    op.create_index(
        op.f("ix_reconciliation_records_account_id_subject"),
        "reconciliation_records",
        ["account_id", "subject"],
        unique=False,
    )
    op.create_table(
        "reconciliation_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("run_by", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("breaks_raised", sa.Integer(), nullable=False),
        sa.Column("breaks_closed", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "least(records, pairs, breaks_raised, breaks_closed) >= 0", name=op.f("ck_reconciliation_runs_counted_up")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["reconciliation_accounts.id"], name=op.f("fk_reconciliation_runs_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_runs")),
    )
    op.create_index(
        op.f("ix_reconciliation_runs_account_id_id"), "reconciliation_runs", ["account_id", "id"], unique=False
    )
    op.create_table(
        "reconciliation_pairs",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("rule BETWEEN 1 AND 6", name=op.f("ck_reconciliation_pairs_rule")),
        sa.PrimaryKeyConstraint("line_id", "record_id", name=op.f("pk_reconciliation_pairs")),
    )
    op.create_index(op.f("ix_reconciliation_pairs_record_id"), "reconciliation_pairs", ["record_id"], unique=False)
    op.create_table(
        "reconciliation_open_lines",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_key", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_reconciliation_open_lines")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "reconciliation_open_records",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_key", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_reconciliation_open_records")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "reconciliation_breaks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("resolved_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(side = 'ledger') = (subject IS NOT NULL)", name=op.f("ck_reconciliation_breaks_about_something")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (due_at IS NOT NULL)", name=op.f("ck_reconciliation_breaks_open_is_due")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_reconciliation_breaks_ended_when_closed")
        ),
        sa.CheckConstraint("(type = 'date') = (amount = 0)", name=op.f("ck_reconciliation_breaks_date_has_no_money")),
        sa.CheckConstraint(
            "side = 'ledger' OR line_id IS NOT NULL OR record_id IS NOT NULL",
            name=op.f("ck_reconciliation_breaks_bank_has_its_row"),
        ),
        sa.CheckConstraint("side IN ('bank', 'ledger')", name=op.f("ck_reconciliation_breaks_side")),
        sa.CheckConstraint(
            "state <> 'explained' OR (resolved_minor = 0 AND reason IS NOT NULL)",
            name=op.f("ck_reconciliation_breaks_explained_has_a_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'resolved' OR (amount <> 0 AND resolved_minor = amount)",
            name=op.f("ck_reconciliation_breaks_resolved_is_moved"),
        ),
        sa.CheckConstraint("state IN ('open', 'resolved', 'explained')", name=op.f("ck_reconciliation_breaks_state")),
        sa.CheckConstraint(
            "type IN ('long', 'short', 'amount', 'duplicate', 'status', 'date')",
            name=op.f("ck_reconciliation_breaks_type"),
        ),
        sa.CheckConstraint(
            "resolved_minor BETWEEN least(0, amount) AND greatest(0, amount)",
            name=op.f("ck_reconciliation_breaks_resolved_within_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["reconciliation_accounts.id"], name=op.f("fk_reconciliation_breaks_account_id")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["statement_lines.id"], name=op.f("fk_reconciliation_breaks_line_id")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["reconciliation_records.id"], name=op.f("fk_reconciliation_breaks_record_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_breaks")),
        sa.UniqueConstraint(
            "account_id",
            "type",
            "line_id",
            "record_id",
            "subject",
            name=op.f("uq_reconciliation_breaks_account_id_type_line_id_record_id_subject"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_reconciliation_breaks_account_id_id"), "reconciliation_breaks", ["account_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_reconciliation_breaks_due_at"),
        "reconciliation_breaks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_reconciliation_breaks_line_id"),
        "reconciliation_breaks",
        ["line_id"],
        unique=False,
        postgresql_where=sa.text("line_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_reconciliation_breaks_record_id"),
        "reconciliation_breaks",
        ["record_id"],
        unique=False,
        postgresql_where=sa.text("record_id IS NOT NULL"),
    )
    op.create_table(
        "reconciliation_resolutions",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("break_id", sa.Uuid(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_reconciliation_resolutions_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["break_id"], ["reconciliation_breaks.id"], name=op.f("fk_reconciliation_resolutions_break_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["reconciliation_resolutions.transfer_id"],
            name=op.f("fk_reconciliation_resolutions_reverses_id"),
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_reconciliation_resolutions")),
    )
    op.create_index(
        op.f("ix_reconciliation_resolutions_break_id"), "reconciliation_resolutions", ["break_id"], unique=False
    )

    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))
