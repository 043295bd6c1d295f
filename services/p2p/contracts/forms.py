"""A contract as a page to read and print."""

from decimal import Decimal
from typing import Any

from finance.currencies import scale_of
from services.p2p.contracts.model import Contract, Party, Role
from services.p2p.contracts.schemas import terms_shown
from services.p2p.printing import printed

ROLES = {Role.BORROWER: ("借款人", "borrower"), Role.LENDER: ("出借人", "lender")}
METHODS = {
    "equal_instalment": ("等额本息", "equal instalments"),
    "equal_principal": ("等额本金", "equal principal"),
    "interest_first": ("先息后本", "interest first, principal at the end"),
    "bullet": ("一次性还本付息", "all at the end"),
}
BEARERS = {
    "lender": ("出借人自行承担", "the lender alone"),
    "reserve_fund": ("风险备用金（以余额为限）", "the reserve fund, to the extent of its balance"),
    "guarantor": ("担保方（以担保限额为限）", "a guarantor, within its cap"),
    "originator": ("推荐机构回购（以其资本为限）", "the originator buys back, within its capital"),
}


def contract_page(contract: Contract, party: Party) -> str:
    terms = terms_shown(contract)
    scale = scale_of(terms["currency"])

    def amount(minor: int) -> str:
        return f"{Decimal(minor).scaleb(-scale):,f}"

    lines = [
        (("借款本金", "principal"), f"{amount(terms['principal_minor'])} {terms['currency']}"),
        ((f"您的身份：{ROLES[party.role][0]}", f"your part: {ROLES[party.role][1]}"), amount(party.amount_minor)),
        (("年利率", "yearly rate"), _percent(terms["annual_rate"])),
        (("综合年化成本", "all-in yearly cost to the borrower"), _percent(terms["all_in_rate"])),
        (("法定利率上限", "statutory ceiling that day"), _percent(terms["ceiling_rate"])),
        (("期限（月）", "term in months"), str(terms["term_months"])),
        (METHODS[terms["method"]], terms["day_count"]),
        (("起息日", "interest from"), terms["starts_on"]),
        (("借款服务费", "origination fee"), amount(terms["origination_fee_minor"])),
        (("风险备用金", "paid into the reserve fund"), amount(terms["reserve_contribution_minor"])),
        (("逾期日利率", "late interest a day"), _percent(terms["late_daily_rate"])),
        (("损失承担", "who bears a loss"), " / ".join(BEARERS[terms["loss_borne_by"]])),
        *_collection_fee(terms),
    ]
    rows = [
        (row["number"], row["due_on"], *(amount(row[f"{kind}_minor"]) for kind in ("principal", "interest", "balance")))
        for row in terms["schedule"]
    ]
    return printed("contract.html", terms=terms, party=party, lines=lines, rows=rows)


def _collection_fee(terms: dict[str, Any]) -> list[tuple[tuple[str, str], str]]:
    """Contracts of earlier do not speak of it, and nothing is kept of theirs."""
    rates = terms.get("collection_fee", {}).get("rates", [])
    return [
        (
            (f"逾期{one['after_days']}天起的催收服务费", f"kept of what comes {one['after_days']} days late or more"),
            _percent(one["rate"]),
        )
        for one in rates
    ]


def _percent(rate: str) -> str:
    return f"{(Decimal(rate) * 100).normalize():f} %"
