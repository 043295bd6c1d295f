"""Lending: every table, and the programmes that ship."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_lending"
down_revision = None
branch_labels = None
depends_on = None

# What happened is added to and never edited: the service's own role may not.
HISTORY = ("programmes", "application_decisions", "listing_steps", "claim_versions", "repayment_shares", "imports")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""

# Rates are yearly, fees yearly shares of the amount; amounts in minor units.
GRADES = ["A", "B", "C", "D"]

PROGRAMMES = [
    {
        "code": "open_auction",
        "version": 1,
        "names": {"en": "Open market, the lender bears the loss", "zh": "公开竞标（出借人自担风险）"},
        "currency": "CNY",
        "lender_kind": "private",
        "rate_formation": "fixed",
        "lowest_rate": "0.03",
        "highest_rate": "0.12",
        "rates_by_grade": {},
        "loss_borne_by": "lender",
        "grades": GRADES,
        "methods": ["equal_instalment", "equal_principal", "interest_first", "bullet"],
        "terms_months": [3, 6, 9, 12, 18, 24, 36],
        "day_count": "30/360",
        "least_amount_minor": 100_000,
        "largest_amount_minor": 20_000_000,
        "lot_minor": 5_000,
        "longest_open_days": 15,
        "origination_fee_annual": {"A": "0.005", "B": "0.005", "C": "0.005", "D": "0.005"},
        "reserve_contribution_annual": {},
        "late_daily_rate": "0.0003",
        "valid_from": "2026-01-01",
    },
    {
        "code": "reserve_fund",
        "version": 1,
        "names": {"en": "Rate by grade, with a risk-reserve fund", "zh": "按等级定价（风险备用金）"},
        "currency": "CNY",
        "lender_kind": "private",
        "rate_formation": "by_grade",
        "lowest_rate": "0.03",
        "highest_rate": "0.12",
        "rates_by_grade": {"A": "0.06", "B": "0.068", "C": "0.075", "D": "0.08"},
        "loss_borne_by": "reserve_fund",
        "grades": GRADES,
        "methods": ["equal_instalment"],
        "terms_months": [6, 12, 18, 24, 36],
        "day_count": "30/360",
        "least_amount_minor": 300_000,
        "largest_amount_minor": 20_000_000,
        "lot_minor": 10_000,
        "longest_open_days": 7,
        "origination_fee_annual": {"A": "0.006", "B": "0.007", "C": "0.008", "D": "0.008"},
        "reserve_contribution_annual": {"A": "0.002", "B": "0.004", "C": "0.006", "D": "0.01"},
        "late_daily_rate": "0.0003",
        "valid_from": "2026-01-01",
    },
]


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scorecard_version", sa.Text(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_row", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'recorded') = (borrower IS NULL)", name=op.f("ck_applications_recorded_without_borrower")
        ),
        sa.CheckConstraint(
            "(state = 'recorded') = (source_row IS NOT NULL)", name=op.f("ck_applications_recorded_from_a_row")
        ),
        sa.CheckConstraint(
            "(state IN ('in_review', 'approved')) = (due_at IS NOT NULL)",
            name=op.f("ck_applications_waiting_states_end"),
        ),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D', 'E')", name=op.f("ck_applications_grade_known")),
        sa.CheckConstraint(
            "state IN ('in_review', 'approved', 'declined', 'listed', 'funded', 'expired', 'recorded')",
            name=op.f("ck_applications_state_known"),
        ),
        sa.CheckConstraint("amount_minor > 0 AND limit_minor >= 0", name=op.f("ck_applications_amounts_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("source", "source_row", name=op.f("uq_applications_source_source_row")),
    )
    op.create_index(op.f("ix_applications_borrower_id"), "applications", ["borrower", "id"], unique=False)
    op.create_index(
        op.f("ix_applications_due_at"),
        "applications",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_applications_one_under_way",
        "applications",
        ["borrower"],
        unique=True,
        postgresql_where=sa.text("state IN ('in_review', 'approved', 'listed')"),
    )
    op.create_index(op.f("ix_applications_state_id"), "applications", ["state", "id"], unique=False)
    op.create_table(
        "house_accounts",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "currency", name=op.f("pk_house_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_house_accounts_account_id")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "accepted + unchanged + jsonb_array_length(refused) = rows", name=op.f("ck_imports_every_row_counted")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "programmes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "terms ->> 'code' = code AND (terms -> 'version')::integer = version",
            name=op.f("ck_programmes_terms_of_the_version"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_programmes_version_positive")),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_programmes")),
    )
    op.create_table(
        "application_decisions",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_decisions_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "number", name=op.f("pk_application_decisions")),
    )
    op.create_table(
        "declarations",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(identity IS NULL) = (person IS NULL)", name=op.f("ck_declarations_identity_with_fingerprint")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_declarations_application_id")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_declarations")),
    )
    op.create_index(op.f("ix_declarations_person"), "declarations", ["person"], unique=False)
    op.create_table(
        "listings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("lot_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("borrower_account_id", sa.Uuid(), nullable=True),
        sa.Column("committed_minor", sa.BigInteger(), nullable=False),
        sa.Column("placed_minor", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('draft', 'open')) = (due_at IS NOT NULL)", name=op.f("ck_listings_waiting_states_end")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'full', 'disbursing', 'disbursed', 'releasing', 'failed')",
            name=op.f("ck_listings_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'releasing', 'failed') OR account_id IS NOT NULL",
            name=op.f("ck_listings_open_with_account"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('full', 'disbursing', 'disbursed') OR placed_minor = amount_minor",
            name=op.f("ck_listings_full_is_full"),
        ),
        sa.CheckConstraint(
            "0 <= placed_minor AND placed_minor <= committed_minor AND committed_minor <= amount_minor",
            name=op.f("ck_listings_never_over_filled"),
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND amount_minor % lot_minor = 0", name=op.f("ck_listings_amount_in_lots")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_listings_application_id")),
        sa.ForeignKeyConstraint(
            ["programme_code", "programme_version"],
            ["programmes.code", "programmes.version"],
            name=op.f("fk_listings_programme_code_programme_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint("account_id", name=op.f("uq_listings_account_id")),
    )
    op.create_index(op.f("ix_listings_borrower_id"), "listings", ["borrower", "id"], unique=False)
    op.create_index(
        op.f("ix_listings_due_at"), "listings", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "ix_listings_one_alive",
        "listings",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'failed'"),
    )
    op.create_index(op.f("ix_listings_state_id"), "listings", ["state", "id"], unique=False)
    op.create_table(
        "listing_steps",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_listing_steps_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "number", name=op.f("pk_listing_steps")),
    )
    op.create_table(
        "loans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("day_count", sa.Text(), nullable=False),
        sa.Column("origination_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserve_contribution_minor", sa.BigInteger(), nullable=False),
        sa.Column("all_in_rate", sa.Numeric(), nullable=False),
        sa.Column("ceiling_rate", sa.Numeric(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("borrower_account_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("contracted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disbursed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state IN ('repaid', 'cancelled')) = (outstanding_minor = 0)", name=op.f("ck_loans_ended_owes_nothing")
        ),
        sa.CheckConstraint(
            "(state IN ('repaying', 'repaid')) = (disbursed_at IS NOT NULL)", name=op.f("ck_loans_disbursed_when")
        ),
        sa.CheckConstraint(
            "state IN ('disbursing', 'repaying', 'repaid', 'cancelled')", name=op.f("ck_loans_state_known")
        ),
        sa.CheckConstraint(
            "origination_fee_minor >= 0 AND reserve_contribution_minor >= 0"
            " AND origination_fee_minor + reserve_contribution_minor < principal_minor",
            name=op.f("ck_loans_something_is_paid_out"),
        ),
        sa.CheckConstraint(
            "outstanding_minor BETWEEN 0 AND principal_minor", name=op.f("ck_loans_outstanding_within_principal")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_loans_application_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_loans_listing_id")),
        sa.ForeignKeyConstraint(
            ["programme_code", "programme_version"],
            ["programmes.code", "programmes.version"],
            name=op.f("fk_loans_programme_code_programme_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loans")),
    )
    op.create_index(op.f("ix_loans_borrower_id"), "loans", ["borrower", "id"], unique=False)
    op.create_index(
        "ix_loans_one_alive", "loans", ["listing_id"], unique=True, postgresql_where=sa.text("state <> 'cancelled'")
    )
    op.create_index(op.f("ix_loans_state_id"), "loans", ["state", "id"], unique=False)
    op.create_table(
        "bids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("loan_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state <> 'funded' OR loan_id IS NOT NULL", name=op.f("ck_bids_funded_by_contract")),
        sa.CheckConstraint(
            "state IN ('pending', 'placed', 'refused', 'releasing', 'released', 'funded')",
            name=op.f("ck_bids_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'refused') OR hold_id IS NOT NULL", name=op.f("ck_bids_placed_with_hold")
        ),
        sa.CheckConstraint("(hold_id IS NULL) = (account_id IS NULL)", name=op.f("ck_bids_hold_on_an_account")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bids_amount_positive")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_bids_listing_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_bids_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bids")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_bids_hold_id")),
    )
    op.create_index(
        op.f("ix_bids_id"), "bids", ["id"], unique=False, postgresql_where=sa.text("state IN ('pending', 'releasing')")
    )
    op.create_index(op.f("ix_bids_lender_id"), "bids", ["lender", "id"], unique=False)
    op.create_index(op.f("ix_bids_listing_id_id"), "bids", ["listing_id", "id"], unique=False)
    op.create_index(op.f("ix_bids_loan_id"), "bids", ["loan_id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("funded_minor", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_received_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_received_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_from_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "funded_minor > 0 AND interest_received_minor >= 0 AND version >= 1",
            name=op.f("ck_claims_amounts_not_negative"),
        ),
        sa.CheckConstraint(
            "outstanding_minor = funded_minor - principal_received_minor", name=op.f("ck_claims_follows_from_movements")
        ),
        sa.CheckConstraint("outstanding_minor >= 0", name=op.f("ck_claims_never_negative")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_claims_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("loan_id", "holder", name=op.f("uq_claims_loan_id_holder")),
    )
    op.create_index(op.f("ix_claims_holder_id"), "claims", ["holder", "id"], unique=False)
    op.create_table(
        "loan_rows",
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("repayment_id", sa.Uuid(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(repayment_id IS NULL) = (paid_at IS NULL)", name=op.f("ck_loan_rows_paid_by_a_repayment")),
        sa.CheckConstraint(
            "principal_minor >= 0 AND interest_minor >= 0 AND balance_minor >= 0",
            name=op.f("ck_loan_rows_nothing_negative"),
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_loan_rows_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", "number", name=op.f("pk_loan_rows")),
    )
    op.create_index(
        "ix_loan_rows_unpaid", "loan_rows", ["due_on"], unique=False, postgresql_where=sa.text("paid_at IS NULL")
    )
    op.create_table(
        "claim_versions",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_versions_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", "version", name=op.f("pk_claim_versions")),
    )
    op.create_table(
        "repayments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'shared', 'refused')", name=op.f("ck_repayments_state_known")),
        sa.CheckConstraint(
            "amount_minor = principal_minor + interest_minor AND amount_minor > 0",
            name=op.f("ck_repayments_amount_adds_up"),
        ),
        sa.CheckConstraint("principal_minor >= 0 AND interest_minor >= 0", name=op.f("ck_repayments_nothing_negative")),
        sa.ForeignKeyConstraint(
            ["loan_id", "row_number"],
            ["loan_rows.loan_id", "loan_rows.number"],
            name=op.f("fk_repayments_loan_id_row_number"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayments")),
        sa.UniqueConstraint("loan_id", "row_number", "attempt", name=op.f("uq_repayments_loan_id_row_number_attempt")),
    )
    op.create_index(
        "ix_repayments_one_a_row",
        "repayments",
        ["loan_id", "row_number"],
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_index(
        "ix_repayments_one_under_way",
        "repayments",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "repayment_shares",
        sa.Column("repayment_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('principal', 'interest')", name=op.f("ck_repayment_shares_kind_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_repayment_shares_amount_positive")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_repayment_shares_claim_id")),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_repayment_shares_repayment_id")),
        sa.PrimaryKeyConstraint("repayment_id", "claim_id", "kind", name=op.f("pk_repayment_shares")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_repayment_shares_transfer_id")),
    )
    op.create_index(op.f("ix_repayment_shares_claim_id"), "repayment_shares", ["claim_id"], unique=False)
    rows = [
        {"code": one["code"], "version": one["version"], "valid_from": one["valid_from"], "terms": json.dumps(one)}
        for one in PROGRAMMES
    ]
    statement = sa.text(
        "INSERT INTO programmes (code, version, valid_from, terms)"
        " VALUES (:code, :version, CAST(CAST(:valid_from AS text) AS date), CAST(CAST(:terms AS text) AS jsonb))"
    )
    for row in rows:
        op.execute(statement.bindparams(**row))
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))
