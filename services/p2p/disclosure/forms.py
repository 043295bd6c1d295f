"""A report as CSV and as a page, the loan book as CSV. Words stand in Chinese and English side by side, for whoever reads it."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any

from finance.currencies import scale_of
from services.p2p.disclosure.schemas import ReportAnswer
from services.p2p.printing import printed

WORDS: dict[str, tuple[str, str]] = {
    "lent_minor": ("本月借贷金额", "lent in the month"),
    "loans": ("本月借贷笔数", "loans made in the month"),
    "lent_ever_minor": ("累计借贷金额", "lent since the first loan"),
    "loans_ever": ("累计借贷笔数", "loans made since the first"),
    "average_loan_minor": ("笔均借款金额", "average loan"),
    "average_annual_rate": ("加权平均年利率", "average yearly rate, weighted"),
    "average_term_months": ("平均借款期限（月）", "average term in months"),
    "repaid_principal_minor": ("本月偿还本金", "principal repaid in the month"),
    "repaid_interest_minor": ("本月偿还利息", "interest repaid in the month"),
    "outstanding_minor": ("借贷余额", "principal outstanding"),
    "outstanding_loans": ("借贷余额笔数", "loans outstanding"),
    "interest_due_minor": ("利息余额", "interest still to be paid"),
    "borrowers_now": ("当前借款人数量", "borrowers now"),
    "borrowers_ever": ("累计借款人数量", "borrowers ever"),
    "lenders_now": ("当前出借人数量（不含机构风险自留）", "lenders now, without shares that originators retain"),
    "lenders_ever": ("累计出借人数量（不含机构风险自留）", "lenders ever, without shares that originators retain"),
    "largest_borrower_share": ("最大单一借款人待还金额占比", "share of the largest borrower"),
    "ten_largest_borrowers_share": ("前十大借款人待还金额占比", "share of the ten largest borrowers"),
    "related_minor": ("关联关系借款余额", "outstanding of related parties"),
    "related_loans": ("关联关系借款笔数", "loans to related parties"),
    "overdue_minor": ("逾期金额", "amount past due"),
    "overdue_loans": ("逾期笔数", "loans past due"),
    "overdue_90_minor": ("逾期90天以上金额", "amount past due, loans over 90 days"),
    "overdue_90_loans": ("逾期90天以上笔数", "loans over 90 days past due"),
    "written_off_minor": ("已核销未收回金额", "given up and owed still"),
    "written_off_loans": ("已核销未收回笔数", "loans given up"),
    "compensated_ever_minor": ("累计代偿金额", "compensated since the first loan"),
    "compensated_loans_ever": ("累计代偿笔数", "loans compensated"),
    "origination_fees_minor": ("本月收取的借款服务费", "origination fees in the month"),
    "origination_fees_ever_minor": ("累计收取的借款服务费", "origination fees since the first loan"),
    "prepayment_fees_minor": ("本月收取的提前还款费", "fees of paying ahead in the month"),
    "prepayment_fees_ever_minor": ("累计收取的提前还款费", "fees of paying ahead since the first loan"),
    "collection_fees_minor": ("本月收取的催收服务费", "kept of late money in the month"),
    "collection_fees_ever_minor": ("累计收取的催收服务费", "kept of late money since the first loan"),
    "interest_fees_minor": ("本月收取的利息管理费", "kept of interest for looking after it in the month"),
    "interest_fees_ever_minor": (
        "累计收取的利息管理费",
        "kept of interest for looking after it since the first loan",
    ),
    "resale_fees_minor": ("本月收取的转让服务费", "fees of resale in the month"),
    "resale_fees_ever_minor": ("累计收取的转让服务费", "fees of resale since the first loan"),
    "plan_fees_minor": ("本月收取的计划费用", "fees of plans in the month, with income above their caps"),
    "plan_fees_ever_minor": ("累计收取的计划费用", "fees of plans since the first loan, with income above their caps"),
    "reserve_contributions_minor": ("本月计提风险备用金", "paid into the reserve fund in the month"),
    "reserve_fund_minor": ("风险备用金余额", "balance of the reserve fund"),
}
BOOK_COLUMNS = (
    "number", "programme", "grade", "currency", "amount_from_minor", "amount_below_minor", "rate_from", "term_months", "method", "started",
    "outstanding_tenths", "age",
)  # fmt: skip


def shown(name: str, value: Any, currency: str) -> str:
    """Minor units as an amount with its places, shares and yearly rates as per cent."""
    if name.endswith("_minor"):
        return f"{Decimal(value).scaleb(-scale_of(currency)):,f}"
    if name.endswith(("_share", "_rate")):
        return f"{Decimal(value) * 100:.2f} %"
    return f"{value:,}"


def report_csv(report: ReportAnswer) -> str:
    """One line an indicator: name, Chinese, English, value as on the wire."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(("indicator", "指标", "meaning", "value"))
    writer.writerows((name, "", "", getattr(report, name)) for name in ("month", "currency", "version"))
    writer.writerows((name, *words, format(getattr(report, name), "")) for name, words in WORDS.items())
    for one in report.overdue:
        for kind in ("loans", "outstanding_minor", "overdue_minor"):
            writer.writerow((f"overdue.{one.bucket}.{kind}", "", "", getattr(one, kind)))
    return written.getvalue()


def report_page(report: ReportAnswer) -> str:
    lines = [(words, shown(name, getattr(report, name), report.currency)) for name, words in WORDS.items()]
    kinds = ("loans", "outstanding_minor", "overdue_minor")
    buckets = [
        (one.bucket, *(shown(kind, getattr(one, kind), report.currency) for kind in kinds)) for one in report.overdue
    ]
    return printed("report.html", report=report, lines=lines, buckets=buckets)


def book_csv(rows: Iterable[Sequence[Any]], *, head: bool) -> str:
    written = StringIO()
    writer = csv.writer(written)
    if head:
        writer.writerow(BOOK_COLUMNS)
    writer.writerows(rows)
    return written.getvalue()
