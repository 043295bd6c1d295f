"""Institutions: who they are, with evidence and its date."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from chassis import wire
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.info_broker.errors import NoSuchInstitution, NotYetKnown
from services.info_broker.institutions import queries
from services.info_broker.institutions.profile import Channel, InstitutionKind
from services.info_broker.institutions.schemas import InstitutionAnswer, InstitutionId, institution_answer

router = APIRouter(prefix="/v1/institutions", tags=["institutions"])
Reader = Annotated[Caller, requires("info_broker:read")]


@router.get("", response_model=Page[InstitutionAnswer])
async def list_institutions(
    request: Request,
    caller: Reader,
    paging: Paging,
    kind: InstitutionKind | None = None,
    channel: Annotated[Channel | None, Query(description="served by this channel")] = None,
) -> dict[str, Any]:
    """Institutions by code."""
    runtime = runtime_of(request)
    after = None if paging.after is None else str(paging.after[0])
    async with runtime.reading() as connection:
        found = await queries.find(connection, kind=kind, channel=channel, after=after, limit=paging.limit)
    day = business_day(await runtime.database.now(), runtime.settings.zone)
    shown = page(found, paging, key=lambda one: (one.code,))
    return shown | {"items": [institution_answer(one, day) for one in shown["items"]]}


@router.get("/{institution_id}")
async def read_institution(
    request: Request,
    caller: Reader,
    institution_id: InstitutionId,
    at: Annotated[wire.Instant | None, Query(description="as it was shown at this instant")] = None,
) -> InstitutionAnswer:
    """An institution now, or as it was shown at an instant."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        current = await queries.load(connection, institution_id)
        if current is None:
            raise NoSuchInstitution("no such institution", field="institution_id")
        shown = current if at is None else await queries.load_at(connection, institution_id, at)
    if shown is None:
        raise NotYetKnown("the institution was not known at that instant", field="at")
    return institution_answer(shown, business_day(at or now, runtime.settings.zone))
