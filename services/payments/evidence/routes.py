"""`/v1/evidence`: chains of committed batches, proofs of single transfers, and roots of days."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import LARGEST_LIMIT, Page, Paging, page
from chassis.runtime import Runtime, runtime_of
from chassis.wire import Day
from clients.payments.evidence import path
from services.payments.evidence import actions, queries, rules
from services.payments.evidence.errors import NotLinkedYet, UnknownBook, UnknownLink
from services.payments.evidence.linking import link_committed
from services.payments.evidence.model import Head, Link
from services.payments.evidence.recomputing import recompute
from services.payments.evidence.schemas import (
    DayAnswer,
    HeadAnswer,
    LinkAnswer,
    PinAnswer,
    ProofAnswer,
    RecomputationAnswer,
    day_answer,
    head_answer,
    link_answer,
    pin_answer,
    proof_answer,
    recomputation_answer,
)
from services.payments.ledger.errors import UnknownTransfer
from services.payments.ledger.model import book_of
from services.payments.ledger.queries import accounts_with
from services.payments.ledger.schemas import TransferId

router = APIRouter(prefix="/v1/evidence", tags=["evidence"])
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]
BookId = Annotated[int, Path(ge=1, le=32767)]
Number = Annotated[int, Query(ge=1, le=2**62)]
LINKS_AT_ONCE = 1_000


@router.get("/books/{book_id}/head")
async def read_head(request: Request, book_id: BookId, caller: Reader) -> HeadAnswer:
    """The last link of a book's chain. Keep its hash: everything before it can be proved against it later."""
    async with runtime_of(request).reading() as connection:
        await _require_book(connection, book_id)
        link = (await queries.heads_of(connection, [book_id])).get(book_id)
        done, last = await queries.progress(connection)
    return head_answer(Head(book_id, link, last - done))


@router.get("/books/{book_id}/links")
async def list_links(
    request: Request, book_id: BookId, caller: Reader, paging: Paging, first: Number = 1, last: Number | None = None
) -> Page[LinkAnswer]:
    """A book's chain, or a range of it, by number. Each link names the hash of the one before."""
    start = max(first, paging.after[0] + 1) if paging.after else first
    async with runtime_of(request).reading() as connection:
        await _require_book(connection, book_id)
        links = await queries.links_between(connection, book_id, start, last, paging.limit + 1)
    shown = page(links, paging, lambda link: (link.number,))
    return Page[LinkAnswer](items=[link_answer(link) for link in shown["items"]], next=shown["next"])


@router.get("/books/{book_id}/recomputation")
async def recompute_links(
    request: Request,
    book_id: BookId,
    caller: Operator,
    after: Annotated[int, Query(ge=0, le=2**62, description="`until` of the answer before; 0 from the beginning")] = 0,
    limit: Annotated[int, Query(ge=1, le=LINKS_AT_ONCE)] = LINKS_AT_ONCE,
) -> RecomputationAnswer:
    """Read the transfers of a stretch of the chain again and tell the first link that does not hold.

    One answer covers at most `limit` links and 8,190 transfers (or a single batch): go on from `until` until it is `complete`.
    """
    async with runtime_of(request).reading() as connection:
        await _require_book(connection, book_id)
        found = await recompute(connection, book_id, after, limit)
    return recomputation_answer(found)


@router.get("/transfers/{transfer_id}/proof")
async def prove_transfer(
    request: Request,
    transfer_id: TransferId,
    caller: Reader,
    head: Annotated[Number | None, Query(description="number of the link whose hash was kept; else the last")] = None,
) -> ProofAnswer:
    """That a transfer stands in its batch and the batch in the chain, short enough to be kept; to the owner of either account and to
    operators. `python clients/payments/evidence.py proof.json <hash kept>` checks it with nothing but Python."""
    runtime = runtime_of(request)
    book_id = book_of(transfer_id)
    async with runtime.reading() as connection:
        transfer = await queries.transfer_to_prove(connection, book_id, transfer_id)
        if transfer is None or not await _may_see(connection, caller, transfer):
            raise UnknownTransfer("no such transfer", field="transfer_id")
    batch_id: UUID = transfer.pop("batch_id")
    own = await _link_of(runtime, book_id, batch_id)
    async with runtime.reading() as connection:
        links = await _way(connection, own, head)
        leaves = (await queries.leaves_of(connection, [batch_id]))[batch_id]
    return proof_answer(transfer, path(leaves, transfer["number"]), links)


@router.get("/books/{book_id}/days/{value_on}")
async def read_day(request: Request, book_id: BookId, value_on: Day, caller: Operator) -> DayAnswer:
    """The content of a value date in one hash: without commit time and order, so that two runs of the same business can be compared."""
    async with runtime_of(request).reading() as connection:
        await _require_book(connection, book_id)
        day = await queries.day_root(connection, book_id, value_on)
        pins = await queries.pins_of(connection, book_id, value_on, LARGEST_LIMIT)
    return day_answer(day, pins)


@router.post("/books/{book_id}/days/{value_on}/pins", status_code=201, response_model=PinAnswer)
async def pin_day(request: Request, book_id: BookId, value_on: Day, caller: Operator) -> Response:
    """Keep the root of a day that is over. If transfers were added to it since it was kept, a new version is."""
    return await commands.run(request, actions.pin_day, pin_answer, book_id=book_id, value_on=value_on)


async def _require_book(connection: AsyncConnection, book_id: int) -> None:
    if book_id not in await queries.books(connection):
        raise UnknownBook("no such book", field="book_id")


async def _may_see(connection: AsyncConnection, caller: Caller, transfer: dict[str, UUID]) -> bool:
    if caller.may("payments:operate"):
        return True
    both = await accounts_with(connection, [transfer["debit_account_id"], transfer["credit_account_id"]])
    return any(account.owner == caller.party for account in both.values())


async def _link_of(runtime: Runtime, book_id: int, batch_id: UUID) -> Link:
    """Raises NotLinkedYet, if another process is just at it."""
    async with runtime.reading() as connection:
        link = await queries.link_of(connection, book_id, batch_id)
    if link is not None:
        return link
    await link_committed(runtime)
    async with runtime.reading() as connection:
        link = await queries.link_of(connection, book_id, batch_id)
    if link is None:
        raise NotLinkedYet("the batch is not in the chain yet; ask again in a second", field="transfer_id")
    return link


async def _way(connection: AsyncConnection, own: Link, head: int | None) -> list[Link]:
    """Links from the head asked for down to this one. Raises UnknownLink."""
    last = (await queries.heads_of(connection, [own.book_id]))[own.book_id].number
    asked = head or last
    if not own.number <= asked <= last:
        raise UnknownLink("there is no such link, or it is older than the transfer", field="head")
    return await queries.links_with(connection, own.book_id, rules.way_down(asked, own.number))
