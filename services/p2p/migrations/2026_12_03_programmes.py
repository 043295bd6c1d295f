"""The programmes that ship, whole: who bears a loss in which order, resale, lenders' levels, collection; and crowdfunding's."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_12_03_programmes"
down_revision = "2026_12_03_claims_change_hands"
branch_labels = None
depends_on = None

GRADES = ["A", "B", "C", "D"]
COLLECTION = [
    {"after_days": 1, "action": "reminder"},
    {"after_days": 4, "action": "call"},
    {"after_days": 31, "action": "letter"},
    {"after_days": 61, "action": "agency"},
    {"after_days": 91, "action": "lawsuit"},
]
LEVELS = {"A": 1, "B": 2, "C": 3, "D": 4}
LENDING: dict[str, Any] = {
    "kind": "lending",
    "version": 1,
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
    "origination_fee_annual": dict.fromkeys(GRADES, "0.005"),
    "reserve_contribution_annual": {},
    "late_daily_rate": "0.0003",
    "valid_from": "2026-01-01",
    "collection_steps": COLLECTION,
    "level_by_grade": LEVELS,
}
CONTRIBUTIONS = {"A": "0.002", "B": "0.004", "C": "0.006", "D": "0.01"}
PROGRAMMES: list[dict[str, Any]] = [
    LENDING
    | {
        "code": "open_auction",
        "version": 2,
        "names": {"en": "Open market, the lender bears the loss", "zh": "公开竞标（出借人自担风险）"},
        "resale": {"held_days": 30, "least_price": "0.9", "largest_price": "1.05", "fee_rate": "0.005"},
    },
    LENDING
    | {
        "code": "reverse_auction",
        "names": {"en": "Reverse auction, the lender bears the loss", "zh": "反向竞拍（出借人自担风险）"},
        "rate_formation": "reverse_auction",
        "standing_orders": False,
        "resale": {"held_days": 30, "least_price": "0.9", "largest_price": "1.05", "fee_rate": "0.005"},
    },
    LENDING
    | {
        "code": "reserve_fund",
        "version": 2,
        "names": {"en": "Rate by grade, with a risk-reserve fund", "zh": "按等级定价（风险备用金）"},
        "rate_formation": "by_grade",
        "rates_by_grade": {"A": "0.06", "B": "0.068", "C": "0.075", "D": "0.08"},
        "loss_borne_by": "reserve_fund",
        "loss_waterfall": [{"bearer": "reserve_fund", "after_days": 30, "covers": "principal_and_interest"}],
        "methods": ["equal_instalment"],
        "terms_months": [6, 12, 18, 24, 36],
        "least_amount_minor": 300_000,
        "lot_minor": 10_000,
        "longest_open_days": 7,
        "origination_fee_annual": {"A": "0.006", "B": "0.007", "C": "0.008", "D": "0.008"},
        "reserve_contribution_annual": CONTRIBUTIONS,
        "resale": {"held_days": 90, "least_price": "0.95", "largest_price": "1", "fee_rate": "0.005"},
        "plans": True,
    },
    LENDING
    | {
        "code": "guaranteed",
        "names": {"en": "Guaranteed by a third party, resold in a busy market", "zh": "第三方担保"},
        "highest_rate": "0.086",
        "loss_borne_by": "guarantor",
        "loss_waterfall": [{"bearer": "guarantor", "after_days": 80, "covers": "principal_and_interest"}],
        "methods": ["equal_instalment"],
        "terms_months": [12, 24, 36],
        "resale": {"held_days": 60, "least_price": "0.9", "largest_price": "1.1", "fee_rate": "0.002"},
        "level_by_grade": {"A": 1, "B": 1, "C": 2, "D": 2},
    },
    LENDING
    | {
        "code": "partner_originated",
        "names": {"en": "Proposed by micro-lenders, who buy back", "zh": "合作机构推荐（机构回购）"},
        "loss_borne_by": "originator",
        "loss_waterfall": [{"bearer": "originator", "after_days": 30, "covers": "principal_and_interest"}],
        "origination": ["partner"],
        "originator": {"retained_share": "0.1", "largest_exposure": "10"},
        "resale": {"held_days": 30, "least_price": "0.95", "largest_price": "1.05", "fee_rate": "0.003"},
    },
    LENDING
    | {
        "code": "claim_transfer",
        "names": {"en": "Slices of claims of a first lender", "zh": "债权转让（专业放款人）"},
        "loss_borne_by": "reserve_fund",
        "loss_waterfall": [{"bearer": "reserve_fund", "after_days": 30, "covers": "principal"}],
        "origination": ["branch", "first_lender"],
        "methods": ["equal_instalment", "interest_first"],
        "reserve_contribution_annual": CONTRIBUTIONS,
        "resale": {"held_days": 0, "least_price": "1", "largest_price": "1", "fee_rate": "0"},
    },
    {
        "kind": "crowdfunding",
        "code": "crowdfunding",
        "version": 1,
        "names": {"en": "Crowdfunding for rewards, all or nothing", "zh": "回报众筹（达标才收款）"},
        "currency": "CNY",
        "valid_from": "2026-01-01",
        "goal": "all_or_nothing",
        "fee_rate": "0.03",
        "least_goal_minor": 100_000,
        "largest_goal_minor": 1_000_000_000,
        "longest_open_days": 60,
    },
    {
        "kind": "crowdfunding",
        "code": "crowdfunding_flexible",
        "version": 1,
        "names": {"en": "Crowdfunding for rewards, what comes is kept", "zh": "回报众筹（筹多少给多少）"},
        "currency": "CNY",
        "valid_from": "2026-01-01",
        "goal": "keep_it_all",
        "fee_rate": "0.05",
        "least_goal_minor": 100_000,
        "largest_goal_minor": 1_000_000_000,
        "longest_open_days": 60,
    },
    {
        "kind": "crowdfunding",
        "code": "public_benefit",
        "version": 1,
        "names": {"en": "Donations for the public benefit", "zh": "公益众筹"},
        "currency": "CNY",
        "valid_from": "2026-01-01",
        "goal": "keep_it_all",
        "fee_rate": "0",
        "least_goal_minor": 100_000,
        "largest_goal_minor": 1_000_000_000,
        "longest_open_days": 60,
        "public_benefit": True,
    },
]


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    statement = sa.text(
        "INSERT INTO programmes (code, version, valid_from, terms)"
        " VALUES (:code, :version, CAST(CAST(:valid_from AS text) AS date), CAST(CAST(:terms AS text) AS jsonb))"
    )
    for one in PROGRAMMES:
        row = {name: one[name] for name in ("code", "version", "valid_from")}
        op.execute(statement.bindparams(**row, terms=json.dumps(one, ensure_ascii=False)))
