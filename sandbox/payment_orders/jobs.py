"""Orders whose day has come."""

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from sandbox.bank.directory import banks
from sandbox.bank.rules import value_day
from sandbox.payment_orders import actions, queries

BATCH = 100
BANK = service_caller("sandbox")


async def execute_due_orders(runtime: Runtime) -> None:
    now = await runtime.database.now()
    for bank in banks().values():
        day = value_day(now, bank, runtime.settings.zone)
        async with runtime.reading() as connection:
            due = await queries.due_orders(connection, bank.code, day, BATCH)
        for order in due:
            seed = f"order {bank.code} {order.message_id} {order.end_to_end_id}"
            await commands.perform(runtime, actions.execute_order, BANK, seed=seed, order=order)
