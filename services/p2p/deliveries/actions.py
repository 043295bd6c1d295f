"""Stories of rewards: owed once a project is funded, shipped by the creator, received by the backer or by time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.deliveries import queries, rules
from services.p2p.deliveries.events import RECEIVED, SHIPPED, told
from services.p2p.deliveries.model import Delivery, DeliveryEvent
from services.p2p.errors import NotAllowedInState
from services.p2p.projects import actions as project_actions
from services.p2p.projects.errors import UnknownDelivery, UnknownProject
from services.p2p.projects.model import Project, ProjectEvent, ProjectState
from services.p2p.wire_ids import pledge_text

SHIPPING = frozenset({ProjectState.FUNDED, ProjectState.DELIVERING})


@dataclass(frozen=True, slots=True)
class Shipments:
    """What of a list was shipped; skipped: not owed by this project, or shipped before."""

    id: UUID
    shipped: list[UUID]
    skipped: list[UUID]


async def begin(tx: Tx, project: Project) -> None:
    """A funded project owes a reward to each backer who was promised one and paid."""
    await queries.add_all(tx.connection, project.id, tx.now)


async def ship(tx: Tx, caller: Caller, *, project_id: UUID, tracking: Mapping[UUID, str]) -> Shipments:
    """The creator has shipped rewards, each with its tracking number. Raises UnknownProject, NotAllowedInState."""
    project = await project_actions.locked(tx, project_id)
    if project.creator != caller.party:
        raise UnknownProject("no such project", field="project_id")
    if project.state not in SHIPPING:
        raise NotAllowedInState("rewards are shipped once the project is funded", state=project.state.value)
    due_at = tx.now + timedelta(days=rules.RECEIVED_AFTER_DAYS)
    shipped = await queries.ship(tx.connection, project_id, tracking, tx.now, due_at)
    for pledge_id in sorted(shipped):
        tx.events.add(SHIPPED, pledge_text(pledge_id), told(pledge_id, project_id))
    return Shipments(project_id, sorted(shipped), sorted(set(tracking) - set(shipped)))


async def receive(tx: Tx, caller: Caller, *, pledge_id: UUID) -> Delivery:
    """The backer has her reward. Raises UnknownDelivery, NotAllowedInState."""
    known = await queries.load(tx.connection, pledge_id)
    if known is None or known.backer != caller.party:
        raise UnknownDelivery("no such delivery", field="pledge_id")
    project = await project_actions.locked(tx, known.project_id)
    delivery = await queries.load(tx.connection, pledge_id, lock=True)
    assert delivery is not None
    state = rules.next_state(delivery, DeliveryEvent.RECEIVE)
    received = replace(delivery, state=state, received_at=tx.now, changed_at=tx.now, due_at=None)
    await queries.save(tx.connection, received)
    tx.events.add(RECEIVED, pledge_text(pledge_id), told(pledge_id, project.id))
    await settle(tx, project)
    return received


async def receive_due(tx: Tx, caller: Caller, *, project_id: UUID) -> None:
    """Time receives what was shipped long ago."""
    project = await project_actions.locked(tx, project_id)
    await queries.receive_due(tx.connection, project_id, tx.now)
    await settle(tx, project)


async def settle(tx: Tx, project: Project) -> None:
    """A locked project that is paid out and owes nothing more is fulfilled; a public benefit owes the account of what it did."""
    if project.state is not ProjectState.DELIVERING or project.public_benefit:
        return
    if not await queries.any_open(tx.connection, project.id):
        await project_actions.step(tx, project, ProjectEvent.FULFIL, taken_by="p2p")


async def cancel(tx: Tx, project: Project, pledge_id: UUID) -> None:
    """Her bank took back what she had paid: a reward that she has not is not owed any more."""
    if await queries.close_one(tx.connection, pledge_id, tx.now):
        await settle(tx, project)


async def close_all(tx: Tx, project: Project) -> None:
    """The project is refunded: nothing is owed any more."""
    await queries.close_all(tx.connection, project.id, tx.now)
