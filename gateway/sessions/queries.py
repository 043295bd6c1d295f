from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.sessions.model import EndReason, HeldToken, Purpose, Session
from gateway.sessions.tables import session_tokens, sessions


async def begin(connection: AsyncConnection, session: Session, begun_at: datetime) -> None:
    values = {"id": session.id, "identity_id": session.identity_id, "purpose": session.purpose}
    await connection.execute(insert(sessions).values(**values, begun_at=begun_at, expires_at=session.expires_at))


async def issue(connection: AsyncConnection, session_id: UUID, token_hash: bytes, now: datetime) -> None:
    await connection.execute(insert(session_tokens).values(token_hash=token_hash, session_id=session_id, issued_at=now))


async def held(connection: AsyncConnection, token_hash: bytes, purpose: Purpose, *, lock: bool) -> HeldToken | None:
    """The token of that hash with its session. lock: the session first, so that two uses of a family queue up."""
    of_token = select(session_tokens.c.session_id).where(session_tokens.c.token_hash == token_hash)
    wanted = select(sessions).where(sessions.c.id == of_token.scalar_subquery(), sessions.c.purpose == purpose)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    if row is None:
        return None
    used = select(session_tokens.c.used_at).where(session_tokens.c.token_hash == token_hash)
    used_at = (await connection.execute(used)).scalar_one()
    session = Session(row.id, row.identity_id, Purpose(row.purpose), row.expires_at, row.ended_at)
    return HeldToken(session, used_at is not None)


async def use(connection: AsyncConnection, token_hash: bytes, now: datetime) -> None:
    await connection.execute(
        update(session_tokens).where(session_tokens.c.token_hash == token_hash).values(used_at=now)
    )


async def end(connection: AsyncConnection, session_id: UUID, reason: EndReason, now: datetime) -> None:
    open_one = update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
    await connection.execute(open_one.values(ended_at=now, end_reason=reason))


async def end_all(connection: AsyncConnection, identity_id: UUID, reason: EndReason, now: datetime) -> None:
    open_ones = update(sessions).where(sessions.c.identity_id == identity_id, sessions.c.ended_at.is_(None))
    await connection.execute(open_ones.values(ended_at=now, end_reason=reason))


async def forget(connection: AsyncConnection, expired_before: datetime) -> int:
    """Delete sessions that expired before an instant, with their tokens."""
    gone = await connection.execute(delete(sessions).where(sessions.c.expires_at < expired_before))
    return gone.rowcount
