"""`/v1/payment-codes`: what a customer holds up to be scanned. Opening one takes no Idempotency-Key: its answer is never stored."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.payment_codes import actions, queries
from services.payments.payment_codes.schemas import (
    CapAnswer,
    CapRequest,
    ChargeRequest,
    OpenedAnswer,
    PaymentCodeAnswer,
    PaymentCodeId,
    cap_answer,
    code_answer,
    opened_answer,
)
from services.payments.qr_codes.rules import consumer_code
from services.payments.risk.saying import JUDGED

router = APIRouter(tags=["payment codes"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]
Token = Annotated[str, Path(min_length=1, max_length=30, description="the 18 digits that were scanned")]
NOT_STORED = {"Cache-Control": "no-store"}


@router.post("/v1/payment-codes", status_code=201, response_model=OpenedAnswer, openapi_extra=KEYLESS)
async def open_payment_code(request: Request, caller: Writer) -> Response:
    """A code that one merchant may charge once, for a minute. At most three of a customer live at a time."""
    seed = f"payment code {uuid4()}"
    opened = await commands.perform(runtime_of(request), actions.open_code, caller, seed=seed)
    answer = opened_answer(opened, consumer_code(opened.token))
    return JSONResponse(answer.model_dump(mode="json"), 201, headers=NOT_STORED)


@router.get("/v1/payment-codes")
async def list_payment_codes(request: Request, caller: Reader, paging: Paging) -> Page[PaymentCodeAnswer]:
    """The customer's codes and what they paid for, newest first."""
    customer_id = customer_of(caller)
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.codes_of(connection, customer_id, before, paging.limit + 1)
    return Page[PaymentCodeAnswer].model_validate(
        page([code_answer(code) for code in rows], paging, lambda row: (row.id,))
    )


@router.post("/v1/payment-codes/{code_id}/withdrawal", response_model=PaymentCodeAnswer)
async def withdraw_payment_code(request: Request, code_id: PaymentCodeId, caller: Writer) -> Response:
    """The customer takes a code back."""
    return await commands.run(request, actions.withdraw_code, code_answer, status=200, code_id=code_id)


@router.post(
    "/v1/payment-codes/{token}/charges", status_code=201, response_model=PaymentCodeAnswer, dependencies=[JUDGED]
)
async def charge_payment_code(request: Request, token: Token, body: ChargeRequest, caller: Writer) -> Response:
    """A merchant charges whoever showed the code for an order of its own; more than the cap is for the buyer to confirm."""
    return await commands.run(request, actions.charge, code_answer, token=token, order_id=body.order_id)


@router.post("/v1/payment-code-caps", status_code=201, response_model=CapAnswer)
async def set_payment_code_cap(request: Request, body: CapRequest, caller: Operator) -> Response:
    """The largest payment by code without confirmation, from a day on."""
    facts = {name: getattr(body, name) for name in CapRequest.model_fields}
    return await commands.run(request, actions.set_cap, cap_answer, **facts)


@router.get("/v1/payment-code-caps")
async def list_payment_code_caps(request: Request, caller: Operator, paging: Paging) -> Page[CapAnswer]:
    """All there were and are, by currency and day."""
    after = (paging.after[0], paging.after[1]) if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.caps(connection, after, paging.limit + 1)
    items = [cap_answer(cap) for cap in rows]
    return Page[CapAnswer].model_validate(page(items, paging, lambda row: (row.currency, row.from_on)))
