"""The door of risk: every story that moves a customer's or a merchant's money asks it.

    await decide(tx, caller, Intent(Kind.PERSON_TRANSFER, reference, person, amount, currency, payee, account_id=…))
    await take_back(tx, [reference])          # the payment failed after all: windows give it back
    await take_back_parts(tx, reference, {part: amount})  # so much of it came back
    await count_again(tx, [reference])        # it was made after all
    await remember_screening(tx, person=…, result=…, expires_at=…)

`decide` is called once a payment, after the story's own row and what the person used (`limits`) are locked, before the ledger's accounts
are; its route has `dependencies=[saying.JUDGED]`. It answers nothing when the payment may be made, and then counts it; else it raises
RiskRefused, StepUpRequired, ReviewRequired (what stands of these is written after the story is taken back, `Refusal.remember`), what is
wrong with the decision that the caller presents, or RateNotStated where a live rule asks how much a payment without `worth` is worth.
While no ruleset is asked it costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from chassis.clock import real_now
from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import decode, encode
from services.payments.risk import activation, look_queries, queries, rules
from services.payments.risk.errors import ReviewRequired, RiskRefused, StepUpRequired
from services.payments.risk.look_queries import Kept
from services.payments.risk.model import (
    COUNTRY_HEADER,
    DECISION_HEADER,
    DEVICE_HEADER,
    Decision,
    Intent,
    Parking,
    RiskOutcome,
    Screening,
)
from services.payments.risk.parking import carry_out, end, park
from services.payments.risk.weighing import Scales, Weighed, decision_of, scales

_REFUSALS = {RiskOutcome.REFUSE: RiskRefused, RiskOutcome.STEP_UP: StepUpRequired, RiskOutcome.REVIEW: ReviewRequired}


async def decide(tx: Tx, caller: Caller, wish: Intent) -> None:
    """Whether a payment may be made; if so it counts. See above for when, and for what is raised."""
    direct, url = await direct_of(tx.connection), tx.settings.database_url
    active = await activation.active(direct, url)
    presented = tx.said.get(DECISION_HEADER)
    if presented is None and not active.asks:
        return
    wish = completed(wish, caller, tx.said.get(DEVICE_HEADER), tx.said.get(COUNTRY_HEADER))
    parking = None if presented is None else await _presented(tx, presented, wish)
    weighing = await scales(direct, active, url, [wish], tx.now, tx.settings.zone)
    await weighing.lock(direct)
    weighed = weighing.weigh(0)
    outcome = answered(weighed, wish, parking)
    if outcome is not RiskOutcome.PASS:
        kind = _REFUSALS[outcome]
        raise kind(_DETAILS[outcome], partial(_kept, weighing=weighing, weighed=weighed, outcome=outcome))
    decision = decision_of(
        weighed,
        tx.ids.new(),
        weighing.active,
        weighing.at,
        outcome=outcome,
        presented=None if parking is None else parking.id,
    )
    kept = Kept(weighing.at)
    weighing.enter(weighed, decision, kept)
    await look_queries.keep(direct, kept)
    if parking is not None:
        await carry_out(tx, parking, wish.reference)


_DETAILS = {
    RiskOutcome.REFUSE: "the payment is refused",
    RiskOutcome.STEP_UP: "confirm that it is you, then ask again with this decision",
    RiskOutcome.REVIEW: "somebody looks at the payment; ask again with this decision once it is approved",
}


def completed(wish: Intent, caller: Caller, device: str | None, country: str | None) -> Intent:
    """With device and country of whom is paying herself; of whoever asks for her they say nothing about her."""
    if caller.subject != wish.person:
        return wish
    return replace(wish, present=True, device=device, country=country)


def answered(weighed: Weighed, wish: Intent, released: Parking | None = None) -> RiskOutcome:
    """What counts. Who is not there cannot be challenged. What was released lifts what it was parked for, and nothing graver: payments
    that wait are in no window, so that what is small by itself may be much by now."""
    outcome = weighed.verdict.outcome
    if outcome is RiskOutcome.STEP_UP and not wish.present:
        outcome = RiskOutcome.REVIEW
    lifted = RiskOutcome.PASS if released is None else rules.parked_as(released)
    return outcome if outcome.weight > lifted.weight else RiskOutcome.PASS


async def take_back(tx: Tx, references: Sequence[str]) -> None:
    """Payments that were counted and have failed: no window counts them any more. Done twice it is done once."""
    for decision in await queries.passed_for(tx.connection, references):
        await queries.take_back(tx.connection, decision, rules.counted_in(decision), {"": decision.counted})


async def take_back_parts(tx: Tx, reference: str, parts: Mapping[str, int]) -> None:
    """So much of a payment's amount came back: sums count it no more, the payment still counts. parts: by what names them, each once."""
    for decision in await queries.passed_for(tx.connection, [reference]):
        shares = {part: decision.counted * amount // decision.amount for part, amount in parts.items()}
        counted = {part: share for part, share in shares.items() if share > 0}
        await queries.take_back(tx.connection, decision, rules.counted_in(decision), counted)


async def count_again(tx: Tx, references: Sequence[str]) -> None:
    """Payments that were taken back, and were made after all: they count as when they were decided on."""
    for decision in await queries.passed_for(tx.connection, references):
        await queries.count_again(tx.connection, decision, rules.counted_in(decision))


async def count_part_again(tx: Tx, reference: str, part: str) -> None:
    """A part that was taken back was paid after all."""
    for decision in await queries.passed_for(tx.connection, [reference]):
        await queries.count_again(tx.connection, decision, rules.counted_in(decision), part)


async def remember_screening(tx: Tx, *, person: str, result: Screening, expires_at: datetime) -> None:
    """What a person's name was found to be, which rules ask for until then. person: `cus_…`."""
    await queries.save_screen(tx.connection, person, result, expires_at)


async def _presented(tx: Tx, presented: str, wish: Intent) -> Parking:
    """Locked. Raises MalformedId and the refusals of `rules.require_presentable`."""
    parking = await queries.parking_with(tx.connection, decode("rdc", presented), lock=True)
    return rules.require_presentable(parking, wish, real_now(), tx.now)


async def _kept(tx: Tx, *, weighing: Scales, weighed: Weighed, outcome: RiskOutcome) -> dict[str, Any]:
    """What stands of a payment that is not made, and is told of it."""
    if outcome is not RiskOutcome.REFUSE:
        await queries.lock_parkings_of(tx.connection, weighed.wish.person)
        before = await queries.open_parking_of(tx.connection, weighed.named.bound, lock=True)
        if before is not None and rules.answers(before, outcome, real_now(), tx.now):
            return _told(before.id, weighed) | parked_facts(before)
        if before is not None:
            await end(tx, [rules.superseded(before, real_now(), tx.now)])
    decision = decision_of(weighed, tx.ids.new(), weighing.active, weighing.at, outcome=outcome)
    parking = None
    if outcome is not RiskOutcome.REFUSE:
        live = weighing.active.live
        assert live is not None
        parking = await park(tx, decision, weighed.wish.account_id, live.review_seconds, live.released_seconds)
    kept = Kept(weighing.at)
    weighing.record(weighed, decision, kept)
    await look_queries.keep(await direct_of(tx.connection), kept)
    tx.events.add(f"payments.risk.{_EVENTS[outcome]}.v1", encode("rdc", decision.id), _event(decision))
    return _told(decision.id, weighed) | ({} if parking is None else parked_facts(parking))


_EVENTS = {
    RiskOutcome.REFUSE: "refused",
    RiskOutcome.STEP_UP: "step_up_required",
    RiskOutcome.REVIEW: "review_required",
}


def parked_facts(parking: Parking) -> dict[str, Any]:
    ends = parking.challenge_until or parking.review_until
    return {"state": parking.state.value, "ends_at": None if ends is None else ends.isoformat()}


def _told(decision_id: UUID, weighed: Weighed) -> dict[str, Any]:
    reasons = [{"code": why.code, "zh": why.zh, "en": why.en} for why in weighed.verdict.reasons]
    return {"decision_id": encode("rdc", decision_id), "reasons": reasons}


def _event(decision: Decision) -> dict[str, object]:
    return {
        "decision_id": encode("rdc", decision.id),
        "kind": decision.kind.value,
        "person": decision.person,
        "amount": decision.amount,
        "currency": decision.currency,
    }
