"""The file of a batch, from what was fixed when it closed: the same bytes whenever it is asked for.

pain.001.001.03 and .09 (ISO 20022, CustomerCreditTransferInitiation), and the table that banks' own programs take, in GB18030.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape

from finance.currencies import scale_of
from services.payments.merchant_payouts.model import BankDetails, Batch, Format, Line

INITIATOR = "Sifang"
PURPOSE = "Settlement"


class Written(NamedTuple):
    """A line with where its money goes."""

    line: Line
    bank: str
    details: BankDetails


def write(batch: Batch, lines: Sequence[Written], debtor_account: str, form: Format) -> bytes:
    """debtor_account: our reserve at the executing bank."""
    writers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: _csv(batch, lines),
        "pain.001.001.03": lambda: _pain(batch, lines, debtor_account, form, batch.execute_on.isoformat()),
        "pain.001.001.09": lambda: _pain(
            batch, lines, debtor_account, form, f"<Dt>{batch.execute_on.isoformat()}</Dt>"
        ),
    }
    return writers[form]()


def _pain(batch: Batch, lines: Sequence[Written], debtor_account: str, form: str, execute_on: str) -> bytes:
    total = f"<NbOfTxs>{batch.lines}</NbOfTxs><CtrlSum>{_decimal(batch.total_minor, batch.currency)}</CtrlSum>"
    created = batch.closed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{form}"><CstmrCdtTrfInitn>'
        f"<GrpHdr><MsgId>{batch.message_id}</MsgId><CreDtTm>{created}</CreDtTm>{total}"
        f"<InitgPty><Nm>{INITIATOR}</Nm></InitgPty></GrpHdr>\n"
        f"<PmtInf><PmtInfId>{batch.message_id}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg>{total}"
        f"<ReqdExctnDt>{execute_on}</ReqdExctnDt><Dbtr><Nm>{INITIATOR}</Nm></Dbtr>"
        f"<DbtrAcct>{_other(debtor_account)}<Ccy>{batch.currency}</Ccy></DbtrAcct><DbtrAgt>{_agent(batch.bank)}</DbtrAgt>\n"
    )
    body = "".join(_transaction(batch, one) for one in lines)
    return f"{head}{body}</PmtInf></CstmrCdtTrfInitn></Document>\n".encode()


def _transaction(batch: Batch, one: Written) -> str:
    amount = _decimal(one.line.amount, batch.currency)
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{one.line.end_to_end_id}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{batch.currency}">{amount}</InstdAmt></Amt><CdtrAgt>{_agent(one.bank)}</CdtrAgt>'
        f"<Cdtr><Nm>{escape(one.details.holder_name)}</Nm></Cdtr><CdtrAcct>{_other(one.details.number)}</CdtrAcct>"
        f"<RmtInf><Ustrd>{PURPOSE}</Ustrd></RmtInf></CdtTrfTxInf>\n"
    )


def _other(identifier: str) -> str:
    return f"<Id><Othr><Id>{escape(identifier)}</Id></Othr></Id>"


def _agent(bank: str) -> str:
    return f"<FinInstnId><Othr><Id>{escape(bank)}</Id></Othr></FinInstnId>"


def _csv(batch: Batch, lines: Iterable[Written]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["批次号", batch.message_id, "日期", batch.execute_on.isoformat(), "笔数", batch.lines, "总金额",
                     _decimal(batch.total_minor, batch.currency)])  # fmt: skip
    writer.writerow(["序号", "收款人名称", "收款账号", "收款银行", "币种", "金额", "用途", "客户流水号"])
    for one in lines:
        amount = _decimal(one.line.amount, batch.currency)
        writer.writerow([one.line.position, one.details.holder_name, one.details.number, one.bank, batch.currency, amount,
                         "商户结算款", one.line.end_to_end_id])  # fmt: skip
    return out.getvalue().encode("gb18030")


def _decimal(minor: int, currency: str) -> str:
    scale = scale_of(currency)
    return str(Decimal(minor).scaleb(-scale))
