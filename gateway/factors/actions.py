"""Stories of second factors: enrolling, confirming, proving at sign-in, taking away when the phone is lost. Real time throughout."""

import secrets
from uuid import UUID

from chassis.clock import real_now
from chassis.database import Tx
from chassis.identity import Caller
from chassis.sealing import SealingKeys
from gateway.errors import SecondFactorExists, SecondFactorRefused, SecondFactorRequired, UnknownStaff
from gateway.factors import queries, rules
from gateway.factors.model import Enrolment
from gateway.factors.sealing import seal, unseal
from gateway.identities import queries as identities
from gateway.identities.model import Identity, Kind
from gateway.identities.rules import check_grant, mask


async def enrol(tx: Tx, keys: SealingKeys, identity: Identity) -> Enrolment:
    """A new secret, good once a code of it was confirmed. Raises SecondFactorExists: an old one goes by an operator's hand only."""
    secret = secrets.token_bytes(rules.SECRET_BYTES)
    if not await queries.begin(tx.connection, identity.id, seal(keys, identity.id, secret), real_now()):
        raise SecondFactorExists("a second factor is set up; an operator can take it away")
    held = await identities.contacts_of(tx.connection, identity.id)
    return Enrolment(rules.in_base32(secret), rules.uri_of(secret, mask(held[0])))


async def confirm(tx: Tx, keys: SealingKeys, identity: Identity, code: str) -> None:
    """From now on signing in asks for a code. Raises SecondFactorRefused."""
    await _take(tx, keys, identity.id, code)
    await queries.confirm(tx.connection, identity.id, real_now())


async def prove(tx: Tx, keys: SealingKeys, identity: Identity, code: str | None) -> None:
    """Nothing for who has set none up. Raises SecondFactorRequired, SecondFactorRefused."""
    factor = await queries.load(tx.connection, identity.id)
    if factor is None or not factor.confirmed:
        return
    if code is None:
        raise SecondFactorRequired("send the code that your authenticator shows", field="code")
    await _take(tx, keys, identity.id, code)


async def remove(tx: Tx, caller: Caller, *, staff_id: UUID) -> Identity:
    """The phone is lost: she signs in by password alone until she enrols again. Raises UnknownStaff, CannotGrant."""
    held = await identities.lock(tx.connection, staff_id)
    if held is None or held.kind is not Kind.STAFF:
        raise UnknownStaff("no such member of staff")
    check_grant(caller.scopes, held.roles)
    await queries.remove(tx.connection, staff_id)
    return held


async def _take(tx: Tx, keys: SealingKeys, identity_id: UUID, code: str) -> None:
    """Use a code up. The row is locked: of two who show one code at once, one is let in."""
    factor = await queries.load(tx.connection, identity_id, lock=True)
    secret = None if factor is None else unseal(keys, identity_id, factor.sealed)
    step = None if factor is None or secret is None else rules.step_of(secret, code, real_now(), factor.last_step)
    if step is None:
        raise SecondFactorRefused("this code is wrong, used up or out of date", field="code")
    await queries.use(tx.connection, identity_id, step)
