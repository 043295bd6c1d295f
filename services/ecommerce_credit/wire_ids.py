"""Ids of this service's nouns on the wire, and of the neighbours' that it names."""

from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId, encode

ImportId = Annotated[UUID, TypeId("imp")]
ShopId = Annotated[UUID, TypeId("shp")]
ShopClaimId = Annotated[UUID, TypeId("shc")]
LimitId = Annotated[UUID, TypeId("lim")]
LineId = Annotated[UUID, TypeId("crl")]
DrawingId = Annotated[UUID, TypeId("drw")]
RepaymentId = Annotated[UUID, TypeId("crp")]
FundingPartyId = Annotated[UUID, TypeId("fnd")]
CapitalMovementId = Annotated[UUID, TypeId("cap")]
CustomerId = Annotated[UUID, TypeId("cus")]
AccountId = Annotated[UUID, TypeId("acc")]
TransferId = Annotated[UUID, TypeId("trf")]


def customer_text(value: UUID) -> str:
    return encode("cus", value)


def import_text(value: UUID) -> str:
    return encode("imp", value)


def shop_text(value: UUID) -> str:
    return encode("shp", value)


def shop_claim_text(value: UUID) -> str:
    return encode("shc", value)


def limit_text(value: UUID) -> str:
    return encode("lim", value)


def line_text(value: UUID) -> str:
    return encode("crl", value)


def drawing_text(value: UUID) -> str:
    return encode("drw", value)


def repayment_text(value: UUID) -> str:
    return encode("crp", value)


def movement_text(value: UUID) -> str:
    return encode("cap", value)
