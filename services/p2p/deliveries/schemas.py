"""Deliveries on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from chassis import wire
from chassis.clock import business_day
from services.p2p.deliveries.actions import Shipments
from services.p2p.deliveries.model import Delivery
from services.p2p.deliveries.rules import days_late
from services.p2p.wire_ids import PledgeId, ProjectId, TierId

StateName = Literal["owed", "shipped", "received", "closed"]


class ShipmentRequest(wire.Request):
    pledge_id: PledgeId
    tracking: Annotated[str, Field(min_length=1, max_length=64)]


class ShipmentsRequest(wire.Request):
    """Rewards that are on their way, each once."""

    items: Annotated[list[ShipmentRequest], Field(min_length=1, max_length=500)]

    def tracking(self) -> dict[UUID, str]:
        return {item.pledge_id: item.tracking for item in self.items}


class ShipmentsAnswer(wire.Answer):
    """skipped: not owed by this project, or shipped before."""

    project_id: ProjectId
    shipped: list[PledgeId]
    skipped: list[PledgeId]


class DeliveryAnswer(wire.Answer):
    """days_late: by how many days it was shipped after the day promised, or is late by now. due_at: when it counts as received."""

    pledge_id: PledgeId
    project_id: ProjectId
    tier_id: TierId
    promised_on: date
    state: StateName
    tracking: str | None
    days_late: int
    shipped_at: datetime | None
    received_at: datetime | None
    due_at: datetime | None


def shipments_answer(shipments: Shipments) -> ShipmentsAnswer:
    return ShipmentsAnswer(project_id=shipments.id, shipped=shipments.shipped, skipped=shipments.skipped)


def delivery_answer(delivery: Delivery, today: date, zone: ZoneInfo) -> DeliveryAnswer:
    shipped_on = None if delivery.shipped_at is None else business_day(delivery.shipped_at, zone)
    return DeliveryAnswer(
        pledge_id=delivery.pledge_id,
        project_id=delivery.project_id,
        tier_id=delivery.tier_id,
        promised_on=delivery.promised_on,
        state=delivery.state.value,
        tracking=delivery.tracking,
        days_late=days_late(delivery.promised_on, shipped_on, today),
        shipped_at=delivery.shipped_at,
        received_at=delivery.received_at,
        due_at=delivery.due_at,
    )
