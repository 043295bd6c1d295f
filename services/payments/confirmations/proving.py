"""Whether a password is right: outside any transaction, since it takes tens of milliseconds and a wrong one must stay counted."""

import asyncio
from uuid import UUID, uuid4

from chassis import commands
from chassis.identity import Caller
from chassis.runtime import Runtime
from services.payments.confirmations import actions
from services.payments.confirmations.errors import PaymentPasswordWrong
from services.payments.confirmations.model import MOST_TRIES
from services.payments.confirmations.vault import PasswordVault


async def prove(runtime: Runtime, caller: Caller, password: str) -> None:
    """Raises NoPaymentPassword, PaymentPasswordLocked, PaymentPasswordWrong."""
    held = await commands.perform(runtime, actions.count_try, caller, seed=f"payment password {uuid4()}")
    vault = runtime.get(PasswordVault)
    if not await asyncio.to_thread(vault.proves, held.customer_id, password, held.sealed):
        left = MOST_TRIES - held.tries
        raise PaymentPasswordWrong("that is not her payment password", field="password", tries_left=left)


async def sealed(runtime: Runtime, customer_id: UUID, password: str) -> bytes:
    return await asyncio.to_thread(runtime.get(PasswordVault).sealed, customer_id, password)
