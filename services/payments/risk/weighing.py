"""Payments weighed one after another by what one look saw of all of them: what one that passed has counted the next one sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from chassis.direct import Direct
from chassis.errors import Refusal
from chassis.ids import decode
from services.payments.limits.rules import counted_amount
from services.payments.risk import activation, look_queries, rules
from services.payments.risk.activation import Active
from services.payments.risk.look_queries import Asked, Kept, Looked
from services.payments.risk.model import (
    Decision,
    Intent,
    Kind,
    Outcome,
    Reason,
    Screening,
    ShadowDecision,
    Subject,
    Verdict,
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
    """A payment and the keys of all that is looked at for it. bound: hash of all that binds a decision on it."""

    wish: Intent
    holder_id: UUID | None
    bound: UUID
    series: Mapping[tuple[Subject, Kind | None], UUID]
    familiar: Mapping[str, UUID]
    listed: Mapping[str, UUID]


@dataclass
class Scales:
    """active: the rules; at: the instant at which what passes counts."""

    active: Active
    named: Sequence[Named]
    looked: Looked
    places: Mapping[tuple[UUID, int], int]
    listed: Mapping[tuple[str, UUID], int]
    now: datetime
    zone: ZoneInfo
    totals: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        last = self.looked.last_at
        return self.now if last is None else max(self.now, last)

    def weigh(self, place: int) -> Weighed:
        """place: of the payment among those that were looked at. Raises RateNotStated."""
        person, named = self.looked.persons[place], self.named[place]
        wish = named.wish
        counted = wish.worth or counted_amount(wish.amount, wish.currency, person.rate)
        seen = self._seen(place, counted)
        verdicts = [(one.id, one.verdict(seen)) for one in self.active.asked]
        shadows = verdicts if self.active.live is None else verdicts[1:]
        verdict = Verdict(Outcome.PASS) if self.active.live is None else verdicts[0][1]
        if person.refused_by is not None and self.active.live is not None:
            reason = Reason(REMEMBERED, Outcome.REFUSE, *_REMEMBERED_WORDS, {"decision": person.refused_by.hex})
            verdict = Verdict(Outcome.REFUSE, (reason,))
        return Weighed(named, verdict, shadows, counted)

    def count(self, one: Weighed) -> None:
        """What is weighed after it sees it."""
        for series in one.named.series.values():
            payments, amount = self.totals.get(series) or self.looked.totals[series]
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
        seen, named = self._facts(place, counted), self.named[place]
        for asked in self.active.asked:
            for name, (window, measure) in asked.windows.items():
                if (one := named.series.get((window.subject, window.kind))) is not None:
                    payments, amount = self.totals.get(one) or self.looked.totals[one]
                    begun = self.looked.begun[self.places[one, window.seconds]]
                    seen[name] = payments - begun[0] + 1 if measure == "count" else amount - begun[1] + counted
            for name, (listing, holds) in asked.lists.items():
                key = named.listed.get(holds)
                seen[name] = key is not None and self.listed[listing, key] in self.looked.listed
        return seen

    def _facts(self, place: int, counted: int) -> dict[str, Any]:
        person, named, known = self.looked.persons[place], self.named[place], self.looked.familiar
        wish, familiar = named.wish, {aspect: one in known for aspect, one in named.familiar.items()}
        age = None if person.since is None else max(0, (self.now - person.since).days)
        return {
            "amount": counted,
            "hour": self.now.astimezone(self.zone).hour,
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


async def scales(
    direct: Direct, asked_of: Active, database_url: str, wishes: Sequence[Intent], now: datetime, zone: ZoneInfo
) -> Scales:
    """One look at all of them; once more where other rules are asked than this process knew."""
    customers = {wish.person: customer for wish in wishes if (customer := _customer(wish.person)) is not None}
    found = await look_queries.holders(direct, list(customers.values())) if customers else {}
    holders = {person: found[customer] for person, customer in customers.items() if customer in found}
    while True:
        named = [named_by(wish, holders.get(wish.person), asked_of) for wish in wishes]
        asked, places, listed = _asked(asked_of, named, now, zone)
        looked = await look_queries.look(direct, asked)
        if looked.version == asked_of.version:
            return Scales(asked_of, named, looked, places, listed, now, zone)
        asked_of = await activation.refreshed(direct, database_url)


def _asked(
    active: Active, wishes: Sequence[Named], now: datetime, zone: ZoneInfo
) -> tuple[Asked, dict[tuple[UUID, int], int], dict[tuple[str, UUID], int]]:
    windows = {window for one in active.asked for window, _ in one.windows.values()}
    lists = {listing for one in active.asked for listing in one.lists.values()}
    places: dict[tuple[UUID, int], int] = {}
    listed: dict[tuple[str, UUID], int] = {}
    every: set[UUID] = set()
    for wish in wishes:
        every.update(wish.series.values())
        for window in windows:
            if (one := wish.series.get((window.subject, window.kind))) is not None:
                places.setdefault((one, window.seconds), len(places))
        for name, holds in lists:
            if (key := wish.listed.get(holds)) is not None:
                listed.setdefault((name, key), len(listed))
    keys = {key for one in active.asked for rule in one.rules for key in rule.keys}
    asked = Asked(
        series=sorted(every),
        windows=[(one, now - timedelta(seconds=seconds)) for one, seconds in places],
        listed=list(listed),
        familiar=[one for wish in wishes for one in wish.familiar.values()],
        persons=[(_customer(one.wish.person), one.wish.person, one.bound, one.wish.currency) for one in wishes],
        today=business_day(now, zone),
        now=now,
        classes="payer_class" in keys,
        screens="screening" in keys,
        ruleset_id=None if active.live is None else active.live.id,
    )
    return asked, places, listed


def named_by(wish: Intent, holder_id: UUID | None, active: Active) -> Named:
    """series: those that some rule's window is about; familiar: what may be known of this person from before."""
    subjects = rules.subjects(wish.person, holder_id, wish.card, device_hash(wish.device), wish.payee)
    familiar = {"device": wish.device, "country": wish.country, "payee": wish.payee}
    listed = {"person": wish.person, "card": wish.card} | familiar
    holds = {kind for one in active.asked for _, kind in one.lists.values()}
    return Named(
        wish,
        holder_id,
        rules.wish_hash(wish),
        {
            (subject, kind): rules.series_id(subject, value, kind)
            for subject, value in subjects.items()
            for kind in (None, wish.kind)
            if (subject, kind) in active.watched
        },
        {aspect: hashed("familiar", wish.person, aspect, value) for aspect, value in familiar.items() if value},
        {kind: hashed("listed", kind, value) for kind in holds if (value := listed[kind]) is not None},
    )


def decision_of(
    one: Weighed, decision_id: UUID, active: Active, at: datetime, *, outcome: Outcome, presented: UUID | None = None
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
        expires_at=at + timedelta(seconds=seconds) if seconds and outcome is Outcome.REFUSE else None,
    )


def _customer(person: str) -> UUID | None:
    try:
        return decode("cus", person)
    except Refusal:
        return None
