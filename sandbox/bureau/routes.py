"""`/bureau`: a credit bureau, which knows persons by the SHA-256 of their identity number."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field, model_validator

from chassis import commands, wire
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from sandbox.bureau import actions, queries
from sandbox.errors import UnknownReport

router = APIRouter(prefix="/bureau/v1", tags=["bureau"])
Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
Person = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the identity number, in hexadecimal")]
Reader = Annotated[Caller, requires("sandbox:read")]
Writer = Annotated[Caller, requires("sandbox:write")]


class BorrowingRequest(wire.Request):
    """What a lender is owed by a person now; told again, the latest counts."""

    lender: Reference
    reference: Reference
    person: Person
    currency: wire.Currency
    owed: wire.AmountOrZero
    past_due: wire.AmountOrZero = 0

    @model_validator(mode="after")
    def _within(self) -> "BorrowingRequest":
        if self.past_due > self.owed:
            raise ValueError("no more is past due than is owed")
        return self


class BorrowingAnswer(wire.Answer):
    lender: str
    reference: str
    person: str
    currency: str
    owed: int
    past_due: int
    told_at: datetime


class ReportRequest(wire.Request):
    """reference: the asker's own, under which the same question may be asked again."""

    reference: Reference
    person: Person
    currency: wire.Currency


class ReportAnswer(wire.Answer):
    """owed, past_due: to all lenders but the asker."""

    reference: str
    person: str
    currency: str
    lenders: int
    owed: int
    past_due: int
    asked_at: datetime


@router.post("/borrowings", response_model=BorrowingAnswer, openapi_extra=KEYLESS)
async def tell_borrowing(request: Request, body: BorrowingRequest, caller: Writer) -> Response:
    """(for tests) Another lender tells what it is owed. Lender and reference are the key."""
    seed = f"borrowing {body.lender} {body.reference}"
    told = await commands.perform(runtime_of(request), actions.tell, caller, seed=seed, **body.model_dump())
    return JSONResponse(BorrowingAnswer.model_validate(told).model_dump(mode="json"))


@router.post("/reports", response_model=ReportAnswer, openapi_extra=KEYLESS)
async def give_report(request: Request, body: ReportRequest, caller: Writer) -> Response:
    """What a person owes elsewhere. The reference is the key."""
    seed = f"report {caller.subject} {body.reference}"
    given = await commands.perform(runtime_of(request), actions.report, caller, seed=seed, **body.model_dump())
    return JSONResponse(ReportAnswer.model_validate(given).model_dump(mode="json"))


@router.get("/reports")
async def find_report(request: Request, reference: Annotated[Reference, Query()], caller: Reader) -> ReportAnswer:
    """What was answered."""
    async with runtime_of(request).reading() as connection:
        given = await queries.report_of(connection, caller.subject, reference)
    if given is None:
        raise UnknownReport("nothing was asked under this reference", field="reference")
    return ReportAnswer.model_validate(given)
