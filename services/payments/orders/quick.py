"""The quick way of `POST /v1/orders` and `/v1/orders/{order_id}/payments`: what is well formed and usual goes to the lane.

Everything else is left to the documented routes.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from chassis.commands import claim_of
from chassis.errors import Refusal, Unauthenticated
from chassis.gathering import Keyed, answered
from chassis.idempotency import checked_key
from chassis.identity import Caller, bearer_token
from chassis.ids import decode
from chassis.quick import Pending
from chassis.runtime import Runtime
from chassis.telemetry import headed
from chassis.webhooks import LONGEST_URL
from chassis.wire import CURRENCY_PATTERN, LARGEST_AMOUNT
from services.payments.orders.gathered import OrderLane, WantedOrder, WantedPayment
from services.payments.orders.rules import DEFAULT_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS, SHORTEST_TIMEOUT_SECONDS
from services.payments.risk.model import COUNTRY_HEADER, DECISION_HEADER, DEVICE_HEADER
from services.payments.risk.saying import COUNTRY_PATTERN, DEVICE_PATTERN

SCOPE = "payments:write"
NO_ZERO = r"^[^\x00]*\Z"
"""What PostgreSQL cannot store would take the others of its batch with it."""
CREATE, PAY = "/v1/orders", "/v1/orders/{order_id}/payments"
Amount = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_AMOUNT)]
Currency = Annotated[str, msgspec.Meta(pattern=CURRENCY_PATTERN.removesuffix("$") + r"\Z")]


class WireOrder(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The same shape as `schemas.CreateOrderRequest`, which documents it."""

    merchant_id: str
    merchant_order_number: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=NO_ZERO)]
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_ZERO)]
    amount: Amount
    currency: Currency
    buyer_id: str | None = None
    timeout_seconds: Annotated[int, msgspec.Meta(ge=SHORTEST_TIMEOUT_SECONDS, le=LONGEST_TIMEOUT_SECONDS)] = (
        DEFAULT_TIMEOUT_SECONDS
    )
    notify_url: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_URL, pattern=NO_ZERO)] | None = None


class WirePayment(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What `schemas.PayOrderRequest` is when a wallet pays all at once; whatever else it may say is left."""

    method: Literal["wallet"]
    amount: Amount
    currency: Currency
    confirmation_id: str | None = None


_order = msgspec.json.Decoder(WireOrder)
_payment = msgspec.json.Decoder(WirePayment)
_DEVICE, _COUNTRY = re.compile(DEVICE_PATTERN), re.compile(COUNTRY_PATTERN)


class _Quick:
    """runtime: of the process, whose lane is looked up with the first request."""

    path = ""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def ask(self, scope: Mapping[str, Any], body: bytes) -> Pending | None:
        """Raises what the lane refuses at once: it is full, or closing."""
        try:
            keyed = self._read(scope, body)
        except (Refusal, msgspec.MsgspecError, ValueError):
            return None
        return Pending(self._runtime.get(OrderLane).lane.submit(keyed), answered)

    def _read(self, scope: Mapping[str, Any], body: bytes) -> Keyed[WantedOrder | WantedPayment]:
        said = _first(scope)
        caller = self._caller(said)
        key = checked_key(said.get(b"idempotency-key", b"").decode("latin-1"))
        target = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        claim = claim_of(caller, f"POST {self.path}", key, target, body)
        return Keyed(caller, claim, self._wanted(scope, body), headed(scope["headers"])[1])

    def _wanted(self, scope: Mapping[str, Any], body: bytes) -> WantedOrder | WantedPayment:
        raise NotImplementedError

    def _caller(self, said: Mapping[bytes, bytes]) -> Caller:
        caller = self._runtime.verifier.caller(bearer_token(said.get(b"authorization", b"").decode("latin-1")))
        if not caller.may(SCOPE):
            raise Unauthenticated("left to the documented route")
        return caller


class QuickOrder(_Quick):
    path = CREATE

    def _wanted(self, scope: Mapping[str, Any], body: bytes) -> WantedOrder:
        wire = _order.decode(body)
        return WantedOrder(
            decode("mer", wire.merchant_id),
            wire.merchant_order_number,
            wire.subject,
            wire.amount,
            wire.currency,
            None if wire.buyer_id is None else decode("cus", wire.buyer_id),
            wire.timeout_seconds,
            wire.notify_url,
        )


class QuickPayment(_Quick):
    path = PAY

    def _wanted(self, scope: Mapping[str, Any], body: bytes) -> WantedPayment:
        wire = _payment.decode(body)
        said = _first(scope)
        if DECISION_HEADER.encode() in said:
            raise Unauthenticated("left to the documented route")
        confirmation_id = None if wire.confirmation_id is None else decode("cfm", wire.confirmation_id)
        device, country = _said(said, DEVICE_HEADER, _DEVICE), _said(said, COUNTRY_HEADER, _COUNTRY)
        order_id = decode("ord", scope["path"].split("/")[3])
        return WantedPayment(order_id, wire.amount, wire.currency, confirmation_id, device, country)


def _first(scope: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Headers by name; of one that is repeated the first, as the documented routes read it."""
    return dict(reversed(scope["headers"]))


def _said(said: Mapping[bytes, bytes], name: str, pattern: re.Pattern[str]) -> str | None:
    """A header, if it is well formed. Raises ValueError."""
    value = said.get(name.encode())
    if value is not None and not pattern.search(value.decode("latin-1")):
        raise ValueError(f"the documented route says what is wrong with {name}")
    return None if value is None else value.decode("latin-1")
