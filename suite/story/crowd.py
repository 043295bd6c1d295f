"""A creator asks the crowd for a lamp: two of the staff look at her project, and lenders with money to spare back it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from clients.p2p.crowdfunding import Crowdfunding
from clients.p2p.shapes import MilestoneRequest, PledgeAnswer, PledgeRequest, ProjectAnswer, ProjectRequest, TierRequest
from suite.story.money import yuan
from suite.story.patience import StoryFault, patiently, until
from suite.story.stage import Person
from suite.story.together import together

GOAL_MINOR = 100_000
PRICE_MINOR = 20_000
BACKERS = 4
OPEN_DAYS = 20


async def fund_a_lamp(creator: Person, staff: Person, colleague: Person, backers: Sequence[Person]) -> None:
    project = await _approved(creator, staff, colleague)
    say = creator.stage.say
    say(
        f"  {creator.name} asks for {yuan(GOAL_MINOR)} for a lamp; two of the staff have looked at it (project {project.id})"
    )
    page = await patiently(lambda: Crowdfunding(creator.p2p.transport).page(project.id))
    (tier,) = page.tiers
    pledges = await together(_pledged(backer, project.id, tier.id) for backer in backers)
    told = await patiently(lambda: Crowdfunding(creator.p2p.transport).progress(project.id))
    total = yuan(sum(one.amount for one in pledges))
    say(f"  {len(pledges)} backers pledge {total}, charged when its time ends; {told.progress} of its goal")


async def _approved(creator: Person, staff: Person, colleague: Person) -> ProjectAnswer:
    hers, first, second = (Crowdfunding(one.p2p.transport) for one in (creator, staff, colleague))
    draft = await patiently(lambda: hers.draft(_wish(), key=creator.key("project")))
    await patiently(lambda: hers.submit(draft.id, key=creator.key("project", "submission")))
    await patiently(lambda: first.recommend(draft.id, key=creator.key("project", "recommendation")))
    await patiently(lambda: second.approve(draft.id, key=creator.key("project", "approval")))
    page = await until(lambda: hers.page(draft.id), lambda it: it.project.state != "opening", "the project's account")
    if page.project.state != "live":
        raise StoryFault(f"the project is {page.project.state}")
    return page.project


async def _pledged(backer: Person, project_id: str, tier_id: str) -> PledgeAnswer:
    order = PledgeRequest(amount=PRICE_MINOR, currency="CNY", agrees=True, tier_id=tier_id)
    return await patiently(
        lambda: Crowdfunding(backer.p2p.transport).pledge(project_id, order, key=backer.key("pledge"))
    )


def _wish() -> ProjectRequest:
    now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    days = [(now + timedelta(days=ahead)).date() for ahead in (40, 70, 90)]
    return ProjectRequest(
        programme="crowdfunding",
        title="月光灯 A lamp like the moon",
        story="It is bright, and it dims by itself.",
        shipping_note="Within the country",
        currency="CNY",
        goal=GOAL_MINOR,
        closes_at=now + timedelta(days=OPEN_DAYS),
        tiers=[TierRequest(title="one", description="a lamp", price=PRICE_MINOR, stock=50, delivers_on=days[2])],
        milestones=[
            MilestoneRequest(title="designed", share="0.4", due_on=days[0]),
            MilestoneRequest(title="shipped", share="0.6", due_on=days[1]),
        ],
    )
