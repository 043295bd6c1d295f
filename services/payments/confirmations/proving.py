"""Whether a password is right: outside any transaction, since it takes tens of milliseconds and a wrong one must stay counted."""

import asyncio
from uuid import UUID, uuid4

from chassis import commands
from chassis.identity import Caller
from chassis.runtime import Runtime
from services.payments.confirmations import actions
from services.payments.confirmations.errors import IdentityDiffers, PaymentPasswordWrong
from services.payments.confirmations.model import MOST_TRIES, PaymentPassword
from services.payments.confirmations.vault import PasswordVault
from services.payments.holders.vault import IdentityVault


async def prove(runtime: Runtime, caller: Caller, password: str) -> PaymentPassword:
    """What she has proved to know. Raises NoPaymentPassword, PaymentPasswordLocked, PaymentPasswordWrong."""
    held = await commands.perform(runtime, actions.count_try, caller, seed=_seed())
    vault = runtime.get(PasswordVault)
    assert held.sealed is not None
    if not await asyncio.to_thread(vault.proves, held.customer_id, password, held.sealed):
        left = MOST_TRIES - held.tries
        raise PaymentPasswordWrong("that is not her payment password", field="password", tries_left=left)
    await commands.perform(runtime, actions.forget_tries, caller, seed=_seed(), proved=held)
    return held


async def prove_identity(runtime: Runtime, caller: Caller, identity_number: str | None) -> None:
    """What lets her set her first. Raises PaymentPasswordStands, PaymentPasswordLocked, IdentityDiffers."""
    vault = runtime.get(IdentityVault)
    if not await commands.perform(
        runtime, actions.say_identity, caller, seed=_seed(), vault=vault, identity_number=identity_number
    ):
        raise IdentityDiffers("that is not the number of her identity", field="identity_number")


async def sealed(runtime: Runtime, customer_id: UUID, password: str) -> bytes:
    return await asyncio.to_thread(runtime.get(PasswordVault).sealed, customer_id, password)


def _seed() -> str:
    return f"payment password {uuid4()}"
