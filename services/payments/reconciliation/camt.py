"""camt.053 and camt.054 (ISO 20022), versions 02 to 08: checked against the official schema while they are read, entry by entry."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from itertools import islice
from zoneinfo import ZoneInfo

from lxml import etree

from services.payments.reconciliation.errors import (
    DocumentTypeNotAllowed,
    FileTooLong,
    FileTruncated,
    MalformedLine,
    NotBySchema,
    NotOfThisForm,
    WrongEncoding,
)
from services.payments.reconciliation.model import ReadLine, ReadStatement, StatementKind
from services.payments.reconciliation.rules import (
    LONGEST_DESCRIPTION,
    LONGEST_REFERENCE,
    MOST_LINES,
    MOST_STATEMENTS,
    minor_units,
)

SPACE = "urn:iso:std:iso:20022:tech:xsd:"
VERSIONS = frozenset(f"camt.05{kind}.001.{version:02d}" for kind in (3, 4) for version in range(2, 9))
BODIES = {"Stmt": StatementKind.STATEMENT, "Ntfctn": StatementKind.NOTIFICATION}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
ENCODINGS = frozenset({b"UTF-8", b"UTF8", b"US-ASCII", b"ASCII"})
HEAD = 4_000
"""Bytes within which the document says what it is."""
_SAYS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)")
_END = re.compile(rb"</(\w+:)?Document>\s*$")


@dataclass
class _Open:
    """A statement that is being read."""

    number: str = ""
    account_number: str | None = None
    currency: str | None = None
    days: list[date] = field(default_factory=list)
    balances: dict[str, tuple[int, date | None]] = field(default_factory=dict)
    lines: list[ReadLine] = field(default_factory=list)


def read(content: bytes, zone: ZoneInfo) -> list[ReadStatement]:
    """Raises the refusals of UnreadableFile. zone: in which a booking's instant has its day."""
    name = _version(content)
    try:
        _require_valid(content, name)
        return list(_statements(content, name, zone))
    except etree.XMLSyntaxError as fault:
        raise _refusal(fault, content, name) from None


def _version(content: bytes) -> str:
    """Of the document, before anything of it is trusted."""
    _require_utf8(content)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise DocumentTypeNotAllowed("a statement has no document type")
    parser = etree.XMLPullParser(("start",), resolve_entities=False, no_network=True)
    try:
        parser.feed(content[:HEAD])
        (_, root), *_ = islice(parser.read_events(), 1)
    except (etree.XMLSyntaxError, ValueError):
        raise NotOfThisForm("no XML document") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentTypeNotAllowed("a statement has no document type")
    found = etree.QName(root)
    version = (found.namespace or "").removeprefix(SPACE)
    if found.localname != "Document" or version not in VERSIONS:
        raise NotOfThisForm("no camt.053 or camt.054 of versions 02 to 08", line=root.sourceline)
    return version


def _require_utf8(content: bytes) -> None:
    """And that it says nothing else: the parser would believe it. Two bytes a sign, without a mark, are UTF-8 full of zeros."""
    try:
        content.decode("utf-8")
        wrong = content.find(b"\0")
    except UnicodeDecodeError as fault:
        wrong = fault.start
    said = _SAYS.match(content[:HEAD])
    if said and said[1].upper() not in ENCODINGS:
        raise WrongEncoding("it says that it is no UTF-8", line=1)
    if wrong >= 0:
        raise WrongEncoding("no UTF-8", line=content.count(b"\n", 0, wrong) + 1)


@cache
def _schema(version: str) -> etree.XMLSchema:
    place = files("services.payments.reconciliation").joinpath("camt_schemas", f"{version}.xsd")
    return etree.XMLSchema(etree.fromstring(place.read_bytes()))


def _require_valid(content: bytes, version: str) -> None:
    """The parser tells only at the end whether the schema was met, so nothing is taken out before. Raises XMLSyntaxError."""
    entry = f"{{{SPACE}{version}}}Ntry"
    for _, element in etree.iterparse(
        io.BytesIO(content), ("end",), tag=entry, schema=_schema(version), resolve_entities=False, no_network=True
    ):
        element.clear()


def _statements(content: bytes, version: str, zone: ZoneInfo) -> Iterator[ReadStatement]:
    space = f"{{{SPACE}{version}}}"
    parts = ("Stmt", "Ntfctn", "Ntry", "Bal", "Acct", "FrToDt")
    wanted = [f"{space}{part}" for part in parts]
    reader = etree.iterparse(
        io.BytesIO(content),
        ("start", "end"),
        tag=wanted,
        resolve_entities=False,
        no_network=True,
    )
    open_one, entries, bodies = _Open(), 0, 0
    for event, element in reader:
        part = etree.QName(element).localname
        if event == "start":
            if part in BODIES:
                open_one, bodies = _Open(), bodies + 1
            if bodies > MOST_STATEMENTS:
                raise FileTooLong(f"at most {MOST_STATEMENTS} statements", line=element.sourceline)
            continue
        if etree.QName(element.getparent()).localname not in (*BODIES, "BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"):
            continue
        if part in BODIES:
            open_one.number = element.findtext(f"{space}Id") or ""
            yield _finished(open_one, BODIES[part], element, space, zone)
        elif part == "Ntry":
            found = list(_lines(element, space, zone))
            entries += len(found)
            if entries > MOST_LINES:
                raise FileTooLong(f"at most {MOST_LINES} entries", line=element.sourceline)
            open_one.lines += found
        else:
            _READ[part](open_one, element, space)
        element.clear()


def _finished(one: _Open, kind: StatementKind, body: "etree._Element", space: str, zone: ZoneInfo) -> ReadStatement:
    opening = next((one.balances[code] for code in OPENING if code in one.balances), None)
    closing = next((one.balances[code] for code in CLOSING if code in one.balances), None)
    days = one.days or [day for balance in (opening, closing) if balance for day in [balance[1]] if day]
    days = days or [line.booked_on for line in one.lines] or [_day(body.findtext(f"{space}CreDtTm") or "", zone)]
    return ReadStatement(
        kind=kind,
        number=one.number[:LONGEST_REFERENCE],
        account_number=one.account_number,
        currency=one.currency,
        from_on=min(days),
        until_on=max(days),
        opening=opening and opening[0],
        closing=closing and closing[0],
        lines=tuple(one.lines),
    )


def _account(one: _Open, element: "etree._Element", space: str) -> None:
    number = element.findtext(f"{space}Id/{space}IBAN") or element.findtext(f"{space}Id/{space}Othr/{space}Id")
    one.account_number, one.currency = number, element.findtext(f"{space}Ccy")


def _period(one: _Open, element: "etree._Element", space: str) -> None:
    for name in ("FrDtTm", "ToDtTm"):
        told = element.findtext(f"{space}{name}")
        if told:
            one.days.append(date.fromisoformat(told[:10]))


def _balance(one: _Open, element: "etree._Element", space: str) -> None:
    code = element.findtext(f"{space}Tp/{space}CdOrPrtry/{space}Cd") or ""
    amount, currency = _amount(element, space)
    one.currency = one.currency or currency
    day = element.findtext(f"{space}Dt/{space}Dt") or element.findtext(f"{space}Dt/{space}DtTm")
    # A closing balance may come once by page; the last one counts, and the first of the opening ones.
    if code not in one.balances or code in CLOSING:
        one.balances[code] = (amount, date.fromisoformat(day[:10]) if day else None)


_READ = {"Acct": _account, "FrToDt": _period, "Bal": _balance}


def _lines(entry: "etree._Element", space: str, zone: ZoneInfo) -> Iterator[ReadLine]:
    """One, or one for each of its transactions where these have amounts that make up the entry's. What is not booked yet is left out."""
    status = entry.findtext(f"{space}Sts/{space}Cd") or entry.findtext(f"{space}Sts")
    if status is not None and status.strip() not in ("BOOK", ""):
        return
    amount, currency = _amount(entry, space)
    details = entry.findall(f"{space}NtryDtls/{space}TxDtls")
    parts = [_part(one, space, currency, amount) for one in details]
    servicer = entry.findtext(f"{space}AcctSvcrRef") or ""
    if len(parts) > 1 and None not in parts and sum(part or 0 for part in parts) == amount:
        for one, part, own in zip(details, parts, _own_references(details, space, servicer), strict=True):
            yield _line(entry, [one], space, zone, part or 0, own)
    else:
        yield _line(entry, details, space, zone, amount, servicer)


def _own_references(details: list["etree._Element"], space: str, servicer: str) -> list[str]:
    """Of the parts of an entry, one for each: those that go by the entry's, or by one another's, go by their place besides."""
    told = [one.findtext(f"{space}Refs/{space}AcctSvcrRef") or servicer for one in details]
    counted = Counter(told)
    return [
        f"{own[: LONGEST_REFERENCE - 8]}/{place}" if own and (own == servicer or counted[own] > 1) else own
        for place, own in enumerate(told, 1)
    ]


def _line(
    entry: "etree._Element", details: list["etree._Element"], space: str, zone: ZoneInfo, amount: int, servicer: str
) -> ReadLine:
    booked = _moment(entry, "BookgDt", space, zone)
    value = _moment(entry, "ValDt", space, zone) or booked
    if value is None:
        raise MalformedLine("an entry has neither booking nor value date", line=entry.sourceline)
    told = [text for one in details for text in _texts(one, space)]
    told += [entry.findtext(f"{space}AddtlNtryInf") or ""]
    return ReadLine(
        place=entry.sourceline or 0,
        amount=amount,
        value_on=value,
        booked_on=booked or value,
        servicer_reference=servicer[:LONGEST_REFERENCE],
        reference=(_reference(entry, details, space))[:LONGEST_REFERENCE],
        description=" ".join(text.strip() for text in told if text.strip())[:LONGEST_DESCRIPTION],
        reverses=(entry.findtext(f"{space}RvslInd") or "").strip() in ("true", "1"),
    )


def _reference(entry: "etree._Element", details: list["etree._Element"], space: str) -> str:
    """End-to-end, else the instruction's, the batch's, or what the entry says. A batch without parts goes by its own."""
    places = ("EndToEndId", "InstrId", "TxId", "PmtInfId", "MsgId") if len(details) == 1 else ("PmtInfId", "MsgId")
    found = [one.findtext(f"{space}Refs/{space}{name}") or "" for one in details[:1] for name in places]
    batch = entry.find(f"{space}NtryDtls/{space}Btch")
    if batch is not None:
        found += [batch.findtext(f"{space}{name}") or "" for name in ("PmtInfId", "MsgId")]
    found.append(entry.findtext(f"{space}NtryRef") or "")
    return next((one for one in found if one and one != "NOTPROVIDED"), "")


def _texts(details: "etree._Element", space: str) -> Iterator[str]:
    for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "AddtlTxInf"):
        for found in details.iterfind("/".join(f"{space}{name}" for name in path.split("/"))):
            yield found.text or ""
    for party in ("Dbtr", "Cdtr"):
        for path in (f"RltdPties/{party}/Nm", f"RltdPties/{party}/Pty/Nm"):
            yield details.findtext("/".join(f"{space}{name}" for name in path.split("/"))) or ""


def _part(details: "etree._Element", space: str, currency: str, whole: int) -> int | None:
    amount = details.find(f"{space}Amt")
    if amount is None:
        amount = details.find(f"{space}AmtDtls/{space}TxAmt/{space}Amt")
    if amount is None or amount.get("Ccy") != currency:
        return None
    direction = details.findtext(f"{space}CdtDbtInd") or ("CRDT" if whole >= 0 else "DBIT")
    return _signed(amount, currency, direction)


def _amount(element: "etree._Element", space: str) -> tuple[int, str]:
    amount = element.find(f"{space}Amt")
    assert amount is not None, "the schema requires it"
    currency = amount.get("Ccy") or ""
    return _signed(amount, currency, element.findtext(f"{space}CdtDbtInd") or ""), currency


def _signed(amount: "etree._Element", currency: str, direction: str) -> int:
    try:
        size = minor_units(amount.text or "", currency)
    except ValueError as fault:
        raise MalformedLine(str(fault), line=amount.sourceline) from None
    return size if direction == "CRDT" else -size


def _moment(entry: "etree._Element", name: str, space: str, zone: ZoneInfo) -> date | None:
    told = entry.findtext(f"{space}{name}/{space}Dt") or entry.findtext(f"{space}{name}/{space}DtTm")
    return _day(told, zone) if told else None


def _day(told: str, zone: ZoneInfo) -> date:
    if "T" not in told:
        return date.fromisoformat(told[:10])
    instant = datetime.fromisoformat(told)
    return instant.date() if instant.tzinfo is None else instant.astimezone(zone).date()


def _refusal(fault: etree.XMLSyntaxError, content: bytes, version: str) -> Exception:
    """What is wrong first: that it is no whole document, then that it is none by its schema."""
    schema = _schema(version)
    try:
        document = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as broken:
        told, line = str(broken.msg)[:200], broken.lineno
        return NotOfThisForm(told, line=line) if _END.search(content) else FileTruncated(told, line=line)
    if schema.validate(document):
        return NotOfThisForm(str(fault.msg)[:200], line=fault.lineno or None)
    first = next(iter(schema.error_log))
    return NotBySchema(first.message.replace(f"{{{SPACE}", "{")[:300], line=first.line)
