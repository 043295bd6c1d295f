"""A batch: load what it touches under lock, let the rule decide, write what was decided. Both doors of the ledger lead here."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from chassis.clock import business_day
from chassis.database import Tx
from chassis.direct import Direct, direct_of
from chassis.events import EventSink
from clients.payments.evidence import root
from services.payments.ledger import batch_queries as queries
from services.payments.ledger.model import PURSE, Account, Flag, Hold, HoldState, Known, Outcome, Posting, book_of
from services.payments.ledger.restriction_queries import restrictions_of
from services.payments.ledger.rules import Ruling, decide_all

Load = Callable[[Direct, int, Collection[UUID]], Awaitable[dict[UUID, Account]]]
BATCH_POSTED = "payments.ledger.batch_posted.v1"


async def decide_and_write(tx: Tx, postings: Sequence[Posting]) -> list[list[Outcome]]:
    """The outcomes posting by posting; what was accepted, and the ids that refusals spent, are written. Refusals are values."""
    direct = await direct_of(tx.connection)
    known = await known_under_lock(direct, postings)
    ruling, outcomes = decide_all(known, postings, tx.now, tx.today)
    await write(direct, ruling, tx.events)
    return outcomes


async def decide(tx: Tx, postings: Sequence[Posting]) -> list[list[Outcome]]:
    """What would be decided now: nothing is locked, written or spent."""
    known = await known_under_lock(await direct_of(tx.connection), postings, queries.read_accounts)
    return decide_all(known, postings, tx.now, tx.today)[1]


async def known_under_lock(direct: Direct, postings: Sequence[Posting], load: Load = queries.lock_accounts) -> Known:
    """Accounts first, locked; then what may have changed until they were."""
    known = Known({})
    by_book = _named(postings)
    for book_id in sorted(by_book):
        named = by_book[book_id]
        if named.holds:
            named.accounts |= await queries.accounts_of_holds(direct, book_id, named.holds)
        known.accounts |= await load(direct, book_id, named.accounts)
    purses = [account.id for account in known.accounts.values() if account.kind == PURSE]
    if purses:
        known.restrictions |= await restrictions_of(direct, purses)
    for book_id, named in by_book.items():
        used = await queries.used_ids(direct, book_id, named.transfers)
        known.transfers |= used.transfers
        known.spent |= used.spent
        known.clock = used.clock
        if named.holds:
            found = await queries.holds_with(direct, book_id, named.holds)
            # One that was committed since its accounts were looked for is not under lock: it is not known yet.
            known.holds |= {key: hold for key, hold in found.items() if _sides(hold) <= known.accounts.keys()}
    return known


def _sides(hold: Hold) -> set[UUID]:
    return {hold.debit_account_id, hold.credit_account_id}


class _Named:
    """The ids that the commands of one book name."""

    def __init__(self) -> None:
        self.accounts: set[UUID] = set()
        self.transfers: list[UUID] = []
        self.holds: set[UUID] = set()


def _named(postings: Sequence[Posting]) -> dict[int, _Named]:
    by_book: dict[int, _Named] = defaultdict(_Named)
    for posting in postings:
        for command in posting.commands:
            by_book[book_of(command.id)].transfers.append(command.id)
            for account_id in (command.debit_account_id, command.credit_account_id):
                if account_id is not None:
                    by_book[book_of(account_id)].accounts.add(account_id)
            if command.pending_id is not None:
                by_book[book_of(command.pending_id)].holds.add(command.pending_id)
    return by_book


async def write(direct: Direct, ruling: Ruling, events: EventSink, *, whole: bool = False) -> None:
    """Book by book. A batch of a book is one event; the transfers carry the event's id and their number in it.

    whole: nothing that evidence hashes is added to them afterwards, so that the event of a small batch tells its root.
    """
    created = defaultdict(list)
    for transfer in ruling.created:
        created[book_of(transfer.id)].append(transfer)
    for book_id, transfers in sorted(created.items()):
        touched: dict[UUID, Account] = {}
        for transfer in transfers:
            for account_id in (transfer.debit_account_id, transfer.credit_account_id):
                touched[account_id] = ruling.known.accounts[account_id]
        told: dict[str, Any] = {"book_id": book_id, "transfers": len(transfers)}
        batch_id = events.add(BATCH_POSTED, f"book_{book_id}", told)
        leaves = await queries.write_transfers(
            direct, book_id, batch_id, transfers, list(touched.values()), whole=whole
        )
        if leaves is not None:
            told["root"] = root(leaves).hex()
        imported = {business_day(one.posted_at) for one in transfers if one.flags & Flag.IMPORTED}
        if imported:
            await queries.note_imports(direct, batch_id, imported, ruling.now)
    await _write_holds(direct, ruling)
    refused = defaultdict(list)
    for refusal in ruling.refused.values():
        refused[book_of(refusal.command.id)].append(refusal)
    for book_id, refusals in sorted(refused.items()):
        await queries.write_refusals(direct, book_id, refusals, ruling.now)


async def _write_holds(direct: Direct, ruling: Ruling) -> None:
    opened: dict[int, list[Hold]] = defaultdict(list)
    settled: dict[int, dict[UUID, HoldState]] = defaultdict(dict)
    for hold_id, hold in ruling.opened_holds.items():
        opened[book_of(hold_id)].append(hold)
    for hold_id, state in ruling.settled_holds.items():
        settled[book_of(hold_id)][hold_id] = state
    for book_id, holds in sorted(opened.items()):
        await queries.open_holds(direct, book_id, holds)
    for book_id, states in sorted(settled.items()):
        await queries.settle_holds(direct, book_id, states)
