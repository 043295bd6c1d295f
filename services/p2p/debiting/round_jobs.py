"""The rounds of a day, outside any transaction: look into a borrower's wallet, repay what is there, debit her mandate for the rest."""

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from chassis import commands
from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.errors import ClientError
from services.p2p.custody.moving import ways_of_loan
from services.p2p.debiting import debits, round_queries, rounds, rules
from services.p2p.debiting.debit_jobs import work_debit
from services.p2p.loans import queries as loan_queries
from services.p2p.programmes import queries as programme_queries
from services.p2p.repayments import reversal_holds, reversal_queries
from services.p2p.repayments.jobs import share_repayment

P2P = service_caller("p2p")
SLICE = 500
AT_ONCE = 8
FIRST = UUID(int=0)
log = structlog.get_logger(__name__)


async def debit_due(runtime: Runtime) -> None:
    """Every loan with something due that was not tried in this round of the day; one that fails is tried again with the next run."""
    now, zone = await runtime.database.now(), runtime.settings.zone
    number = rules.round_at(now, zone)
    after = FIRST
    if number:
        await _let_go(runtime)
    while number:
        async with runtime.reading() as connection:
            found = await round_queries.due(connection, business_day(now, zone), number, after=after, limit=SLICE)
        for at in range(0, len(found), AT_ONCE):
            await asyncio.gather(*(_debited(runtime, *one) for one in found[at : at + AT_ONCE]))
        if len(found) < SLICE:
            return
        after = found[-1][0]


async def forget_looks(runtime: Runtime) -> None:
    """Looks into wallets that found nothing are kept for a time."""
    now = await runtime.database.now()
    forgotten = rounds.FORGOTTEN_AT_ONCE
    while forgotten == rounds.FORGOTTEN_AT_ONCE:
        forgotten = await commands.perform(runtime, rounds.forget, P2P, seed=f"p2p.looks_forgotten\0{now}")


async def _debited(runtime: Runtime, loan_id: UUID, borrower: str, currency: str) -> None:
    try:
        async with runtime.reading() as connection:
            loan = await loan_queries.load(connection, loan_id)
            assert loan is not None
            programme = await programme_queries.version(connection, loan.programme_code, loan.programme_version)
        assert programme is not None
        if not programme.debiting.wallet_first and await _by_mandate(runtime, loan_id):
            return
        await _from_wallet(runtime, loan_id, borrower, currency)
        await _by_mandate(runtime, loan_id)
    except (ClientError, Refusal) as fault:
        log.warning("p2p.debit_failed", loan=str(loan_id), why=str(fault))
    except Exception:
        # A fault of one loan keeps nobody else's due day waiting.
        log.exception("p2p.debit_broken", loan=str(loan_id))


async def _from_wallet(runtime: Runtime, loan_id: UUID, borrower: str, currency: str) -> None:
    purse = await (await ways_of_loan(runtime, loan_id)).purse(borrower, currency)
    available = max(0, purse.available_minor) if purse else 0
    seed = f"p2p.debit\0{loan_id}\0{await runtime.database.now()}"
    repayment = await commands.perform(runtime, rounds.take, P2P, seed=seed, loan_id=loan_id, available_minor=available)
    if repayment is not None:
        await share_repayment(runtime, {"id": str(repayment.id)})


async def _by_mandate(runtime: Runtime, loan_id: UUID) -> bool:
    """Whether a debit was begun."""
    seed = f"p2p.mandate_debit\0{loan_id}\0{await runtime.database.now()}"
    debit = await commands.perform(runtime, debits.begin, P2P, seed=seed, loan_id=loan_id)
    if debit is not None:
        await work_debit(runtime, {"id": str(debit.id)})
    return debit is not None


async def _let_go(runtime: Runtime) -> None:
    """Money held since a reversal, whose day is over, is let go and, where something is due, taken by the round in the same breath."""
    before = await runtime.database.now() - rules.AFTER_REVERSAL
    loans, after = [FIRST], FIRST
    while loans:
        async with runtime.reading() as connection:
            loans = await reversal_queries.held_since(connection, before, after=after, limit=SLICE)
        for loan_id in loans:
            after = loan_id
            try:
                await _released(runtime, loan_id, before)
            except (ClientError, Refusal) as fault:
                log.warning("p2p.hold_kept", loan=str(loan_id), why=str(fault))


async def _released(runtime: Runtime, loan_id: UUID, before: datetime) -> None:
    """Of a loan only what was held since before then: what was given back later keeps its day."""
    await reversal_holds.free(runtime, loan_id, before)
    async with runtime.reading() as connection:
        loan = await loan_queries.load(connection, loan_id)
    assert loan is not None
    seed = f"p2p.reversal.let_go\0{loan_id}\0{before}"
    await commands.perform(runtime, rounds.let_go, P2P, seed=seed, loan_id=loan_id, before=before)
    await _debited(runtime, loan_id, loan.borrower, loan.currency)
