"""Lenders' risk levels, and claims that pass from a seller to a buyer."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_04_lenders"
down_revision = "2026_12_04_crowdfunding"
branch_labels = None
depends_on = None

HISTORY = ("questionnaires", "risk_assessments", "slice_refusals")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""

Told = tuple[str, str, str, int]


def question(code: str, en: str, zh: str, *options: Told, most: dict[str, int] | None = None) -> dict[str, Any]:
    """options: code, English, Chinese, points; most: the highest level of who answers so."""
    return {
        "code": code,
        "names": {"en": en, "zh": zh},
        "options": [
            {"code": name, "names": {"en": english, "zh": chinese}, "points": points}
            | ({"most_level": most[name]} if most and name in most else {})
            for name, english, chinese, points in options
        ],
    }


QUESTIONNAIRE = {
    "version": 1,
    "valid_from": "2026-01-01",
    "valid_months": 12,
    "least_points": [12, 20, 28, 36],
    "questions": [
        question(
            "age",
            "How old are you?",
            "您的年龄是？",
            ("over_70", "over 70", "70 岁以上", 0),
            ("from_56", "56 to 70", "56–70 岁", 2),
            ("under_30", "under 30", "30 岁以下", 4),
            ("from_30", "30 to 55", "30–55 岁", 5),
        ),
        question(
            "income",
            "What does your household earn in a year?",
            "您的家庭年收入为？",
            ("below_100k", "below 100,000", "10 万元以下", 1),
            ("below_300k", "100,000 to 300,000", "10–30 万元", 3),
            ("below_1m", "300,000 to 1,000,000", "30–100 万元", 4),
            ("above_1m", "more", "100 万元以上", 5),
        ),
        question(
            "share",
            "Which part of your savings would you lend here?",
            "您计划出借的资金占您金融资产的比例？",
            ("most", "more than half", "50% 以上", 0),
            ("half", "a quarter to half", "25%–50%", 2),
            ("quarter", "a tenth to a quarter", "10%–25%", 4),
            ("tenth", "less than a tenth", "10% 以下", 5),
        ),
        question(
            "debts",
            "Do you owe money yourself?",
            "您是否有尚未清偿的债务？",
            ("much", "much, from persons and consumer loans", "有大量亲友借款或消费贷款", 0),
            ("some", "some short-term loans", "有短期信用卡或消费贷款", 2),
            ("mortgage", "a mortgage only", "仅有住房抵押贷款", 4),
            ("none", "no", "没有", 5),
        ),
        question(
            "knowledge",
            "What do you know of lending and investing?",
            "您的投资知识与经验为？",
            ("none", "I know deposits", "仅了解存款", 0),
            ("little", "I have bought money funds", "购买过货币基金、理财产品", 2),
            ("some", "I have held bonds, funds or shares for years", "有数年债券、基金或股票经验", 4),
            ("much", "I have lent to persons, or traded derivatives", "有网络借贷或衍生品经验", 5),
        ),
        question(
            "horizon",
            "How long can you do without the money?",
            "这笔资金您可以多久不用？",
            ("weeks", "less than three months", "3 个月以内", 0),
            ("months", "three months to a year", "3 个月至 1 年", 2),
            ("year", "one to three years", "1 至 3 年", 4),
            ("years", "longer", "3 年以上", 5),
        ),
        question(
            "aim",
            "What matters most to you?",
            "您的出借目的是？",
            ("keep", "losing nothing", "保证本金不受损失", 0),
            ("steady", "a steady income, little risk", "稳健收益，可承担较小风险", 2),
            ("grow", "growth, some risk", "资产增值，可承担一定风险", 4),
            ("most", "the highest return", "追求高收益", 5),
            most={"keep": 1},
        ),
        question(
            "loss",
            "Which loss could you bear in a year?",
            "您一年内能够承受的最大损失为？",
            ("nothing", "none", "不能承受任何损失", 0),
            ("tenth", "up to a tenth", "10% 以内", 2),
            ("third", "up to a third", "30% 以内", 4),
            ("more", "more", "30% 以上", 5),
            most={"nothing": 1, "tenth": 3},
        ),
    ],
}


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    _lenders()
    _sales()
    _purchases()
    _slices()
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))


def _lenders() -> None:
    op.create_table(
        "questionnaires",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_questionnaires")),
    )
    op.create_table(
        "risk_assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_risk_assessments_level_known")),
        sa.CheckConstraint("taken_on < valid_until_on", name=op.f("ck_risk_assessments_counts_for_a_time")),
        sa.ForeignKeyConstraint(["version"], ["questionnaires.version"], name=op.f("fk_risk_assessments_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_assessments")),
        sa.UniqueConstraint("lender", "number", name=op.f("uq_risk_assessments_lender_number")),
    )
    statement = sa.text(
        "INSERT INTO questionnaires (version, valid_from, document)"
        " VALUES (:version, CAST(CAST(:valid_from AS text) AS date), CAST(CAST(:document AS text) AS jsonb))"
    )
    row = {name: QUESTIONNAIRE[name] for name in ("version", "valid_from")}
    op.execute(statement.bindparams(**row, document=json.dumps(QUESTIONNAIRE, ensure_ascii=False)))


def _sales() -> None:
    op.create_table(
        "claim_sales",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("sold_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_share", sa.Numeric(), nullable=False),
        sa.Column("claim_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("promised_on", sa.Date()),
        sa.CheckConstraint(
            "state IN ('open', 'buying', 'sold', 'voided', 'expired', 'withdrawn')",
            name=op.f("ck_claim_sales_state_known"),
        ),
        sa.CheckConstraint(
            "principal_minor > 0 AND sold_minor BETWEEN 0 AND principal_minor",
            name=op.f("ck_claim_sales_never_over_sold"),
        ),
        sa.CheckConstraint(
            "(state = 'sold') = (sold_minor = principal_minor)", name=op.f("ck_claim_sales_sold_is_sold")
        ),
        sa.CheckConstraint(
            "(state IN ('open', 'buying')) = (due_at IS NOT NULL)", name=op.f("ck_claim_sales_live_ones_end")
        ),
        sa.CheckConstraint(
            "(state = 'voided') = (reason IS NOT NULL)", name=op.f("ck_claim_sales_voided_for_a_reason")
        ),
        sa.CheckConstraint("price_share > 0", name=op.f("ck_claim_sales_price_positive")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_sales_claim_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_claim_sales_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_sales")),
    )
    live = sa.text("state IN ('open', 'buying')")
    op.create_index("ix_claim_sales_one_live", "claim_sales", ["claim_id"], unique=True, postgresql_where=live)
    op.create_index("ix_claim_sales_live_of_loan", "claim_sales", ["loan_id"], postgresql_where=live)
    op.create_index(op.f("ix_claim_sales_seller_id"), "claim_sales", ["seller", "id"])
    op.create_index(op.f("ix_claim_sales_state_id"), "claim_sales", ["state", "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index(op.f("ix_claim_sales_due_at"), "claim_sales", ["due_at"], postgresql_where=due)


def _purchases() -> None:
    op.create_table(
        "claim_purchases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("loan_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("seller_account_id", sa.Uuid(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("buyer_account_id", sa.Uuid()),
        sa.Column("buyer_claim_id", sa.Uuid()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("accrued_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("traded_on", sa.Date(), nullable=False),
        sa.Column("kept_from_on", sa.Date()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'settled', 'refused')", name=op.f("ck_claim_purchases_state_known")),
        sa.CheckConstraint("seller <> buyer", name=op.f("ck_claim_purchases_between_two")),
        sa.CheckConstraint(
            "principal_minor > 0 AND accrued_minor >= 0 AND fee_minor >= 0 AND price_minor > accrued_minor + fee_minor",
            name=op.f("ck_claim_purchases_something_for_the_principal"),
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (buyer_claim_id IS NOT NULL)", name=op.f("ck_claim_purchases_settled_with_claim")
        ),
        sa.CheckConstraint(
            "state <> 'settled' OR buyer_account_id IS NOT NULL",
            name=op.f("ck_claim_purchases_settled_from_an_account"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_claim_purchases_refused_for_a_reason")
        ),
        sa.CheckConstraint(
            "kept_from_on IS NULL OR (kept_from_on < traded_on AND accrued_minor = 0)",
            name=op.f("ck_claim_purchases_kept_or_paid"),
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["claim_sales.id"], name=op.f("fk_claim_purchases_sale_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_claim_purchases_loan_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_purchases_claim_id")),
        sa.ForeignKeyConstraint(["buyer_claim_id"], ["claims.id"], name=op.f("fk_claim_purchases_buyer_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_purchases")),
    )
    op.create_index(
        "ix_claim_purchases_one_under_way",
        "claim_purchases",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    for column in ("sale_id", "claim_id", "buyer_claim_id"):
        op.create_index(op.f(f"ix_claim_purchases_{column}"), "claim_purchases", [column])
    for column in ("buyer", "seller"):
        op.create_index(op.f(f"ix_claim_purchases_{column}_id"), "claim_purchases", [column, "id"])


def _slices() -> None:
    op.create_table(
        "slice_refusals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("last_due_on", sa.Date()),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("fault IN ('maturity_gap', 'pool')", name=op.f("ck_slice_refusals_fault_known")),
        sa.CheckConstraint(
            "(fault = 'maturity_gap') = (last_due_on IS NOT NULL)",
            name=op.f("ck_slice_refusals_gap_before_the_last_row"),
        ),
        sa.CheckConstraint(
            "last_due_on IS NULL OR asked_on < last_due_on", name=op.f("ck_slice_refusals_shorter_than_the_asset")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_slice_refusals_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slice_refusals")),
    )
