"""Names are compared with lists of sanctions; large and suspicious transactions are reported."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_02_screening"
down_revision = "2026_12_02_risk"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was published, found and reported stays so.
REVOKED = {
    "ledger_imports": "UPDATE, DELETE, TRUNCATE",
    "report_days": "DELETE, TRUNCATE",
    "report_figures": "UPDATE, DELETE, TRUNCATE",
    "report_files": "UPDATE, DELETE, TRUNCATE",
    "screening_versions": "UPDATE, DELETE, TRUNCATE",
    "screenings": "DELETE, TRUNCATE",
    "screening_entries": "UPDATE, DELETE, TRUNCATE",
    "screening_refused_rows": "UPDATE, DELETE, TRUNCATE",
    "transaction_reports": "DELETE, TRUNCATE",
    "report_transfers": "UPDATE, DELETE, TRUNCATE",
    "screening_hits": "DELETE, TRUNCATE",
    "screening_removals": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""
IN_FORCE = date(2017, 7, 1)
IN_FORCE_AT = datetime(2017, 6, 30, 16, tzinfo=UTC)
DECREE = "People's Bank of China, decree 2016 No. 3, article "
# Rule, threshold in fen, share of it in percent, times, days, working days, source.
FIGURES = [
    ("large_organisation", 2_000_000_00, None, None, None, 5, DECREE + "5 (2)"),
    ("large_person", 500_000_00, None, None, None, 5, DECREE + "5 (3)"),
    ("large_cross_border", 200_000_00, None, None, None, 5, DECREE + "5 (4)"),
    ("structuring", 500_000_00, 80, 3, 10, 5, "a rule of this house, as article 11 of the decree asks for"),
    ("filed", None, None, None, None, 5, DECREE + "14, as amended by decree 2018 No. 2"),
]


def _figure(number: int, rule: str, *facts: object) -> dict[str, object]:
    names = ("threshold", "share_percent", "times", "days", "working_days", "source")
    told = dict(zip(names, facts, strict=True))
    return {
        "id": UUID(int=0x015CF9BA_FC00_7000_8000_000000000000 + number),
        "rule": rule,
        "valid_from": IN_FORCE,
        "stated_by": "law",
        "stated_at": IN_FORCE_AT,
    } | told


def upgrade() -> None:
    op.create_table(
        "ledger_imports",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "posted_on", name=op.f("pk_ledger_imports")),
    )
    op.create_index(op.f("ix_ledger_imports_imported_at"), "ledger_imports", ["imported_at"], unique=False)
    op.create_table(
        "report_days",
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("uncounted", sa.Integer(), nullable=False),
        sa.CheckConstraint("reports >= 0 AND uncounted >= 0", name=op.f("ck_report_days_counted_up")),
        sa.PrimaryKeyConstraint("business_on", name=op.f("pk_report_days")),
        sa.UniqueConstraint("id", name=op.f("uq_report_days_id")),
    )
    op.create_index(
        "ix_report_days_uncounted",
        "report_days",
        ["business_on"],
        unique=False,
        postgresql_where=sa.text("uncounted > 0"),
    )
    figures = op.create_table(
        "report_figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=True),
        sa.Column("share_percent", sa.Integer(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.CheckConstraint("(rule = 'filed') = (threshold IS NULL)", name=op.f("ck_report_figures_threshold_of_rules")),
        sa.CheckConstraint(
            "num_nonnulls(share_percent, times, days) = CASE rule WHEN 'structuring' THEN 3 ELSE 0 END",
            name=op.f("ck_report_figures_structuring"),
        ),
        sa.CheckConstraint(
            "rule IN ('large_person', 'large_organisation', 'large_cross_border', 'structuring', 'filed')",
            name=op.f("ck_report_figures_rule"),
        ),
        sa.CheckConstraint(
            "share_percent BETWEEN 1 AND 99 AND times BETWEEN 2 AND 1000 AND days BETWEEN 1 AND 31",
            name=op.f("ck_report_figures_sizes"),
        ),
        sa.CheckConstraint("threshold > 0", name=op.f("ck_report_figures_threshold")),
        sa.CheckConstraint("working_days BETWEEN 1 AND 30", name=op.f("ck_report_figures_working_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_figures")),
    )
    op.create_index(op.f("ix_report_figures_rule_valid_from"), "report_figures", ["rule", "valid_from"], unique=False)
    op.create_table(
        "report_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("continues_id", sa.Uuid(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('large', 'suspicious')", name=op.f("ck_report_files_kind")),
        sa.CheckConstraint("(reports > 0) = (continues_id IS NULL)", name=op.f("ck_report_files_not_empty")),
        sa.ForeignKeyConstraint(["continues_id"], ["report_files.id"], name=op.f("fk_report_files_continues_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_files")),
        sa.UniqueConstraint("name", name=op.f("uq_report_files_name")),
    )
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
        "transaction_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_by", sa.Text(), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(act = 'new') = (corrects_id IS NULL)", name=op.f("ck_transaction_reports_corrects_another")
        ),
        sa.CheckConstraint(
            "(due_at IS NOT NULL) = (state = 'found' AND overdue_at IS NULL)",
            name=op.f("ck_transaction_reports_found_is_due"),
        ),
        sa.CheckConstraint("(kind = 'large') = (rule LIKE 'large%')", name=op.f("ck_transaction_reports_kind_of_rule")),
        sa.CheckConstraint(
            "(source = 'rule') = (filed_by IS NULL)", name=op.f("ck_transaction_reports_filed_by_somebody")
        ),
        sa.CheckConstraint(
            "(state = 'found') = (ended_at IS NULL)", name=op.f("ck_transaction_reports_ended_when_final")
        ),
        sa.CheckConstraint(
            "(state = 'reported') = (file_id IS NOT NULL)", name=op.f("ck_transaction_reports_reported_in_a_file")
        ),
        sa.CheckConstraint("act IN ('new', 'correction', 'deletion')", name=op.f("ck_transaction_reports_act")),
        sa.CheckConstraint(
            "amount >= 0 AND transfers >= 0 AND currency = 'CNY'", name=op.f("ck_transaction_reports_amount")
        ),
        sa.CheckConstraint("kind IN ('large', 'suspicious')", name=op.f("ck_transaction_reports_kind")),
        sa.CheckConstraint(
            "rule IN ('large_person', 'large_organisation', 'large_cross_border', 'structuring', 'filed')",
            name=op.f("ck_transaction_reports_rule"),
        ),
        sa.CheckConstraint("side IN ('in', 'out')", name=op.f("ck_transaction_reports_side")),
        sa.CheckConstraint(
            "source IN ('rule', 'risk_decision', 'screening_hit', 'operator')",
            name=op.f("ck_transaction_reports_source"),
        ),
        sa.CheckConstraint(
            "state <> 'excluded' OR reason IS NOT NULL", name=op.f("ck_transaction_reports_excluded_with_reason")
        ),
        sa.CheckConstraint("state IN ('found', 'reported', 'excluded')", name=op.f("ck_transaction_reports_state")),
        sa.CheckConstraint(
            "subject_kind IN ('person', 'customer', 'organisation')", name=op.f("ck_transaction_reports_subject_kind")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_transaction_reports_ended_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["transaction_reports.id"], name=op.f("fk_transaction_reports_corrects_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["report_files.id"], name=op.f("fk_transaction_reports_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction_reports")),
    )
    op.create_index(
        "ix_transaction_reports_chain",
        "transaction_reports",
        ["subject", "business_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transaction_reports_due_at"),
        "transaction_reports",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_transaction_reports_file_id"),
        "transaction_reports",
        ["file_id"],
        unique=False,
        postgresql_where=sa.text("file_id IS NOT NULL"),
    )
    op.create_index(
        "ix_transaction_reports_found",
        "transaction_reports",
        ["kind", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'found'"),
    )
    op.create_index(
        "uq_transaction_reports_of_a_day",
        "transaction_reports",
        ["rule", "subject_kind", "subject", "side", "business_on"],
        unique=True,
        postgresql_where=sa.text("act = 'new' AND rule <> 'filed'"),
    )
    op.create_index(
        "uq_transaction_reports_one_correction",
        "transaction_reports",
        ["corrects_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'excluded'"),
    )
    op.create_table(
        "report_transfers",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("own_account_id", sa.Uuid(), nullable=False),
        sa.Column("other_account_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.CheckConstraint("side IN ('in', 'out')", name=op.f("ck_report_transfers_side")),
        sa.CheckConstraint("amount > 0 AND counted > 0", name=op.f("ck_report_transfers_amounts")),
        sa.ForeignKeyConstraint(["report_id"], ["transaction_reports.id"], name=op.f("fk_report_transfers_report_id")),
        sa.PrimaryKeyConstraint("report_id", "transfer_id", "side", name=op.f("pk_report_transfers")),
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
    op.bulk_insert(figures, [_figure(number, *figure) for number, figure in enumerate(FIGURES)])
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))
