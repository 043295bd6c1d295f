"""How this service reaches payments: with its own 60-second tokens, acting for a customer where her money is moved.

An absent neighbour turns stories off that need it, never the service: their jobs wait in the queue until it answers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.identity import NEIGHBOUR_SCOPES
from chassis.runtime import Runtime
from chassis.trace import outgoing_headers
from clients.payments.client import PaymentsClient

NOWHERE = "http://127.0.0.1:9"
"""The discard port: calls without an address fail at once and are tried again later."""


@asynccontextmanager
async def payments_client(runtime: Runtime) -> AsyncIterator[None]:
    scopes = sorted(scope for scope in NEIGHBOUR_SCOPES["ecommerce_credit"] if scope.startswith("payments:"))

    def token(acting_for: str | None) -> str:
        return runtime.signer.token("payments", scopes, acting_for=acting_for)

    client = PaymentsClient(runtime.settings.neighbours.get("payments", NOWHERE), token, headers=outgoing_headers)
    runtime.provide(client)
    try:
        yield
    finally:
        await client.close()
