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
from services.payments.coins.errors import AddressIsOurs, NoChain
from services.payments.coins.filling import fill_addresses
from services.payments.coins.model import (
    CONFIRMATIONS,
    CoinWithdrawalState,
    Listing,
    NodeAnswer,
    Rail,
    Sent,
    Withdrawal,
)

PAYMENTS = service_caller("payments")
BATCH = 100
log = structlog.get_logger(__name__)


async def scan_chains(runtime: Runtime) -> None:
    """Everything that came since the chains were asked last; addresses for whoever asks next."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.rails(connection, now)
    for rail in due:
        try:
            await scan(runtime, rail)
            await fill_addresses(runtime, rail.unit)
        except Exception as fault:
            log.warning("chain_not_recorded", unit=rail.unit, fault=type(fault).__name__)


async def scan(runtime: Runtime, rail: Rail) -> None:
    seed = f"scan of {rail.unit} {uuid4()}"
    try:
        listing = await runtime.get(Chains).of(rail.unit).since(rail.cursor, CONFIRMATIONS)
    except (ClientError, NoChain) as fault:
        log.info("chain_not_asked", unit=rail.unit, fault=type(fault).__name__)
        await commands.perform(
            runtime, deposit_actions.look_again_later, PAYMENTS, seed=f"later {seed}", unit=rail.unit
        )
        return
    if listing.removed:
        again: dict[str, Any] = {"unit": rail.unit, "removed": listing.removed}
        await commands.perform(runtime, withdrawal_actions.ask_again, PAYMENTS, seed=f"removed {seed}", **again)
    await record(runtime, rail.turn, listing, unit=rail.unit)


async def record(runtime: Runtime, turn: int, listing: Listing, *, unit: str) -> None:
    """What is gone may have been sent on meanwhile, and nobody else has so much: then the rest is recorded, and that when it can be."""
    for reversing in (True, False):
        facts: dict[str, Any] = {"unit": unit, "turn": turn, "listing": listing, "reversing": reversing}
        try:
            await commands.perform(
                runtime, deposit_actions.record_listing, PAYMENTS, seed=f"listing of {unit} {uuid4()}", **facts
            )
            return
        except Refusal as refusal:
            if not reversing:
                raise
            log.info("reversals_wait", unit=unit, code=refusal.code)


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
        turn=begun.withdrawal.tries,
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
    try:
        ours = await chain.owns(withdrawal.address)
    except ClientError as fault:
        return NodeAnswer(Sent.NO_ANSWER, type(fault).__name__)
    if ours:
        return await _called_off(chain, reference, AddressIsOurs.code)
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
        try:
            await send_coins(runtime, {"id": str(withdrawal_id)})
        except Exception as fault:
            log.warning("withdrawal_not_resolved", withdrawal_id=str(withdrawal_id), fault=type(fault).__name__)


async def watch_coins(runtime: Runtime) -> None:
    """What was held long enough is released; each business day is reported once."""
    async with runtime.reading() as connection:
        known = await queries.rails(connection)
    for rail in known:
        for story in (regulation_actions.report_day, deposit_actions.release_due):
            try:
                await commands.perform(runtime, story, PAYMENTS, seed=f"{story.__name__} {uuid4()}", unit=rail.unit)
            except Exception as fault:
                log.warning("coin_not_watched", unit=rail.unit, story=story.__name__, fault=type(fault).__name__)
