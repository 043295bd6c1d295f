"""`/bank/{bank}/v1/payment-orders`: pain.001 in, pain.002 out."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from sandbox.bank.answering import answered
from sandbox.bank.directory import bank_named
from sandbox.bank.model import Bank
from sandbox.errors import UnknownMessage
from sandbox.payment_orders import actions, queries, rules
from sandbox.payment_orders.pain import read_message, status_report

router = APIRouter(prefix="/bank", tags=["payment orders"])
TheBank = Annotated[Bank, Depends(bank_named)]
XML = "application/xml"
REPORT: dict[int | str, dict[str, Any]] = {
    200: {"content": {XML: {}}, "description": "pain.002 of the version that belongs to the message"}
}
MESSAGE = KEYLESS | {"requestBody": {"required": True, "content": {XML: {"schema": {"type": "string"}}}}}


@router.post("/{bank}/v1/payment-orders", response_class=Response, responses=REPORT, openapi_extra=MESSAGE)
async def take_payment_orders(
    request: Request, bank: TheBank, caller: Annotated[Caller, requires("sandbox:write")]
) -> Response:
    """A pain.001 message (.03 or .09) that pays out of the reserve. Its message id is the key: sent twice, executed once."""
    content = await request.body()
    message = read_message(content)
    runtime = runtime_of(request)
    orders, rejected = await commands.perform(
        runtime,
        actions.take_message,
        caller,
        seed=f"{bank.code} message {message.message_id}",
        bank=bank,
        message=message,
        content=content,
    )
    made_at = orders[0].received_at if orders else await runtime.database.now()
    answer = Response(status_report(message.message_id, message.name, made_at, orders, rejected), media_type=XML)
    return await answered(request, rules.behaviour_of_message(message, bank), answer)


@router.get("/{bank}/v1/payment-orders/{message_id}", response_class=Response, responses=REPORT)
async def read_payment_orders(
    request: Request,
    bank: TheBank,
    message_id: Annotated[str, Path(max_length=35)],
    caller: Annotated[Caller, requires("sandbox:read")],
) -> Response:
    """Where the transactions of a message stand now."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        orders = await queries.orders_of(connection, bank.code, message_id)
    if not orders or not rules.is_shown(orders, bank, now):
        raise UnknownMessage("no message has this id", field="message_id")
    return Response(status_report(message_id, orders[0].message_name, now, orders), media_type=XML)
