"""`/v1/webhooks`: where a party wants to be told, what was sent, and why a signature did not hold.

Registering and rotating take no Idempotency-Key: their answers hold a secret and are never stored. A second registration of an address
is refused, and a second rotation makes another secret.
"""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.webhooks import AddressRefused, Sender
from services.payments.webhooks import actions, queries, signing
from services.payments.webhooks.errors import AddressNotAllowed, UnknownDelivery, UnknownEndpoint
from services.payments.webhooks.model import Delivery, DeliveryState, Endpoint
from services.payments.webhooks.schemas import (
    ChooseTypesRequest,
    DeliveryAnswer,
    DeliveryId,
    DeliveryLogAnswer,
    EndpointAnswer,
    EndpointId,
    RegisterEndpointRequest,
    ReplayAnswer,
    ReplayRequest,
    SecretAnswer,
    SignAnswer,
    SignRequest,
    delivery_answer,
    endpoint_answer,
    log_answer,
    replay_answer,
    secret_answer,
)
from services.payments.webhooks.sending import WebhookKeys

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
NOT_STORED = {"Cache-Control": "no-store"}
ATTEMPTS_SHOWN = 50


@router.post("/endpoints", status_code=201, response_model=SecretAnswer, openapi_extra=KEYLESS)
async def register_endpoint(request: Request, body: RegisterEndpointRequest, caller: Writer) -> Response:
    """Be told of the events that concern one's merchants and oneself, from now on. The secret is in this answer alone."""
    try:
        await runtime_of(request).get(Sender).check(body.url)
    except AddressRefused as refused:
        raise AddressNotAllowed(str(refused), field="url") from None
    return await _showing(request, actions.register_endpoint, caller, url=body.url, types=body.types)


@router.post("/endpoints/{endpoint_id}/secret", status_code=201, response_model=SecretAnswer, openapi_extra=KEYLESS)
async def rotate_secret(request: Request, endpoint_id: EndpointId, caller: Writer) -> Response:
    """A new secret, in this answer alone. For a day messages are signed with the one before too."""
    return await _showing(request, actions.rotate_secret, caller, endpoint_id=endpoint_id)


@router.put("/endpoints/{endpoint_id}/types", response_model=EndpointAnswer)
async def choose_types(request: Request, endpoint_id: EndpointId, body: ChooseTypesRequest, caller: Writer) -> Response:
    """Which events it is told of, from the next one on."""
    return await commands.run(
        request, actions.choose_types, endpoint_answer, status=200, endpoint_id=endpoint_id, types=body.types
    )


@router.post("/endpoints/{endpoint_id}/disabling", response_model=EndpointAnswer)
async def disable_endpoint(request: Request, endpoint_id: EndpointId, caller: Writer) -> Response:
    """Send nothing there; what waits and what comes are dead letters that can be replayed."""
    return await commands.run(request, actions.disable_endpoint, endpoint_answer, status=200, endpoint_id=endpoint_id)


@router.post("/endpoints/{endpoint_id}/enabling", response_model=EndpointAnswer)
async def enable_endpoint(request: Request, endpoint_id: EndpointId, caller: Writer) -> Response:
    """Send there again."""
    return await commands.run(request, actions.enable_endpoint, endpoint_answer, status=200, endpoint_id=endpoint_id)


@router.post("/endpoints/{endpoint_id}/removal", response_model=EndpointAnswer)
async def remove_endpoint(request: Request, endpoint_id: EndpointId, caller: Writer) -> Response:
    """For good; the address may be registered anew."""
    return await commands.run(request, actions.remove_endpoint, endpoint_answer, status=200, endpoint_id=endpoint_id)


@router.post("/endpoints/{endpoint_id}/tests", status_code=201, response_model=DeliveryAnswer)
async def send_test(request: Request, endpoint_id: EndpointId, caller: Writer) -> Response:
    """A message of type `payments.webhook.test.v1` that tells nothing."""
    return await commands.run(request, actions.send_test, delivery_answer, endpoint_id=endpoint_id)


@router.post("/endpoints/{endpoint_id}/replays", status_code=201, response_model=ReplayAnswer)
async def replay_since(request: Request, endpoint_id: EndpointId, body: ReplayRequest, caller: Writer) -> Response:
    """Send again what ended since an instant: dead letters, and what was acknowledged if asked for."""
    states = [DeliveryState(state) for state in body.states or ("dead",)]
    return await commands.run(
        request, actions.replay_since, replay_answer, endpoint_id=endpoint_id, since=body.since, states=states
    )


@router.post("/deliveries/{delivery_id}/replay", response_model=DeliveryAnswer)
async def replay_delivery(request: Request, delivery_id: DeliveryId, caller: Writer) -> Response:
    """Send one again, from the beginning of its schedule, under the same id."""
    return await commands.run(request, actions.replay_delivery, delivery_answer, status=200, delivery_id=delivery_id)


@router.get("/endpoints")
async def list_endpoints(request: Request, caller: Reader, paging: Paging) -> Page[EndpointAnswer]:
    """The caller's endpoints, an operator sees all; oldest first."""
    owner = None if caller.may("payments:operate") else caller.party
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.endpoints_of(connection, owner, after, paging.limit + 1)
    items = [endpoint_answer(endpoint) for endpoint in rows]
    return Page[EndpointAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/endpoints/{endpoint_id}")
async def read_endpoint(request: Request, endpoint_id: EndpointId, caller: Reader) -> EndpointAnswer:
    return endpoint_answer(await _own_endpoint(request, caller, endpoint_id))


@router.get("/endpoints/{endpoint_id}/deliveries")
async def list_deliveries(
    request: Request,
    endpoint_id: EndpointId,
    caller: Reader,
    paging: Paging,
    state: DeliveryState | None = None,
) -> Page[DeliveryAnswer]:
    """What was sent or waits, newest first; `state=dead` for what was given up."""
    await _own_endpoint(request, caller, endpoint_id)
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.deliveries_of(connection, endpoint_id, state, before, paging.limit + 1)
    items = [delivery_answer(delivery) for delivery in rows]
    return Page[DeliveryAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/deliveries/{delivery_id}")
async def read_delivery(request: Request, delivery_id: DeliveryId, caller: Reader) -> DeliveryLogAnswer:
    """A delivery with its log: status, latency and first bytes of each answer."""
    delivery = await _own_delivery(request, caller, delivery_id, operators=True)
    async with runtime_of(request).reading() as connection:
        return log_answer(delivery, await queries.attempts_of(connection, delivery_id, ATTEMPTS_SHOWN))


@router.post("/debug/sign", openapi_extra=KEYLESS)
async def debug_sign(request: Request, body: SignRequest, caller: Reader) -> SignAnswer:
    """The exact text that is signed, and where the receiver's first differs from it."""
    if body.delivery_id is None:
        return signing.explained(body)
    delivery = await _own_delivery(request, caller, body.delivery_id)
    return await signing.explained_delivery(runtime_of(request), delivery, body)


async def _showing(request: Request, action: Any, caller: Caller, **facts: Any) -> Response:
    runtime = runtime_of(request)
    keys = runtime.get(WebhookKeys).keys
    shown = await commands.perform(runtime, action, caller, seed=f"webhook secret {uuid4()}", keys=keys, **facts)
    return JSONResponse(secret_answer(shown).model_dump(mode="json"), 201, headers=NOT_STORED)


async def _own_endpoint(request: Request, caller: Caller, endpoint_id: EndpointId) -> Endpoint:
    async with runtime_of(request).reading() as connection:
        endpoint = await queries.endpoint_with(connection, endpoint_id)
    if endpoint is None or not (endpoint.owner == caller.party or caller.may("payments:operate")):
        raise UnknownEndpoint("no such endpoint", field="endpoint_id")
    return endpoint


async def _own_delivery(
    request: Request, caller: Caller, delivery_id: DeliveryId, *, operators: bool = False
) -> Delivery:
    """operators: whether they see it too; they read every log, but have nothing signed with another's secret."""
    async with runtime_of(request).reading() as connection:
        delivery = await queries.delivery_with(connection, delivery_id)
        endpoint = None if delivery is None else await queries.endpoint_with(connection, delivery.endpoint_id)
    sees = endpoint is not None and (endpoint.owner == caller.party or (operators and caller.may("payments:operate")))
    if delivery is None or not sees:
        raise UnknownDelivery("no such delivery", field="delivery_id")
    return delivery
