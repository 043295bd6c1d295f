"""`/identity`: whether a name and an identity number belong together, by eight independent sources."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from chassis import commands, wire
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from sandbox.errors import UnknownCheck
from sandbox.identity import actions, queries
from sandbox.identity.model import Answered, Source
from sandbox.identity.rules import behaviour_of

router = APIRouter(prefix="/identity/v1", tags=["identity"])
Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]


class IdentityCheckRequest(wire.Request):
    """reference: the asker's own, under which the same question may be asked again."""

    reference: Reference
    channel: Annotated[Source, Field(strict=False)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9X]$")]


class IdentityCheckAnswer(wire.Answer):
    """Only `match` and `mismatch` are final; code: why they do not match."""

    reference: str
    channel: Source
    state: Literal["match", "mismatch", "processing"]
    code: str | None
    asked_at: datetime


@router.post("/checks", response_model=IdentityCheckAnswer, openapi_extra=KEYLESS)
async def ask(
    request: Request, body: IdentityCheckRequest, caller: Annotated[Caller, requires("sandbox:write")]
) -> Response:
    """Ask one source. The reference is the key."""
    runtime = runtime_of(request)
    answered = await commands.perform(
        runtime, actions.answer_check, caller, seed=f"identity {body.reference}", **body.model_dump()
    )
    if answered is None or not behaviour_of(body.number).answers:
        return JSONResponse({"title": "internal error", "status": 500}, 500)
    return JSONResponse(_shown(answered, await runtime.database.now()).model_dump(mode="json"))


@router.get("/checks")
async def find(
    request: Request, reference: Annotated[Reference, Query()], caller: Annotated[Caller, requires("sandbox:read")]
) -> IdentityCheckAnswer:
    """What was answered, or will be."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        answered = await queries.answered_to(connection, reference)
    if answered is None:
        raise UnknownCheck("nothing was asked under this reference", field="reference")
    return _shown(answered, now)


def _shown(answered: Answered, now: datetime) -> IdentityCheckAnswer:
    ready = answered.ready_at is not None and answered.ready_at <= now
    state: Literal["match", "mismatch"] = "match" if answered.code is None else "mismatch"
    return IdentityCheckAnswer(
        reference=answered.reference,
        channel=answered.channel,
        state=state if ready else "processing",
        code=answered.code if ready else None,
        asked_at=answered.asked_at,
    )
