"""Persons behind customers, and limits of what they pay out of their balance."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_limits"
down_revision = "2026_11_28_channels"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was stated stays, and what was counted is not forgotten.
REVOKED = {
    "limit_figures": "UPDATE, DELETE, TRUNCATE",
    "limit_rates": "UPDATE, DELETE, TRUNCATE",
    "limit_takings": "DELETE, TRUNCATE",
    "limit_usages": "DELETE, TRUNCATE",
    "holders": "UPDATE, DELETE, TRUNCATE",
    "holder_identities": "DELETE, TRUNCATE",
    "holder_checks": "DELETE, TRUNCATE",
    "holder_freezes": "DELETE, TRUNCATE",
    "holder_freeze_accounts": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""
SOURCE = "People's Bank of China, announcement 2015 No. 43, article "
IN_FORCE = date(2016, 7, 1)
IN_FORCE_AT = datetime(2016, 6, 30, 16, tzinfo=UTC)
# Subject, period, amount in fen, checks needed, seen face to face instead, wealth products, article.
FIGURES = [
    ("class_i", "life", 1_000_00, 1, False, False, "11 (1)"),
    ("class_ii", "year", 100_000_00, 3, True, False, "11 (2)"),
    ("class_iii", "year", 200_000_00, 5, True, True, "11 (3)"),
    ("under_two_factors", "day", 1_000_00, None, False, False, "24 (3)"),
    ("two_factors", "day", 5_000_00, None, False, False, "24 (2)"),
]


def upgrade() -> None:
    op.create_table(
        "holders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holders")),
        sa.UniqueConstraint("number_index", name=op.f("uq_holders_number_index")),
    )
    figures = op.create_table(
        "limit_figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=True),
        sa.Column("face_to_face", sa.Boolean(), nullable=False),
        sa.Column("wealth_products", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.CheckConstraint(
            "(subject LIKE 'class%') = (checks IS NOT NULL)", name=op.f("ck_limit_figures_checks_of_classes")
        ),
        sa.CheckConstraint(
            "(subject LIKE 'class%') = (period <> 'day')", name=op.f("ck_limit_figures_days_by_confirmation")
        ),
        sa.CheckConstraint("period IN ('life', 'year', 'day')", name=op.f("ck_limit_figures_period")),
        sa.CheckConstraint(
            "subject IN ('class_i', 'class_ii', 'class_iii', 'under_two_factors', 'two_factors')",
            name=op.f("ck_limit_figures_subject"),
        ),
        sa.CheckConstraint(
            "subject LIKE 'class%' OR NOT (face_to_face OR wealth_products)",
            name=op.f("ck_limit_figures_rights_of_classes"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_limit_figures_amount")),
        sa.CheckConstraint("checks >= 1", name=op.f("ck_limit_figures_checks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_figures")),
    )
    op.create_index(
        op.f("ix_limit_figures_subject_valid_from"), "limit_figures", ["subject", "valid_from"], unique=False
    )
    op.create_table(
        "limit_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=24, scale=12), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.CheckConstraint("currency <> 'CNY'", name=op.f("ck_limit_rates_foreign")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_limit_rates_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_rates")),
    )
    op.create_index(op.f("ix_limit_rates_currency_rate_on"), "limit_rates", ["currency", "rate_on"], unique=False)
    op.create_table(
        "holder_freezes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("frozen_by", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(release_reason IS NULL) = (released_at IS NULL) AND (released_by IS NULL) = (released_at IS NULL)",
            name=op.f("ck_holder_freezes_released_with_reason"),
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_holder_freezes_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_freezes")),
    )
    op.create_index(op.f("ix_holder_freezes_holder_id_id"), "holder_freezes", ["holder_id", "id"], unique=False)
    op.create_index(
        "uq_holder_freezes_standing",
        "holder_freezes",
        ["holder_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "holder_identities",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", sa.SmallInteger(), nullable=False),
        sa.Column("face_to_face_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("face_to_face_by", sa.Text(), nullable=True),
        sa.Column("certificate_until", sa.Date(), nullable=True),
        sa.Column("agreed_daily", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(certificate_until IS NULL) = (agreed_daily IS NULL)", name=op.f("ck_holder_identities_certificate")
        ),
        sa.CheckConstraint(
            "(face_to_face_at IS NULL) = (face_to_face_by IS NULL)", name=op.f("ck_holder_identities_face_to_face")
        ),
        sa.CheckConstraint(
            "(holder_id IS NULL) = (checks = 0 AND face_to_face_at IS NULL)",
            name=op.f("ck_holder_identities_proved_by_something"),
        ),
        sa.CheckConstraint("(holder_id IS NULL) = (proved_at IS NULL)", name=op.f("ck_holder_identities_proved_at")),
        sa.CheckConstraint("agreed_daily > 0", name=op.f("ck_holder_identities_agreed_daily")),
        sa.CheckConstraint(
            "certificate_until IS NULL OR holder_id IS NOT NULL",
            name=op.f("ck_holder_identities_certificate_of_a_person"),
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_holder_identities_holder_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_holder_identities")),
    )
    op.create_index(
        op.f("ix_holder_identities_holder_id_customer_id"),
        "holder_identities",
        ["holder_id", "customer_id"],
        unique=False,
        postgresql_where=sa.text("holder_id IS NOT NULL"),
    )
    op.create_table(
        "limit_takings",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("confirmation", sa.Text(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.Column("counted_back", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "confirmation IN ('under_two_factors', 'two_factors', 'certificate')",
            name=op.f("ck_limit_takings_confirmation"),
        ),
        sa.CheckConstraint(
            "currency <> 'CNY' OR (counted, counted_back) = (amount, given_back)",
            name=op.f("ck_limit_takings_yuan_as_they_are"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_limit_takings_amount")),
        sa.CheckConstraint("counted > 0", name=op.f("ck_limit_takings_counted")),
        sa.CheckConstraint("counted_back BETWEEN 0 AND counted", name=op.f("ck_limit_takings_counted_back")),
        sa.CheckConstraint("given_back < amount OR counted_back = counted", name=op.f("ck_limit_takings_all_back")),
        sa.CheckConstraint("given_back BETWEEN 0 AND amount", name=op.f("ck_limit_takings_given_back")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_limit_takings_round")),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_limit_takings_holder_id")),
        sa.PrimaryKeyConstraint("source", "round", name=op.f("pk_limit_takings")),
    )
    op.create_index(
        op.f("ix_limit_takings_holder_id_taken_at_source_round"),
        "limit_takings",
        ["holder_id", "taken_at", "source", "round"],
        unique=False,
    )
    op.create_table(
        "limit_usages",
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("life", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("under_two_factors", sa.BigInteger(), nullable=False),
        sa.Column("two_factors", sa.BigInteger(), nullable=False),
        sa.Column("certificate", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("counted_on IS NOT NULL OR life = 0", name=op.f("ck_limit_usages_counted_on_a_day")),
        sa.CheckConstraint("life >= year", name=op.f("ck_limit_usages_year_in_life")),
        sa.CheckConstraint(
            "under_two_factors >= 0 AND two_factors >= 0 AND certificate >= 0", name=op.f("ck_limit_usages_days")
        ),
        sa.CheckConstraint(
            "year >= under_two_factors + two_factors + certificate", name=op.f("ck_limit_usages_day_in_year")
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_limit_usages_holder_id")),
        sa.PrimaryKeyConstraint("holder_id", name=op.f("pk_limit_usages")),
    )
    op.create_table(
        "holder_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (failure_code IS NOT NULL)", name=op.f("ck_holder_checks_failed_with_code")
        ),
        sa.CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name=op.f("ck_holder_checks_pending_is_due")),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_holder_checks_ended_when_final")),
        sa.CheckConstraint(
            "channel IN ('police', 'bank', 'mobile_operator', 'education', 'tax', 'social_security', 'housing', 'transport')",
            name=op.f("ck_holder_checks_channel"),
        ),
        sa.CheckConstraint("state IN ('pending', 'passed', 'failed', 'expired')", name=op.f("ck_holder_checks_state")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["holder_identities.customer_id"], name=op.f("fk_holder_checks_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_checks")),
    )
    op.create_index(op.f("ix_holder_checks_customer_id_id"), "holder_checks", ["customer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_holder_checks_due_at"),
        "holder_checks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "uq_holder_checks_live_channel",
        "holder_checks",
        ["customer_id", "channel"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending', 'passed')"),
    )
    op.create_table(
        "holder_freeze_accounts",
        sa.Column("freeze_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["freeze_id"], ["holder_freezes.id"], name=op.f("fk_holder_freeze_accounts_freeze_id")),
        sa.PrimaryKeyConstraint("freeze_id", "account_id", name=op.f("pk_holder_freeze_accounts")),
    )
    op.bulk_insert(figures, [_row(number, *figure) for number, figure in enumerate(FIGURES)])
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))


def _row(
    number: int, subject: str, period: str, amount: int, checks: int | None, seen: bool, wealth: bool, article: str
) -> dict[str, object]:
    return {
        "id": UUID(int=0x0155A209_D000_7000_8000_000000000000 + number),
        "subject": subject,
        "period": period,
        "amount": amount,
        "checks": checks,
        "face_to_face": seen,
        "wealth_products": wealth,
        "valid_from": IN_FORCE,
        "source": SOURCE + article,
        "stated_by": "payments",
        "stated_at": IN_FORCE_AT,
    }
