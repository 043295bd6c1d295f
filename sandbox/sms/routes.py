"""`/sms`: reading a phone's inbox, which no real gateway offers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from chassis.wire import Answer
from sandbox.sms import queries

router = APIRouter(prefix="/sms/v1", tags=["sms"])


class Message(Answer):
    """code: the one-time code in the text, for tests."""

    mobile: str
    sender: str
    text: str
    code: str | None
    sent_at: datetime


class Inbox(Answer):
    items: list[Message]
    next: str | None = None


@router.get("/messages")
async def read_inbox(
    request: Request,
    caller: Annotated[Caller, requires("sandbox:read")],
    mobile: Annotated[str, Query(max_length=20)],
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Inbox:
    """The newest messages sent to a phone, newest first."""
    async with runtime_of(request).reading() as connection:
        rows = await queries.newest(connection, mobile, limit)
    return Inbox(items=[Message.model_validate(row) for row in rows])
