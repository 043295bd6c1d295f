"""Addresses asked of a node, outside any transaction: before somebody takes one, and in time for the next."""

from uuid import uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError
from services.payments.coins import actions, queries
from services.payments.coins.chain import Chains
from services.payments.coins.errors import NoChain

PAYMENTS = service_caller("payments")
FREE_ADDRESSES = 20
FEW_ADDRESSES = 5
log = structlog.get_logger(__name__)


async def fill_addresses(runtime: Runtime, unit: str) -> None:
    """So many that nobody waits for one. A number that two ask for is one address."""
    async with runtime.reading() as connection:
        first, free = await queries.numbers_of(connection, unit)
    if free >= FEW_ADDRESSES:
        return
    try:
        made = await runtime.get(Chains).of(unit).new_addresses(range(first, first + FREE_ADDRESSES))
    except (ClientError, NoChain) as fault:
        log.info("no_addresses_made", unit=unit, fault=type(fault).__name__)
        return
    seed = f"addresses of {unit} {first} {uuid4()}"
    await commands.perform(runtime, actions.keep_addresses, PAYMENTS, seed=seed, unit=unit, made=made, first=first)
