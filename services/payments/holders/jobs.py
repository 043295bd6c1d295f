"""Asking the identity service, outside any transaction."""

from typing import Any
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from services.payments.holders import actions, queries
from services.payments.holders.identity_service import UNKNOWN, Identities
from services.payments.holders.model import Answer, Check, CheckState, Facts
from services.payments.holders.vault import IdentityVault

PAYMENTS = service_caller("payments")
BATCH = 100


async def ask_identity_service(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Ask about a check whose answer is not known; what the service says is recorded once, that it says nothing every time."""
    check_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        check = await queries.check_with(connection, check_id)
        if check is None or check.state is not CheckState.PENDING:
            return
        identity = await queries.identity_of(connection, check.customer_id)
    assert identity is not None
    answer = await _asked(runtime, check, runtime.get(IdentityVault).open(identity))
    seed = f"check {check_id} {check.tries} {answer.verdict}"
    await commands.perform(runtime, actions.record_answer, PAYMENTS, seed=seed, check_id=check_id, answer=answer)


async def work_due_checks(runtime: Runtime) -> None:
    """Whoever did not answer is asked again, or for the last time."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.due_checks(connection, now, BATCH)
    for check in due:
        await ask_identity_service(runtime, {"id": str(check.id)})


async def _asked(runtime: Runtime, check: Check, facts: Facts) -> Answer:
    service = runtime.get(Identities).service
    if service is None:
        return UNKNOWN
    reference = encode("idc", check.id)
    found = await service.find(reference) if check.tries else None
    return await service.ask(reference, check.channel, facts) if found is None else found
