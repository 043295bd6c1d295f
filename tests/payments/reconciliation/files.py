"""Statement files as tests write them."""

from collections.abc import Sequence
from datetime import date

Entry = tuple[str, int, str]
"""Servicer's reference, signed amount in fen, our reference."""
DAY = date(2026, 11, 2)
NUMBER = "ICBC-RESERVE-CNY"


def units(amount: int) -> str:
    return f"{abs(amount) // 100}.{abs(amount) % 100:02d}"


def camt(
    entries: Sequence[Entry],
    *,
    kind: int = 53,
    version: int = 8,
    day: date = DAY,
    opening: int = 0,
    closing: int | None = None,
    number: str = NUMBER,
    currency: str = "CNY",
    told: str = "payment",
) -> bytes:
    closing = opening + sum(amount for _, amount, _ in entries) if closing is None else closing
    root, body = ("BkToCstmrStmt", "Stmt") if kind == 53 else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(amount, currency)}<Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
    )
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version >= 7 else "<Sts>BOOK</Sts>"
    shown = "\n".join(
        f"<Ntry>{_amount(amount, currency)}{status}<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{servicer}</AcctSvcrRef><BkTxCd><Prtry><Cd>x</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs>"
        f"<EndToEndId>{reference}</EndToEndId></Refs>{_instructed(amount, currency, version)}"
        f"<RmtInf><Ustrd>{told}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for servicer, amount, reference in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.0{kind}.001.{version:02d}"><{root}><GrpHdr><MsgId>m</MsgId>'
        f"<CreDtTm>{day}T23:00:00</CreDtTm></GrpHdr><{body}><Id>S{day:%Y%m%d}</Id><CreDtTm>{day}T23:00:00</CreDtTm>"
        f"<Acct><Id><Othr><Id>{number}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>"
        f"{balances if kind == 53 else ''}\n{shown}\n</{body}></{root}></Document>"
    ).encode()


def _amount(amount: int, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{units(amount)}</Amt><CdtDbtInd>{"CRDT" if amount >= 0 else "DBIT"}</CdtDbtInd>'


def _instructed(amount: int, currency: str, version: int) -> str:
    """Since version 03 a transaction says its amount itself."""
    return _amount(amount, currency) if version >= 3 else ""


def mt940(entries: Sequence[Entry], *, opening: int = 0, closing: int | None = None, day: date = DAY) -> bytes:
    closing = opening + sum(amount for _, amount, _ in entries) if closing is None else closing

    def balance(amount: int) -> str:
        return f"{'C' if amount >= 0 else 'D'}{day:%y%m%d}CNY{units(amount).replace('.', ',')}"

    lines = [":20:X", f":25:{NUMBER}", ":28C:1/1", f":60F:{balance(opening)}"]
    for servicer, amount, reference in entries:
        mark = "C" if amount >= 0 else "D"
        lines.append(f":61:{day:%y%m%d}{day:%m%d}{mark}{units(amount).replace('.', ',')}NMSCNONREF//{servicer}")
        told = f"payment {reference.replace('_', '-')} and more words than fit into sixty-five signs of a line"
        lines.append(":86:" + "\r\n".join(told[at : at + 65] for at in range(0, len(told), 65)))
    return "\r\n".join([*lines, f":62F:{balance(closing)}", "-", ""]).encode()


def alipay(entries: Sequence[Entry], *, opening: int = 0, day: date = DAY) -> bytes:
    """As such bills are: remarks, cells padded with blanks and tabs, a heading on the fifth line, GB18030."""
    closing = opening + sum(amount for _, amount, _ in entries)
    head = ["#支付宝账务明细查询", f"#账号：[{NUMBER}]", f"#起始日期：[{day:%Y年%m月%d日}]", "#-----账务明细列表-----"]
    columns = ["账务流水号", "商户订单号", "发生时间", "收入金额（+元）", "支出金额（-元）", "备注"]
    rows = [
        f"{servicer}\t  ,{reference}   ,{day} 10:00:00,{units(amount) if amount > 0 else ''} ,"
        f"{'-' + units(amount) if amount < 0 else ''},茶叶 {reference}\t"
        for servicer, amount, reference in entries
    ]
    tail = ["#-----结束-----", f"#期初余额：{units(opening)}元", f"#期末余额：{units(closing)}元"]
    return ("\r\n".join([*head, "  ,".join(columns), *rows, *tail]) + "\r\n").encode("gb18030")


def wechat(entries: Sequence[Entry], *, day: date = DAY) -> bytes:
    """A mark before each number, direction in words, a summary after a blank line."""
    columns = "记账时间,资金流水单号,业务凭证号,收支类型,收支金额(元),备注"
    rows = [
        f"`{day} 10:00:00,`{servicer},`{reference},`{'收入' if amount > 0 else '支出'},`{units(amount)},`退款"
        for servicer, amount, reference in entries
    ]
    return ("\ufeff" + "\r\n".join([columns, *rows, "", "资金流水总笔数,收入笔数", "`9,`9"]) + "\r\n").encode()
