"""Which channel carries an order, and how what came of the last ones bears on it. Plain functions on plain data."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

from chassis.clock import business_day
from services.payments.channels.contract_model import (
    Candidate,
    Circumstances,
    Contract,
    FeePlan,
    Offer,
    Policy,
    Reason,
    RefusedChannel,
    Route,
    Standing,
    Wish,
)
from services.payments.channels.model import FAILED, Answer, Instruction, InstructionKind, InstructionState

_EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
_PLACES = Decimal("0.000001")
_COST_PLACES = Decimal("0.01")
_SILENT = frozenset({Answer.NO_ANSWER, Answer.NOT_SENT})


def route(
    contracts: Iterable[Contract],
    circumstances: Circumstances,
    wish: Wish,
    now: datetime,
    zone: ZoneInfo,
    policy: Policy,
) -> Route:
    """The cheapest first, failures reckoned in; then by priority, then by code."""
    ranked: list[tuple[Decimal, int, Candidate]] = []
    refused: list[RefusedChannel] = []
    for contract in sorted(contracts, key=lambda one: one.channel):
        offer = _offer(contract, wish)
        reason = _against(contract, offer, circumstances, wish, now, zone, policy)
        if reason is not None or offer is None:
            refused.append(RefusedChannel(contract.channel, reason or Reason.NOT_OFFERED))
            continue
        candidate = _candidate(contract, offer, circumstances, wish, now, policy)
        ranked.append((candidate.expected_cost_minor, contract.priority, candidate))
    ranked.sort(key=lambda one: (one[0], one[1], one[2].channel))
    return Route(tuple(candidate for _, _, candidate in ranked), tuple(refused))


def fee_of(plan: FeePlan, amount: int) -> int:
    """In minor units; the share is rounded half up."""
    share = int((plan.rate * amount).to_integral_value(ROUND_HALF_UP))
    fee = max(plan.fixed_minor + share, plan.least_minor)
    return fee if plan.most_minor is None else min(fee, plan.most_minor)


def success_rate(standing: Standing, now: datetime, policy: Policy) -> Decimal:
    """Of the outcomes, weighed by age, and of the prior, which is all there is at first."""
    weight = _weight(standing.as_of, now, policy.half_life)
    successes = standing.successes * weight + policy.prior_rate * policy.prior_weight
    return _EXACT.divide(successes, standing.outcomes * weight + policy.prior_weight).quantize(_PLACES)


def noted(
    standing: Standing, before: Instruction, after: Instruction, answer: Answer, now: datetime, policy: Policy
) -> Standing:
    """The standing after an answer: whether anybody answered, and, if the order has come to its end, how."""
    return _counted(_heard(standing, answer not in _SILENT, now, policy), before, after, now, policy)


def probed(standing: Standing, answered: bool, now: datetime, policy: Policy) -> Standing:
    """After a probe: open again, or closed for twice as long."""
    if answered:
        return replace(standing, unreached=0, probes=0, probe_at=None)
    probes = standing.probes + 1
    wait = min(policy.probe_after * 2 ** min(probes, 20), policy.longest_probe)
    return replace(standing, probes=probes, probe_at=now + wait)


def worth_another_channel(instruction: Instruction, policy: Policy) -> bool:
    """Only what is known to have failed, and not for a reason of the card or its holder."""
    if instruction.state is InstructionState.DECLINED:
        return instruction.detail in policy.own_fault_codes
    return instruction.state in FAILED


def _heard(standing: Standing, answered: bool, now: datetime, policy: Policy) -> Standing:
    if answered:
        return replace(standing, unreached=0, probes=0, probe_at=None)
    unreached = standing.unreached + 1
    closed = unreached >= policy.unreached_limit
    probe_at = standing.probe_at or (now + policy.probe_after if closed else None)
    return replace(standing, unreached=unreached, probe_at=probe_at)


def _counted(standing: Standing, before: Instruction, after: Instruction, now: datetime, policy: Policy) -> Standing:
    """An order counts once, when it first ends. A card's or holder's own reasons say nothing of the channel."""
    if before.settled or not after.settled:
        return standing
    succeeded = after.state is InstructionState.SUCCEEDED
    if not succeeded and not worth_another_channel(after, policy):
        return standing
    weight = _weight(standing.as_of, now, policy.half_life)
    successes = (standing.successes * weight + int(succeeded)).quantize(_PLACES)
    outcomes = (standing.outcomes * weight + 1).quantize(_PLACES)
    return replace(standing, successes=successes, outcomes=outcomes, as_of=max(now, standing.as_of or now))


def _weight(as_of: datetime | None, now: datetime, half_life: timedelta) -> Decimal:
    """What an outcome of then is worth now. A clock that was put back makes nothing worth more."""
    if as_of is None or now <= as_of:
        return Decimal(1)
    halvings = _EXACT.divide(Decimal(_microseconds(now - as_of)), Decimal(_microseconds(half_life)))
    return _EXACT.power(Decimal("0.5"), min(halvings, Decimal(200)))


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _offer(contract: Contract, wish: Wish) -> Offer | None:
    """The first that fits: an offer for the card's own bank stands before one for any."""
    fitting = (offer for offer in contract.offers if offer.kind is wish.kind)
    return next((offer for offer in fitting if offer.banks is None or wish.card_bank in offer.banks), None)


def _against(
    contract: Contract,
    offer: Offer | None,
    circumstances: Circumstances,
    wish: Wish,
    now: datetime,
    zone: ZoneInfo,
    policy: Policy,
) -> Reason | None:
    channel = contract.channel
    standing = circumstances.standings.get(channel)
    moved = circumstances.moved_today_minor.get(channel, 0)
    short = wish.kind.moves_out and circumstances.reserves_minor.get(channel, 0) < wish.amount
    reasons = (
        (Reason.ALREADY_TRIED, channel in circumstances.tried),
        *_of_licence(contract, wish.kind, now, zone, policy),
        (Reason.NOT_OFFERED, offer is None),
        (Reason.CURRENCY_NOT_CARRIED, wish.currency not in contract.currencies),
        (Reason.BELOW_LEAST, wish.amount < contract.least_minor),
        (Reason.ABOVE_MOST, wish.amount > contract.most_minor),
        (Reason.OVER_CARD_DAY_LIMIT, moved + wish.amount > contract.card_day_minor),
        (Reason.MAINTENANCE, in_maintenance(contract, now, zone)),
        (Reason.UNREACHABLE, standing is not None and standing.probe_at is not None),
        (Reason.RESERVE_SHORT, short),
    )
    return next((reason for reason, applies in reasons if applies), None)


def against_files(
    contract: Contract, currency: str, standing: Standing | None, now: datetime, zone: ZoneInfo, policy: Policy
) -> Reason | None:
    """Why a channel takes no file of payment orders in a currency just now, or None."""
    files = contract.payment_files
    reasons = (
        (Reason.NOT_OFFERED, files is None),
        *_of_licence(contract, InstructionKind.PAYOUT, now, zone, policy),
        (Reason.CURRENCY_NOT_CARRIED, files is not None and currency not in files.accounts),
        (Reason.MAINTENANCE, in_maintenance(contract, now, zone)),
        (Reason.UNREACHABLE, standing is not None and standing.probe_at is not None),
    )
    return next((reason for reason, applies in reasons if applies), None)


def _of_licence(
    contract: Contract, kind: InstructionKind, now: datetime, zone: ZoneInfo, policy: Policy
) -> tuple[tuple[Reason, bool], ...]:
    licence, today = contract.licence, business_day(now, zone)
    lapsed = licence.valid_until_on is not None and licence.valid_until_on < today
    return (
        (Reason.LICENCE_NOT_VALID, lapsed or today < licence.valid_from_on),
        (Reason.LICENCE_NOT_FOR_THIS, kind not in policy.licences.get(licence.kind, frozenset())),
    )


def in_maintenance(contract: Contract, now: datetime, zone: ZoneInfo) -> bool:
    """From the start of a window to before its end."""
    if any(window.from_at <= now < window.until_at for window in contract.dated_windows):
        return True
    local = now.astimezone(zone)
    return any(
        window.weekday == local.isoweekday()
        and window.starts <= local.time()
        and (local.time() < window.ends or window.ends.isoformat("minutes") == "00:00")
        for window in contract.weekly_windows
    )


def _candidate(
    contract: Contract, offer: Offer, circumstances: Circumstances, wish: Wish, now: datetime, policy: Policy
) -> Candidate:
    fee = fee_of(offer.fee, wish.amount)
    standing = circumstances.standings.get(contract.channel) or Standing(contract.channel, wish.kind)
    rate = success_rate(standing, now, policy)
    cost = (fee + (1 - rate) * policy.failure_cost_minor).quantize(_COST_PLACES)
    return Candidate(contract.channel, fee, rate, cost)
