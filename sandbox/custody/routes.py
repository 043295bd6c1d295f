"""`/custody/{bank}/v1`: what a custody bank offers to a lending platform, and doors for tests that no bank has."""

import csv
import io
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from sandbox.bank.directory import bank_named
from sandbox.bank.model import Bank
from sandbox.bank.schemas import Reference
from sandbox.custody import actions, authorisations, queries
from sandbox.custody.model import CUSTODIANS, Closing, FaultKind, SilenceKind, StatementFault
from sandbox.custody.schemas import (
    AuthorisationAnswer,
    AuthorisationCode,
    AuthorisationRequest,
    CustodyAccountAnswer,
    CustodyAccountRequest,
    CustodyFaultAnswer,
    CustodyFaultRequest,
    CustodyInstructionAnswer,
    CustodyInstructionRequest,
    Number,
    SilenceRequest,
)
from sandbox.errors import UnknownAuthorisation, UnknownBank, UnknownCustodyAccount, UnknownInstruction
from sandbox.statements.amounts import in_units

router = APIRouter(prefix="/custody", tags=["custody"])
COLUMNS = ("number", "holder", "currency", "available", "frozen", "total")
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "the statement"}}


def custodian_named(bank: str) -> Bank:
    """Raises UnknownBank for who may keep no clients' money."""
    if bank not in CUSTODIANS:
        raise UnknownBank(f"{bank} keeps no clients' money", field="bank")
    return bank_named(bank)


Custodian = Annotated[Bank, Depends(custodian_named)]
Reader = Annotated[Caller, requires("sandbox:read")]
Writer = Annotated[Caller, requires("sandbox:write")]


@router.post("/{bank}/v1/accounts", openapi_extra=KEYLESS)
async def open_custody_account(
    request: Request, bank: Custodian, body: CustodyAccountRequest, caller: Writer
) -> CustodyAccountAnswer:
    """A sub-account for a person whom the bank has checked, for a loan's money, or for the platform's own. The holder is the key."""
    seed = f"{bank.code} custody account {body.holder}"
    opened = await commands.perform(
        runtime_of(request), actions.open_account, caller, seed=seed, bank=bank, **body.model_dump()
    )
    return CustodyAccountAnswer.model_validate(opened)


@router.get("/{bank}/v1/accounts/{number}")
async def read_custody_account(
    request: Request, bank: Custodian, number: Number, caller: Reader
) -> CustodyAccountAnswer:
    async with runtime_of(request).reading() as connection:
        found = await queries.account_numbered(connection, bank.code, number)
    if found is None:
        raise UnknownCustodyAccount("no such account", field="number")
    return CustodyAccountAnswer.model_validate(found)


@router.post("/{bank}/v1/authorisations", openapi_extra=KEYLESS)
async def open_custody_authorisation(
    request: Request, bank: Custodian, body: AuthorisationRequest, caller: Writer
) -> AuthorisationAnswer:
    """Ask a user, by a code to her phone, whether the platform may move her money so. The reference is the key."""
    seed = f"{bank.code} authorisation {body.reference}"
    opened = await commands.perform(
        runtime_of(request), authorisations.open_authorisation, caller, seed=seed, bank=bank, **body.model_dump()
    )
    return AuthorisationAnswer.model_validate(opened)


@router.post("/{bank}/v1/authorisations/{reference}/confirmation", openapi_extra=KEYLESS)
async def confirm_custody_authorisation(
    request: Request, bank: Custodian, reference: Reference, body: AuthorisationCode, caller: Writer
) -> AuthorisationAnswer:
    """The code, within 5 minutes and 5 tries."""
    held = await commands.perform(
        runtime_of(request),
        authorisations.confirm,
        caller,
        seed=f"{bank.code} confirm authorisation {reference}",
        bank=bank,
        reference=reference,
        sms_code=body.sms_code,
    )
    return AuthorisationAnswer.model_validate(authorisations.raise_if_wrong(held))


@router.post("/{bank}/v1/authorisations/{reference}/revocation", openapi_extra=KEYLESS)
async def revoke_custody_authorisation(
    request: Request, bank: Custodian, reference: Reference, caller: Writer
) -> AuthorisationAnswer:
    """Nothing goes by it any more, nor is settled what was frozen by it."""
    seed = f"{bank.code} revoke authorisation {reference}"
    held = await commands.perform(
        runtime_of(request), authorisations.revoke, caller, seed=seed, bank=bank, reference=reference
    )
    return AuthorisationAnswer.model_validate(held)


@router.get("/{bank}/v1/authorisations/{reference}")
async def read_custody_authorisation(
    request: Request, bank: Custodian, reference: Reference, caller: Reader
) -> AuthorisationAnswer:
    async with runtime_of(request).reading() as connection:
        held = await queries.authorisation(connection, bank.code, reference, lock=False)
    if held is None:
        raise UnknownAuthorisation("no authorisation has this reference", field="reference")
    return AuthorisationAnswer.model_validate(held)


@router.post("/{bank}/v1/instructions", response_model=CustodyInstructionAnswer, openapi_extra=KEYLESS)
async def instruct_custody(
    request: Request, bank: Custodian, body: CustodyInstructionRequest, caller: Writer
) -> Response:
    """Move clients' money as its owners allowed. A refusal is an answer, and the same one whenever it is asked again."""
    runtime = runtime_of(request)
    seed = f"{bank.code} custody {body.reference}"
    silent = await commands.perform(runtime, actions.next_silence, caller, seed=f"{seed} silence", bank=bank)
    if silent is not SilenceKind.LOST:
        executed = await commands.perform(
            runtime,
            actions.instruct,
            caller,
            seed=seed,
            bank=bank,
            reference=body.reference,
            mode=body.mode,
            lines=[one.line() for one in body.lines],
        )
        if silent is None:
            return JSONResponse(CustodyInstructionAnswer.model_validate(executed).model_dump(mode="json"))
    return JSONResponse({"title": "gateway timeout", "status": 504}, 504)


@router.get("/{bank}/v1/instructions/{reference}")
async def read_custody_instruction(
    request: Request, bank: Custodian, reference: Reference, caller: Reader
) -> CustodyInstructionAnswer:
    async with runtime_of(request).reading() as connection:
        executed = await queries.instruction(connection, bank.code, reference)
    if executed is None:
        raise UnknownInstruction("no instruction has this reference", field="reference")
    return CustodyInstructionAnswer.model_validate(executed)


@router.get("/{bank}/v1/statements", response_class=Response, responses=FILE)
async def read_custody_statement(request: Request, bank: Custodian, caller: Reader, on: date) -> Response:
    """Every sub-account at the end of a day that is over, as CSV, from the bank's own bookings; last a line TOTAL."""
    seed = f"{bank.code} custody statement {on}"
    drawn = await commands.perform(runtime_of(request), actions.draw_up, caller, seed=seed, bank=bank, day=on)
    return Response(_csv(bank, drawn), media_type="text/csv; charset=utf-8")


@router.post("/{bank}/v1/statement-faults", status_code=201, openapi_extra=KEYLESS)
async def spoil_custody_statement(
    request: Request, bank: Custodian, body: CustodyFaultRequest, caller: Writer
) -> CustodyFaultAnswer:
    """For tests: a line of a day's statement is missing or wrong, as the seed chooses."""
    fault = await commands.perform(
        runtime_of(request),
        actions.spoil,
        caller,
        seed=f"{bank.code} custody fault {body.on}",
        bank=bank,
        kind=body.kind,
        day=body.on,
        seed_of_choice=body.seed,
        amount=body.amount,
    )
    return CustodyFaultAnswer.model_validate(fault)


@router.post("/{bank}/v1/silences", status_code=204, openapi_extra=KEYLESS)
async def silence_custodian(request: Request, bank: Custodian, body: SilenceRequest, caller: Writer) -> Response:
    """For tests: how often it does not answer from now on."""
    seed = f"{bank.code} custody silence"
    await commands.perform(
        runtime_of(request), actions.silence, caller, seed=seed, bank=bank, kind=body.kind, times=body.times
    )
    return Response(status_code=204)


def _csv(bank: Bank, drawn: list[tuple[Closing, StatementFault | None]]) -> bytes:
    """Amounts in units of the currency. The total is that of the books, whatever is wrong above."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one, fault in drawn:
        if fault is None or fault.kind is not FaultKind.MISSING:
            available = one.available_minor + (fault.amount_by if fault else 0)
            writer.writerow(_row(bank, one.number, one.holder, available, one.frozen_minor))
    available, frozen = (sum(getattr(one, f"{what}_minor") for one, _ in drawn) for what in ("available", "frozen"))
    writer.writerow(_row(bank, "TOTAL", "", available, frozen))
    return written.getvalue().encode()


def _row(bank: Bank, number: str, holder: str, available: int, frozen: int) -> tuple[str, ...]:
    amounts = (in_units(amount, bank.currency) for amount in (available, frozen, available + frozen))
    return number, holder, bank.currency, *amounts
