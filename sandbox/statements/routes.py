"""`/bank/{bank}/v1/statement-files`: an institution's books as files; `…/statement-faults`: what is to be wrong with them."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from sandbox.bank.directory import bank_named
from sandbox.bank.model import AccountKind, Bank
from sandbox.statements import actions, camt, delimited, mt940, queries
from sandbox.statements.model import Statement
from sandbox.statements.schemas import FaultAnswer, FaultRequest, FaultsAnswer

router = APIRouter(prefix="/bank", tags=["statements"])
TheBank = Annotated[Bank, Depends(bank_named)]
Reader = Annotated[Caller, requires("sandbox:read")]
Writer = Annotated[Caller, requires("sandbox:write")]
Format = Literal["camt.053", "camt.054", "mt940", "csv", "bill"]
MEDIA = {
    "camt.053": "application/xml",
    "camt.054": "application/xml",
    "mt940": "text/plain; charset=us-ascii",
    "csv": "text/csv; charset=utf-8",
    "bill": "text/csv; charset=gb18030",
}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/xml": {}, "text/plain": {}, "text/csv": {}}, "description": "the file"}
}


@router.get("/{bank}/v1/statement-files/{form}", response_class=Response, responses=FILES)
async def read_statement_file(
    request: Request,
    bank: TheBank,
    form: Format,
    caller: Reader,
    on: date,
    kind: AccountKind = AccountKind.RESERVE,
) -> Response:
    """A business day of one of the company's accounts: the same bytes whenever it is asked for. camt.054 also of a day that goes on."""
    runtime = runtime_of(request)
    statement = await commands.perform(
        runtime,
        actions.draw_up,
        caller,
        seed=f"{bank.code} {kind} {on}",
        bank=bank,
        kind=kind,
        day=on,
        final=form != "camt.054",
    )
    return Response(_bytes(form, statement, request), media_type=MEDIA[form])


@router.post("/{bank}/v1/statement-faults", status_code=201, openapi_extra=KEYLESS)
async def spoil_statement(request: Request, bank: TheBank, body: FaultRequest, caller: Writer) -> FaultAnswer:
    """For tests: something is wrong with the reserve's statement of a day, as the seed chooses."""
    fault = await commands.perform(
        runtime_of(request),
        actions.spoil,
        caller,
        seed=f"{bank.code} {body.kind} {body.on} {body.seed}",
        bank=bank,
        kind=body.kind,
        day=body.on,
        seed_of_choice=body.seed,
        amount=body.amount,
    )
    return FaultAnswer.model_validate(fault)


@router.get("/{bank}/v1/statement-faults")
async def list_statement_faults(
    request: Request,
    bank: TheBank,
    caller: Reader,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> FaultsAnswer:
    """What is shown wrongly, by position of the booking. Bookings nobody asked for are in the books themselves."""
    async with runtime_of(request).reading() as connection:
        found = await queries.all_faults(connection, bank.code, after, limit + 1)
    items = [FaultAnswer.model_validate(fault) for fault in found[:limit]]
    return FaultsAnswer(items=items, next=items[-1].position if len(found) > limit else None)


def _bytes(form: Format, statement: Statement, request: Request) -> bytes:
    if form == "camt.053":
        return camt.statement_document(statement)
    if form == "camt.054":
        return camt.notification_document(statement)
    if form == "mt940":
        return mt940.statement_message(statement)
    if form == "csv":
        return delimited.statement_csv(statement)
    return delimited.bill(statement, runtime_of(request).settings.zone)
