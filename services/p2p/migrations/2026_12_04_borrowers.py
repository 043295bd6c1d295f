"""Running loans of elsewhere; documents, checks outside and second looks of applications; who proposes loans and who brings them."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_04_borrowers"
down_revision = "2026_12_03_programmes"
branch_labels = None
depends_on = None

HISTORY = ("running_loans", "application_documents", "originator_terms")
STATES = "'in_review', 'approved', 'declined', 'listed', 'funded', 'expired', 'withdrawn', 'recorded'"
WAITING = "(state IN ('keyed', 'checking', 'in_review', 'proposed', 'approved')) = (due_at IS NOT NULL)"
UNDER_WAY = "state IN ('keyed', 'checking', 'in_review', 'proposed', 'approved', 'listed')"
RULES_OF_APPLICATIONS = {
    "state_known": f"state IN ('keyed', 'checking', 'proposed', {STATES})",
    "waiting_states_end": WAITING,
    "borrower_kind_known": "borrower_kind IN ('natural_person', 'organisation')",
    "origination_known": "origination IN ('online', 'partner', 'branch')",
    "partner_has_originator": "(origination = 'partner') = (originator_id IS NOT NULL)",
    "branch_has_who_keyed": "(origination = 'branch') = (keyed_by IS NOT NULL)",
    "agent_of_a_branch": "agent_id IS NULL OR origination = 'branch'",
    "only_paper_is_keyed": "state <> 'keyed' OR origination = 'branch'",
    "proposed_by_somebody": "(state = 'proposed') = (proposed_by IS NOT NULL)",
}
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _running_loans()
    _applications()
    _checks()
    _documents()
    _originators()
    _agents()
    op.create_foreign_key(
        op.f("fk_applications_originator_id"), "applications", "originators", ["originator_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_applications_agent_id"), "applications", "agents", ["agent_id"], ["id"])
    op.create_index(
        op.f("ix_applications_originator_id"),
        "applications",
        ["originator_id"],
        unique=False,
        postgresql_where=sa.text("originator_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_applications_agent_id"),
        "applications",
        ["agent_id"],
        unique=False,
        postgresql_where=sa.text("agent_id IS NOT NULL"),
    )
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))


def _applications() -> None:
    for name in ("borrower_kind", "origination"):
        usual = {"borrower_kind": "natural_person", "origination": "online"}[name]
        op.add_column("applications", sa.Column(name, sa.Text(), server_default=usual, nullable=False))
    for name in ("originator_id", "agent_id"):
        op.add_column("applications", sa.Column(name, sa.Uuid(), nullable=True))
    for name in ("keyed_by", "proposed_by"):
        op.add_column("applications", sa.Column(name, sa.Text(), nullable=True))
    for name in ("state_known", "waiting_states_end"):
        op.drop_constraint(op.f(f"ck_applications_{name}"), "applications", type_="check")
    for name, rule in RULES_OF_APPLICATIONS.items():
        op.create_check_constraint(op.f(f"ck_applications_{name}"), "applications", rule)
    op.drop_index("ix_applications_one_under_way", table_name="applications")
    op.create_index(
        "ix_applications_one_under_way", "applications", ["borrower"], unique=True, postgresql_where=sa.text(UNDER_WAY)
    )
    op.create_index(op.f("ix_loans_application_id"), "loans", ["application_id"], unique=False)
    op.create_index(op.f("ix_listings_application_id"), "listings", ["application_id"], unique=False)


def _checks() -> None:
    op.create_table(
        "application_checks",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("lenders", sa.Integer(), nullable=True),
        sa.Column("owed_minor", sa.BigInteger(), nullable=True),
        sa.Column("past_due_minor", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('identity', 'bureau')", name=op.f("ck_application_checks_kind_known")),
        sa.CheckConstraint("state IN ('pending', 'passed', 'failed')", name=op.f("ck_application_checks_state_known")),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_application_checks_ended_when")),
        sa.CheckConstraint(
            "due_at IS NULL OR state = 'pending'", name=op.f("ck_application_checks_asked_again_while_pending")
        ),
        sa.CheckConstraint(
            "(kind = 'bureau' AND state = 'passed') = (owed_minor IS NOT NULL)"
            " AND (owed_minor IS NULL) = (past_due_minor IS NULL) AND (owed_minor IS NULL) = (lenders IS NULL)",
            name=op.f("ck_application_checks_figures_of_the_bureau"),
        ),
        sa.CheckConstraint(
            "owed_minor >= past_due_minor AND past_due_minor >= 0", name=op.f("ck_application_checks_past_due_is_owed")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_checks_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "kind", name=op.f("pk_application_checks")),
    )
    op.create_index(
        op.f("ix_application_checks_due_at"),
        "application_checks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def _documents() -> None:
    op.create_table(
        "application_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('identity_card', 'proof_of_income', 'bank_statement', 'proof_of_employment', 'business_licence',"
            " 'paper_application', 'other')",
            name=op.f("ck_application_documents_kind_known"),
        ),
        sa.CheckConstraint("size_bytes BETWEEN 1 AND 1048576", name=op.f("ck_application_documents_size_within")),
        sa.CheckConstraint("length(sha256) = 32", name=op.f("ck_application_documents_hash_whole")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_documents_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_documents")),
        sa.UniqueConstraint("application_id", "sha256", name=op.f("uq_application_documents_application_id_sha256")),
    )


def _running_loans() -> None:
    op.create_table(
        "running_loans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_row", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("instalment_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_late_fees_minor", sa.BigInteger(), nullable=False),
        sa.Column("explained", sa.Text(), nullable=False),
        sa.Column("instalments_paid", sa.Integer(), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("odd_days", sa.Numeric(), nullable=True),
        sa.Column("extra_minor", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "explained IN ('by_instalments', 'with_extra', 'settled', 'written_off')",
            name=op.f("ck_running_loans_explained_known"),
        ),
        sa.CheckConstraint(
            "(explained IN ('settled', 'written_off')) = (balance_minor = 0)",
            name=op.f("ck_running_loans_ended_owes_nothing"),
        ),
        sa.CheckConstraint(
            "balance_minor BETWEEN 0 AND principal_minor AND principal_minor > 0",
            name=op.f("ck_running_loans_balance_within"),
        ),
        sa.CheckConstraint(
            "instalments_paid BETWEEN 0 AND term_months", name=op.f("ck_running_loans_instalments_within_term")
        ),
        sa.CheckConstraint(
            "extra_minor >= 0 AND (explained <> 'by_instalments' OR extra_minor = 0)",
            name=op.f("ck_running_loans_extra_apart"),
        ),
        sa.CheckConstraint(
            "odd_days IS NULL OR explained = 'by_instalments'", name=op.f("ck_running_loans_odd_days_of_instalments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_running_loans")),
        sa.UniqueConstraint("source", "source_row", name=op.f("uq_running_loans_source_source_row")),
    )
    op.create_index(
        op.f("ix_running_loans_source_explained_id"), "running_loans", ["source", "explained", "id"], unique=False
    )


def _originators() -> None:
    op.create_table(
        "originators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_originators")),
        sa.UniqueConstraint("party", name=op.f("uq_originators_party")),
    )
    op.create_table(
        "originator_terms",
        sa.Column("originator_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("licence_kind", sa.Text(), nullable=False),
        sa.Column("licence_number", sa.Text(), nullable=False),
        sa.Column("licensed_from_on", sa.Date(), nullable=False),
        sa.Column("licensed_until_on", sa.Date(), nullable=True),
        sa.Column("capital_minor", sa.BigInteger(), nullable=False),
        sa.Column("exposure_cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "licence_kind IN ('micro_lending', 'consumer_finance', 'banking')",
            name=op.f("ck_originator_terms_licence_kind_known"),
        ),
        sa.CheckConstraint(
            "licensed_until_on >= licensed_from_on", name=op.f("ck_originator_terms_licence_ends_after_it_begins")
        ),
        sa.CheckConstraint(
            "capital_minor >= 0 AND exposure_cap_minor >= 0", name=op.f("ck_originator_terms_amounts_not_negative")
        ),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_originator_terms_originator_id")),
        sa.PrimaryKeyConstraint("originator_id", "version", name=op.f("pk_originator_terms")),
    )


def _agents() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("commission_rate", sa.Numeric(), nullable=False),
        sa.Column("clawback_days", sa.Integer(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("commission_rate BETWEEN 0 AND 0.1", name=op.f("ck_agents_rate_within")),
        sa.CheckConstraint("clawback_days BETWEEN 0 AND 1080", name=op.f("ck_agents_clawback_within")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("party", name=op.f("uq_agents_party")),
    )
    op.create_table(
        "commissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("agent_party", sa.Text(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("accrued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clawback_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('accrued', 'paid', 'earned', 'taking_back', 'taken_back', 'forfeited')",
            name=op.f("ck_commissions_state_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_commissions_amount_positive")),
        sa.CheckConstraint(
            "(state IN ('accrued', 'paid', 'taking_back')) = (due_at IS NOT NULL)",
            name=op.f("ck_commissions_waiting_states_end"),
        ),
        sa.CheckConstraint(
            "(state IN ('accrued', 'forfeited')) = (account_id IS NULL)",
            name=op.f("ck_commissions_paid_to_an_account"),
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_commissions_agent_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_commissions_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commissions")),
        sa.UniqueConstraint("loan_id", name=op.f("uq_commissions_loan_id")),
    )
    op.create_index(op.f("ix_commissions_agent_id"), "commissions", ["agent_id"], unique=False)
    op.create_index(
        op.f("ix_commissions_due_at"),
        "commissions",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
