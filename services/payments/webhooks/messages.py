"""The exact text of a message, the same at every attempt, and what it is sent with."""

import json
from datetime import datetime
from typing import Any

from chassis.events import ID_PREFIX, cloud_event
from chassis.ids import encode
from chassis.sealing import SealingKeys
from services.payments.webhooks.model import Delivery, Endpoint, Outgoing


def message_id(delivery: Delivery) -> str:
    """The event's, so that a receiver knows a message again however and whenever it comes."""
    return encode(ID_PREFIX, delivery.event_id)


def outgoing(
    delivery: Delivery, endpoint: Endpoint, event: Any, source: str, now: datetime, keys: SealingKeys
) -> Outgoing:
    """event: the row of the log, None for a test; now: real time. The newest secret stands first."""
    sealed = [endpoint.secret]
    if endpoint.previous_secret is not None and endpoint.previous_until is not None and now < endpoint.previous_until:
        sealed.append(endpoint.previous_secret)
    secrets = tuple(keys.open(endpoint.id, secret) for secret in sealed)
    return Outgoing(delivery, delivery.url or endpoint.url, body_of(delivery, event, source), secrets)


def body_of(delivery: Delivery, event: Any, source: str) -> str:
    """A CloudEvent without its place in the feed, which an event that has just happened does not have yet."""
    if delivery.test:
        document = _test(delivery, source)
    else:
        document = cloud_event(source, event)
        del document["position"]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _test(delivery: Delivery, source: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": message_id(delivery),
        "source": f"/{source}",
        "type": delivery.type,
        "subject": encode("whe", delivery.endpoint_id),
        "time": delivery.made_at.isoformat(),
        "datacontenttype": "application/json",
        "data": {},
    }
