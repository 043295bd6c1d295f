"""The states of a project, what a draft must satisfy, and what follows from what was collected.

| state | event | by | to |
|---|---|---|---|
| draft | submit | creator | submitted |
| draft, submitted, recommended | cancel | creator; of a draft also time | cancelled |
| submitted | recommend | staff | recommended |
| submitted, recommended | return | staff, time | draft |
| submitted, recommended | decline | staff | declined |
| recommended | approve | another of staff | opening |
| opening | open | account opened in payments | live |
| opening | cancel | payments refused, time | cancelled |
| live | cancel | creator, staff | cancelled |
| live | collect | time: the goal is met, or whatever comes is kept | collecting |
| live | fail | time: the goal is missed, or nobody pledged | failed |
| collecting | fund | every charge has its end, the rule lets the project stand | funded |
| collecting | refund | so much was dropped that the rule refunds all | refunding |
| collecting | fail | nobody could be charged | failed |
| funded | pay_out | the last milestone is paid, nothing is left | delivering |
| funded | refund | staff, time (a milestone missed); the surplus after the last milestone | refunding |
| refunding | refunded | every batch is paid | refunded |
| refunding | returned | likewise, of a surplus | delivering |
| delivering | fulfil | every reward received; a public benefit has told its use of funds | fulfilled |
| delivering | give_up | time | undelivered |

The others are final. What waits for time ends by itself at `due_at`; opening and refunding have their jobs, the milestones of a
funded project deadlines of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finance.exact import rounded
from finance.splitting import split_largest_remainder
from services.p2p.errors import NotAllowedInState
from services.p2p.programmes.model import FundingGoal, FundingProgramme, ShortfallRule
from services.p2p.projects.errors import ProjectClosed
from services.p2p.projects.model import Project, ProjectEvent, ProjectState, SurplusRule, Tier

DRAFT_DAYS, REVIEW_DAYS, OPENING_DAYS = 90, 14, 1
DELIVERY_DAYS = 180
"""After the last day promised: what is not delivered then is told to be undelivered."""
UNKNOWN_HOURS = 1
"""By so much collecting goes on while a bank has not said how a charge ended."""
MOST_DRAFTS = 20
LONGEST_AHEAD = timedelta(days=5 * 366)
S, E = ProjectState, ProjectEvent
TRANSITIONS: Mapping[tuple[ProjectState, ProjectEvent], ProjectState] = {
    (S.DRAFT, E.SUBMIT): S.SUBMITTED,
    (S.DRAFT, E.CANCEL): S.CANCELLED,
    (S.SUBMITTED, E.RECOMMEND): S.RECOMMENDED,
    (S.SUBMITTED, E.RETURN): S.DRAFT,
    (S.SUBMITTED, E.DECLINE): S.DECLINED,
    (S.SUBMITTED, E.CANCEL): S.CANCELLED,
    (S.RECOMMENDED, E.APPROVE): S.OPENING,
    (S.RECOMMENDED, E.RETURN): S.DRAFT,
    (S.RECOMMENDED, E.DECLINE): S.DECLINED,
    (S.RECOMMENDED, E.CANCEL): S.CANCELLED,
    (S.OPENING, E.OPEN): S.LIVE,
    (S.OPENING, E.CANCEL): S.CANCELLED,
    (S.LIVE, E.CANCEL): S.CANCELLED,
    (S.LIVE, E.COLLECT): S.COLLECTING,
    (S.LIVE, E.FAIL): S.FAILED,
    (S.COLLECTING, E.FUND): S.FUNDED,
    (S.COLLECTING, E.REFUND): S.REFUNDING,
    (S.COLLECTING, E.FAIL): S.FAILED,
    (S.FUNDED, E.PAY_OUT): S.DELIVERING,
    (S.FUNDED, E.REFUND): S.REFUNDING,
    (S.REFUNDING, E.REFUNDED): S.REFUNDED,
    (S.REFUNDING, E.RETURNED): S.DELIVERING,
    (S.DELIVERING, E.FULFIL): S.FULFILLED,
    (S.DELIVERING, E.GIVE_UP): S.UNDELIVERED,
}


class Outcome(StrEnum):
    """What follows from what was collected."""

    FUNDED = "funded"
    REFUNDED = "refunded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MilestonePlan:
    """share: of the payout; due_on: the day by which it is reported."""

    title: str
    share: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class TierPlan:
    title: str
    description: str
    price_minor: int
    stock: int | None
    delivers_on: date


@dataclass(frozen=True, slots=True)
class Portion:
    """Of a milestone, in minor units: what the creator receives, and the house's fee."""

    net_minor: int
    fee_minor: int


def next_state(project: Project, event: ProjectEvent) -> ProjectState:
    """Where the event takes the project. Raises NotAllowedInState."""
    state = TRANSITIONS.get((project.state, event))
    if state is None:
        raise NotAllowedInState(f"a project that is {project.state} cannot {event}", state=project.state.value)
    return state


def require_live(project: Project, now: datetime) -> None:
    """At its deadline a project takes no pledge, though nobody has closed it yet. Raises ProjectClosed."""
    if project.state is not ProjectState.LIVE or project.closes_at <= now:
        state = "past_deadline" if project.state is ProjectState.LIVE else project.state.value
        raise ProjectClosed("the project takes no pledges", field="project_id", state=state)


def contradictions(
    project: Project,
    tiers: Sequence[Tier],
    plans: Sequence[MilestonePlan],
    programme: FundingProgramme,
    now: datetime,
    closes_on: date,
) -> Iterator[tuple[str, str]]:
    """Everything that keeps a draft from being submitted: (field, detail). closes_on: the business day of its deadline."""
    if project.currency != programme.currency:
        yield "currency", f"the programme is in {programme.currency}"
    if not programme.least_goal_minor <= project.goal_minor <= programme.largest_goal_minor:
        yield "goal", f"must be {programme.least_goal_minor} to {programme.largest_goal_minor}"
    latest = now + timedelta(days=programme.longest_open_days)
    if not now < project.closes_at <= latest:
        yield "closes_at", f"must be ahead, and at most {programme.longest_open_days} days"
    yield from _milestones(plans, programme, closes_on)
    if programme.public_benefit:
        if tiers:
            yield "tiers", "what is given for the public benefit has no reward"
        if project.surplus is None:
            yield "surplus", "a public benefit says what becomes of a surplus"
        return
    if not tiers:
        yield "tiers", "rewards are missing"
    if project.surplus is not None:
        yield "surplus", "only a public benefit has a rule for it"
    if any(not _ahead(closes_on, tier.delivers_on) for tier in tiers):
        yield "tiers", "delivery is after the deadline and within five years"


def _milestones(
    plans: Sequence[MilestonePlan], programme: FundingProgramme, closes_on: date
) -> Iterator[tuple[str, str]]:
    if not plans:
        if programme.milestones_required:
            yield "milestones", "the programme pays out by milestone"
        return
    if sum(plan.share for plan in plans) != 1:
        yield "milestones", "their shares make 1 together"
    days = [plan.due_on for plan in plans]
    if days != sorted(set(days)):
        yield "milestones", "each is due later than the one before"
    # Before that the project is not funded: one that is due earlier would be missed before it can be reported.
    charged_on = closes_on + timedelta(days=programme.retry_days)
    if any(not _ahead(charged_on, day) for day in days):
        yield "milestones", f"they are due after the last charge ({charged_on}) and within five years"


def _ahead(closes_on: date, day: date) -> bool:
    return closes_on < day <= closes_on + LONGEST_AHEAD


def met(programme: FundingProgramme, project: Project) -> bool:
    """Whether backers are charged at the deadline."""
    if programme.goal is FundingGoal.KEEP_IT_ALL:
        return project.pledged_minor > 0
    return project.pledged_minor >= project.goal_minor


def refund_below(programme: FundingProgramme, goal_minor: int) -> int | None:
    """If less than this is collected of a project all is refunded; None: it stays funded whatever fails. Rounded up."""
    if programme.shortfall is ShortfallRule.STAYS_FUNDED or programme.refund_below_share is None:
        return None
    return rounded(goal_minor * Fraction(programme.refund_below_share), "ceiling")


def outcome_of(programme: FundingProgramme, goal_minor: int, collected_minor: int) -> Outcome:
    """What follows when every charge has its end."""
    if collected_minor == 0:
        return Outcome.FAILED
    least = refund_below(programme, goal_minor)
    return Outcome.REFUNDED if least is not None and collected_minor < least else Outcome.FUNDED


def payable(project: Project) -> int:
    """What of the collected money is paid out by milestone, fee included; the rest is a surplus that goes back."""
    if project.surplus is SurplusRule.RETURN:
        return min(project.net_minor, project.goal_minor)
    return project.net_minor


def portions(project: Project, fee_rate: Decimal, shares: Sequence[Decimal]) -> list[Portion]:
    """What of a project is not paid out yet, and what of its fee (rounded half up once) the house has not, each divided by the shares of
    the milestones that are left, by largest remainder: all of both, and no net below zero. Nothing where chargebacks took it all."""
    whole = max(payable(project), 0)
    left = max(whole - project.paid_minor - project.fee_minor, 0)
    fee_minor = min(max(rounded(whole * Fraction(fee_rate), "half_up") - project.fee_minor, 0), left)
    nets = split_largest_remainder(left - fee_minor, shares)
    fees = split_largest_remainder(fee_minor, shares)
    return [Portion(net, fee) for net, fee in zip(nets, fees, strict=True)]


def due_at(
    project: Project, state: ProjectState, now: datetime, *, retry_days: int, last_promise: datetime | None
) -> datetime | None:
    """When a project that enters the state now leaves it by itself. last_promise: the last day on which a reward is due."""
    days = {S.DRAFT: DRAFT_DAYS, S.SUBMITTED: REVIEW_DAYS, S.RECOMMENDED: REVIEW_DAYS, S.OPENING: OPENING_DAYS}
    if state in days:
        return now + timedelta(days=days[state])
    if state is S.LIVE:
        return project.closes_at
    if state is S.COLLECTING:
        return now + timedelta(days=retry_days)
    if state is S.DELIVERING:
        return max(now, last_promise or now) + timedelta(days=DELIVERY_DAYS)
    return None


def progress(project: Project) -> Decimal:
    """Pledged as a share of the goal, to four places, rounded down: 1 means met."""
    return Decimal(project.pledged_minor * 10_000 // project.goal_minor).scaleb(-4)


def latest_promise(tiers: Sequence[Tier]) -> date | None:
    return max((tier.delivers_on for tier in tiers if tier.taken), default=None)
