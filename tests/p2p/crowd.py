"""Crowdfunding as tests play it over HTTP: a creator, two of staff, backers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.p2p.people import Door, Person, World

CODES = {"paid_minor": "payout", "fee_minor": "fee", "refunded_minor": "refund"}


@dataclass
class Crowd:
    """A project and whoever has to do with it."""

    world: World
    creator: Person
    project: dict[str, Any]
    other: Door
    backers: list[Person] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/v1/projects/{self.project['id']}"

    async def page(self) -> dict[str, Any]:
        return dict(await self.creator.lending.get(self.path))

    async def read(self) -> dict[str, Any]:
        return dict((await self.page())["project"])

    async def until(self, *states: str) -> dict[str, Any]:
        return await self.world.until(self.creator.lending, f"{self.path}/progress", *states, seconds=60)

    async def pledge(self, person: Person, amount: int, tier: int | None = None, **changes: Any) -> dict[str, Any]:
        self.backers.append(person)
        tiers = (await self.page())["tiers"]
        body = {"amount": amount, "currency": "CNY", "agrees": True} | changes
        if tier is not None:
            body["tier_id"] = tiers[tier]["id"]
        return await person.lending.made(f"{self.path}/pledges", body)

    async def rich(self, pledged: int, has: int | None = None, tier: int | None = None) -> Person:
        """A backer with that pledge, and that much in her wallet."""
        person = await self.world.rich(pledged if has is None else has) if has != 0 else self.world.person()
        await self.pledge(person, pledged, tier)
        return person

    async def pledged(self, person: Person) -> dict[str, Any]:
        return dict((await person.lending.get("/v1/pledges"))["items"][0])

    async def end(self, *states: str) -> dict[str, Any]:
        """Its deadline passes; by periodic work of the service or by this, whichever is first."""
        await self.later(timedelta(days=6))
        return await self.until(*states)

    async def later(self, ahead: timedelta) -> None:
        await self.world.pass_time(ahead)
        await self.work()

    async def work(self) -> None:
        for name in (
            "close_projects",
            "collect_pledges_due",
            "watch_milestones",
            "receive_deliveries",
            "work_chargebacks",
        ):
            await self.world.run_periodic(f"p2p.{name}")

    async def pay(self, number: int, **report: Any) -> dict[str, Any]:
        """A milestone reported, checked and released."""
        path = f"/v1/milestones/{(await self.page())['milestones'][number]['id']}"
        await self.creator.lending.made(f"{path}/report", {"evidence": "photographs"} | report, 200)
        await self.world.operator.made(f"{path}/check", status=200)
        return await self.other.made(f"{path}/release", status=200)

    async def audit(self) -> None:
        """Own books, and every project's account and transfers at payments."""
        await self.world.audit()
        for one in (await self.world.operator.get("/v1/verification/projects"))["items"]:
            account = await self.world.account(one["account_id"])
            assert account["balance"] == max(one["held_minor"], 0), one
            made = await self.world.transfers(one["id"])
            for name, code in CODES.items():
                assert sum(t["amount"] for t in made if t["code"] == f"p2p.crowdfunding.{code}") == one[name], one


def wish(now: datetime, **changes: Any) -> dict[str, Any]:
    """A project for rewards that closes in five days, paid out in three milestones."""
    day = [(now + timedelta(days=days)).date().isoformat() for days in (20, 40, 60, 80)]
    draft: dict[str, Any] = {
        "programme": "crowdfunding",
        "title": "A lamp",
        "story": "It is bright.",
        "shipping_note": "Within the country",
        "currency": "CNY",
        "goal": 100_000,
        "closes_at": (now + timedelta(days=5)).isoformat(),
        "tiers": [
            {"title": "one", "description": "a lamp", "price": 10_000, "stock": 10, "delivers_on": day[3]},
            {"title": "two", "description": "two lamps", "price": 18_000, "delivers_on": day[3]},
        ],
        "milestones": [
            {"title": "designed", "share": "0.333333", "due_on": day[0]},
            {"title": "made", "share": "0.333333", "due_on": day[1]},
            {"title": "shipped", "share": "0.333334", "due_on": day[2]},
        ],
    }
    return draft | changes


async def now_of(world: World) -> datetime:
    return datetime.fromisoformat((await world.operator.get("/v1/clock"))["business_at"])


async def drafted(world: World, **changes: Any) -> Crowd:
    creator = world.person()
    project = await creator.lending.made("/v1/projects", wish(await now_of(world), **changes))
    other = Door(world.p2p.client("stf_other"), "stf_other")
    return Crowd(world, creator, project, other)


async def live(world: World, **changes: Any) -> Crowd:
    """Submitted, recommended by one of staff, approved by another, live."""
    crowd = await drafted(world, **changes)
    await crowd.creator.lending.made(f"{crowd.path}/submission", status=200)
    await world.operator.made(f"{crowd.path}/recommendation", status=200)
    approved = await crowd.other.made(f"{crowd.path}/approval", status=200)
    assert approved["state"] == "live", approved
    return crowd


async def gift(world: World, **changes: Any) -> Crowd:
    """A project for the public benefit."""
    return await live(world, programme="public_benefit", tiers=[], surplus="same_purpose", **changes)
