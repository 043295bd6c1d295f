"""Projects on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.milestones.model import Milestone
from services.p2p.milestones.schemas import MilestoneAnswer, ReasonCode, milestone_answer
from services.p2p.programmes.model import FundingProgramme
from services.p2p.programmes.schemas import ProgrammeCode
from services.p2p.projects import rules
from services.p2p.projects.drafting import Draft
from services.p2p.projects.events import StateName
from services.p2p.projects.model import Project, Step, SurplusRule, Tier
from services.p2p.wire_ids import AccountId, ProjectId, TierId

Title = Annotated[str, Field(min_length=1, max_length=120)]
Share = Annotated[wire.Rate, Field(gt=Decimal(0), le=Decimal(1), max_digits=7, decimal_places=6)]


class TierRequest(wire.Request):
    """A reward. stock: left out for as many as are asked for; delivers_on: the day promised."""

    title: Title
    description: Annotated[str, Field(min_length=1, max_length=2_000)]
    price: wire.Amount
    stock: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    delivers_on: wire.Day


class MilestoneRequest(wire.Request):
    """share: of the payout, all of them 1 together; due_on: the day by which it is reported."""

    title: Title
    share: Share
    due_on: wire.Day


class ProjectRequest(wire.Request):
    """A draft, whole. shipping_note: for backers; surplus: of a public benefit, what becomes of gifts beyond the goal.

    What a bank takes back of a pledge after it was paid out, the creator owes to the project.
    """

    programme: ProgrammeCode
    title: Title
    story: Annotated[str, Field(min_length=1, max_length=20_000)]
    shipping_note: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    currency: wire.Currency
    goal: wire.Amount
    closes_at: wire.Instant
    surplus: Literal["same_purpose", "return"] | None = None
    tiers: Annotated[list[TierRequest], Field(max_length=50)] = Field(default_factory=list)
    milestones: Annotated[list[MilestoneRequest], Field(max_length=20)] = Field(default_factory=list)

    def draft(self) -> Draft:
        return Draft(
            programme=self.programme,
            title=self.title,
            story=self.story,
            shipping_note=self.shipping_note,
            currency=self.currency,
            goal_minor=self.goal,
            closes_at=self.closes_at,
            surplus=None if self.surplus is None else SurplusRule(self.surplus),
            tiers=tuple(
                rules.TierPlan(one.title, one.description, one.price, one.stock, one.delivers_on) for one in self.tiers
            ),
            milestones=tuple(rules.MilestonePlan(one.title, one.share, one.due_on) for one in self.milestones),
        )


class ReasonRequest(wire.Request):
    """reason: a code."""

    reason: ReasonCode


class UseRequest(wire.Request):
    """used: what of the money paid out was spent; report: for what."""

    used: wire.AmountOrZero
    report: Annotated[str, Field(min_length=1, max_length=5_000)]


class ProjectAnswer(wire.Answer):
    """pledged, backers: of pledges that stand; after the deadline they stay what they were then. progress: pledged ÷ goal.

    collected: what backers paid; paid: the creator received; fee: the house received; refunded: went back; held: is on its account.
    account_id: for its creator and for operators alone. due_at: when its state ends by itself.
    """

    id: ProjectId
    creator: str
    programme: str
    programme_version: int
    title: str
    currency: str
    goal: int
    closes_at: datetime
    surplus: Literal["same_purpose", "return"] | None
    state: StateName
    reason: str | None
    account_id: AccountId | None
    pledged: int
    backers: int
    progress: wire.Rate
    collected: int
    paid: int
    fee: int
    refunded: int
    charged_back: int
    recovered: int
    held: int
    used: int | None
    use_report: str | None
    made_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    changed_at: datetime
    due_at: datetime | None


class TierAnswer(wire.Answer):
    """left: None where there are as many as are asked for."""

    id: TierId
    number: int
    title: str
    description: str
    price: int
    stock: int | None
    left: int | None
    delivers_on: date


class BackingTerms(wire.Answer):
    """What a backer is told before she pledges. charged: when anything is taken. A charge that fails is tried again for retry_days,
    with a reminder every remind_hours, then dropped; what follows stands in `shortfall`: the project stays funded with what was
    collected, or below `refund_below` everything is refunded. fee_rate: of what is collected."""

    goal: Literal["all_or_nothing", "keep_it_all"]
    charged: Literal["at_the_end_if_the_goal_is_met", "at_the_end"]
    retry_days: int
    remind_hours: int
    shortfall: Literal["stays_funded", "refund_below_share"]
    refund_below: int | None
    fee_rate: wire.Rate
    public_benefit: bool


class ProjectPageAnswer(wire.Answer):
    """A project with everything that a backer reads. late_deliveries: rewards owed beyond the day promised."""

    project: ProjectAnswer
    story: str
    shipping_note: str | None
    terms: BackingTerms
    tiers: list[TierAnswer]
    milestones: list[MilestoneAnswer]
    late_deliveries: int


class ProgressAnswer(wire.Answer):
    """The few figures that a page asks for again and again. left: of each reward, by id; None where there is no end of it."""

    id: ProjectId
    state: StateName
    pledged: int
    goal: int
    progress: wire.Rate
    backers: int
    closes_at: datetime
    left: dict[str, int | None]


class ProjectStepAnswer(wire.Answer):
    number: int
    event: Literal[
        "submit", "return", "recommend", "approve", "decline", "open", "collect", "fail", "fund", "pay_out", "fulfil", "give_up",
        "refund", "refunded", "returned", "cancel",
    ] | None  # fmt: skip
    state: StateName
    taken_by: str
    taken_at: datetime
    reason: str | None


class ProjectStepsAnswer(wire.Answer):
    items: list[ProjectStepAnswer]


def project_answer(project: Project, *, private: bool) -> ProjectAnswer:
    return ProjectAnswer(
        id=project.id,
        creator=project.creator,
        programme=project.programme_code,
        programme_version=project.programme_version,
        title=project.title,
        currency=project.currency,
        goal=project.goal_minor,
        closes_at=project.closes_at,
        surplus=None if project.surplus is None else project.surplus.value,
        state=project.state.value,
        reason=project.reason,
        account_id=project.account_id if private else None,
        pledged=project.pledged_minor,
        backers=project.backers,
        progress=rules.progress(project),
        collected=project.collected_minor,
        paid=project.paid_minor,
        fee=project.fee_minor,
        refunded=project.refunded_minor,
        charged_back=project.charged_back_minor,
        recovered=project.recovered_minor,
        held=project.held_minor,
        used=project.used_minor,
        use_report=project.use_report,
        made_at=project.made_at,
        opened_at=project.opened_at,
        closed_at=project.closed_at,
        changed_at=project.changed_at,
        due_at=project.due_at,
    )


def own_project_answer(project: Project) -> ProjectAnswer:
    return project_answer(project, private=True)


def page_answer(
    project: Project,
    programme: FundingProgramme,
    tiers: list[Tier],
    milestones: list[Milestone],
    *,
    late: int,
    private: bool,
) -> ProjectPageAnswer:
    return ProjectPageAnswer(
        project=project_answer(project, private=private),
        story=project.story,
        shipping_note=project.shipping_note,
        terms=_terms(project, programme),
        tiers=[_tier_answer(tier) for tier in tiers],
        milestones=[milestone_answer(one) for one in milestones],
        late_deliveries=late,
    )


def progress_answer(project: Project, tiers: list[Tier]) -> ProgressAnswer:
    shown = [_tier_answer(tier) for tier in tiers]
    return ProgressAnswer(
        id=project.id,
        state=project.state.value,
        pledged=project.pledged_minor,
        goal=project.goal_minor,
        progress=rules.progress(project),
        backers=project.backers,
        closes_at=project.closes_at,
        left={tier.model_dump(mode="json")["id"]: tier.left for tier in shown},
    )


def steps_answer(steps: list[Step]) -> ProjectStepsAnswer:
    return ProjectStepsAnswer(items=[ProjectStepAnswer.model_validate(step) for step in steps])


def _tier_answer(tier: Tier) -> TierAnswer:
    return TierAnswer(
        id=tier.id,
        number=tier.number,
        title=tier.title,
        description=tier.description,
        price=tier.price_minor,
        stock=tier.stock,
        left=None if tier.stock is None else tier.stock - tier.taken,
        delivers_on=tier.delivers_on,
    )


def _terms(project: Project, programme: FundingProgramme) -> BackingTerms:
    met_only = programme.goal.value == "all_or_nothing"
    return BackingTerms(
        goal=programme.goal.value,
        charged="at_the_end_if_the_goal_is_met" if met_only else "at_the_end",
        retry_days=programme.retry_days,
        remind_hours=programme.remind_hours,
        shortfall=programme.shortfall.value,
        refund_below=rules.refund_below(programme, project.goal_minor),
        fee_rate=programme.fee_rate,
        public_benefit=programme.public_benefit,
    )
