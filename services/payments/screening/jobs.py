"""Names compared in the background: those just told, those never seen, and all again when a list has changed."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.cards.vault import CardVault
from services.payments.holders.queries import identity_of
from services.payments.holders.vault import IdentityVault
from services.payments.merchant_payouts.queries import payout_account_with
from services.payments.merchant_payouts.sealing import unseal
from services.payments.merchants.queries import merchant_with
from services.payments.screening import actions, queries
from services.payments.screening.lists import Lists
from services.payments.screening.model import ScreenedKind
from services.payments.screening.vault import ScreeningVault

log = structlog.get_logger(__name__)
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


async def screen_payout_account(runtime: Runtime, payload: dict[str, Any]) -> None:
    account_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        account = await payout_account_with(connection, account_id)
    if account is None:
        return
    name = unseal(runtime.get(CardVault), account).holder_name
    facts = {"account_id": account_id, "name": name, "sealed": account.details, **_parts(runtime)}
    await commands.perform(runtime, actions.screen_payout_account, PAYMENTS, seed=f"screen {uuid4()}", **facts)


async def screen_unseen(runtime: Runtime) -> None:
    """Whoever was here before screening was, and whoever's own job came to nothing. One that fails stops none of the others."""
    of_kind = {
        ScreenedKind.CUSTOMER: screen_customer,
        ScreenedKind.MERCHANT: screen_merchant,
        ScreenedKind.PAYEE: screen_payout_account,
    }
    after = None
    for _ in range(MOST_ROUNDS):
        async with runtime.reading() as connection:
            found = await queries.unseen(connection, after, UNSEEN_AT_ONCE)
        for kind, subject_id in found:
            after = subject_id
            try:
                await of_kind[kind](runtime, {"id": str(subject_id)})
            except Exception:
                log.exception("name_not_screened", subject_kind=kind, subject_id=str(subject_id))
        if len(found) < UNSEEN_AT_ONCE:
            return


async def screen_again(runtime: Runtime) -> None:
    """Slice by slice, until nobody is left who was compared with older lists; then what else is due."""
    after = None
    for _ in range(MOST_ROUNDS):
        done = await _slice_again(runtime, after)
        if len(done) < actions.AT_ONCE:
            break
        after = done[-1]
    for action in (actions.freeze_confirmed, actions.tell_overdue):
        for _ in range(MOST_ROUNDS):
            if not await commands.perform(runtime, action, PAYMENTS, seed=f"due {uuid4()}"):
                break


async def _slice_again(runtime: Runtime, after: UUID | None) -> list[UUID]:
    """Together, and where one fails each by itself: that one is told, the others are compared."""
    try:
        return await _compare_again(runtime, after, actions.AT_ONCE)
    except Exception:
        log.exception("slice_not_screened", after=str(after))
    done: list[UUID] = []
    async with runtime.reading() as connection:
        compiled = await runtime.get(Lists).current(connection)
        now = await runtime.database.now()
        wanted = await queries.stale_ids(connection, compiled.generation, now, after, actions.AT_ONCE)
    for subject_id in wanted:
        try:
            await _compare_again(runtime, UUID(int=subject_id.int - 1), 1)
        except Exception:
            log.exception("name_not_screened", subject_id=str(subject_id))
        done.append(subject_id)
    return done


async def _compare_again(runtime: Runtime, after: UUID | None, limit: int) -> list[UUID]:
    facts = {"after": after, "limit": limit, **_parts(runtime)}
    return await commands.perform(runtime, actions.screen_again, PAYMENTS, seed=f"screen again {uuid4()}", **facts)


def _parts(runtime: Runtime) -> dict[str, Any]:
    return {"lists": runtime.get(Lists), "vault": runtime.get(ScreeningVault)}
