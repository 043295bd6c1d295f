"""Paying milestones, outside any transaction: the creator's part and the house's, in one atomic batch; and what time does to them."""

from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.milestones import actions, paying, queries
from services.p2p.milestones.model import Milestone, MilestoneState
from services.p2p.project_refunds import actions as refund_actions
from services.p2p.projects import queries as project_queries
from services.p2p.projects.model import Project
from services.p2p.refusals import is_final, reason_of
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import project_text

P2P = service_caller("p2p")
PAYOUT_CODE = "p2p.crowdfunding.payout"
FEE_CODE = "p2p.crowdfunding.fee"
SLICE = 200
log = structlog.get_logger(__name__)


async def pay_milestone(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Both transfers or none. Sent again they are the same, so the answer is always learned."""
    milestone_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        milestone = await queries.load(connection, milestone_id)
        project = await project_queries.load(connection, milestone.project_id) if milestone else None
    if milestone is None or project is None or milestone.state is not MilestoneState.PAYING:
        return
    fees = (await ensure_house_accounts(runtime, project.currency))[HousePurpose.FUNDING_FEES]
    attempt = milestone.attempts
    seed = f"p2p.milestone.paid\0{milestone_id}\0{attempt}"
    try:
        orders = transfers_of(project, milestone, fees)
        if orders:
            await runtime.get(PaymentsClient).transfers(orders, mode="atomic")
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = reason_of(refused)
        await commands.perform(
            runtime, paying.record_refused, P2P, seed=seed, milestone_id=milestone_id, attempt=attempt, reason=reason
        )
        return
    await commands.perform(runtime, paying.record_paid, P2P, seed=seed, milestone_id=milestone_id, attempt=attempt)


def transfers_of(project: Project, milestone: Milestone, fees_account_id: UUID) -> list[TransferCommand]:
    """Out of the project's account; a part of nothing is not moved."""
    assert project.account_id is not None
    assert project.creator_account_id is not None
    assert project.opened_at is not None
    parts = (
        (PAYOUT_CODE, project.creator_account_id, milestone.net_minor),
        (FEE_CODE, fees_account_id, milestone.fee_minor),
    )
    return [
        TransferCommand(
            id=derived(project.opened_at, project.account_id, code, milestone.id, milestone.attempts),
            debit_account_id=project.account_id,
            credit_account_id=account_id,
            amount=amount,
            currency=project.currency,
            code=code,
            reference=project_text(project.id),
        )
        for code, account_id, amount in parts
        if amount
    ]


async def watch_milestones(runtime: Runtime) -> None:
    """Those whose day is over, each in its own transaction; where staff has let one wait too long, the rest is refunded."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        found = await queries.past_deadline(connection, now, SLICE)
    for milestone_id in found:
        seed = f"p2p.milestone.watch\0{milestone_id}\0{now}"
        try:
            refund = await commands.perform(runtime, actions.watch, P2P, seed=seed, milestone_id=milestone_id)
            if refund:
                await commands.perform(runtime, refund_actions.for_missed, P2P, seed=seed, milestone_id=milestone_id)
        except Refusal as refusal:
            log.info("milestone_left_for_later", milestone_id=str(milestone_id), code=refusal.code)
