"""`/v1/programmes`: the kinds of platform there are."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page
from chassis.runtime import runtime_of
from services.p2p.errors import UnknownProgramme
from services.p2p.programmes import queries
from services.p2p.programmes.schemas import ProgrammeAnswer, ProgrammeCode, programme_answer

router = APIRouter(prefix="/v1/programmes", tags=["programmes"])
Reader = Annotated[Caller, requires("p2p:read")]


@router.get("")
async def list_programmes(request: Request, caller: Reader) -> Page[ProgrammeAnswer]:
    """Every programme in its version in force, by code; all on one page."""
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        found = await queries.current(connection, today)
    return Page[ProgrammeAnswer](items=[programme_answer(programme) for programme in found])


@router.get("/{code}/versions/{version}")
async def read_programme(
    request: Request, caller: Reader, code: ProgrammeCode, version: Annotated[int, Path(ge=1, le=10_000)]
) -> ProgrammeAnswer:
    """One version, in force or not: what the loans made under it keep to."""
    async with runtime_of(request).reading() as connection:
        programme = await queries.version(connection, code, version)
    if programme is None:
        raise UnknownProgramme("no such programme", field="code")
    return programme_answer(programme)
