"""A report file: XML with the fields that the People's Bank asks for, by the names it gives them. Pure; the same reports, the same bytes.

RINM who reports; CTNM, CITP, CTID the customer's name, kind and number of document; CTAC the account; CRCD or STCR which rule; TSTM when;
TSDR 01 what came in, 02 what went out; CRTP, CRAT currency and amount; CATN the day's or the report's sum in CNY; TCAT the country abroad;
ORXN, ORID, ORRS the file and the report that is corrected, and why.
The centre's own schema is not public: what is sent to it in the end is mapped from this file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from chassis.ids import encode
from finance.currencies import scale_of
from services.payments.transaction_reports.model import Movement, ReportKind, Rule, Side, TransactionReport

ROOTS = {ReportKind.LARGE: "HTCR", ReportKind.SUSPICIOUS: "STCR"}
CODES = {
    Rule.LARGE_ORGANISATION: "0502",
    Rule.LARGE_PERSON: "0503",
    Rule.LARGE_CROSS_BORDER: "0504",
    Rule.STRUCTURING: "STRU",
    Rule.FILED: "MANU",
}
IDENTITY_CARD = "110001"
"""居民身份证."""
NO_DOCUMENT = "129999"
"""Others: an organisation, or a customer who has declared nothing."""
DIRECTIONS = {Side.IN: "01", Side.OUT: "02"}


@dataclass(frozen=True)
class Named:
    """The subject in the clear. number: of a document, where there is one."""

    name: str
    number: str | None


@dataclass(frozen=True)
class Item:
    report: TransactionReport
    named: Named
    movements: Sequence[Movement]
    corrects_file: str | None


def written(kind: ReportKind, name: str, institution: str, items: Iterable[Item], zone: ZoneInfo) -> bytes:
    root = ET.Element(ROOTS[kind])
    _fields(root, RINM=institution, FLNM=name)
    for item in items:
        _report(root, item, zone)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def _report(root: ET.Element, item: Item, zone: ZoneInfo) -> None:
    report = item.report
    one = ET.SubElement(root, "RPDT", id=encode("trp", report.id), act=report.act)
    if report.corrects_id is not None:
        _fields(one, ORXN=item.corrects_file or "", ORID=encode("trp", report.corrects_id), ORRS=report.reason or "")
    document = NO_DOCUMENT if item.named.number is None else IDENTITY_CARD
    _fields(one, CTNM=item.named.name, CITP=document, CTID=item.named.number or "")
    _fields(one, **{"CRCD" if report.kind is ReportKind.LARGE else "STCR": CODES[report.rule]})
    _fields(one, RPDY=report.business_on.isoformat(), CATN=_major(report.amount, "CNY"), TSCN=str(report.transfers))
    if report.narrative:
        _fields(one, SSDG=report.narrative)
    for movement in item.movements:
        _movement(one, movement, zone)


def _movement(parent: ET.Element, movement: Movement, zone: ZoneInfo) -> None:
    one = ET.SubElement(parent, "TSDT", id=encode("trf", movement.id))
    _fields(
        one,
        TSTM=movement.posted_at.astimezone(zone).strftime("%Y%m%d%H%M%S"),
        CTAC=encode("acc", movement.own_account_id),
        TCAC=encode("acc", movement.other_account_id),
        TSDR=DIRECTIONS[movement.side],
        TSTP=movement.code,
        CRTP=movement.currency,
        CRAT=_major(movement.amount, movement.currency),
    )
    if movement.country:
        _fields(one, TCAT=movement.country)


def _fields(parent: ET.Element, **fields: str) -> None:
    for name, value in fields.items():
        ET.SubElement(parent, name).text = _printable(value)


def _major(amount: int, currency: str) -> str:
    return format(Decimal(amount).scaleb(-scale_of(currency)), "f")


def _printable(value: str) -> str:
    """XML has no place for control characters."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in value)
