"""Calls to payments about projects, and what time does to them."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from services.p2p.projects import closing, queries, reviewing
from services.p2p.projects.model import Project, ProjectState
from services.p2p.refusals import is_final
from services.p2p.wire_ids import project_text

SLICE = 200
KIND = "project_escrow"
P2P = service_caller("p2p")
log = structlog.get_logger(__name__)


async def open_project(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Open the project's own account in payments, and the creator's wallet where it is missing."""
    project_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        project = await queries.load(connection, project_id)
    if project is None or project.state is not ProjectState.OPENING:
        return
    seed = f"p2p.project.opened\0{project_id}"
    try:
        account_id, creator_account_id = await _accounts(runtime.get(PaymentsClient), project)
    except Refused as refused:
        if not is_final(refused):
            raise
        await commands.perform(
            runtime, reviewing.record_not_opened, P2P, seed=seed, project_id=project_id, reason=refused.code
        )
        return
    await commands.perform(
        runtime,
        reviewing.record_opened,
        P2P,
        seed=seed,
        project_id=project_id,
        account_id=account_id,
        creator_account_id=creator_account_id,
    )


async def close_due(runtime: Runtime) -> None:
    """End the state of every project past its deadline, each in its own transaction."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for project_id in found:
        seed = f"p2p.project.close\0{project_id}\0{now}"
        try:
            await commands.perform(runtime, closing.close, P2P, seed=seed, project_id=project_id)
        except Refusal as refusal:
            log.info("project_left_for_later", project_id=str(project_id), code=refusal.code)


async def _accounts(client: PaymentsClient, project: Project) -> tuple[UUID, UUID]:
    """The project's account never pays what it does not have: the ledger itself refuses."""
    wallet = await client.open_wallet(decode("cus", project.creator), project.currency)
    name = project_text(project.id)
    account = await client.create_account(
        project.currency,
        KIND,
        key=f"p2p-project-{name}",
        rule="debits_must_not_exceed_credits",
        reference=name,
    )
    return account.id, wallet.account_id
