"""Reading pain.001 and writing pain.002. What is sent in is read without any outside declaration."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring
from xml.parsers import expat

from finance.currencies import SCALES
from sandbox.errors import MalformedMessage
from sandbox.payment_orders.model import ANSWERS, Message, PaymentOrder, Transfer
from sandbox.payment_orders.rules import group_status, status_of

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
MOST_TRANSFERS = 1_000
LONGEST_ID = 35
LARGEST_MINOR = 2**53 - 1


def read_message(data: bytes) -> Message:
    """Raises MalformedMessage."""
    document = _parsed(data)
    name = document.tag.partition("}")[0].removeprefix("{" + NAMESPACE)
    if name not in ANSWERS:
        raise MalformedMessage("pain.001.001.03 and pain.001.001.09 are read", field="body")
    space = "{" + NAMESPACE + name + "}"
    root = _child(document, space, "CstmrCdtTrfInitn")
    header = _child(root, space, "GrpHdr")
    transfers = [one for group in root.findall(f"{space}PmtInf") for one in _transfers(group, space)]
    if not 1 <= len(transfers) <= MOST_TRANSFERS:
        raise MalformedMessage(f"1 to {MOST_TRANSFERS} transactions are taken", field="body")
    count = _text(header, space, "NbOfTxs")
    if not (count.isascii() and count.isdigit() and len(count) <= 15):
        raise MalformedMessage("NbOfTxs is no number", field="NbOfTxs")
    total = header.find(f"{space}CtrlSum")
    control_sum = None if total is None else str(_decimal(total.text or "", "CtrlSum"))
    return Message(name, _id(header, space, "MsgId"), int(count), control_sum, tuple(transfers))


def status_report(
    message_id: str, message_name: str, made_at: datetime, orders: list[PaymentOrder], rejected: str | None = None
) -> bytes:
    """rejected: why the whole message is, of which then nothing is kept."""
    document = Element("Document", xmlns=NAMESPACE + ANSWERS[message_name])
    report = SubElement(document, "CstmrPmtStsRpt")
    header = SubElement(report, "GrpHdr")
    _put(header, "MsgId", f"R-{message_id}"[:LONGEST_ID])
    _put(header, "CreDtTm", made_at.isoformat(timespec="milliseconds"))
    group = SubElement(report, "OrgnlGrpInfAndSts")
    _put(group, "OrgnlMsgId", message_id)
    _put(group, "OrgnlMsgNmId", message_name)
    _put(group, "GrpSts", "RJCT" if rejected else group_status(orders))
    if rejected:
        _reason(group, rejected)
    for information_id in dict.fromkeys(order.payment_information_id for order in orders):
        of_it = [order for order in orders if order.payment_information_id == information_id]
        information = SubElement(report, "OrgnlPmtInfAndSts")
        _put(information, "OrgnlPmtInfId", information_id)
        _put(information, "PmtInfSts", group_status(of_it))
        for order in of_it:
            _transaction(information, order)
    written: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return written


def _transaction(information: Element, order: PaymentOrder) -> None:
    transaction = SubElement(information, "TxInfAndSts")
    _put(transaction, "OrgnlEndToEndId", order.end_to_end_id)
    _put(transaction, "TxSts", status_of(order))
    if order.reason is not None:
        _reason(transaction, order.reason)


def _transfers(group: Element, space: str) -> list[Transfer]:
    information_id = _id(group, space, "PmtInfId")
    day = _child(group, space, "ReqdExctnDt")
    chosen = day.find(f"{space}Dt")
    execute_on = _day((chosen if chosen is not None else day).text or "")
    debtor = _account(_child(group, space, "DbtrAcct"), space)
    found = []
    for one in group.findall(f"{space}CdtTrfTxInf"):
        amount = _child(_child(one, space, "Amt"), space, "InstdAmt")
        currency = amount.get("Ccy", "")
        found.append(
            Transfer(
                payment_information_id=information_id,
                debtor_account=debtor,
                execute_on=execute_on,
                end_to_end_id=_id(_child(one, space, "PmtId"), space, "EndToEndId"),
                creditor_account=_account(_child(one, space, "CdtrAcct"), space),
                creditor_name=_text(_child(one, space, "Cdtr"), space, "Nm")[:140],
                amount=_minor(_decimal(amount.text or "", "InstdAmt"), currency),
                currency=currency,
            )
        )
    return found


def _parsed(data: bytes) -> Element:
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse_declarations
    try:
        guard.Parse(data, True)
        return fromstring(data)
    except (expat.ExpatError, ValueError, LookupError) as fault:
        raise MalformedMessage(f"this is no well-formed XML: {type(fault).__name__}", field="body") from None


def _refuse_declarations(*_: object) -> None:
    raise MalformedMessage("document types are not read", field="body")


def _child(parent: Element, space: str, name: str) -> Element:
    found = parent.find(f"{space}{name}")
    if found is None:
        raise MalformedMessage(f"{name} is missing", field=name)
    return found


def _text(parent: Element, space: str, name: str) -> str:
    text = (_child(parent, space, name).text or "").strip()
    if not text:
        raise MalformedMessage(f"{name} is empty", field=name)
    return text


def _id(parent: Element, space: str, name: str) -> str:
    text = _text(parent, space, name)
    if len(text) > LONGEST_ID:
        raise MalformedMessage(f"{name} has more than {LONGEST_ID} characters", field=name)
    return text


def _account(parent: Element, space: str) -> str:
    return _id(_child(_child(parent, space, "Id"), space, "Othr"), space, "Id")


def _decimal(text: str, name: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise MalformedMessage(f"{name} is no amount", field=name) from None
    if len(text) > 40 or not value.is_finite() or abs(value.adjusted()) > 20:
        raise MalformedMessage(f"{name} is no amount", field=name)
    return value


def _minor(value: Decimal, currency: str) -> int | None:
    """None for a currency nobody knows, or for a part of a minor unit."""
    scale = SCALES.get(currency)
    minor = None if scale is None else value.scaleb(scale)
    return (
        int(minor) if minor is not None and minor == minor.to_integral_value() and 0 <= minor <= LARGEST_MINOR else None
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise MalformedMessage("ReqdExctnDt is no day", field="ReqdExctnDt") from None


def _reason(parent: Element, code: str) -> None:
    _put(SubElement(SubElement(parent, "StsRsnInf"), "Rsn"), "Cd", code)


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
