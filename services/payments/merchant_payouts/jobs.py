"""Batches are closed as settlements leave money to be paid out, and carried to banks that a channel reaches."""

import asyncio
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from services.payments.cards.vault import CardVault
from services.payments.merchant_payouts import actions, carrying, queries, reports
from services.payments.merchant_payouts.banks import FileBanks
from services.payments.merchant_payouts.exporting import file_of
from services.payments.merchant_payouts.model import NOT_FOUND, BankWord, Batch

PAYMENTS = service_caller("payments")
BATCHES = 100
AT_ONCE = 4
UNREACHED = BankWord(None, "no_channel")
log = structlog.get_logger(__name__)


async def close_batches(runtime: Runtime) -> None:
    """Batch by batch, until nothing that is due waits."""
    reached = runtime.get(FileBanks).reached
    while await commands.perform(
        runtime, actions.close_batch, PAYMENTS, seed=f"close payout batch {uuid4()}", reached=reached
    ):
        pass


async def carry_batches(runtime: Runtime) -> None:
    """A turn of each batch whose turn is due, several at a time; one that fails has its next turn later."""
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        due = await queries.batches_to_ask(connection, now, BATCHES)
    places = asyncio.Semaphore(AT_ONCE)

    async def carry(batch_id: UUID) -> None:
        async with places:
            try:
                await carry_batch(runtime, batch_id)
            except Exception as fault:
                log.warning("payout_batch_not_carried", batch_id=str(batch_id), fault=type(fault).__name__)

    await asyncio.gather(*(carry(batch_id) for batch_id in due))


async def carry_batch(runtime: Runtime, batch_id: UUID) -> None:
    """One turn: ask what became of it, send it if its bank does not have it, and record what the bank says."""
    begun = await commands.perform(
        runtime,
        carrying.begin_turn,
        PAYMENTS,
        seed=f"payout batch turn {batch_id} {uuid4()}",
        batch_id=batch_id,
        longest_turn=runtime.get(FileBanks).longest_turn,
    )
    if begun is not None:
        await _record(runtime, begun, await _ask(runtime, begun))


async def _ask(runtime: Runtime, batch: Batch) -> BankWord:
    bank = runtime.get(FileBanks).by_bank.get(batch.bank)
    if bank is None or batch.sent_as is None:
        return UNREACHED
    word = await bank.find(batch.message_id)
    if word.code != NOT_FOUND or not batch.sending:
        return word
    async with runtime.reading() as connection:
        document = await file_of(connection, runtime.get(CardVault), batch, batch.sent_as)
    return await bank.submit(document)


async def _record(runtime: Runtime, begun: Batch, word: BankWord) -> None:
    """A report that contradicts what is known, or that nobody can read, changes nothing and is named for operators to see."""
    seed = f"payout batch answer {begun.id} {uuid4()}"
    try:
        report = None if word.document is None else reports.read(word.document)
        await commands.perform(
            runtime, carrying.record_turn, PAYMENTS, seed=seed, begun=begun, report=report, detail=word.code
        )
    except Refusal as refusal:
        log.warning("payout_report_refused", batch_id=str(begun.id), code=refusal.code)
        await commands.perform(
            runtime, carrying.record_turn, PAYMENTS, seed=f"again {seed}", begun=begun, report=None, detail=refusal.code
        )
