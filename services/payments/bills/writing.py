"""The text of bills: header lines, rows, totals, shaped as Alipay's (交易账单, 资金账单). Nothing in it depends on when it is asked for."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from chassis.ids import encode
from finance.currencies import scale_of
from services.payments.bills.model import FundsRow, TradeRow

TRADE_COLUMNS = (
    "业务类型", "平台订单号", "商户订单号", "商户退款号", "商品名称", "创建时间", "完成时间", "金额（元）", "服务费（元）",
)  # fmt: skip
FUNDS_COLUMNS = ("账务流水号", "入账时间", "业务单号", "业务类型", "收入（元）", "支出（元）", "账户余额（元）")
RULE = "-" * 40


@dataclass
class Totals:
    """Of the rows written so far: how many, and what they come to."""

    count: int = 0
    amount: int = 0
    fee: int = 0

    def add(self, amount: int, fee: int = 0) -> None:
        self.count += 1
        self.amount += amount
        self.fee += fee


@dataclass(frozen=True)
class Form:
    """How a bill of one merchant and day is written."""

    merchant_id: str
    day: date
    currency: str
    zone: ZoneInfo

    def head(self, title: str, columns: Sequence[str]) -> str:
        day = self.day.isoformat()
        lines = [
            f"#{title}",
            f"#商户号：[{self.merchant_id}]",
            f"#币种：[{self.currency}]",
            f"#起始时间：[{day} 00:00:00]   终止时间：[{day} 23:59:59]",
            f"#{RULE}明细列表{RULE}",
        ]
        return "".join(f"{line}\r\n" for line in lines) + self._rows([columns])

    def trades(self, rows: Iterable[TradeRow], totals: Totals, *, refunds: bool) -> str:
        """A refund gives back its amount and a part of the fee: both negative."""
        sign, written = -1 if refunds else 1, []
        for row in rows:
            totals.add(sign * row.amount, sign * row.fee)
            written.append((
                "退款" if refunds else "交易", encode("ord", row.order_id), _text(row.order_number), _text(row.refund_number),
                _text(row.subject), self._instant(row.created_at), self._instant(row.at), self._money(sign * row.amount),
                self._money(sign * row.fee),
            ))  # fmt: skip
        return self._rows(written)

    def funds(self, rows: Iterable[FundsRow], came: Totals, went: Totals) -> str:
        written = []
        for row in rows:
            (came if row.amount > 0 else went).add(abs(row.amount))
            written.append((
                encode("trf", row.id), self._instant(row.at), _text(row.reference), row.code,
                self._money(row.amount) if row.amount > 0 else "", self._money(-row.amount) if row.amount < 0 else "",
                self._money(row.balance),
            ))  # fmt: skip
        return self._rows(written)

    def trade_foot(self, payments: Totals, refunds: Totals) -> str:
        lines = [
            f"#{RULE}明细列表结束{RULE}",
            f"#交易合计：{payments.count}笔，金额共{self._money(payments.amount)}元，服务费共{self._money(payments.fee)}元",
            f"#退款合计：{refunds.count}笔，金额共{self._money(refunds.amount)}元，服务费共{self._money(refunds.fee)}元",
            f"#净额：{self._money(payments.amount + refunds.amount - payments.fee - refunds.fee)}元",
        ]
        return "".join(f"{line}\r\n" for line in lines)

    def funds_foot(self, came: Totals, went: Totals, closing: int) -> str:
        lines = [
            f"#{RULE}明细列表结束{RULE}",
            f"#期初余额：{self._money(closing - came.amount + went.amount)}元",
            f"#收入合计：{came.count}笔，共{self._money(came.amount)}元",
            f"#支出合计：{went.count}笔，共{self._money(went.amount)}元",
            f"#期末余额：{self._money(closing)}元",
        ]
        return "".join(f"{line}\r\n" for line in lines)

    def _rows(self, rows: Iterable[Sequence[str]]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        return out.getvalue()

    def _instant(self, instant: datetime) -> str:
        return instant.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def _money(self, minor: int) -> str:
        return str(Decimal(minor).scaleb(-scale_of(self.currency)))


def _text(value: str) -> str:
    """What somebody chose: a spreadsheet must not take it for a formula."""
    return f"\t{value}" if value.startswith(("=", "+", "-", "@")) else value
