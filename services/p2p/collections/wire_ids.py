"""Ids of collections on the wire."""

from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId, encode

CaseId = Annotated[UUID, TypeId("cca")]
ContactId = Annotated[UUID, TypeId("cco")]
PromiseId = Annotated[UUID, TypeId("ptp")]
CollectionRequestId = Annotated[UUID, TypeId("clr")]


def case_text(value: UUID) -> str:
    return encode("cca", value)


def contact_text(value: UUID) -> str:
    return encode("cco", value)


def promise_text(value: UUID) -> str:
    return encode("ptp", value)


def request_text(value: UUID) -> str:
    return encode("clr", value)
