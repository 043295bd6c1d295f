"""A bank's answer to a batch: pain.002 (ISO 20022, CustomerPaymentStatusReport), any version."""

from xml.etree import ElementTree

from services.payments.merchant_payouts.errors import UnreadableReport
from services.payments.merchant_payouts.model import LARGEST_REPORT, LineStatus, StatusReport

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001."


def read(document: str) -> StatusReport:
    """Raises UnreadableReport. A document with a type declaration is not looked into: its entities could be of any size."""
    if len(document) > LARGEST_REPORT:
        raise _unreadable("too long")
    if "<!" in document.replace("<!--", ""):
        raise _unreadable("a report has no document type")
    try:
        root = ElementTree.fromstring(document.encode())
    except ElementTree.ParseError as fault:
        raise _unreadable("no XML") from fault
    space, _, name = root.tag.removeprefix("{").partition("}")
    if name != "Document" or not space.startswith(NAMESPACE):
        raise _unreadable("no pain.002")
    spaces = {"i": space}
    group = root.find("i:CstmrPmtStsRpt/i:OrgnlGrpInfAndSts", spaces)
    message_id = None if group is None else group.findtext("i:OrgnlMsgId", None, spaces)
    if group is None or not message_id:
        raise _unreadable("it does not say on which message it reports")
    lines = tuple(_line(one, spaces) for one in root.iterfind(".//i:TxInfAndSts", spaces))
    reason = group.findtext("i:StsRsnInf/i:Rsn/i:Cd", None, spaces)
    return StatusReport(message_id, group.findtext("i:GrpSts", None, spaces), lines, reason)


def _line(element: ElementTree.Element, spaces: dict[str, str]) -> LineStatus:
    end_to_end_id = element.findtext("i:OrgnlEndToEndId", None, spaces)
    code = element.findtext("i:TxSts", None, spaces)
    if not end_to_end_id or not code:
        raise _unreadable("a line without its end-to-end id or its status")
    return LineStatus(end_to_end_id, code, element.findtext("i:StsRsnInf/i:Rsn/i:Cd", None, spaces))


def _unreadable(why: str) -> UnreadableReport:
    return UnreadableReport(why, field="document")
