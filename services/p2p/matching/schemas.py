"""Runs on the wire, and why an order was filled or not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis import wire
from services.p2p.bids.schemas import StateName as BidStateName
from services.p2p.matching.explaining import Reason
from services.p2p.matching.model import Decision, Round, Run
from services.p2p.wire_ids import BidId, ListingId, MatchingRunId, StandingOrderId

TriggerName = Literal["opened", "room"]
OutcomeName = Literal["full", "exhausted", "closed"]
VerdictName = Literal["filled", "refused", "released", "waiting", "skipped", "not_eligible", "not_reached"]


class WhyRun(wire.Answer):
    """What one run made of the order. position: its place among all that the run looked at, considered: how many;
    version, place, committed: of the order, as the run saw it; amount, bound_by: what it lent, and the cap that bound it (`most_amount`,
    `share_cap`, `lender_share`, `budget`, `left_of_listing`).

    reasons: codes: of the refusal or release of the bid; why it was skipped (`lender_chosen`, `below_least`); what kept it from the queue
    (`not_made_yet`, `not_active`, `expired`, `own_listing`, `currency`, `programme`, `grade`, `term`, `rate_below_floor`, `out_of_budget`,
    `share_cap_below_least` and the like of each cap, `lender_has_bid`, `refused_before`: its hold, for this listing; `not_for_plans`,
    `no_custody_account`, `level_too_low`); why its place was not reached (`no_look`: the run ended before it looked; `full_before`).
    """

    run_id: MatchingRunId
    number: int
    trigger: TriggerName
    outcome: OutcomeName | None
    considered: int
    started_at: datetime
    verdict: VerdictName
    reasons: list[str]
    position: int | None
    version: int | None
    place: int | None
    committed: int | None
    amount: int
    bound_by: str | None
    bid_id: BidId | None
    bid_state: BidStateName | None


class WhyAnswer(wire.Answer):
    """runs: oldest first; none where the listing takes no standing orders."""

    standing_order_id: StandingOrderId
    listing_id: ListingId
    runs: list[WhyRun]


class RunAnswer(wire.Answer):
    """considered: looks at orders over all rounds; reached: the place in the queue up to which the last round looked; left: of the
    listing, at its last look."""

    id: MatchingRunId
    listing_id: ListingId
    number: int
    trigger: TriggerName
    state: Literal["running", "finished"]
    outcome: OutcomeName | None
    rounds: int
    reached: int
    considered: int
    left: int
    started_at: datetime
    changed_at: datetime


class RoundAnswer(wire.Answer):
    """moment: the book as the round saw it; after: the place behind which it began."""

    number: int
    moment: int
    left: int
    after: int
    considered: int
    chosen: int


class RunWithRounds(RunAnswer):
    seen: list[RoundAnswer]


class DecisionAnswer(wire.Answer):
    """version, place: of the order, as it was seen."""

    position: int
    round: int
    standing_order_id: StandingOrderId
    version: int
    place: int
    verdict: Literal["chosen", "lender_chosen", "below_least", "level_too_low"]
    amount: int
    bound_by: str | None
    bid_id: BidId | None


def why_answer(order_id: UUID, listing_id: UUID, reasons: Sequence[Reason]) -> WhyAnswer:
    return WhyAnswer(standing_order_id=order_id, listing_id=listing_id, runs=[_why(one) for one in reasons])


def _why(reason: Reason) -> WhyRun:
    run, seen, bid = reason.run, reason.seen, reason.bid
    return WhyRun(
        run_id=run.id,
        number=run.number,
        trigger=run.trigger.value,
        outcome=None if run.outcome is None else run.outcome.value,
        considered=run.considered,
        started_at=run.started_at,
        verdict=reason.verdict,
        reasons=list(reason.reasons),
        position=reason.position,
        version=None if seen is None else seen.version,
        place=None if seen is None else seen.place,
        committed=None if seen is None else seen.committed_minor,
        amount=reason.amount_minor,
        bound_by=reason.bound_by,
        bid_id=None if bid is None else bid.id,
        bid_state=None if bid is None else bid.state.value,
    )


def run_answer(run: Run) -> RunAnswer:
    return RunAnswer(**_run(run))


def run_with_rounds(run: Run, rounds: Sequence[Round]) -> RunWithRounds:
    seen = [
        RoundAnswer(
            number=one.number,
            moment=one.moment,
            left=one.left_minor,
            after=one.after,
            considered=one.considered,
            chosen=one.chosen,
        )
        for one in rounds
    ]
    return RunWithRounds(**_run(run), seen=seen)


def decision_answer(decision: Decision) -> DecisionAnswer:
    return DecisionAnswer(
        position=decision.position,
        round=decision.round,
        standing_order_id=decision.order_id,
        version=decision.version,
        place=decision.place,
        verdict=decision.verdict.value,
        amount=decision.amount_minor,
        bound_by=decision.bound_by,
        bid_id=decision.bid_id,
    )


def _run(run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "listing_id": run.listing_id,
        "number": run.number,
        "trigger": run.trigger.value,
        "state": run.state.value,
        "outcome": None if run.outcome is None else run.outcome.value,
        "rounds": run.rounds,
        "reached": run.reached,
        "considered": run.considered,
        "left": run.left_minor,
        "started_at": run.started_at,
        "changed_at": run.changed_at,
    }
