"""One registry of originators; what sureties still stand for; retained shares; what partners collected and did not pass on yet."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_06_borrowers"
down_revision = "2026_12_06_accounting"
branch_labels = None
depends_on = None

APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON partner_interest_shares FROM %I', role);
    END IF; END $$"""
# A surety of kind originator with the licence of a registered one is it: the narrower of both terms counts from now on. One whose licence
# nobody has registered, or for days of which the surety's has none, keeps its own terms: it stands for what it promised, and backs
# nothing new.
LINK = """
    UPDATE sureties SET originator_id = matched.id FROM (
        SELECT DISTINCT ON (sureties.id) sureties.id AS surety_id, originators.id FROM sureties
        JOIN originators ON originators.currency = sureties.currency
        JOIN originator_terms ON originator_terms.originator_id = originators.id AND originator_terms.version = originators.version
            AND originator_terms.licence_number = sureties.licence_number
            AND greatest(licensed_from_on, licensed_from) <= least(licensed_until_on, licensed_until)
        WHERE sureties.kind = 'originator' AND NOT EXISTS (SELECT FROM sureties AS earlier WHERE earlier.kind = 'originator'
            AND earlier.currency = sureties.currency AND earlier.licence_number = sureties.licence_number AND earlier.id < sureties.id)
        ORDER BY sureties.id, originators.id
    ) AS matched WHERE sureties.id = matched.surety_id
"""
NARROWER = """
    INSERT INTO originator_terms (originator_id, version, name, licence_kind, licence_number, licensed_from_on, licensed_until_on,
        capital_minor, exposure_cap_minor, suspended, changed_by, changed_at)
    SELECT originators.id, originators.version + 1, known.name, known.licence_kind, known.licence_number,
        greatest(known.licensed_from_on, sureties.licensed_from), least(known.licensed_until_on, sureties.licensed_until),
        least(known.capital_minor, sureties.capital_minor), least(known.exposure_cap_minor, sureties.cap_minor), known.suspended,
        'migration', sureties.changed_at
    FROM sureties JOIN originators ON originators.id = sureties.originator_id
    JOIN originator_terms AS known ON known.originator_id = originators.id AND known.version = originators.version
"""
IN_FORCE = """
    UPDATE originators SET version = version + 1
    WHERE EXISTS (SELECT FROM originator_terms WHERE originator_id = originators.id AND version = originators.version + 1)
"""
STANDING = """
    INSERT INTO standing_suretyships (listing_id, kind, surety_id)
    SELECT suretyships.listing_id, suretyships.kind, surety_id FROM suretyships JOIN listings ON listings.id = listing_id
    LEFT JOIN loans ON loans.listing_id = listings.id AND loans.state <> 'cancelled'
    WHERE listings.state NOT IN ('releasing', 'failed') AND loans.state IS DISTINCT FROM 'repaid'
"""
OF_ORIGINATORS = """
    UPDATE loans SET originator_id = applications.originator_id FROM applications
    WHERE applications.id = application_id AND applications.originator_id IS NOT NULL
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _registry()
    _standing()
    _loans()
    _retained()
    _receipts()
    _repayments()
    op.execute(APPEND_ONLY)


def _registry() -> None:
    op.add_column("sureties", sa.Column("originator_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_sureties_originator_id"), "sureties", "originators", ["originator_id"], ["id"])
    op.create_unique_constraint(op.f("uq_sureties_originator_id"), "sureties", ["originator_id"])
    op.create_check_constraint(
        op.f("ck_sureties_only_originators_are_registered"),
        "sureties",
        "originator_id IS NULL OR kind = 'originator'",
    )
    op.drop_constraint(op.f("ck_originator_terms_licence_kind_known"), "originator_terms", type_="check")
    for statement in (LINK, NARROWER, IN_FORCE):
        op.execute(statement)


def _standing() -> None:
    op.create_table(
        "standing_suretyships",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("surety_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id", "kind"],
            ["suretyships.listing_id", "suretyships.kind"],
            name=op.f("fk_standing_suretyships_listing_id_kind"),
        ),
        sa.PrimaryKeyConstraint("listing_id", "kind", name=op.f("pk_standing_suretyships")),
    )
    op.create_index(op.f("ix_standing_suretyships_surety_id"), "standing_suretyships", ["surety_id"], unique=False)
    op.execute(STANDING)


def _loans() -> None:
    op.add_column("loans", sa.Column("originator_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_loans_originator_id"), "loans", "originators", ["originator_id"], ["id"])
    op.execute(OF_ORIGINATORS)
    op.create_index(
        "ix_loans_owed_of_an_originator",
        "loans",
        ["originator_id"],
        unique=False,
        postgresql_where=sa.text("outstanding_minor > 0"),
    )


def _retained() -> None:
    """Listings of before retain nothing, and nobody asks."""
    op.add_column("listings", sa.Column("retained_minor", sa.BigInteger(), nullable=True))
    op.add_column("listings", sa.Column("retained_by", sa.Text(), nullable=True))
    checks = {
        "retained_by_somebody": "(coalesce(retained_minor, 0) > 0) = (retained_by IS NOT NULL)",
        "something_is_lent_by_others": (
            "retained_minor >= 0 AND retained_minor < amount_minor AND retained_minor % lot_minor = 0"
        ),
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_listings_{name}"), "listings", condition)


def _receipts() -> None:
    op.create_table(
        "partner_receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("originator_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("pass_on_by", sa.Date(), nullable=False),
        sa.Column("daily_rate", sa.Numeric(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("repayment_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("passed_on", sa.Date(), nullable=True),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'passing', 'owing', 'passed', 'returned')", name=op.f("ck_partner_receipts_state_known")
        ),
        sa.CheckConstraint(
            "(state IN ('held', 'passing', 'owing')) = (due_at IS NOT NULL)",
            name=op.f("ck_partner_receipts_waiting_states_end"),
        ),
        sa.CheckConstraint(
            "(state IN ('owing', 'passed')) = (passed_on IS NOT NULL)", name=op.f("ck_partner_receipts_passed_when")
        ),
        sa.CheckConstraint(
            "state NOT IN ('owing', 'passed') OR repayment_id IS NOT NULL",
            name=op.f("ck_partner_receipts_passed_by_a_repayment"),
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND interest_minor >= 0 AND tries >= 0", name=op.f("ck_partner_receipts_nothing_negative")
        ),
        sa.CheckConstraint(
            "interest_minor = 0 OR state IN ('owing', 'passed')", name=op.f("ck_partner_receipts_interest_once_passed")
        ),
        sa.CheckConstraint("daily_rate BETWEEN 0 AND 0.001", name=op.f("ck_partner_receipts_rate_within")),
        sa.CheckConstraint("received_on <= pass_on_by", name=op.f("ck_partner_receipts_passed_on_after_it_came")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_partner_receipts_loan_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_partner_receipts_originator_id")),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_partner_receipts_repayment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_receipts")),
        sa.UniqueConstraint("repayment_id", name=op.f("uq_partner_receipts_repayment_id")),
    )
    for columns, condition in (
        (["originator_id", "id"], None),
        (["loan_id"], "state IN ('held', 'passing')"),
        (["due_at"], "due_at IS NOT NULL"),
    ):
        op.create_index(
            op.f(f"ix_partner_receipts_{'_'.join(columns)}"),
            "partner_receipts",
            columns,
            unique=False,
            postgresql_where=None if condition is None else sa.text(condition),
        )
    op.create_table(
        "partner_interest_shares",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_partner_interest_shares_amount_positive")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_partner_interest_shares_claim_id")),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["partner_receipts.id"], name=op.f("fk_partner_interest_shares_receipt_id")
        ),
        sa.PrimaryKeyConstraint("receipt_id", "claim_id", name=op.f("pk_partner_interest_shares")),
    )
    op.create_index(op.f("ix_partner_interest_shares_claim_id"), "partner_interest_shares", ["claim_id"], unique=False)


def _repayments() -> None:
    op.add_column("repayments", sa.Column("payer", sa.Text(), nullable=True))
    checks = {
        "source_known": "source IN ('borrower', 'collection', 'partner')",
        "partner_pays": "(source = 'partner') = (payer IS NOT NULL)",
    }
    op.drop_constraint(op.f("ck_repayments_source_known"), "repayments", type_="check")
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_repayments_{name}"), "repayments", condition)
