"""`/bank/{bank}/v1`: what a bank offers to the payment company, and doors for tests that no bank has."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import Runtime, runtime_of
from sandbox.bank import accounts, agreements, instructions, queries
from sandbox.bank.answering import answered
from sandbox.bank.directory import bank_named, banks, behaviour_at
from sandbox.bank.model import AccountKind, Bank, InstructionKind, InstructionState, Order
from sandbox.bank.schemas import (
    AccountAnswer,
    AgreementAnswer,
    AgreementRequest,
    CardAnswer,
    CardRequest,
    ChargeRequest,
    ConfirmationRequest,
    EntryAnswer,
    InstructionAnswer,
    PayoutRequest,
    Reference,
    StatementAnswer,
    TermsAnswer,
    account_answer,
    agreement_answer,
    card_answer,
    instruction_answer,
    terms_answer,
)
from sandbox.errors import UnknownAgreement, UnknownInstruction

router = APIRouter(prefix="/bank", tags=["bank"])


TheBank = Annotated[Bank, Depends(bank_named)]
Reader = Annotated[Caller, requires("sandbox:read")]
Writer = Annotated[Caller, requires("sandbox:write")]


@router.get("/v1/banks")
async def list_banks(caller: Reader) -> list[TermsAnswer]:
    """The banks there are and their terms."""
    return [terms_answer(bank) for bank in banks().values()]


@router.get("/{bank}/v1/terms")
async def read_terms(bank: TheBank, caller: Reader) -> TermsAnswer:
    return terms_answer(bank)


@router.post("/{bank}/v1/charges", response_model=InstructionAnswer, openapi_extra=KEYLESS)
async def make_charge(request: Request, bank: TheBank, body: ChargeRequest, caller: Writer) -> Response:
    """Pull money from a card into the reserve. The reference is the key: asked twice, executed once."""
    return await _instruct(request, caller, bank, InstructionKind.CHARGE, body.order())


@router.post("/{bank}/v1/payouts", response_model=InstructionAnswer, openapi_extra=KEYLESS)
async def make_payout(request: Request, bank: TheBank, body: PayoutRequest, caller: Writer) -> Response:
    """Push money from the reserve to a card. The reference is the key: asked twice, executed once."""
    return await _instruct(request, caller, bank, InstructionKind.PAYOUT, body.order())


@router.get("/{bank}/v1/charges")
async def find_charge(
    request: Request, bank: TheBank, reference: Annotated[Reference, Query()], caller: Reader
) -> InstructionAnswer:
    """Where a charge stands. 404 is no failure before the bank's finality has passed."""
    return await _find(runtime_of(request), caller, bank, InstructionKind.CHARGE, reference)


@router.get("/{bank}/v1/payouts")
async def find_payout(
    request: Request, bank: TheBank, reference: Annotated[Reference, Query()], caller: Reader
) -> InstructionAnswer:
    """Where a payout stands. 404 is no failure before the bank's finality has passed."""
    return await _find(runtime_of(request), caller, bank, InstructionKind.PAYOUT, reference)


@router.post("/{bank}/v1/agreements", openapi_extra=KEYLESS)
async def open_agreement(request: Request, bank: TheBank, body: AgreementRequest, caller: Writer) -> AgreementAnswer:
    """Ask a card's holder, by SMS, to let the company charge it."""
    agreement = await commands.perform(
        runtime_of(request),
        agreements.open_agreement,
        caller,
        seed=f"{bank.code} agreement {body.reference}",
        bank=bank,
        **body.model_dump(),
    )
    return agreement_answer(agreement)


@router.post("/{bank}/v1/agreements/{reference}/confirmation", openapi_extra=KEYLESS)
async def confirm_agreement(
    request: Request, bank: TheBank, reference: Reference, body: ConfirmationRequest, caller: Writer
) -> AgreementAnswer:
    agreement = await commands.perform(
        runtime_of(request),
        agreements.confirm_agreement,
        caller,
        seed=f"{bank.code} confirm {reference}",
        bank=bank,
        reference=reference,
        sms_code=body.sms_code,
    )
    return agreement_answer(agreements.raise_if_wrong(agreement))


@router.get("/{bank}/v1/agreements/{reference}")
async def find_agreement(request: Request, bank: TheBank, reference: Reference, caller: Reader) -> AgreementAnswer:
    async with runtime_of(request).reading() as connection:
        agreement = await queries.agreement_referenced(connection, bank.code, reference)
    if agreement is None:
        raise UnknownAgreement("no agreement has this reference", field="reference")
    return agreement_answer(agreement)


@router.post("/{bank}/v1/cards", status_code=201, openapi_extra=KEYLESS)
async def open_card(request: Request, bank: TheBank, body: CardRequest, caller: Writer) -> CardAnswer:
    """For tests: a customer opens an account with a card and pays in."""
    seed = f"{bank.code} card {body.number or time.time_ns()}"
    card = await commands.perform(
        runtime_of(request), accounts.open_card, caller, seed=seed, bank=bank, **body.model_dump()
    )
    return card_answer(card)


@router.get("/{bank}/v1/accounts/{kind}")
async def read_account(request: Request, bank: TheBank, kind: AccountKind, caller: Reader) -> AccountAnswer:
    """One of the company's accounts at the bank, by the bank's books."""
    account = await commands.perform(
        runtime_of(request), accounts.find_account, caller, seed=f"{bank.code} {kind}", bank=bank, kind=kind
    )
    return account_answer(account)


@router.get("/{bank}/v1/statements")
async def read_statement(
    request: Request,
    bank: TheBank,
    caller: Reader,
    kind: AccountKind = AccountKind.RESERVE,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> StatementAnswer:
    """The bookings of one of the company's accounts, in the order the bank made them."""
    runtime = runtime_of(request)
    account = await commands.perform(
        runtime, accounts.find_account, caller, seed=f"{bank.code} {kind}", bank=bank, kind=kind
    )
    async with runtime.reading() as connection:
        rows = await queries.entries_of(connection, bank.code, account.id, after, limit + 1)
    items = [
        EntryAnswer(
            amount=row.amount if row.credit_account_id == account.id else -row.amount,
            **{name: getattr(row, name) for name in EntryAnswer.model_fields if name != "amount"},
        )
        for row in rows[:limit]
    ]
    return StatementAnswer(
        account=account_answer(account), items=items, next=items[-1].position if len(rows) > limit else None
    )


async def _instruct(request: Request, caller: Caller, bank: Bank, kind: InstructionKind, order: Order) -> Response:
    runtime = runtime_of(request)
    instruction = await commands.perform(
        runtime,
        instructions.take_instruction,
        caller,
        seed=f"{bank.code} {kind} {order.reference}",
        bank=bank,
        kind=kind,
        order=order,
    )
    answer = None if instruction is None else JSONResponse(instruction_answer(instruction).model_dump(mode="json"))
    return await answered(request, behaviour_at(bank, order.card_number, order.amount), answer)


async def _find(
    runtime: Runtime, caller: Caller, bank: Bank, kind: InstructionKind, reference: str
) -> InstructionAnswer:
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        instruction = await queries.instruction_referenced(connection, bank.code, kind, reference)
    if instruction is None or instruction.visible_at > now:
        raise UnknownInstruction("no instruction has this reference", field="reference")
    if instruction.state is InstructionState.PROCESSING and instruction.settles_at <= now:
        instruction = await commands.perform(
            runtime,
            instructions.settle_instruction,
            caller,
            seed=f"settle {instruction.id}",
            instruction=instruction,
        )
    return instruction_answer(instruction)
