"""Signing in, refreshing, signing out. What is refused here is often recorded, so refusals are values until the commit."""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import real_now
from chassis.database import Tx
from gateway.errors import CredentialsRefused
from gateway.identities import queries as identities
from gateway.identities.model import Contact, Credentials, Identity, Kind, State
from gateway.identities.passwords import Passwords
from gateway.sessions import queries
from gateway.sessions.model import (
    CONSOLE_SESSION,
    REFRESH_FAMILY,
    Ended,
    EndReason,
    HeldToken,
    Purpose,
    Session,
    SignedIn,
)

TOKEN_BYTES = 32


async def prove(
    found: Credentials | None, password: str, passwords: Passwords, *, staff_only: bool = False
) -> Credentials:
    """The credentials if the password is theirs. Raises CredentialsRefused, alike and in like time for every reason."""
    right = await passwords.proves(password, found.password_hash if found else None)
    if not right or found is None or found.identity.state is not State.ACTIVE:
        raise CredentialsRefused("contact and password do not match")
    if staff_only and found.identity.kind is not Kind.STAFF:
        raise CredentialsRefused("contact and password do not match")
    return found


async def find(tx: Tx, contact: Contact) -> Credentials | None:
    return await identities.credentials_by_contact(tx.connection, contact)


async def begin(tx: Tx, identity: Identity, purpose: Purpose) -> SignedIn:
    """A new session with its first secret."""
    now = real_now()
    lasting = CONSOLE_SESSION if purpose is Purpose.CONSOLE else REFRESH_FAMILY
    session = Session(tx.ids.new(), identity.id, purpose, now + lasting, None)
    await queries.begin(tx.connection, session, now)
    return SignedIn(identity, await _issue(tx, session), session.expires_at)


async def rotate(tx: Tx, secret: str) -> SignedIn | Ended:
    """The next refresh token for this one. A token that was rotated before ends the whole family."""
    now = real_now()
    held = await queries.held(tx.connection, digest(secret), Purpose.API, lock=True)
    if held is None or not held.session.open(now):
        return Ended(reused=False)
    if held.used:
        await queries.end(tx.connection, held.session.id, EndReason.TOKEN_REUSED, now)
        return Ended(reused=True)
    identity = await identities.load(tx.connection, held.session.identity_id)
    if identity is None or identity.state is not State.ACTIVE:
        await queries.end(tx.connection, held.session.id, EndReason.DISABLED, now)
        return Ended(reused=False)
    await queries.use(tx.connection, digest(secret), now)
    return SignedIn(identity, await _issue(tx, held.session), held.session.expires_at)


async def sign_out(tx: Tx, secret: str, purpose: Purpose) -> None:
    """End the session of this secret; an unknown one is as ended as can be."""
    held = await queries.held(tx.connection, digest(secret), purpose, lock=True)
    if held is not None:
        await queries.end(tx.connection, held.session.id, EndReason.SIGNED_OUT, real_now())


async def end_everywhere(tx: Tx, identity_id: UUID) -> None:
    """End every session of a person who may no longer sign in."""
    await queries.end_all(tx.connection, identity_id, EndReason.DISABLED, real_now())


async def viewer(connection: AsyncConnection, secret: str) -> Identity | None:
    """Who looks at the console with this cookie; None if nobody may."""
    held: HeldToken | None = await queries.held(connection, digest(secret), Purpose.CONSOLE, lock=False)
    if held is None or not held.session.open(real_now()):
        return None
    identity = await identities.load(connection, held.session.identity_id)
    return identity if identity is not None and identity.state is State.ACTIVE else None


def digest(secret: str) -> bytes:
    """What is stored of a secret. It has 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).digest()


async def _issue(tx: Tx, session: Session) -> str:
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    await queries.issue(tx.connection, session.id, digest(secret), real_now())
    return secret
