"""Names compared in the background: those just told, those never seen, and all again when a list has changed."""

from typing import Any
from uuid import UUID, uuid4

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.holders.queries import identity_of
from services.payments.holders.vault import IdentityVault
from services.payments.merchants.queries import merchant_with
from services.payments.screening import actions, queries
from services.payments.screening.lists import Lists
from services.payments.screening.model import SubjectKind
from services.payments.screening.vault import ScreeningVault

PAYMENTS = service_caller("payments")
UNSEEN_AT_ONCE = 100
MOST_ROUNDS = 100


async def screen_customer(runtime: Runtime, payload: dict[str, Any]) -> None:
    """By the name that she has declared last."""
    customer_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        identity = await identity_of(connection, customer_id)
    if identity is None:
        return
    name = runtime.get(IdentityVault).open(identity).name
    facts = {"customer_id": customer_id, "name": name, "sealed": identity.details, **_parts(runtime)}
    await commands.perform(runtime, actions.screen_customer, PAYMENTS, seed=f"screen {uuid4()}", **facts)


async def screen_merchant(runtime: Runtime, payload: dict[str, Any]) -> None:
    merchant_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        merchant = await merchant_with(connection, merchant_id)
    if merchant is None:
        return
    facts = {"merchant_id": merchant_id, "name": merchant.name, **_parts(runtime)}
    await commands.perform(runtime, actions.screen_merchant, PAYMENTS, seed=f"screen {uuid4()}", **facts)


async def screen_unseen(runtime: Runtime) -> None:
    """Whoever was here before screening was, and whoever's own job came to nothing."""
    of_kind = {SubjectKind.CUSTOMER: screen_customer, SubjectKind.MERCHANT: screen_merchant}
    for _ in range(MOST_ROUNDS):
        async with runtime.reading() as connection:
            found = await queries.unseen(connection, UNSEEN_AT_ONCE)
        for kind, subject_id in found:
            await of_kind[kind](runtime, {"id": str(subject_id)})
        if len(found) < UNSEEN_AT_ONCE:
            return


async def screen_again(runtime: Runtime) -> None:
    """Slice by slice, until nobody is left who was compared with older lists; then what else is due."""
    for action, facts in (
        (actions.screen_again, _parts(runtime)),
        (actions.freeze_confirmed, {}),
        (actions.tell_overdue, {}),
    ):
        for _ in range(MOST_ROUNDS):
            seed = f"screen again {uuid4()}"
            done: int = await commands.perform(runtime, action, PAYMENTS, seed=seed, **facts)
            if done < actions.AT_ONCE:
                break


def _parts(runtime: Runtime) -> dict[str, Any]:
    return {"lists": runtime.get(Lists), "vault": runtime.get(ScreeningVault)}
