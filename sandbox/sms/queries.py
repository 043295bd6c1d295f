from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.sms.tables import sms_messages


async def deliver(
    connection: AsyncConnection, *, mobile: str, sender: str, text: str, code: str | None, sent_at: datetime
) -> None:
    values = {"mobile": mobile, "sender": sender, "text": text, "code": code, "sent_at": sent_at}
    await connection.execute(insert(sms_messages).values(values))


async def newest(connection: AsyncConnection, mobile: str, limit: int) -> Sequence[Row[Any]]:
    """The last messages to a phone, newest first."""
    statement = (
        select(sms_messages)
        .where(sms_messages.c.mobile == mobile)
        .order_by(sms_messages.c.position.desc())
        .limit(limit)
    )
    return (await connection.execute(statement)).all()
