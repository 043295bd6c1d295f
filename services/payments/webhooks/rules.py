"""What an event type list may say, and what an attempt does to a delivery and its endpoint."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from services.payments.webhooks.errors import AddressNotAllowed, EndpointDisabled, EndpointRemoved, MalformedEventTypes
from services.payments.webhooks.model import (
    FAILING_LIMIT,
    Delivery,
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointState,
)

_TYPE = re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?")
LONGEST_TYPE = 100


def require_types(types: list[str]) -> None:
    """Full names, prefixes such as `payments.order.*`, or `*`. Raises MalformedEventTypes."""
    for place, name in enumerate(types):
        if len(name) > LONGEST_TYPE or not _TYPE.fullmatch(name):
            raise MalformedEventTypes("a name, a prefix that ends with .*, or *", field=f"types.{place}")


def require_written(url: str, *, plain: bool, field: str = "url") -> None:
    """Raises AddressNotAllowed. plain: http is spoken too; field: where it was said."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0 and parts.username is None and not parts.fragment
    except ValueError:
        sound = False
    if not sound or parts.scheme not in (("https", "http") if plain else ("https",)):
        raise AddressNotAllowed("an address is https:// with a host, without user and fragment", field=field)


def require_active(endpoint: Endpoint) -> None:
    """Raises EndpointDisabled, EndpointRemoved."""
    require_not_removed(endpoint)
    if endpoint.state is EndpointState.DISABLED:
        raise EndpointDisabled("the endpoint is disabled", reason=endpoint.disabled_reason)


def require_not_removed(endpoint: Endpoint) -> None:
    """Raises EndpointRemoved."""
    if endpoint.state is EndpointState.REMOVED:
        raise EndpointRemoved("the endpoint was removed")


def acknowledged(delivery: Delivery, now: datetime) -> Delivery:
    return _counted(delivery, state=DeliveryState.ACKNOWLEDGED, due_at=None, ended_at=now)


def failed(delivery: Delivery, pause: timedelta | None, now: datetime) -> Delivery:
    """Tried again after the pause; without one, a dead letter."""
    if pause is None:
        return _counted(delivery, state=DeliveryState.DEAD, due_at=None, ended_at=now)
    return _counted(delivery, due_at=now + pause)


def queued_again(delivery: Delivery, now: datetime) -> Delivery:
    """From the beginning of the schedule, under the same id, so that a receiver which has it knows it again."""
    return replace(delivery, state=DeliveryState.PENDING, tries=0, due_at=now, leased_until=None, ended_at=None)


def endpoint_after(endpoint: Endpoint, *, succeeded: bool, gone: bool, now: datetime) -> Endpoint:
    """The endpoint after an attempt at its own address."""
    if endpoint.state is not EndpointState.ACTIVE:
        return endpoint
    if succeeded:
        return replace(endpoint, failing_since=None)
    since = endpoint.failing_since or now
    if gone:
        return disabled(endpoint, DisabledReason.GONE)
    if now - since >= FAILING_LIMIT:
        return disabled(endpoint, DisabledReason.FAILING)
    return replace(endpoint, failing_since=since)


def disabled(endpoint: Endpoint, reason: DisabledReason) -> Endpoint:
    return replace(endpoint, state=EndpointState.DISABLED, disabled_reason=reason, failing_since=None)


def enabled(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, state=EndpointState.ACTIVE, disabled_reason=None, failing_since=None)


def _counted(delivery: Delivery, **changed: object) -> Delivery:
    counted = {"attempts": delivery.attempts + 1, "tries": delivery.tries + 1, "leased_until": None}
    return replace(delivery, **(counted | changed))  # type: ignore[arg-type]
