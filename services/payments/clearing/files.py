"""Messages between banks, from what was fixed when the window closed or the payments were recorded: the same bytes whenever asked for.

pacs.008.001.08 (ISO 20022, FIToFICustomerCreditTransfer): the customers' payments of a window. Who the customers are stands with their own
institutions: their names are not provided here. pacs.009.001.08 (FinancialInstitutionCreditTransfer): the payments of a settlement.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape

from chassis.clock import business_day
from finance.currencies import scale_of
from services.payments.clearing.model import POOL, Participant, SettlementPayment

CUSTOMER_FORM = "pacs.008.001.08"
SETTLEMENT_FORM = "pacs.009.001.08"
POOL_NAME = "SIFANG"
NOT_PROVIDED = "NOTPROVIDED"
PAGE_TRANSACTIONS = 10_000
FINEST_SCALE = 5
"""Decimal places that an amount of these messages may have."""


class Header(NamedTuple):
    """message_id: fixed. transactions, total_minor: of the file."""

    message_id: str
    fixed_at: datetime
    transactions: int
    total_minor: int
    currency: str

    @property
    def settled_on(self) -> date:
        return business_day(self.fixed_at)


class Owed(NamedTuple):
    """A customer's payment: the id of its obligation as on the wire."""

    number: int
    id: str
    payer: int
    payee: int
    amount: int
    end_to_end: str


def customer_payments(header: Header, owed: Iterable[Owed], participants: dict[int, Participant]) -> Iterator[str]:
    """Of one page, line by line."""
    agents = {number: _institution(participant) for number, participant in participants.items()}
    yield _head(header, CUSTOMER_FORM, "FIToFICstmrCdtTrf")
    for one in owed:
        yield (
            f"<CdtTrfTxInf><PmtId><EndToEndId>{escape(one.end_to_end or NOT_PROVIDED)}</EndToEndId><TxId>{one.id}</TxId></PmtId>"
            f"{_amount(one.amount, header)}<ChrgBr>SLEV</ChrgBr><Dbtr><Nm>{NOT_PROVIDED}</Nm></Dbtr>"
            f"<DbtrAgt>{agents[one.payer]}</DbtrAgt><CdtrAgt>{agents[one.payee]}</CdtrAgt>"
            f"<Cdtr><Nm>{NOT_PROVIDED}</Nm></Cdtr></CdtTrfTxInf>\n"
        )
    yield "</FIToFICstmrCdtTrf></Document>\n"


def settlement_payments(
    header: Header, payments: Iterable[SettlementPayment], participants: dict[int, Participant]
) -> Iterator[str]:
    """Each participant's net payment, to the pool or from it, or of a pair."""
    agents = {number: _institution(participant) for number, participant in participants.items()}
    agents[POOL] = _other(POOL_NAME)
    yield _head(header, SETTLEMENT_FORM, "FICdtTrf")
    for one in payments:
        # 35 characters at most: the id's own 26, and nine digits.
        identifier = f"{header.message_id[-26:]}{one.position:09d}"
        yield (
            f"<CdtTrfTxInf><PmtId><InstrId>{identifier}</InstrId><EndToEndId>{identifier}</EndToEndId></PmtId>"
            f"{_amount(one.amount, header)}<Dbtr>{agents[one.payer]}</Dbtr><Cdtr>{agents[one.payee]}</Cdtr></CdtTrfTxInf>\n"
        )
    yield "</FICdtTrf></Document>\n"


def message_id(number: int, page: int) -> str:
    """Of a page of a window."""
    return f"CLW{number:010d}-{page:06d}"


def _head(header: Header, form: str, message: str) -> str:
    created = header.fixed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    total = _decimal(header.total_minor, header.currency)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{form}"><{message}>'
        f"<GrpHdr><MsgId>{header.message_id}</MsgId><CreDtTm>{created}</CreDtTm><NbOfTxs>{header.transactions}</NbOfTxs>"
        f"<CtrlSum>{total}</CtrlSum>"
        f'<TtlIntrBkSttlmAmt Ccy="{header.currency}">{total}</TtlIntrBkSttlmAmt>'
        f"<IntrBkSttlmDt>{header.settled_on.isoformat()}</IntrBkSttlmDt><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n"
    )


def _amount(minor: int, header: Header) -> str:
    return f'<IntrBkSttlmAmt Ccy="{header.currency}">{_decimal(minor, header.currency)}</IntrBkSttlmAmt>'


def _institution(participant: Participant) -> str:
    if participant.bic is not None:
        return f"<FinInstnId><BICFI>{participant.bic}</BICFI></FinInstnId>"
    return _other(participant.code)


def _other(identifier: str) -> str:
    return f"<FinInstnId><Othr><Id>{escape(identifier)}</Id></Othr></FinInstnId>"


def _decimal(minor: int, currency: str) -> str:
    return format(Decimal(minor).scaleb(-scale_of(currency)), "f")
