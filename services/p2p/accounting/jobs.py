"""Reading what the ledger moved on a day, outside any transaction, and booking it. Days in their order, each once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis import commands
from chassis.clock import start_of_day
from chassis.identity import service_caller
from chassis.ids import MalformedId, decode
from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from clients.payments.shapes import TransferAnswer
from services.p2p.accounting import actions, queries, rules, share_jobs, share_queries
from services.p2p.accounting.actions import DayRead
from services.p2p.accounting.errors import UnknownHolder
from services.p2p.accounting.model import PLATFORM, RESERVE_FUND, Entry, Posting, entity_of

P2P = service_caller("p2p")
MOST_DAYS = 31
"""Of one run; the next goes on."""
SETTLING = timedelta(minutes=5)
"""After a day's end until it is booked: movements under way are recorded by then, or tell of themselves."""
AT_ONCE = 5_000
"""Transfers of which holders are looked up together."""
SIDE_BY_SIDE = 8
"""Accounts that are read together."""
CODES = "p2p.*"
MOVED = frozenset({"single", "post"})


async def book_ended(runtime: Runtime) -> None:
    """Every day that is closed, from the first on."""
    for _ in range(MOST_DAYS):
        now = await runtime.database.now()
        async with runtime.reading() as connection:
            newest = await queries.newest_day(connection)
            day = await queries.closed_day_after(connection, newest)
            if day is None:
                return
            ended = start_of_day(day + timedelta(days=1), runtime.settings.zone)
            if now < ended + SETTLING or await share_queries.is_taking_back(connection, ended + SETTLING):
                return
        read = await _read(runtime, day, first=newest is None)
        await commands.perform(runtime, actions.book, P2P, seed=f"p2p.books\0{day}", read=read)


async def _read(runtime: Runtime, day: date, *, first: bool) -> DayRead:
    """first: what house accounts had before the first day in the books is brought forward with it."""
    since = start_of_day(day, runtime.settings.zone)
    until = start_of_day(day + timedelta(days=1), runtime.settings.zone)
    async with runtime.reading() as connection:
        cash = {account_id: entity for account_id, (entity, _) in (await queries.entities(connection)).items()}
    entries: list[Entry] = []
    seen: set[UUID] = set()
    count = 0
    async for piece in _pieces(_transfers(runtime, cash, since, until, first=first)):
        fresh = _fresh(piece, cash, seen)
        holders = await _holders(runtime, fresh)
        own = [entry for one in fresh for entry in _entries(one, cash, holders)]
        own += await share_jobs.entries_beside(runtime, _ids_by_loan(fresh), since)
        entries = rules.summed([*entries, *own])
        count += len(fresh)
    sureties = {decode("sur", name): name for name in cash.values() if name not in (PLATFORM, RESERVE_FUND)}
    return DayRead(day, count, entries, sureties)


def _fresh(piece: Iterable[TransferAnswer], cash: Mapping[UUID, str], seen: set[UUID]) -> list[TransferAnswer]:
    """Money that moved and was not read before: what touches the house's accounts is read under its code, and of its account again."""
    found = []
    for one in piece:
        if one.kind not in MOVED or one.id in seen:
            continue
        if one.debit_account_id in cash or one.credit_account_id in cash:
            seen.add(one.id)
        found.append(one)
    return found


async def _transfers(
    runtime: Runtime, cash: Iterable[UUID], since: datetime, until: datetime, *, first: bool
) -> AsyncIterator[TransferAnswer]:
    client = runtime.get(PaymentsClient)
    async for one in client.each_transfer(CODES, since=since, until=until):
        yield one
    begun = None if first else since
    accounts = sorted(cash)
    for at in range(0, len(accounts), SIDE_BY_SIDE):
        for found in await asyncio.gather(
            *(
                client.find_transfers(account_id=one, since=begun, until=until)
                for one in accounts[at : at + SIDE_BY_SIDE]
            )
        ):
            for one in found:
                yield one


async def _pieces(transfers: AsyncIterator[TransferAnswer]) -> AsyncIterator[list[TransferAnswer]]:
    piece: list[TransferAnswer] = []
    async for one in transfers:
        piece.append(one)
        if len(piece) == AT_ONCE:
            yield piece
            piece = []
    yield piece


async def _holders(runtime: Runtime, transfers: Iterable[TransferAnswer]) -> dict[UUID, str]:
    loans = {loan for one in transfers if (loan := _loan_of(one)) is not None}
    accounts = {
        account for one in transfers for account in (one.debit_account_id, one.credit_account_id, _holder_account(one))
    }
    async with runtime.reading() as connection:
        return await queries.holders(connection, loans, {one for one in accounts if one is not None})


def _entries(transfer: TransferAnswer, cash: dict[UUID, str], holders: dict[UUID, str]) -> list[Entry]:
    rule = rules.rule_of(transfer.code)

    def party(account_id: UUID, ruled: object) -> str | None:
        if account_id in cash:
            return cash[account_id]
        if ruled is None or not transfer.code.startswith(rules.OWN):
            return None
        return _known(holders, account_id, transfer)

    account = _holder_account(transfer)
    posting = Posting(
        code=transfer.code,
        currency=transfer.currency,
        amount_minor=transfer.amount,
        payer=party(transfer.debit_account_id, None if transfer.code in rules.HOUSE_PAYS else rule.paying),
        payee=party(transfer.credit_account_id, rule.paid),
        holder=None if account is None else _known(holders, account, transfer),
        principal_minor=int(transfer.metadata.get("principal_minor", "0")),
    )
    return rules.entries_of(posting)


def _known(holders: dict[UUID, str], account_id: UUID, transfer: TransferAnswer) -> str:
    if account_id not in holders:
        raise UnknownHolder(f"{transfer.code} of {transfer.reference}: nobody with this account has a claim on it")
    return entity_of(holders[account_id])


def _holder_account(transfer: TransferAnswer) -> UUID | None:
    """Of the lender on whose behalf a fee was paid."""
    told = transfer.metadata.get("holder_account")
    return None if told is None else decode("acc", told)


def _ids_by_loan(transfers: Iterable[TransferAnswer]) -> dict[str, dict[UUID, set[UUID]]]:
    """Ids of the transfers of loans, by code and loan."""
    found: dict[str, dict[UUID, set[UUID]]] = {}
    for one in transfers:
        loan_id = _loan_of(one)
        if loan_id is not None:
            found.setdefault(one.code, {}).setdefault(loan_id, set()).add(one.id)
    return found


def _loan_of(transfer: TransferAnswer) -> UUID | None:
    try:
        return decode("lon", transfer.reference)
    except MalformedId:
        return None
