"""What webhooks refuse.

Refusal
├── NotFound   UnknownEndpoint · UnknownDelivery
├── Conflict   EndpointExists · TooManyEndpoints · EndpointDisabled · EndpointRemoved · NoEndpoint
└── Invalid    AddressNotAllowed · MalformedEventTypes · NothingToSign · SecretMalformed
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownEndpoint(NotFound):
    code = "unknown_webhook_endpoint"


class UnknownDelivery(NotFound):
    code = "unknown_webhook_delivery"


class EndpointExists(Conflict):
    """The owner has one at this address; a new secret for it is got by rotation."""

    code = "webhook_endpoint_exists"


class TooManyEndpoints(Conflict):
    code = "too_many_webhook_endpoints"


class EndpointDisabled(Conflict):
    code = "webhook_endpoint_disabled"


class EndpointRemoved(Conflict):
    code = "webhook_endpoint_removed"


class NoEndpoint(Conflict):
    """An address of a single record is signed with the secret of the owner's first endpoint, and there is none."""

    code = "no_webhook_endpoint"


class AddressNotAllowed(Invalid):
    """Not an address on the public internet, or of a scheme that is not spoken."""

    code = "webhook_address_not_allowed"


class MalformedEventTypes(Invalid):
    code = "malformed_event_types"


class NothingToSign(Invalid):
    """Neither a delivery nor id, timestamp and body were given."""

    code = "nothing_to_sign"


class SecretMalformed(Invalid):
    code = "malformed_webhook_secret"
