"""What is counted from events of info_broker."""

from collections.abc import Mapping
from typing import Any

from gateway.operations.model import Fact


def _viewed(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("product_views", subject, product=data["product_kind"])]


def _lead_created(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("leads", subject)]


def _lead_accepted(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("leads_accepted", subject)]


READINGS = {
    "info_broker.product.viewed.v1": _viewed,
    "info_broker.lead.created.v1": _lead_created,
    "info_broker.lead.accepted.v1": _lead_accepted,
}
