"""`/carriers`: where a shipment is, by its tracking number."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request

from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from chassis.wire import Answer
from sandbox.carriers.rules import ShipmentState, shipment
from sandbox.errors import UnknownShipment

router = APIRouter(prefix="/carriers/v1", tags=["carriers"])


class ShipmentAnswer(Answer):
    """ended_at: when it was delivered, given up as lost, or back with its sender."""

    number: str
    carrier: str
    handed_over_on: date
    state: ShipmentState
    ended_at: datetime | None


@router.get("/shipments/{number}")
async def read_shipment(
    request: Request,
    number: Annotated[str, Path(max_length=40)],
    caller: Annotated[Caller, requires("sandbox:read")],
) -> ShipmentAnswer:
    """By the carrier's own word, on business time."""
    runtime = runtime_of(request)
    found = shipment(number, await runtime.database.now(), runtime.settings.zone)
    if found is None:
        raise UnknownShipment("no carrier knows this number", field="number")
    return ShipmentAnswer.model_validate(found)
