"""Stories of a pledge while its project is live. The project is locked first: so no reward is promised twice."""

from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.errors import CustomersOnly, NotAllowedInState
from services.p2p.pledges import queries, rules
from services.p2p.pledges.events import STATE_CHANGED, told
from services.p2p.pledges.model import Pledge, PledgeEvent, PledgeState, Source
from services.p2p.projects import actions as project_actions
from services.p2p.projects import queries as project_queries
from services.p2p.projects.errors import AlreadyPledged, TierSoldOut, TooManyPledges, UnknownPledge, UnknownTier
from services.p2p.projects.model import Project, Tier
from services.p2p.projects.rules import require_live
from services.p2p.wire_ids import pledge_text

ASK_JOB = "p2p.ask_mandate"
SIGNATURE_JOB = "p2p.check_signature"
JOB_GRACE_SECONDS = 10


async def pledge(
    tx: Tx, caller: Caller, *, project_id: UUID, tier_id: UUID | None, amount_minor: int, currency: str, source: Source
) -> Pledge:
    """Promise to pay if the project's time ends well. Raises every refusal of the rules, AlreadyPledged, TierSoldOut, …"""
    if caller.customer is None:
        raise CustomersOnly("a customer backs projects for herself")
    project = await project_actions.locked(tx, project_id)
    require_live(project, tx.now)
    await _require_acceptable(tx, project, tier_id, caller.party, amount_minor, currency)
    if await queries.of_backer(tx.connection, project_id, caller.party) is not None:
        raise AlreadyPledged("there is a pledge of yours: change it", field="project_id")
    if project.backers >= rules.MOST_PLEDGES:
        raise TooManyPledges(f"a project has at most {rules.MOST_PLEDGES}", field="project_id")
    if await queries.made_by(tx.connection, project_id, caller.party) >= rules.MOST_OF_ONE:
        raise TooManyPledges(f"a backer makes at most {rules.MOST_OF_ONE} to a project", field="project_id")
    await _take(tx, tier_id)
    by_mandate = source is Source.MANDATE
    made = Pledge(
        id=tx.ids.new(),
        project_id=project_id,
        backer=caller.party,
        tier_id=tier_id,
        amount_minor=amount_minor,
        currency=currency,
        source=source,
        state=PledgeState.PENDING if by_mandate else PledgeState.STANDING,
        reason=None,
        mandate_id=None,
        mandate_minor=amount_minor if by_mandate else None,
        mandate_ended=False,
        account_id=None,
        debit_id=None,
        decision_id=None,
        attempts=0,
        refunded_minor=0,
        reversed_minor=0,
        made_at=tx.now,
        changed_at=tx.now,
        due_at=rules.signed_by(project, tx.now) if by_mandate else None,
    )
    await queries.add(tx.connection, made)
    if by_mandate:
        tx.jobs.add(ASK_JOB, {"id": str(made.id)}, delay_seconds=JOB_GRACE_SECONDS)
        return made
    await _count(tx, project, amount_minor, backers=1)
    tx.events.add(STATE_CHANGED, pledge_text(made.id), told(made))
    return made


async def change(
    tx: Tx, caller: Caller, *, pledge_id: UUID, tier_id: UUID | None, amount_minor: int, currency: str
) -> Pledge:
    """Another reward, or another amount, within what was signed for. Refusals as of a pledge; MandateTooSmall."""
    project, known = await _own(tx, caller, pledge_id)
    require_live(project, tx.now)
    state = rules.next_state(known, PledgeEvent.CHANGE)
    await _require_acceptable(tx, project, tier_id, caller.party, amount_minor, currency)
    rules.require_within_mandate(known, amount_minor)
    if tier_id != known.tier_id:
        await _take(tx, tier_id)
        await _give_back(tx, known.tier_id)
    changed = replace(known, state=state, tier_id=tier_id, amount_minor=amount_minor, changed_at=tx.now)
    await _saved(tx, changed)
    await _count(tx, project, amount_minor - known.amount_minor)
    return changed


async def withdraw(tx: Tx, caller: Caller, *, pledge_id: UUID) -> Pledge:
    """While the project is live. Raises UnknownPledge, ProjectClosed, NotAllowedInState."""
    project, known = await _own(tx, caller, pledge_id)
    require_live(project, tx.now)
    return await _gone(tx, project, known, PledgeEvent.WITHDRAW, "withdrawn")


async def ask_signed(tx: Tx, caller: Caller, *, pledge_id: UUID) -> Pledge:
    """The backer says that she has signed: payments is asked next. Raises UnknownPledge, NotAllowedInState."""
    _, known = await _own(tx, caller, pledge_id)
    if known.state not in (PledgeState.UNSIGNED, PledgeState.STANDING):
        raise NotAllowedInState("there is no mandate to be signed", state=known.state.value)
    if known.state is PledgeState.UNSIGNED:
        tx.jobs.add(SIGNATURE_JOB, {"id": str(known.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return known


async def record_mandate(tx: Tx, caller: Caller, *, pledge_id: UUID, mandate_id: str) -> Pledge:
    """Payments made it. Where the pledge has ended meanwhile it is known all the same, to be revoked."""
    _, known = await locked(tx, pledge_id)
    if known.mandate_id is not None:
        return known
    kept = replace(known, mandate_id=mandate_id, changed_at=tx.now)
    if known.state is not PledgeState.PENDING:
        await queries.save(tx.connection, kept)
        return kept
    return await _saved(tx, replace(kept, state=rules.next_state(known, PledgeEvent.ASK)))


async def record_signature(tx: Tx, caller: Caller, *, pledge_id: UUID, signed: bool | None, last: bool) -> Pledge:
    """What payments says of the mandate: signed, ended, or (None) not signed yet, and this was the last time to ask."""
    project, known = await locked(tx, pledge_id)
    if known.state not in (PledgeState.PENDING, PledgeState.UNSIGNED):
        return known
    late = project.closes_at <= tx.now
    if signed and not late and known.state is PledgeState.UNSIGNED:
        state = rules.next_state(known, PledgeEvent.SIGN)
        standing = await _saved(tx, replace(known, state=state, due_at=None, changed_at=tx.now))
        await _count(tx, project, known.amount_minor, backers=1)
        return standing
    if signed is None and not late and not last:
        return known
    return await _gone(tx, project, known, PledgeEvent.LAPSE, "mandate_not_signed")


async def record_no_mandate(tx: Tx, caller: Caller, *, pledge_id: UUID, reason: str) -> Pledge:
    """Payments finally refused it."""
    project, known = await locked(tx, pledge_id)
    if known.state is not PledgeState.PENDING:
        return known
    return await _gone(tx, project, known, PledgeEvent.LAPSE, reason)


async def record_mandate_ended(tx: Tx, caller: Caller, *, pledge_id: UUID) -> None:
    """Nothing can be debited under it any more."""
    await locked(tx, pledge_id)
    await queries.end_mandate(tx.connection, pledge_id)


async def take_back(tx: Tx, pledge: Pledge, amount_minor: int) -> Pledge:
    """The bank of a locked pledge took back what it had paid for it, all or a part."""
    taken = pledge.reversed_minor + amount_minor
    state = rules.next_state(pledge, PledgeEvent.CHARGE_BACK) if taken == pledge.amount_minor else pledge.state
    return await _saved(tx, replace(pledge, state=state, reversed_minor=taken, changed_at=tx.now))


async def release_all(tx: Tx, project: Project) -> None:
    """A locked project has ended without charging anybody: told of the project, not of each pledge."""
    await queries.move_all(
        tx.connection, project.id, PledgeState.STANDING, PledgeState.RELEASED, tx.now, reason=project.state.value
    )
    await lapse_all(tx, project)


async def lapse_all(tx: Tx, project: Project) -> None:
    """What was not signed when a locked project's time ended."""
    for state in (PledgeState.PENDING, PledgeState.UNSIGNED):
        await queries.move_all(
            tx.connection, project.id, state, PledgeState.LAPSED, tx.now, reason="mandate_not_signed"
        )
    await project_queries.recount(tx.connection, project.id)


async def locked(tx: Tx, pledge_id: UUID) -> tuple[Project, Pledge]:
    """Project and pledge, in this order. Raises UnknownPledge."""
    known = await queries.load(tx.connection, pledge_id)
    if known is None:
        raise UnknownPledge("no such pledge", field="pledge_id")
    project = await project_actions.locked(tx, known.project_id)
    pledge = await queries.load(tx.connection, pledge_id, lock=True)
    assert pledge is not None
    return project, pledge


async def _own(tx: Tx, caller: Caller, pledge_id: UUID) -> tuple[Project, Pledge]:
    known = await queries.load(tx.connection, pledge_id)
    if known is None or known.backer != caller.party:
        raise UnknownPledge("no such pledge", field="pledge_id")
    return await locked(tx, pledge_id)


async def _require_acceptable(
    tx: Tx, project: Project, tier_id: UUID | None, backer: str, amount_minor: int, currency: str
) -> None:
    tier = None if tier_id is None else await _tier(tx, project, tier_id)
    programme = await project_actions.programme_of(tx, project)
    rules.require_acceptable(
        project,
        tier,
        backer=backer,
        amount_minor=amount_minor,
        currency=currency,
        largest_minor=programme.largest_goal_minor,
    )


async def _tier(tx: Tx, project: Project, tier_id: UUID) -> Tier:
    found = await project_queries.tier(tx.connection, project.id, tier_id)
    if found is None:
        raise UnknownTier("the project has no such reward", field="tier_id")
    return found


async def _take(tx: Tx, tier_id: UUID | None) -> None:
    if tier_id is not None and not await project_queries.take(tx.connection, tier_id):
        raise TierSoldOut("nothing is left of this reward", field="tier_id")


async def _give_back(tx: Tx, tier_id: UUID | None) -> None:
    if tier_id is not None:
        await project_queries.give_back(tx.connection, tier_id)


async def _gone(tx: Tx, project: Project, known: Pledge, event: PledgeEvent, reason: str) -> Pledge:
    """It gives back its place, its reward, and what it counted for."""
    state = rules.next_state(known, event)
    await _give_back(tx, known.tier_id)
    gone = await _saved(tx, replace(known, state=state, reason=reason, due_at=None, changed_at=tx.now))
    if known.state not in rules.NOT_COUNTED:
        await _count(tx, project, -known.amount_minor, backers=-1)
    return gone


async def _count(tx: Tx, project: Project, amount_minor: int, *, backers: int = 0) -> None:
    pledged, count = project.pledged_minor + amount_minor, project.backers + backers
    await project_actions.save(tx, replace(project, pledged_minor=pledged, backers=count))


async def _saved(tx: Tx, pledge: Pledge) -> Pledge:
    await queries.save(tx.connection, pledge)
    tx.events.add(STATE_CHANGED, pledge_text(pledge.id), told(pledge))
    return pledge
