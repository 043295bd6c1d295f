"""`/v1/me/second-factor` for staff, and taking one away. Enrolling takes no Idempotency-Key: its answer is a secret, never stored."""

from typing import Annotated

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from chassis.commands import run
from chassis.identity import Caller, requires
from chassis.ids import MalformedId, decode
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from gateway.errors import StaffOnly
from gateway.factors import actions, schemas
from gateway.factors.sealing import sealing_keys
from gateway.identities import queries as identities
from gateway.identities.model import Identity, Kind, State
from gateway.identities.schemas import Staff, StaffId, staff_answer

NOT_STORED = {"Cache-Control": "no-store"}
router = APIRouter(tags=["staff"])
Myself = Annotated[Caller, requires("gateway:read")]


@router.post("/v1/me/second-factor", status_code=201, response_model=schemas.EnrolmentAnswer, openapi_extra=KEYLESS)
async def enrol_second_factor(request: Request, caller: Myself) -> Response:
    """A secret for an authenticator app (RFC 6238). It counts once a code of it has been confirmed."""
    runtime = runtime_of(request)
    async with runtime.transaction() as tx:
        made = await actions.enrol(tx, sealing_keys(runtime), await _staff(tx.connection, caller))
    return JSONResponse({"secret": made.secret, "uri": made.uri}, 201, headers=NOT_STORED)


@router.post("/v1/me/second-factor/confirmation", status_code=204, openapi_extra=KEYLESS)
async def confirm_second_factor(request: Request, body: schemas.Confirmation, caller: Myself) -> Response:
    """A first code. From then on signing in asks for one, here and at the console. No code is good twice."""
    runtime = runtime_of(request)
    async with runtime.transaction() as tx:
        await actions.confirm(tx, sealing_keys(runtime), await _staff(tx.connection, caller), body.code)
    return Response(status_code=204)


@router.delete("/v1/staff/{staff_id}/second-factor", response_model=Staff)
async def remove_second_factor(
    request: Request, staff_id: StaffId, caller: Annotated[Caller, requires("gateway:write")]
) -> Response:
    """For a member of staff who lost hers. Done by somebody who may grant all that she may do."""
    return await run(request, actions.remove, staff_answer, status=200, staff_id=staff_id)


async def _staff(connection: AsyncConnection, caller: Caller) -> Identity:
    """The member of staff who calls. Raises StaffOnly."""
    try:
        found = await identities.load(connection, decode("stf", caller.subject))
    except MalformedId:
        found = None
    if found is None or found.kind is not Kind.STAFF or found.state is not State.ACTIVE:
        raise StaffOnly("second factors are for staff who sign in here")
    return found
