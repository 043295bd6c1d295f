"""Payments weighed one after another by what one look saw of all of them: what one that passed has counted the next one sees.

The look locks nothing, so that whoever has many to weigh may look before others have to wait for her; the totals are locked after it.
"""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.direct import Direct
from chassis.errors import Refusal
from chassis.ids import decode, encode
from services.payments.limits.rules import BASE, counted_amount
from services.payments.risk import activation, look_queries, rules
from services.payments.risk.activation import COUNT, Active
from services.payments.risk.look_queries import Asked, Holder, Kept, Looked, Person, Totals
from services.payments.risk.model import (
    Decision,
    Intent,
    Kind,
    Reason,
    RiskOutcome,
    Screening,
    ShadowDecision,
    Verdict,
    Window,
    WindowSubject,
)
from services.payments.risk.rules import device_hash, hashed

REMEMBERED = "refused_before"
_REMEMBERED_WORDS = ("不久前同一笔付款已被拒绝", "the same payment was refused a short time ago")


@dataclass
class Weighed:
    """A payment and what was said of it. counted: fen."""

    named: "Named"
    verdict: Verdict
    shadows: Sequence[tuple[UUID, Verdict]]
    counted: int

    @property
    def wish(self) -> Intent:
        return self.named.wish


@dataclass(frozen=True)
class Named:
    """A payment and the keys of all that is looked at for it. bound: hash of all that binds a decision on it.

    series: in which it counts; beside: those of the other customers who are the same person, which count in its windows too.
    """

    wish: Intent
    holder_id: UUID | None
    bound: UUID
    series: Mapping[tuple[WindowSubject, Kind | None], UUID]
    beside: Mapping[tuple[WindowSubject, Kind | None], tuple[UUID, ...]]
    familiar: Mapping[str, UUID]
    listed: Mapping[str, tuple[UUID, ...]]

    @property
    def every(self) -> Iterator[UUID]:
        """All series, its own and those beside."""
        yield from self.series.values()
        for others in self.beside.values():
            yield from others

    def window(self, window: Window) -> tuple[UUID, ...]:
        """The series that a window of one of its subjects sums up."""
        which = window.subject, window.kind
        return (self.series[which], *self.beside.get(which, ()))


@dataclass(frozen=True)
class Drawn:
    """Where a payment finds in a look what its rules ask. windows: name, measure, and of each series it sums up where it begins;
    listed: name, and its places among what may be listed."""

    windows: Sequence[tuple[str, int, Sequence[tuple[UUID, int]]]]
    listed: Sequence[tuple[str, Sequence[int]]]


@dataclass
class Scales:
    """active: the rules; at: the instant at which what passes counts; locked: the totals of `series`."""

    active: Active
    named: Sequence[Named]
    drawn: Sequence[Drawn]
    looked: Looked
    series: Sequence[UUID]
    now: datetime
    zone: ZoneInfo
    locked: Totals = field(default_factory=lambda: Totals({}, None))
    totals: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    async def lock(self, direct: Direct) -> None:
        """Until then nothing can be weighed."""
        self.locked = await look_queries.lock(direct, self.series)

    @property
    def at(self) -> datetime:
        last = self.locked.last_at
        return self.now if last is None else max(self.now, last)

    @cached_property
    def _hour(self) -> int:
        return self.now.astimezone(self.zone).hour

    def weigh(self, place: int) -> Weighed:
        """place: of the payment among those that were looked at. Raises RateNotStated."""
        person, named = self.looked.persons[place], self.named[place]
        wish = named.wish
        counted = wish.worth or self._worth(wish, person)
        seen = self._seen(place, counted)
        verdicts = [(one.id, one.verdict(seen)) for one in self.active.asked]
        shadows = verdicts if self.active.live is None else verdicts[1:]
        verdict = Verdict(RiskOutcome.PASS) if self.active.live is None else verdicts[0][1]
        if person.refused_by is not None and self.active.live is not None:
            reason = Reason(REMEMBERED, RiskOutcome.REFUSE, *_REMEMBERED_WORDS, {"decision": person.refused_by.hex})
            verdict = Verdict(RiskOutcome.REFUSE, (reason,))
        return Weighed(named, verdict, shadows, counted)

    def _worth(self, wish: Intent, person: Person) -> int:
        """fen. Of what no rate is stated for today: by the one before, if nobody asks how much it is; money always finds its way back."""
        live = self.active.live
        rate = person.rate
        if rate is None and (live is None or not live.measures or wish.kind is Kind.REFUND):
            rate = person.last_rate
            if rate is None and wish.currency != BASE:
                return wish.amount
        return counted_amount(wish.amount, wish.currency, rate)

    def count(self, one: Weighed) -> None:
        """What is weighed after it sees it."""
        for series in one.named.series.values():
            payments, amount = self.totals.get(series) or self.locked.of[series]
            self.totals[series] = payments + 1, amount + one.counted

    def enter(self, one: Weighed, decision: Decision, kept: Kept) -> None:
        """What is written of a payment that passes, beside its decision: totals as they are with it."""
        self.count(one)
        for series in one.named.series.values():
            kept.totals[series] = self.totals[series]
            kept.entries.append((series, *self.totals[series], decision.id))
        kept.familiar.update(key for key in one.named.familiar.values() if key not in self.looked.familiar)
        self.record(one, decision, kept)

    def record(self, one: Weighed, decision: Decision, kept: Kept) -> None:
        """The decision, and what rulesets in shadow would have said."""
        kept.decisions.append(decision)
        kept.shadows += [
            ShadowDecision(ruleset_id, decision.id, decision.outcome, said.outcome, [why.code for why in said.reasons])
            for ruleset_id, said in one.shadows
        ]

    def _seen(self, place: int, counted: int) -> dict[str, Any]:
        """What cannot be said of it is not there: windows of a card where none pays, or of another kind of payment."""
        seen, drawn = self._facts(place, counted), self.drawn[place]
        totals, locked, begun = self.totals, self.locked.of, self.looked.begun
        for name, measure, parts in drawn.windows:
            within = 1 if measure == COUNT else counted
            for series, begins in parts:
                within += (totals.get(series) or locked[series])[measure] - begun[begins][measure]
            seen[name] = within
        for name, places in drawn.listed:
            seen[name] = not self.looked.listed.isdisjoint(places)
        return seen

    def _facts(self, place: int, counted: int) -> dict[str, Any]:
        person, named, known = self.looked.persons[place], self.named[place], self.looked.familiar
        wish, familiar = named.wish, {aspect: one in known for aspect, one in named.familiar.items()}
        age = None if person.since is None else max(0, (self.now - person.since).days)
        return {
            "amount": counted,
            "hour": self._hour,
            "account_age_days": age,
            "checks": person.checks,
            "factors": wish.factors,
            "present": wish.present,
            "device_given": wish.device is not None,
            "device_known": familiar.get("device"),
            "country_given": wish.country is not None,
            "country_known": familiar.get("country"),
            "payee_known": familiar["payee"],
            "kind": wish.kind.value,
            "currency": wish.currency,
            "country": wish.country,
            "screening": person.screening or Screening.UNKNOWN.value,
            "payer_class": person.payer_class,
        }


_MOST_KNOWN = 50_000
_known: dict[tuple[str, UUID], Holder | None] = {}
"""Whom customers have proved to be, as this process saw it last: every look says whether it is so still."""


async def scales(
    direct: Direct, asked_of: Active, database_url: str, wishes: Sequence[Intent], now: datetime, zone: ZoneInfo
) -> Scales:
    """One look at all of them; once more where other rules are asked than this process knew, or who pays is somebody else by now."""
    customers = {wish.person: customer for wish in wishes if (customer := _customer(wish.person)) is not None}
    await _meet(direct, database_url, customers.values())
    while True:
        holders = {person: _known.get((database_url, customer)) for person, customer in customers.items()}
        named = [named_by(wish, holders.get(wish.person), asked_of) for wish in wishes]
        drawn, windows, listed = _drawn(asked_of, named)
        asked = _asked(asked_of, named, now, zone, windows, listed)
        looked = await look_queries.look(direct, asked)
        found = {wish.person: one.holder for wish, one in zip(wishes, looked.persons, strict=True)}
        others = {person: found[person] for person in customers if found[person] != holders[person]}
        _known.update({(database_url, customers[person]): holder for person, holder in others.items()})
        if looked.version != asked_of.version:
            asked_of = await activation.refreshed(direct, database_url)
        elif not others:
            series = sorted({series for one in named for series in one.every})
            return Scales(asked_of, named, drawn, looked, series, now, zone)


async def _meet(direct: Direct, database_url: str, customers: Collection[UUID]) -> None:
    """Customers of whom this process knows nothing yet."""
    if len(_known) > _MOST_KNOWN:
        _known.clear()
    strangers = [customer for customer in customers if (database_url, customer) not in _known]
    if strangers:
        found = await look_queries.holders(direct, strangers)
        _known.update({(database_url, customer): found.get(customer) for customer in strangers})


class _Places(dict[Hashable, int]):
    """Things, each at the place at which it was first asked for."""

    def __missing__(self, thing: Hashable) -> int:
        return self.setdefault(thing, len(self))


def _drawn(
    active: Active, wishes: Sequence[Named]
) -> tuple[list[Drawn], list[tuple[UUID, int]], list[tuple[str, UUID]]]:
    """And what has to be looked at: series and seconds of windows, lists and keys."""
    begins, listed = _Places(), _Places()
    drawn = []
    for wish in wishes:
        windows = [
            (name, measure, [(series, begins[series, window.seconds]) for series in wish.window(window)])
            for name, window, measure in active.windows
            if (window.subject, window.kind) in wish.series
        ]
        lists = [
            (name, [listed[listing, key] for key in wish.listed.get(holds, ())])
            for name, listing, holds in active.lists
        ]
        drawn.append(Drawn(windows, lists))
    return drawn, list(begins), list(listed)  # type: ignore[arg-type]


def _asked(
    active: Active,
    wishes: Sequence[Named],
    now: datetime,
    zone: ZoneInfo,
    windows: Sequence[tuple[UUID, int]],
    listed: Sequence[tuple[str, UUID]],
) -> Asked:
    starts = {seconds: now - timedelta(seconds=seconds) for seconds in {seconds for _, seconds in windows}}
    return Asked(
        windows=[(series, starts[seconds]) for series, seconds in windows],
        listed=listed,
        familiar=[one for wish in wishes for one in wish.familiar.values()],
        persons=[(_customer(one.wish.person), one.wish.person, one.bound, one.wish.currency) for one in wishes],
        today=business_day(now, zone),
        now=now,
        classes="payer_class" in active.keys,
        screens="screening" in active.keys,
        ruleset_id=None if active.live is None else active.live.id,
    )


def named_by(wish: Intent, holder: Holder | None, active: Active) -> Named:
    """series: those that some rule's window is about; familiar: what may be known of this person from before."""
    holder_id, customers = holder or (None, "")
    others = [named for one in customers.split() if (named := encode("cus", UUID(one))) != wish.person]
    subjects = rules.subjects(wish.person, wish.card, device_hash(wish.device), wish.payee)
    familiar = {"device": wish.device, "country": wish.country, "payee": wish.payee}
    own = {kind: (value,) for kind, value in ({"card": wish.card} | familiar).items() if value is not None}
    listed = own | {"person": (wish.person, *others), "payee": (wish.payee, *wish.payees)}
    holds = {kind for _, _, kind in active.lists}
    watched = [
        (subject, kind) for subject in subjects for kind in (None, wish.kind) if (subject, kind) in active.watched
    ]
    return Named(
        wish,
        holder_id,
        rules.wish_hash(wish),
        {(subject, kind): rules.series_id(subject, subjects[subject], kind) for subject, kind in watched},
        {
            (subject, kind): tuple(rules.series_id(subject, one, kind) for one in others)
            for subject, kind in (watched if others else ())
            if subject is WindowSubject.PERSON
        },
        {aspect: hashed("familiar", wish.person, aspect, value) for aspect, value in familiar.items() if value},
        {kind: tuple(hashed("listed", kind, value) for value in listed[kind]) for kind in holds if kind in listed},
    )


def decision_of(
    one: Weighed,
    decision_id: UUID,
    active: Active,
    at: datetime,
    *,
    outcome: RiskOutcome,
    presented: UUID | None = None,
) -> Decision:
    """outcome: what counts, which a decision that was presented may have turned to pass."""
    wish, seconds = one.wish, one.verdict.expires_seconds
    reasons = [
        {"code": why.code, "outcome": why.outcome.value, "zh": why.zh, "en": why.en, "seen": dict(why.seen)}
        for why in one.verdict.reasons
    ]
    return Decision(
        id=decision_id,
        ruleset_id=None if active.live is None else active.live.id,
        kind=wish.kind,
        reference=wish.reference,
        record=decode(wish.reference.partition("_")[0], wish.reference),
        person=wish.person,
        holder_id=one.named.holder_id,
        payee=wish.payee,
        subject=wish.subject or wish.payee,
        card=wish.card,
        device=device_hash(wish.device),
        country=wish.country,
        amount=wish.amount,
        currency=wish.currency,
        counted=one.counted,
        outcome=outcome,
        reasons=reasons,
        wish=one.named.bound,
        presented=presented,
        decided_at=at,
        expires_at=at + timedelta(seconds=seconds) if seconds and outcome is RiskOutcome.REFUSE else None,
    )


def _customer(person: str) -> UUID | None:
    try:
        return decode("cus", person)
    except Refusal:
        return None
