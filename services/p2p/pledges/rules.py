"""The states of a pledge, and what one must satisfy.

| state | event | by | to |
|---|---|---|---|
| pending | ask | payments made the mandate | unsigned |
| pending | lapse | payments refused it; time | lapsed |
| pending, unsigned, standing | withdraw | backer, while the project is live | withdrawn |
| unsigned | sign | payments says that it is signed | standing |
| unsigned | lapse | not signed in time, or refused | lapsed |
| standing | change | backer, while the project is live | standing |
| standing | release | the project failed or was cancelled | released |
| standing | charge | the project collects | charging |
| charging | collect | the money is there | collected |
| charging | fail | refused for now | retrying |
| retrying | charge | time: another try | charging |
| retrying | drop | time: tried long enough | dropped |
| collected | refund | the project was refunded | refunded |
| collected, refunded | charge_back | its bank took all of it back | charged_back |

The others are final. pending, unsigned and retrying end by themselves at `due_at`; a charge of which a bank has not said how it ended
is asked about then; standing ends with its project.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.p2p.errors import CurrencyDiffers, NotAllowedInState
from services.p2p.pledges.model import Pledge, PledgeEvent, PledgeState
from services.p2p.projects.errors import BelowPrice, MandateTooSmall, OwnProject, PledgeTooLarge
from services.p2p.projects.model import Project, Tier

MOST_PLEDGES = 100_000
MOST_OF_ONE = 20
"""Pledges that one backer makes to a project, one after another: each that she takes back leaves a row, and a mandate at payments."""
LEAST_GIFT_MINOR = 100
SIGNING_HOURS = 24
S, E = PledgeState, PledgeEvent
TRANSITIONS: Mapping[tuple[PledgeState, PledgeEvent], PledgeState] = {
    (S.PENDING, E.ASK): S.UNSIGNED,
    (S.PENDING, E.LAPSE): S.LAPSED,
    (S.PENDING, E.WITHDRAW): S.WITHDRAWN,
    (S.UNSIGNED, E.SIGN): S.STANDING,
    (S.UNSIGNED, E.LAPSE): S.LAPSED,
    (S.UNSIGNED, E.WITHDRAW): S.WITHDRAWN,
    (S.STANDING, E.CHANGE): S.STANDING,
    (S.STANDING, E.WITHDRAW): S.WITHDRAWN,
    (S.STANDING, E.RELEASE): S.RELEASED,
    (S.STANDING, E.CHARGE): S.CHARGING,
    (S.CHARGING, E.COLLECT): S.COLLECTED,
    (S.CHARGING, E.FAIL): S.RETRYING,
    (S.RETRYING, E.CHARGE): S.CHARGING,
    (S.RETRYING, E.DROP): S.DROPPED,
    (S.COLLECTED, E.REFUND): S.REFUNDED,
    (S.COLLECTED, E.CHARGE_BACK): S.CHARGED_BACK,
    (S.REFUNDED, E.CHARGE_BACK): S.CHARGED_BACK,
}
NOT_COUNTED = frozenset({S.PENDING, S.UNSIGNED, S.WITHDRAWN, S.LAPSED})
"""States in which a pledge is no part of what its project has been promised."""


def next_state(pledge: Pledge, event: PledgeEvent) -> PledgeState:
    """Where the event takes the pledge. Raises NotAllowedInState."""
    state = TRANSITIONS.get((pledge.state, event))
    if state is None:
        raise NotAllowedInState(f"a pledge that is {pledge.state} cannot {event}", state=pledge.state.value)
    return state


def require_acceptable(
    project: Project, tier: Tier | None, *, backer: str, amount_minor: int, currency: str, largest_minor: int
) -> None:
    """Raises OwnProject, CurrencyDiffers, BelowPrice, PledgeTooLarge. Whether the project is live was asked before."""
    if backer == project.creator:
        raise OwnProject("nobody backs her own project", field="project_id")
    if currency != project.currency:
        raise CurrencyDiffers(f"the project is in {project.currency}", field="currency")
    least = LEAST_GIFT_MINOR if tier is None else tier.price_minor
    if amount_minor < least:
        raise BelowPrice("less than the reward costs", field="amount", least_minor=least)
    if amount_minor > largest_minor:
        raise PledgeTooLarge("more than one backer may give", field="amount", largest_minor=largest_minor)


def require_within_mandate(pledge: Pledge, amount_minor: int) -> None:
    """Raises MandateTooSmall: what she has signed for is not raised behind her back."""
    if pledge.mandate_minor is not None and amount_minor > pledge.mandate_minor:
        raise MandateTooSmall(
            "take the pledge back and make another one", field="amount", mandate_minor=pledge.mandate_minor
        )


def signed_by(project: Project, now: datetime) -> datetime:
    """Until when a mandate may be signed."""
    return min(project.closes_at, now + timedelta(hours=SIGNING_HOURS))


def next_try(now: datetime, remind_hours: int, collecting_until: datetime) -> datetime:
    """When a charge that failed is tried again, with a reminder; at the end of collecting there is no more."""
    return min(now + timedelta(hours=remind_hours), collecting_until)
