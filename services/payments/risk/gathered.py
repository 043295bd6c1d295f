"""Payments of many persons judged at once, for lanes: the same rules as one by one (`actions.decide`).

All that decides is looked at before anything is locked, so that nobody waits meanwhile; the totals in which they count are locked before
the ledger's accounts are. Then they are weighed in their order, each seeing those before it; what does not pass is left to the ordinary
way, which says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.direct import Direct
from chassis.errors import Refusal
from chassis.settings import Settings
from services.payments.risk import activation, look_queries
from services.payments.risk.actions import answered
from services.payments.risk.look_queries import Kept
from services.payments.risk.model import Intent, RiskOutcome
from services.payments.risk.weighing import Scales, Weighed, decision_of, scales


@dataclass
class Judgements:
    """scales: None while no ruleset is asked, and then everything passes."""

    scales: Scales | None
    passed: dict[str, Weighed] = field(default_factory=dict)

    async def lock(self, direct: Direct) -> None:
        """Before the first of them is weighed."""
        if self.scales is not None:
            await self.scales.lock(direct)

    def passes(self, place: int, wish: Intent) -> bool:
        """place: of the wish among those that were looked at. If it does it counts for those after it."""
        if self.scales is None:
            return True
        try:
            weighed = self.scales.weigh(place)
        except Refusal:
            return False
        if answered(weighed, wish) is not RiskOutcome.PASS:
            return False
        self.scales.count(weighed)
        self.passed[wish.reference] = weighed
        return True

    async def save(self, direct: Direct, made: Sequence[tuple[str, UUID]]) -> None:
        """What was made of them: reference and id of its decision. The others count nothing."""
        if self.scales is None or not made:
            return
        self.scales.totals.clear()
        kept = Kept(self.scales.at)
        for reference, decision_id in made:
            weighed = self.passed[reference]
            decision = decision_of(weighed, decision_id, self.scales.active, kept.at, outcome=RiskOutcome.PASS)
            self.scales.enter(weighed, decision, kept)
        await look_queries.keep(direct, kept)


async def look(direct: Direct, settings: Settings, wishes: Sequence[Intent], now: datetime) -> Judgements:
    """Judgements that can be given once they are locked."""
    active = await activation.active(direct, settings.database_url)
    if not (wishes and active.asks):
        return Judgements(None)
    found = await scales(direct, active, settings.database_url, wishes, now, settings.zone)
    return Judgements(found if found.active.asks else None)
