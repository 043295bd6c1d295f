"""Statements fetched from the banks, runs carried out step by step, breaks whose time has passed."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from chassis import commands
from chassis.database import Tx
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.runtime import Runtime
from services.payments.channels.queries import reserve_account
from services.payments.ledger.model import book_of
from services.payments.reconciliation import actions, break_actions, queries, reading, record_queries, run_actions
from services.payments.reconciliation.banks import CURRENCY, BankAway, StatementBank, StatementBanks
from services.payments.reconciliation.errors import StatementExists, StatementOverlaps
from services.payments.reconciliation.model import Form, ReadStatement, ReconciledAccount, Run

PAYMENTS = service_caller("payments")
DAYS_AT_ONCE = 31
ONE_DAY = timedelta(days=1)
log = structlog.get_logger(__name__)


async def reconcile(runtime: Runtime, payload: dict[str, Any]) -> None:
    """A run, from wherever it was cut off: what its steps have done already they do not find again."""
    async with runtime.reading() as connection:
        run = await queries.run_with(connection, UUID(payload["id"]))
    if run is None or run.ended_at is not None:
        return
    records = pairs = 0
    while recorded := await commands.perform(
        runtime, run_actions.record_some, PAYMENTS, seed=_seed(run, "records"), run=run
    ):
        records += recorded
    for span in await commands.perform(runtime, run_actions.spans_to_match, PAYMENTS, seed=_seed(run, "days"), run=run):
        pairs += await commands.perform(
            runtime, run_actions.match_span, PAYMENTS, seed=_seed(run, f"{span[0]}"), run=run, span=span
        )
    counted = replace(run, records=records, pairs=pairs)
    await commands.perform(runtime, run_actions.match_rest, PAYMENTS, seed=_seed(run, "rest"), run=counted)


async def fetch_statements(runtime: Runtime) -> None:
    """The days that are over and not fetched yet, of every bank where we have a reserve; then what came is matched."""
    for bank in runtime.get(StatementBanks).by_bank.values():
        try:
            account = await _account_at(runtime, bank)
            if account is not None and await _fetch(runtime, bank, account):
                await run_now(runtime, account.id)
        except BankAway as fault:
            log.info("statement_not_fetched", bank=bank.bank, fault=str(fault))
        except Refusal as refusal:
            log.warning("statement_refused", bank=bank.bank, code=refusal.code)


async def work_due_breaks(runtime: Runtime) -> None:
    """Reversals made by the ledger's own door open breaks again; what nobody resolved in time is told."""
    for story in (break_actions.note_reversals, break_actions.escalate_due):
        while await commands.perform(runtime, story, PAYMENTS, seed=f"breaks {uuid4()}"):
            pass


async def run_now(runtime: Runtime, account_id: UUID) -> None:
    run = await commands.perform(
        runtime, run_actions.begin_run, PAYMENTS, seed=f"run {account_id} {uuid4()}", account_id=account_id
    )
    await reconcile(runtime, {"id": str(run.id)})


async def _account_at(runtime: Runtime, bank: StatementBank) -> ReconciledAccount | None:
    """Known, or made known if there is a reserve of ours; else there is nothing to reconcile."""
    async with runtime.reading() as connection:
        reserve_id = await reserve_account(connection, bank.bank, CURRENCY)
        known = await queries.account_at(connection, bank.bank, CURRENCY)
    if known is not None or reserve_id is None:
        return known
    terms = await bank.terms()
    return await commands.perform(
        runtime,
        _known_or_opened,
        PAYMENTS,
        seed=f"account {bank.bank}",
        bank=bank.bank,
        number=terms.number,
        currency=terms.currency,
    )


async def _known_or_opened(tx: Tx, caller: Caller, *, bank: str, number: str, currency: str) -> ReconciledAccount:
    known = await queries.account_at(tx.connection, bank, currency)
    return known or await actions.open_account(tx, caller, bank=bank, number=number, currency=currency)


async def _fetch(runtime: Runtime, bank: StatementBank, account: ReconciledAccount) -> int:
    """How many days' statements came."""
    async with runtime.reading() as connection:
        reserve_id = await reserve_account(connection, account.bank, account.currency)
        first = await record_queries.first_day(connection, reserve_id, book_of(reserve_id)) if reserve_id else None
    day = account.fetched_on + ONE_DAY if account.fetched_on else first
    taken = 0
    while day is not None and taken < DAYS_AT_ONCE:
        content = await bank.statement(day)
        if content is None:
            break
        # What the bank shows wrongly is not refused: its statement is the one there is, and each fault becomes a break.
        read = await asyncio.to_thread(reading.read, content, Form.CAMT, account, runtime.settings.zone, strict=False)
        await _take(runtime, account, day, content, read)
        day, taken = day + ONE_DAY, taken + 1
    return taken


async def _take(
    runtime: Runtime, account: ReconciledAccount, day: date, content: bytes, read: Sequence[ReadStatement]
) -> None:
    """A day that somebody has handed in already, in whatever form, is passed over."""
    seed = f"statement {account.id} {day}"
    facts: dict[str, Any] = {"account_id": account.id, "day": day}
    try:
        await commands.perform(runtime, actions.take_fetched, PAYMENTS, seed=seed, content=content, read=read, **facts)
    except (StatementExists, StatementOverlaps):
        await commands.perform(runtime, actions.pass_over_day, PAYMENTS, seed=f"{seed} known", **facts)


def _seed(run: Run, step: str) -> str:
    return f"run {run.id} {step} {uuid4()}"
