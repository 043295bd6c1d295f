"""Stories of identities: signing up, hiring, changing what a member of staff may do."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from gateway.errors import ContactTaken, UnknownStaff
from gateway.identities import events, queries, rules
from gateway.identities.model import Contact, Identity, Kind, Role, State
from gateway.operations.actions import record_own
from gateway.sessions.actions import end_everywhere


async def register_customer(
    tx: Tx, caller: Caller, *, contact: Contact, password_hash: str, channel: str
) -> Identity | None:
    """A new customer, told to whoever counts; None, in silence, if the contact belongs to somebody."""
    identity = Identity(tx.ids.new(), Kind.CUSTOMER, State.ACTIVE, (), channel, tx.now)
    if not await queries.add(tx.connection, identity, contact, password_hash):
        return None
    told = events.CustomerRegistered(
        customer=encode("cus", identity.id), contact_kind=contact.kind, channel=channel
    ).model_dump()
    event_id = tx.events.add(events.CUSTOMER_REGISTERED, told["customer"], told)
    await record_own(tx, event_id, events.CUSTOMER_REGISTERED, told["customer"], told)
    return identity


async def hire(tx: Tx, caller: Caller, *, contact: Contact, password_hash: str, roles: Sequence[Role]) -> Identity:
    """A new member of staff. Raises CannotGrant, ContactTaken."""
    rules.check_grant(caller.scopes, roles)
    identity = Identity(tx.ids.new(), Kind.STAFF, State.ACTIVE, tuple(roles), None, tx.now)
    if not await queries.add(tx.connection, identity, contact, password_hash):
        raise ContactTaken("somebody already signs in with this contact", field=contact.kind)
    return identity


async def change_staff(tx: Tx, caller: Caller, *, staff_id: UUID, state: State, roles: Sequence[Role]) -> Identity:
    """Set state and roles; access tokens given out follow within 15 minutes. Raises UnknownStaff, CannotGrant."""
    held = await queries.lock(tx.connection, staff_id)
    if held is None or held.kind is not Kind.STAFF:
        raise UnknownStaff("no such member of staff")
    # Whoever may not grant her roles may not touch her either: else the lesser could disable the greater.
    rules.check_grant(caller.scopes, (*held.roles, *roles))
    await queries.set_staff(tx.connection, staff_id, state, tuple(roles))
    if state is State.DISABLED:
        await end_everywhere(tx, staff_id)
    changed = await queries.load(tx.connection, staff_id)
    assert changed is not None
    return changed
