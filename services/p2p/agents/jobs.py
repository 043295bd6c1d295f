"""Commissions accrued, paid from the origination fees, and asked back, outside any transaction."""

from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.identity import service_caller
from chassis.ids import decode
from chassis.runtime import Runtime
from clients.errors import ClientError, Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.agents import commissions, queries, rules
from services.p2p.agents.model import Commission, CommissionEvent, CommissionState
from services.p2p.refusals import is_final
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import loan_text

P2P = service_caller("p2p")
COMMISSION_CODE = "p2p.agent.commission"
CLAWBACK_CODE = "p2p.agent.clawback"
SLICE = 100
log = structlog.get_logger(__name__)


async def work_commissions(runtime: Runtime) -> None:
    """New ones, at most a slice each minute, then those whose time has come, each by itself: started twice it moves nothing twice."""
    now = await runtime.database.now()
    await commands.perform(runtime, commissions.accrue, P2P, seed=f"p2p.commissions\0{now}")
    async with runtime.reading() as connection:
        found = await queries.due(connection, await runtime.database.now(), SLICE)
    for commission_id in found:
        try:
            await work_commission(runtime, commission_id)
        except ClientError as fault:
            log.warning("commission_left_for_later", commission_id=str(commission_id), fault=repr(fault))


async def work_commission(runtime: Runtime, commission_id: UUID) -> None:
    now = await runtime.database.now()
    today = business_day(now, runtime.settings.zone)
    async with runtime.reading() as connection:
        one = await queries.commission(connection, commission_id)
        failed = await queries.has_failed(connection, one.loan_id, today, rules.FAILED_DAYS)
    if one.due_at is None or one.due_at > now:
        return
    if one.state is CommissionState.TAKING_BACK:
        await _move(runtime, one, CommissionEvent.TAKE_BACK)
    elif failed and one.state is CommissionState.ACCRUED:
        await _forgo(runtime, one)
    elif failed:
        await _record(runtime, one, CommissionEvent.FAIL)
    elif one.state is CommissionState.ACCRUED:
        await _move(runtime, one, CommissionEvent.PAY)
    elif now >= one.clawback_until:
        await _record(runtime, one, CommissionEvent.EARN)
    else:
        await _wait(runtime, one, None)


async def _forgo(runtime: Runtime, one: Commission) -> None:
    """Forfeited, unless an earlier try moved it and was not recorded: then it was paid, and is asked back."""
    fees = (await ensure_house_accounts(runtime, one.currency))[HousePurpose.ORIGINATION_FEES]
    its_id = derived(one.accrued_at, fees, COMMISSION_CODE, one.id, one.tries)
    client = runtime.get(PaymentsClient)
    for moved in await client.find_transfers(account_id=fees, reference=loan_text(one.loan_id), code=COMMISSION_CODE):
        if moved.id == its_id:
            await _record(runtime, one, CommissionEvent.PAY, moved.credit_account_id)
            return
    await _record(runtime, one, CommissionEvent.FAIL)


async def _move(runtime: Runtime, one: Commission, event: CommissionEvent) -> None:
    """From the fees to the agent's wallet, or back. The transfer's id follows from the commission and how often it was refused."""
    client = runtime.get(PaymentsClient)
    fees = (await ensure_house_accounts(runtime, one.currency))[HousePurpose.ORIGINATION_FEES]
    back = event is CommissionEvent.TAKE_BACK
    try:
        account_id = one.account_id
        if account_id is None:
            wallet = await client.wallet_of(decode("cus", one.agent_party), one.currency)
            if wallet is None:
                await _wait(runtime, one, "no_wallet")
                return
            account_id = wallet.account_id
        debit, credit = (account_id, fees) if back else (fees, account_id)
        code = CLAWBACK_CODE if back else COMMISSION_CODE
        order = TransferCommand(
            id=derived(one.accrued_at, debit, code, one.id, one.tries),
            debit_account_id=debit,
            credit_account_id=credit,
            amount=one.amount_minor,
            currency=one.currency,
            code=code,
            reference=loan_text(one.loan_id),
        )
        await client.transfer(order, acting_for=one.agent_party if back else None)
    except Refused as refused:
        if not is_final(refused):
            raise
        await _wait(runtime, one, refused.code)
        return
    await _record(runtime, one, event, account_id)


async def _record(runtime: Runtime, one: Commission, event: CommissionEvent, account_id: UUID | None = None) -> None:
    await commands.perform(
        runtime,
        commissions.record,
        P2P,
        seed=f"p2p.commission\0{one.id}\0{event}",
        commission_id=one.id,
        known=one.state,
        event=event,
        account_id=account_id,
    )


async def _wait(runtime: Runtime, one: Commission, refused: str | None) -> None:
    await commands.perform(
        runtime,
        commissions.wait,
        P2P,
        seed=f"p2p.commission\0{one.id}\0wait\0{one.due_at}",
        commission_id=one.id,
        known=one.state,
        refused=refused,
    )
