"""Members of the service's answers as they are read by people. What a member is follows from its name, which is the same in all answers."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from finance.currencies import SCALES
from gateway.console.language import Language
from gateway.console.payments.description import Document, Record
from gateway.console.payments.nouns import NAMED, RECORDS

NONE: Mapping[str, str] = MappingProxyType({})
ID = re.compile(r"([a-z]{3})_[0-7][0-9a-hjkmnp-tv-z]{25}")
NAME = re.compile(r"([a-z_]+):([A-Za-z0-9_]{1,40})")
"""Of a record that is known by a code of its own: its noun, and the code."""
RECORD_PAGES = "/console/payments/records/"
CODE = re.compile(r"[A-Za-z0-9_.]+")
LONG = 32
"""Characters from which on a text may be broken over lines."""
MONEY = frozenset(
    {
        "amount", "asked", "available", "balance", "buyer_amount", "called_back", "captured", "certificate",
        "credits_pending", "credits_posted", "debits_pending", "debits_posted", "fee_returned", "frozen",
        "frozen_amount", "held", "left", "leftover", "life", "limit", "max_per_debit", "max_per_period",
        "outstanding", "owed", "proposed_amount", "refunded", "released", "repaid", "reserved", "returned",
        "seller_amount", "taken", "total", "two_factors", "under_two_factors", "unit_price", "used", "written_off",
        "year", "daily_cap", "daily_withdrawal", "difference", "fee", "holding_cap", "lost", "network_fee", "outputs",
    }
)  # fmt: skip
FEN = frozenset({"counted", "money", "threshold", "value"})
"""Money in CNY, whatever the item is in."""
# Words of the trade with a translation; anything else in such a member is a newer word of the service's, shown as it came.
WORDS = frozenset(
    {
        "state", "kind", "cause", "method", "party", "outcome", "close_reason", "period", "payout", "refund_policy", "source",
        "disabled_reason", "return_state", "arrival", "end_reason", "verification_class", "side", "channels", "passed", "pending",
        "confirmation", "rounding", "rule", "act", "after", "before", "delay", "form", "granularity", "holds", "interchange", "owed",
        "shadow_outcome", "subject_kind", "use",
    }
)  # fmt: skip
# Members whose value is the code or the id of a record that is known by it, with its noun.
OPENS: Mapping[str, str] = MappingProxyType(
    {
        "continues_id": "report_file", "file_id": "report_file", "list_name": "screening_list", "participant": "clearing_participant",
        "settlement_model": "clearing_model",
    }
)  # fmt: skip
VERBATIM = frozenset({"document", "seen", "when"})
"""What rules are written in, and what they saw: as it is."""
RATES = frozenset(
    {"bilateral_efficiency", "multilateral_efficiency", "rate", "reserve_rate", "share", "share_limit", "success_rate"}
)
COUNTS = frozenset({"outcomes"})
"""Counted with a weight, so that they are no whole numbers."""
LENGTH_OF_A_DAY = 10
INSTANTS = frozenset({"since", "at", "valid_from", "previous_until", "failing_since", "refund_until", "answer_by"})
CODES = frozenset(
    {"failure_code", "refusal_code", "detail", "held_up", "bank_code", "cancel_code", "end_code", "code", "type"}
)
AHEAD = frozenset({"due_at", "expires_at", "evidence_due_at", "starts_at", "ends_at", "probe_at"})
GOOD = frozenset(
    {
        "TRADE_SUCCESS", "TRADE_FINISHED", "REFUND_SUCCESS", "succeeded", "paid", "booked", "cleared", "settled", "won", "active",
        "acknowledged", "completed", "finished", "arrived", "bound", "free", "SETTLED", "ACTIVE", "proved", "confirmed", "credited",
        "carried_out", "live", "resolved", "explained",
    }
)  # fmt: skip
BAD = frozenset(
    {
        "IN_ARBITRATION", "SELLER_REFUSED", "refund_pending_funds", "failed", "unmatched", "overdue", "lost", "unanswered", "dead",
        "disabled", "refused", "rejected", "suspended", "ABORTED", "SUSPENDED", "EXPIRED", "QUEUED", "broken", "incomplete", "dropped",
        "reversed", "waiting_review",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """kind: how it is set. named: it is an id; link: to the record that it names; tone: of a state."""

    text: str
    kind: str = "text"
    link: str | None = None
    tone: str = ""
    named: bool = False


@dataclass(frozen=True)
class Fact:
    """A member of a record: in one line, or as parts of its own."""

    label: str
    cells: tuple[Cell, ...] = ()
    parts: tuple["Fact", ...] = ()


@dataclass(frozen=True)
class Column:
    label: str
    number: bool


@dataclass(frozen=True)
class Grid:
    """rows: as many cells in each as there are columns."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Writing:
    """In which language, and of which currency amounts are that name none."""

    language: Language
    currency: str | None = None

    def label(self, member: str) -> str:
        return self.language.word("field", member)

    def cell(self, member: str, value: Any, currency: str | None = None) -> Cell:
        """One value of a member. currency: of the item it stands in."""
        if value is None or value == "" or value == []:
            return Cell(self.language.text("nothing"), "none")
        if isinstance(value, bool):
            return Cell(self.language.text("yes" if value else "no"))
        if member in VERBATIM and not isinstance(value, str):
            return Cell(json.dumps(value, ensure_ascii=False), "long")
        if isinstance(value, list):
            return Cell(
                self.language.text("between_names").join(self.cell(member, one, currency).text for one in value)
            )
        if isinstance(value, Mapping):
            parts = [
                f"{self.label(name)}: {self.cell(name, one, currency).text}"
                for name, one in value.items()
                if one is not None
            ]
            return Cell(" · ".join(parts), "long")
        if isinstance(value, int):
            return self._number(member, value, currency or self.currency)
        return self._text(member, str(value))

    def _number(self, member: str, value: int, currency: str | None) -> Cell:
        if member in FEN:
            return Cell(self.language.money(value, "CNY"), "number")
        if member == "share_ppm":
            return Cell(self.language.ratio(value), "number")
        if is_money(member) and currency is not None:
            return Cell(self.language.money(value, currency), "number")
        if member.endswith("_seconds"):
            return Cell(self.language.duration(value), "number")
        return Cell(str(value) if member == "id" else self.language.number(value), "number")

    def _text(self, member: str, value: str) -> Cell:
        named = ID.fullmatch(value)
        if member in OPENS:
            return Cell(value, "code", link_to(OPENS[member], value), named=named is not None)
        if named:
            link = f"{RECORD_PAGES}{value}" if named[1] in RECORDS else None
            return Cell(value, "code", link, named=True)
        if (member.endswith("_at") or member in INSTANTS) and len(value) > LENGTH_OF_A_DAY:
            return Cell(self.language.written_instant(value), "when")
        if member == "state":
            return Cell(self.language.word("word", value), "state", tone=tone_of(value))
        if member in WORDS:
            return Cell(self.language.word("word", value))
        if member in RATES:
            return Cell(percent(value), "number")
        if member in COUNTS:
            return Cell(f"{Decimal(value):.1f}", "number")
        if member in CODES and CODE.fullmatch(value):
            word = self.language.word("word", value)
            return Cell(word, "code" if word == value and not value.isalpha() else "text")
        return Cell(value, "long" if len(value) > LONG else "text")

    def facts(self, document: Document, read_as: Mapping[str, str] = NONE) -> tuple[Fact, ...]:
        """All members but lists of things, which are grids, and what is nothing to look at. read_as: as of a record."""
        currency = currency_of(document)
        return tuple(
            self._fact(read_as.get(member, member), value, currency, read_as)
            for member, value in document.items()
            if not is_grid(value) and not (value in (None, "", [], {}) and member != "due_at")
        )

    def _fact(self, member: str, value: Any, currency: str | None, read_as: Mapping[str, str]) -> Fact:
        if isinstance(value, Mapping):
            inside = Writing(self.language, currency or self.currency)
            return Fact(self.label(member), parts=inside.facts(value, read_as))
        several = isinstance(value, list) and all(ID.fullmatch(str(one)) for one in value)
        cells = [self.cell(member, one, currency) for one in (value if several else [value])]
        return Fact(self.label(member), tuple(cells))

    def grid(
        self,
        title: str,
        columns: Iterable[str],
        items: Iterable[Document],
        read_as: Mapping[str, str] = NONE,
        opens: Mapping[str, str] = NONE,
    ) -> Grid:
        """read_as, opens: as a listing says."""
        members = {name: read_as.get(name, name) for name in columns}

        def cell(item: Document, name: str) -> Cell:
            value = item.get(name)
            found = self.cell(members[name], value, _currency(item))
            return replace(found, link=link_to(opens[name], value)) if name in opens and value is not None else found

        rows = tuple(tuple(cell(one, name) for name in members) for one in items)
        numbers = [any(row[place].kind == "number" for row in rows) for place in range(len(members))]
        labels = [self.label(member) for member in members.values()]
        return Grid(title, tuple(map(Column, labels, numbers)), rows)

    def grids(self, document: Document, read_as: Mapping[str, str] = NONE) -> list[Grid]:
        """The lists of things inside a record, and inside its parts."""
        found: list[Grid] = []
        inside = Writing(self.language, currency_of(document) or self.currency)
        for member, value in document.items():
            if is_grid(value):
                columns = dict.fromkeys(name for one in value for name in one)
                found.append(inside.grid(self.label(member), columns, value, read_as))
            elif isinstance(value, Mapping):
                found += inside.grids(value, read_as)
        return found

    def history(self, document: Document) -> list[tuple[str, str]]:
        """When what happened to it: its instants that are past, in order."""
        happened = [
            (name, value) for name, value in document.items() if name.endswith("_at") and value and name not in AHEAD
        ]
        # At one instant: as the answer has them, its end last.
        happened.sort(key=lambda one: (one[1], one[0] == "ended_at"))
        return [(self.language.written_instant(value), self.label(name)) for name, value in happened]


def currency_of(document: Document) -> str | None:
    """Or the coin or token that it is in."""
    return document.get("currency") or document.get("unit")


def _currency(item: Document) -> str | None:
    """Its own, or the only one that it takes."""
    taken = item.get("currencies") or []
    return currency_of(item) or (taken[0] if len(taken) == 1 else None)


def link_to(noun: str, code: Any) -> str | None:
    """To the page of a record that is known by its code; none where there is no such page."""
    named = f"{noun}:{code}"
    return f"{RECORD_PAGES}{named}" if noun in NAMED and NAME.fullmatch(named) else None


def described(id: str) -> tuple[Record, str] | None:
    """The record that an id of a page is of, and what the service knows it by."""
    for pattern, records in ((ID, RECORDS), (NAME, NAMED)):
        found = pattern.fullmatch(id)
        if found and found[1] in records:
            return records[found[1]], found[2] if pattern is NAME else id
    return None


def is_money(member: str) -> bool:
    return member.endswith("_minor") or member in MONEY


def is_grid(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def tone_of(state: str) -> str:
    return "good" if state in GOOD else "bad" if state in BAD else ""


def state_of(document: Document) -> str:
    """Of a person: whether a freeze stands; of a decision: that of the payment that was parked for it."""
    if document.get("parked"):
        return state_of(document["parked"])
    if "freezes" in document:
        return "frozen" if any(one["released_at"] is None for one in document["freezes"]) else "free"
    return str(document.get("state", ""))


def percent(value: str) -> str:
    """0.0038 → 0.38%."""
    try:
        return f"{round(Decimal(value) * 100, 3).normalize():f}%"
    except InvalidOperation:
        return value


def minor_of(typed: str, currency: str) -> int | None:
    """Whole units as typed, in minor ones; None where that is no amount of this currency."""
    try:
        scaled = Decimal(typed.strip().replace(",", "")).scaleb(SCALES.get(currency, 2))
    except InvalidOperation:
        return None
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or not 0 <= scaled < 2**53:
        return None
    return int(scaled)
