"""`/v1/payment-password`, `/v1/payment-confirmations`: a payer's second factor. What holds a password takes no Idempotency-Key: no trace
of it is stored, and asked again nothing happens twice."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.confirmations import actions, rules
from services.payments.confirmations.proving import prove, prove_identity, sealed
from services.payments.confirmations.schemas import (
    ClearanceRequest,
    ConfirmationAnswer,
    ConfirmationRequest,
    CustomerId,
    PasswordRequest,
    confirmation_answer,
)

router = APIRouter(prefix="/v1", tags=["confirmations"])
Writer = Annotated[Caller, requires("payments:write")]
Operator = Annotated[Caller, requires("payments:operate")]


@router.put("/payment-password", status_code=204, openapi_extra=KEYLESS)
async def set_payment_password(request: Request, body: PasswordRequest, caller: Writer) -> None:
    """A customer sets her payment password, or changes it by saying the one that stands."""
    runtime, customer_id = runtime_of(request), customer_of(caller)
    rules.require_strong(body.password)
    seed = f"payment password {uuid4()}"
    if body.current is not None:
        proved = await prove(runtime, caller, body.current)
        new = await sealed(runtime, customer_id, body.password)
        await commands.perform(runtime, actions.change_password, caller, seed=seed, proved=proved, sealed=new)
        return
    await prove_identity(runtime, caller, body.identity_number)
    new = await sealed(runtime, customer_id, body.password)
    await commands.perform(runtime, actions.set_password, caller, seed=seed, sealed=new)


@router.post("/payment-passwords/{customer_id}/clearance", status_code=204, openapi_extra=KEYLESS)
async def clear_payment_password(
    request: Request, customer_id: CustomerId, body: ClearanceRequest, caller: Operator
) -> None:
    """An operator has seen that she is who she says: what she has forgotten is cleared, and she sets another."""
    await commands.perform(
        runtime_of(request),
        actions.clear_password,
        caller,
        seed=f"clear payment password {uuid4()}",
        customer_id=customer_id,
        reason=body.reason,
    )


@router.post("/payment-confirmations", status_code=201, openapi_extra=KEYLESS)
async def confirm_payment(request: Request, body: ConfirmationRequest, caller: Writer) -> ConfirmationAnswer:
    """Confirm one payment by the payment password: good for that payment alone, for five minutes."""
    runtime = runtime_of(request)
    proved = await prove(runtime, caller, body.password)
    confirmation = await commands.perform(
        runtime,
        actions.confirm,
        caller,
        seed=f"confirmation {uuid4()}",
        proved=proved,
        subject=body.subject,
        amount=body.amount,
        currency=body.currency,
    )
    return confirmation_answer(confirmation)
