"""What is counted from the gateway's own events."""

from collections.abc import Mapping
from typing import Any

from gateway.operations.model import Fact


def _registered(subject: str, data: Mapping[str, Any]) -> list[Fact]:
    return [Fact("registrations", subject, channel=data["channel"])]


READINGS = {"gateway.customer.registered.v1": _registered}
