"""Statements in the words of ISO 20022: camt.053.001.08 (a day that is over) and camt.054.001.08 (what is booked so far)."""

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from sandbox.statements.amounts import in_units
from sandbox.statements.model import Line, Statement

STATEMENT, NOTIFICATION = "camt.053.001.08", "camt.054.001.08"


def statement_document(statement: Statement) -> bytes:
    document, message = _message(statement, STATEMENT, "BkToCstmrStmt")
    body = SubElement(message, "Stmt")
    _heading(body, statement, "S")
    _balance(body, statement, "OPBD", statement.opening_minor)
    _balance(body, statement, "CLBD", statement.closing_minor)
    for line in statement.lines:
        _entry(body, statement, line)
    return _bytes(document)


def notification_document(statement: Statement) -> bytes:
    document, message = _message(statement, NOTIFICATION, "BkToCstmrDbtCdtNtfctn")
    body = SubElement(message, "Ntfctn")
    _heading(body, statement, "N")
    for line in statement.lines:
        _entry(body, statement, line)
    return _bytes(document)


def _message(statement: Statement, name: str, root: str) -> tuple[Element, Element]:
    document = Element("Document", xmlns=f"urn:iso:std:iso:20022:tech:xsd:{name}")
    message = SubElement(document, root)
    header = SubElement(message, "GrpHdr")
    _text(header, "MsgId", f"{statement.bank}-{statement.day:%Y%m%d}-{name[:8].replace('.', '')}")
    _text(header, "CreDtTm", _instant(statement.made_at))
    return document, message


def _heading(body: Element, statement: Statement, letter: str) -> None:
    _text(body, "Id", f"{letter}{statement.day:%Y%m%d}")
    _text(body, "CreDtTm", _instant(statement.made_at))
    account = SubElement(body, "Acct")
    _text(SubElement(SubElement(account, "Id"), "Othr"), "Id", statement.account_number)
    _text(account, "Ccy", statement.currency)
    _text(account, "Nm", statement.holder_name)
    servicer = SubElement(SubElement(account, "Svcr"), "FinInstnId")
    _text(SubElement(servicer, "Othr"), "Id", statement.bank)


def _balance(body: Element, statement: Statement, code: str, amount: int) -> None:
    balance = SubElement(body, "Bal")
    _text(SubElement(SubElement(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, statement, amount)
    _text(SubElement(balance, "Dt"), "Dt", statement.day.isoformat())


def _entry(body: Element, statement: Statement, line: Line) -> None:
    entry = SubElement(body, "Ntry")
    _amount(entry, statement, line.amount)
    _text(SubElement(entry, "Sts"), "Cd", "BOOK")
    _text(SubElement(entry, "BookgDt"), "DtTm", _instant(line.booked_at))
    _text(SubElement(entry, "ValDt"), "Dt", line.value_on.isoformat())
    _text(entry, "AcctSvcrRef", statement.servicer_reference(line))
    _text(SubElement(SubElement(entry, "BkTxCd"), "Prtry"), "Cd", line.code)
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    _text(SubElement(details, "Refs"), "EndToEndId", line.reference)
    _text(SubElement(details, "RmtInf"), "Ustrd", line.narrative)


def _amount(parent: Element, statement: Statement, amount: int) -> None:
    """Size and direction, which ISO 20022 keeps apart."""
    SubElement(parent, "Amt", Ccy=statement.currency).text = in_units(abs(amount), statement.currency)
    _text(parent, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")


def _bytes(document: Element) -> bytes:
    written: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return written
