"""Decisions about statements and breaks, on what they are told."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from finance.currencies import SCALES
from services.payments.reconciliation.model import BreakType, ReadLine, ReadStatement, StatementKind

MOST_LINES = 100_000
LONGEST_REFERENCE = 140
LONGEST_DESCRIPTION = 500
MOST_WORDS = 12
LONGEST_WORD = 32
LARGEST = 2**53 - 1
RESOLVE_WITHIN = timedelta(days=7)
"""From raising, and again from each escalation."""
BANDS = ((1, "0-1"), (7, "2-7"), (30, "8-30"))
OLDEST = "31+"
MOST_SUMMED = 16
"""Breaks of one statement of which any choice is tried."""
MOST_STATEMENTS = 1_000
"""In one file."""
BATCH_LIMIT = 1_000
"""Records of one line, or lines of one record, at most."""
_NOT_KEY = re.compile(r"[^0-9A-Z]")
_WORD = re.compile(r"[^\W_]+")
_OURS = re.compile(r"(?<![0-9A-Za-z])([a-z]{2,5}[-_][0-9a-hjkmnp-tv-z]{26})(?![0-9A-Za-z])")
_NO_REFERENCES = frozenset({"", "NONREF", "NOTPROVIDED", "EREF", "NREF"})
_IDLE_WORDS = frozenset({"the", "and", "for", "von", "und", "een", "ref", "nonref"})


def match_key(reference: str) -> str:
    """A reference as it is compared: banks change case and signs on its way (MT940 has no underscore)."""
    key = _NOT_KEY.sub("", reference.upper())[:LONGEST_REFERENCE]
    return "" if key in _NO_REFERENCES else key


def words_of(description: str) -> tuple[str, ...]:
    """What of a text is compared: its first different words, in order; Chinese text in pairs of signs, as it has no blanks."""
    found: dict[str, None] = {}
    for word in _WORD.findall(unicodedata.normalize("NFKC", description).casefold()):
        pieces = [word[place : place + 2] for place in range(len(word) - 1)] if word >= "\u2e80" else [word]
        for piece in pieces:
            if (len(piece) >= 3 or piece >= "\u2e80") and piece not in _IDLE_WORDS:
                found.setdefault(piece[:LONGEST_WORD])
    return tuple(list(found)[:MOST_WORDS])


def own_reference(text: str) -> str:
    """The first of our own ids in a text, however the bank wrote it; empty if there is none."""
    found = _OURS.search(text)
    return found[1] if found else ""


def minor_units(text: str, currency: str, *, comma: bool = False) -> int:
    """From a decimal in units of the currency. comma: the decimal sign. Raises ValueError."""
    written = text.strip().lstrip("¥￥").replace(" ", "")
    written = written.replace(".", "").replace(",", ".") if comma else written.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", written) or len(written) > 30:
        raise ValueError(f"{text[:30]!r} is no amount")
    try:
        scaled = Decimal(written).scaleb(SCALES.get(currency, 2))
    except InvalidOperation:
        raise ValueError(f"{text[:30]!r} is no amount") from None
    if scaled != int(scaled):
        raise ValueError(f"{text[:30]!r} has more decimal places than {currency}")
    if abs(scaled) > LARGEST:
        raise ValueError(f"{text[:30]!r} is more than can be counted")
    return int(scaled)


def difference(statement: ReadStatement) -> int | None:
    """closing − opening − Σ; None where a balance is not told."""
    if statement.opening is None or statement.closing is None:
        return None
    return statement.closing - statement.opening - sum(line.amount for line in statement.lines)


@dataclass(frozen=True)
class Identified:
    """A line with what tells it from all others. repeated: its servicer's reference stood in the statement before."""

    line: ReadLine
    identity: str
    occurrence: int
    repeated: bool


def identified(lines: Iterable[ReadLine]) -> list[Identified]:
    """By the servicer's reference, else by a hash of date, amount and references, and the how-manieth of them it is."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        identity = f"S{line.servicer_reference}" if line.servicer_reference else f"H{_fingerprint(line)}"
        seen[identity] += 1
        repeated = bool(line.servicer_reference) and seen[identity] > 1
        found.append(Identified(line, identity, seen[identity], repeated))
    return found


def shown_again(lines: Iterable[Identified], shown: Iterable[Identified], known: Mapping[str, int]) -> list[Identified]:
    """Those of lines that another statement has shown, each as one more of its identity. known: how many there are of each."""
    counted = Counter(known)
    for one in lines:
        counted[one.identity] = max(counted[one.identity], one.occurrence)
    again = []
    for one in shown:
        counted[one.identity] += 1
        again.append(replace(one, occurrence=counted[one.identity], repeated=True))
    return again


def _fingerprint(line: ReadLine) -> str:
    told = "\x1f".join([line.value_on.isoformat(), str(line.amount), line.reference, line.description])
    return hashlib.sha256(told.encode()).hexdigest()[:40]


def overlaps(statement: ReadStatement, others: Sequence[tuple[date, date]]) -> bool:
    """Whether it shows days that lie within another's, or the other way round. An opening balance is dated as the closing one before it."""
    if statement.kind is StatementKind.NOTIFICATION:
        return False
    begins, ends = statement.from_on, statement.until_on
    return any(begins < until and since < ends for since, until in others)


def of_paper(amount: int, shown_too_much: int, explained: int, others: Sequence[int]) -> bool:
    """Whether a break may be one of those by which a statement misses its own balance: what is explained stays within that, or what is
    left of it is the sum of some of the others."""
    after = explained + amount
    within = min(0, shown_too_much) <= after <= max(0, shown_too_much)
    return within or shown_too_much - after in _sums(others[:MOST_SUMMED])


def _sums(amounts: Sequence[int]) -> set[int]:
    """Of any choice of them."""
    found = {0}
    for amount in amounts:
        found |= {amount + one for one in found}
    return found


def type_between(told: int, moved: int, *, again: bool) -> BreakType:
    """Of a subject between channels and ledger. again: after a break of it was resolved, which keeps its type for itself."""
    if not moved or (again and abs(told) > abs(moved)):
        return BreakType.LONG
    return BreakType.SHORT if not told or again else BreakType.AMOUNT


def covers(others: Sequence[tuple[date, date]], statement: ReadStatement, *, all_shown: bool) -> bool:
    """Whether one of others has shown all of its days. all_shown: each of its lines is known from others.

    The first of several days may be that of the opening balance alone: then its lines tell.
    """
    begins, ends = statement.from_on, statement.until_on
    holding = [(since, until) for since, until in others if since <= begins and ends <= until]
    return any(all_shown or ends > since or since == until for since, until in holding)


def age_band(raised_on: date, today: date) -> str:
    days = (today - raised_on).days
    return next((band for most, band in BANDS if days <= most), OLDEST)


def due_after(instant: datetime) -> datetime:
    return instant + RESOLVE_WITHIN


def money_of(kind: BreakType, line_amount: int, record_amount: int) -> int:
    """What the bank has more than we, by type."""
    if kind is BreakType.DATE:
        return 0
    if kind is BreakType.SHORT:
        return -record_amount
    if kind is BreakType.AMOUNT:
        return line_amount - record_amount
    return line_amount
