"""Statements as text with commas: a plain CSV, and a bill in GB18030 with headings in Chinese, as payment institutions give it out."""

import csv
import io
from zoneinfo import ZoneInfo

from sandbox.statements.amounts import in_units
from sandbox.statements.model import Statement

COLUMNS = (
    "servicer_reference", "booked_at", "value_on", "amount", "currency", "code", "reference", "narrative",
)  # fmt: skip
BILL_COLUMNS = ("账务流水号", "商户订单号", "发生时间", "收入金额（+元）", "支出金额（-元）", "业务类型", "备注")
BILL_WORDS = {
    "charge": "收款",
    "payout": "付款",
    "order": "付款",
    "fee": "手续费",
    "return": "退票",
    "reversal": "冲正",
    "dispute": "拒付",
    "credit": "转入",
}


def statement_csv(statement: Statement) -> bytes:
    """UTF-8; amounts signed from the account holder's side, in units of the currency."""
    rows = [
        (
            statement.servicer_reference(line),
            line.booked_at.isoformat(timespec="milliseconds"),
            line.value_on.isoformat(),
            in_units(line.amount, statement.currency),
            statement.currency,
            line.code,
            line.reference,
            line.narrative,
        )
        for line in statement.lines
    ]
    return _text([COLUMNS, *rows]).encode("utf-8")


def bill(statement: Statement, zone: ZoneInfo) -> bytes:
    """GB18030, with remarks that begin with #; local times."""
    came = [line.amount for line in statement.lines if line.amount > 0]
    went = [line.amount for line in statement.lines if line.amount < 0]
    rows = [
        (
            statement.servicer_reference(line),
            line.reference,
            line.booked_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            in_units(max(line.amount, 0), statement.currency),
            in_units(min(line.amount, 0), statement.currency),
            BILL_WORDS.get(line.code, line.code),
            line.narrative,
        )
        for line in statement.lines
    ]
    head = [f"#账务明细查询，账号：[{statement.account_number}]", f"#账务日期：[{statement.day:%Y年%m月%d日}]"]
    tail = [
        f"#收入合计：{len(came)}笔，共{in_units(sum(came), statement.currency)}元",
        f"#支出合计：{len(went)}笔，共{in_units(sum(went), statement.currency)}元",
        f"#期初余额：{in_units(statement.opening_minor, statement.currency)}元",
        f"#期末余额：{in_units(statement.closing_minor, statement.currency)}元",
    ]
    lines = "\r\n".join(head) + "\r\n" + _text([BILL_COLUMNS, *rows]) + "\r\n".join(tail) + "\r\n"
    return lines.encode("gb18030")


def _text(rows: list[tuple[str, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
