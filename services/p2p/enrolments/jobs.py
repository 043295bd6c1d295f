"""What is charged at the end, taken outside any transaction; and what time does to enrolments."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.enrolments import actions, exiting, queries
from services.p2p.enrolments.model import Enrolment, EnrolmentState
from services.p2p.plans import queries as plan_queries
from services.p2p.plans.model import AboveCap, Plan
from services.p2p.refusals import is_final, reason_of
from services.p2p.standing_orders import queries as order_queries
from services.p2p.transfer_ids import derived
from services.p2p.wire_ids import enrolment_text

SLICE = 500
P2P = service_caller("p2p")
FEE_CODE = "p2p.fee.plan"
EXCESS_CODE = "p2p.plan.excess"
log = structlog.get_logger(__name__)


async def work_enrolments(runtime: Runtime) -> None:
    """Money that came back is lent again; lock-ins begin and end; claims of those who leave are offered; the last of them is settled."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        changed = await queries.changed(connection, SLICE)
        due = await queries.past_due(connection, now, SLICE)
        due += [one for one in await queries.all_lent(connection, SLICE) if one not in due]
    if changed:
        seed = f"p2p.enrolment.bring_back\0{changed[0]}\0{now}"
        await commands.perform(runtime, actions.bring_back, P2P, seed=seed, enrolment_ids=changed)
    await _each(runtime, [(one, 0) for one in due], actions.go_on, "go_on", "enrolment_id")
    today = business_day(now, runtime.settings.zone)
    await _offer(runtime, today)
    async with runtime.reading() as connection:
        cleared = await queries.cleared(connection, SLICE)
        settling = await queries.to_settle(connection, now, SLICE)
    await _each(runtime, [(one, 0) for one in cleared], exiting.clear, "clear", "enrolment_id")
    for enrolment_id in settling:
        try:
            await settle_enrolment(runtime, {"id": str(enrolment_id)})
        except Exception:
            log.exception("enrolment_left_for_later", record=str(enrolment_id))


async def _offer(runtime: Runtime, today: date) -> None:
    """What may be sold of those who leave, so many at a time: a claim that is refused keeps no other waiting."""
    after = queries.FIRST
    while True:
        async with runtime.reading() as connection:
            found = await queries.to_offer(connection, today, after=after, limit=SLICE)
        claims = [(one.claim_id, one.version) for one in found]
        await _each(runtime, claims, exiting.offer_claim, "offer", "claim_id")
        if len(found) < SLICE:
            return
        after = found[-1]


async def settle_enrolment(runtime: Runtime, payload: dict[str, Any]) -> None:
    """All that is charged or none of it, unless some of what came back was taken back before the ledger was asked. Sent again it is the
    same transfers, so the answer is always learned."""
    enrolment_id = UUID(payload["id"])
    async with runtime.reading() as connection:
        known = await queries.load(connection, enrolment_id)
    if known is None or known.state is not EnrolmentState.SETTLING:
        return
    seed = f"p2p.enrolment.settled\0{enrolment_id}\0{known.attempts}"
    which: dict[str, Any] = {"seed": seed, "enrolment_id": enrolment_id}
    enrolment = await commands.perform(runtime, exiting.begin_charge, P2P, **which, attempt=known.attempts)
    if not enrolment.charging:
        return
    async with runtime.reading() as connection:
        order = await order_queries.load(connection, enrolment.standing_order_id)
        found = await plan_queries.load(connection, enrolment.plan_code, enrolment.plan_version)
    assert order is not None
    assert order.account_id is not None, "something was lent"
    assert found is not None
    accounts = await ensure_house_accounts(runtime, enrolment.currency)
    orders = charges_of(enrolment, found.plan, order.account_id, accounts)
    try:
        await runtime.get(PaymentsClient).transfers(orders, mode="atomic", acting_for=enrolment.lender)
    except Refused as refused:
        if not is_final(refused):
            raise
        reason = reason_of(refused)
        short: dict[str, Any] = {"attempt": enrolment.attempts, "reason": reason}
        await commands.perform(runtime, exiting.record_short, P2P, **which, **short)
        return
    await commands.perform(runtime, exiting.record_settled, P2P, **which)


def charges_of(
    enrolment: Enrolment, plan: Plan, account_id: UUID, accounts: dict[HousePurpose, UUID]
) -> list[TransferCommand]:
    """From her wallet: fees to the house, what is above the cap to whom the plan names. Each try of a day has transfers of its own."""
    fund = plan.above_cap is AboveCap.TO_RESERVE_FUND
    excess_to = accounts[HousePurpose.RESERVE_FUND if fund else HousePurpose.PLAN_FEES]
    settled = enrolment.settlement
    parts = (
        (FEE_CODE, accounts[HousePurpose.PLAN_FEES], settled.fees_minor),
        (EXCESS_CODE, excess_to, settled.excess_minor),
    )
    return [
        TransferCommand(
            id=derived(enrolment.requested_at, account_id, code, enrolment.id, enrolment.attempts),
            debit_account_id=account_id,
            credit_account_id=credit,
            amount=amount,
            currency=enrolment.currency,
            code=code,
            reference=enrolment_text(enrolment.id),
        )
        for code, credit, amount in parts
        if amount
    ]


async def _each(
    runtime: Runtime, found: Sequence[tuple[UUID, int]], action: Callable[..., Awaitable[Any]], what: str, name: str
) -> None:
    """One after another, in the order given, each in its own transaction. found: records and their versions, where they have any."""
    for record, version in found:
        try:
            facts: dict[str, Any] = {name: record}
            seed = f"p2p.enrolment.{what}\0{record}\0{version}"
            await commands.perform(runtime, action, P2P, seed=seed, **facts)
        except Refusal as refusal:
            log.info("enrolment_left_for_later", record=str(record), code=refusal.code)
        except Exception:
            log.exception("enrolment_left_for_later", record=str(record))
