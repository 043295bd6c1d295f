"""`/v1/programmes` and `/v1/funding-programmes`: the kinds of platform there are."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from chassis import commands
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.paging import Page
from chassis.runtime import runtime_of
from services.p2p.errors import UnknownProgramme
from services.p2p.programmes import actions, queries
from services.p2p.programmes.model import AnyProgramme, ProgrammeKind
from services.p2p.programmes.schemas import (
    FundingProgrammeAnswer,
    FundingTerms,
    LendingTerms,
    ProgrammeAnswer,
    ProgrammeCode,
    draft_of,
    funding_answer,
    programme_answer,
)

router = APIRouter(prefix="/v1", tags=["programmes"])
Reader = Annotated[Caller, requires("p2p:read")]
Operator = Annotated[Caller, requires("p2p:operate")]
Version = Annotated[int, Path(ge=1, le=10_000)]


@router.get("/programmes")
async def list_programmes(request: Request, caller: Reader) -> Page[ProgrammeAnswer]:
    """Every programme of lending in its version in force, by code; all on one page."""
    found = await _current(request, ProgrammeKind.LENDING)
    return Page[ProgrammeAnswer](items=[programme_answer(programme) for programme in found])


@router.get("/programmes/{code}/versions/{version}")
async def read_programme(request: Request, caller: Reader, code: ProgrammeCode, version: Version) -> ProgrammeAnswer:
    """One version, in force or not: what the loans made under it keep to."""
    async with runtime_of(request).reading() as connection:
        programme = await queries.version(connection, code, version)
    if programme is None:
        raise UnknownProgramme("no such programme", field="code")
    return programme_answer(programme)


@router.post("/programmes/{code}/versions", status_code=201, response_model=ProgrammeAnswer)
async def add_programme(request: Request, body: LendingTerms, caller: Operator, code: ProgrammeCode) -> Response:
    """The next version of a programme, or the first of a new one. Loans and listings keep the version that they were made under.

    What contradicts itself is refused with every contradiction.
    """
    return await commands.run(request, actions.add_version, programme_answer, draft=draft_of(code, body))


@router.get("/funding-programmes")
async def list_funding_programmes(request: Request, caller: Reader) -> Page[FundingProgrammeAnswer]:
    """Every programme of crowdfunding in its version in force, by code; all on one page."""
    found = await _current(request, ProgrammeKind.CROWDFUNDING)
    return Page[FundingProgrammeAnswer](items=[funding_answer(programme) for programme in found])


@router.get("/funding-programmes/{code}/versions/{version}")
async def read_funding_programme(
    request: Request, caller: Reader, code: ProgrammeCode, version: Version
) -> FundingProgrammeAnswer:
    """One version, in force or not: what the projects made under it keep to."""
    async with runtime_of(request).reading() as connection:
        programme = await queries.funding_version(connection, code, version)
    if programme is None:
        raise UnknownProgramme("no such programme", field="code")
    return funding_answer(programme)


@router.post("/funding-programmes/{code}/versions", status_code=201, response_model=FundingProgrammeAnswer)
async def add_funding_programme(
    request: Request, body: FundingTerms, caller: Operator, code: ProgrammeCode
) -> Response:
    """The next version of a programme, or the first of a new one. Projects keep the version that they were made under."""
    return await commands.run(request, actions.add_version, funding_answer, draft=draft_of(code, body))


async def _current(request: Request, kind: ProgrammeKind) -> list[AnyProgramme]:
    runtime = runtime_of(request)
    today = business_day(await runtime.database.now(), runtime.settings.zone)
    async with runtime.reading() as connection:
        return [programme for programme in await queries.current(connection, today) if programme.kind is kind]
