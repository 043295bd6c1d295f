"""Asking the nodes, outside any transaction."""

from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from clients.errors import ClientError
from services.payments.coins import (
    deposit_actions,
    queries,
    regulation_actions,
    rules,
    withdrawal_actions,
    withdrawal_queries,
)
from services.payments.coins.chain import Chain, Chains
from services.payments.coins.errors import NoChain
from services.payments.coins.filling import fill_addresses
from services.payments.coins.model import CONFIRMATIONS, CoinWithdrawalState, NodeAnswer, Rail, Sent, Withdrawal

PAYMENTS = service_caller("payments")
BATCH = 100
log = structlog.get_logger(__name__)


async def scan_chains(runtime: Runtime) -> None:
    """Everything that came since the chains were asked last; addresses for whoever asks next."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.rails(connection, now)
    for rail in due:
        await scan(runtime, rail)
        await fill_addresses(runtime, rail.unit)


async def scan(runtime: Runtime, rail: Rail) -> None:
    seed = f"scan of {rail.unit} {uuid4()}"
    facts: dict[str, Any] = {"unit": rail.unit}
    try:
        listing = await runtime.get(Chains).of(rail.unit).since(rail.cursor, CONFIRMATIONS)
        if listing.removed:
            again = facts | {"removed": listing.removed}
            await commands.perform(runtime, withdrawal_actions.ask_again, PAYMENTS, seed=f"removed {seed}", **again)
        told = facts | {"turn": rail.turn, "listing": listing}
        await commands.perform(runtime, deposit_actions.record_listing, PAYMENTS, seed=seed, **told)
    except (ClientError, Refusal) as fault:
        # No answer; or what is gone was being sent, and nobody else has so much: first it is learned that that is gone as well.
        log.info("chain_not_recorded", unit=rail.unit, fault=type(fault).__name__)
        await commands.perform(runtime, deposit_actions.look_again_later, PAYMENTS, seed=f"later {seed}", **facts)


async def send_coins(runtime: Runtime, payload: dict[str, Any]) -> None:
    """A withdrawal's next step at the node, and what it said."""
    withdrawal_id = UUID(payload["id"])
    seed = f"coins {withdrawal_id} {uuid4()}"
    begun = await commands.perform(
        runtime, withdrawal_actions.begin_turn, PAYMENTS, seed=f"turn {seed}", withdrawal_id=withdrawal_id
    )
    if begun.waits:
        return
    try:
        chain = runtime.get(Chains).of(begun.withdrawal.unit)
    except NoChain:
        return
    answer = await _asked(runtime, chain, begun.withdrawal)
    await commands.perform(
        runtime,
        withdrawal_actions.record_answer,
        PAYMENTS,
        seed=f"said {seed}",
        withdrawal_id=withdrawal_id,
        answer=answer,
    )


async def _asked(runtime: Runtime, chain: Chain, withdrawal: Withdrawal) -> NodeAnswer:
    """What became of it by its reference, first of all; then what is still to be done. Only what the node calls off has failed."""
    reference, now = encode("cwd", withdrawal.id), await runtime.database.now()
    found = await chain.find(reference) if withdrawal.tries > 1 else NodeAnswer(Sent.NOT_FOUND)
    if rules.is_stuck(withdrawal, found.confirmations, now):
        raised = await chain.raise_fee(reference, rules.RAISED_FEE_RATE)
        return raised if raised.sent is Sent.SENT else found
    if withdrawal.state is not CoinWithdrawalState.HELD or found.sent is not Sent.NOT_FOUND:
        return found
    if now >= withdrawal.expires_at:
        return await _called_off(chain, reference, "not_sent_in_time")
    said = await chain.send(reference, withdrawal.address, withdrawal.amount, withdrawal.fee)
    return await _called_off(chain, reference, said.code) if said.sent is Sent.REFUSED else said


async def _called_off(chain: Chain, reference: str, code: str | None) -> NodeAnswer:
    """code: why."""
    said = await chain.call_off(reference)
    return NodeAnswer(Sent.CALLED_OFF, code) if said.sent is Sent.CALLED_OFF else said


async def resolve_coins(runtime: Runtime) -> None:
    """Every withdrawal whose next step is due."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await withdrawal_queries.due_withdrawals(connection, now, BATCH)
    for withdrawal_id in due:
        await send_coins(runtime, {"id": str(withdrawal_id)})


async def watch_coins(runtime: Runtime) -> None:
    """What was held long enough is released; each business day is reported once."""
    async with runtime.reading() as connection:
        known = await queries.rails(connection)
    for rail in known:
        for story in (regulation_actions.report_day, deposit_actions.release_due):
            await commands.perform(runtime, story, PAYMENTS, seed=f"{story.__name__} {uuid4()}", unit=rail.unit)
