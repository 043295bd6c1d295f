"""Paid placements on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import model_validator

from chassis import wire
from chassis.ids import TypeId
from services.info_broker.institutions.profile import Name
from services.info_broker.placements.model import Placement
from services.info_broker.products.schemas import ProductId

PlacementId = Annotated[UUID, TypeId("plc")]


class PlacementRequest(wire.Request):
    """advertiser: shown to readers beside the word that says it is paid."""

    product_id: ProductId
    advertiser: Name
    begins_at: wire.Instant
    ends_at: wire.Instant

    @model_validator(mode="after")
    def _in_order(self) -> "PlacementRequest":
        if self.ends_at <= self.begins_at:
            raise ValueError("a placement ends after it begins")
        return self


class PlacementAnswer(wire.Answer):
    id: PlacementId
    product_id: ProductId
    advertiser: str
    begins_at: datetime
    ends_at: datetime
    recorded_at: datetime
    recorded_by: str


def placement_answer(placement: Placement) -> PlacementAnswer:
    return PlacementAnswer.model_validate(placement)
