"""`/v1/transfers`: money moved, held, posted and voided, and read back. (Accounts are in `account_routes`.)"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.identity import Caller, require_scopes, requires
from chassis.ids import encode
from chassis.keyed import KEYLESS
from chassis.paging import MalformedCursor, Page, PageRequest, Paging, page
from chassis.parameters import only_known_parameters
from chassis.runtime import Runtime, runtime_of
from chassis.sequencer import sequencer_of
from chassis.wire import Instant
from services.payments.ledger import queries, questions
from services.payments.ledger.errors import (
    Incomplete,
    RefusalUnknown,
    UnknownAccount,
    UnknownTransfer,
    refusal_of,
)
from services.payments.ledger.lane import LedgerLane
from services.payments.ledger.metadata_schemas import MetadataFilter, wanted_metadata
from services.payments.ledger.model import Transfer, TransferCommand, TransferFilter
from services.payments.ledger.posting import bulk_answer, posting_of
from services.payments.ledger.schemas import (
    AccountId,
    BulkAnswer,
    BulkRequest,
    PostedSum,
    RefusalAnswer,
    TransferAnswer,
    TransferId,
    TransferMade,
    TransferRequest,
    command_of,
    made_document,
    transfer_document,
)

router = APIRouter(prefix="/v1/transfers", tags=["ledger"])
Mover = Annotated[Caller, requires("payments:transfer")]
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]
BEGINNING = (0, -1)


@router.post(
    "", status_code=201, response_model=TransferMade, responses={200: {"model": TransferMade}}, openapi_extra=KEYLESS
)
async def make_transfer(request: Request, body: TransferRequest, caller: Mover) -> Response:
    """Make one transfer; its id is its key. 201 `created`, 200 `exists`; a refusal is a problem with its code and field."""
    posting = posting_of((command_of(body),), "independent", caller)
    (outcome,) = await runtime_of(request).get(LedgerLane).post(posting)
    if not outcome.accepted:
        raise refusal_of(outcome)
    return _json(made_document(outcome), 201 if outcome.result == "created" else 200)


@router.post("/bulk", response_model=BulkAnswer, openapi_extra=KEYLESS)
async def make_transfers(request: Request, body: BulkRequest, caller: Mover) -> Response:
    """Make up to 8,190 transfers, all or none, or each with its own outcome."""
    posting = posting_of(
        [numbered(wanted, number) for number, wanted in enumerate(body.transfers)],
        body.mode,
        caller,
        body.acting_for or (),
    )
    outcomes = await runtime_of(request).get(LedgerLane).post(posting)
    ids = (encode("trf", wanted.id) for wanted in body.transfers)
    return _json(bulk_answer(posting, outcomes, ids), 200)


@router.get("", dependencies=[only_known_parameters])
async def list_transfers(
    request: Request,
    caller: Reader,
    paging: Paging,
    account_id: Annotated[AccountId | None, Query()] = None,
    reference: Annotated[str | None, Query(min_length=1, max_length=128)] = None,
    code: Annotated[str | None, Query(max_length=64, description="`p2p.*` is a prefix")] = None,
    pending_id: Annotated[TransferId | None, Query()] = None,
    metadata: MetadataFilter = None,
    since: Annotated[Instant | None, Query(description="`posted_at` from then on")] = None,
    until: Annotated[Instant | None, Query(description="`posted_at` before then; at most now")] = None,
) -> Page[TransferAnswer]:
    """Of one account of the caller; an operator reads any, also by reference or hold, all of at most 31 days, or all in ledger order.

    What is given must all match. By instant, oldest first; in ledger order (nothing given) what stands before a transfer seen never
    changes, whatever commits later. `code` and `metadata` narrow an account, a reference, a hold or a range: alone they are refused.
    A service reads what was moved under codes of its own (`p2p.*`) as an operator does.
    """
    runtime = runtime_of(request)
    wanted = TransferFilter(account_id, reference, pending_id, code, wanted_metadata(metadata), since, until)
    if wanted == TransferFilter():
        require_scopes(caller, ["payments:operate"])
        return await _in_order(runtime, paging)
    now = await runtime.database.now()
    questions.require_range(wanted, now)
    if not wanted.has_index:
        questions.require_narrow_range(wanted, now)
    async with runtime.reading() as connection:
        await _require_own(connection, caller, account_id, code)
        rows = await _by_instant(connection, wanted, paging, now)
    shown = page(rows, paging, lambda row: (row.posted_at, row.id))
    return _page(shown["items"], shown["next"])


@router.get("/sums", dependencies=[only_known_parameters])
async def sum_transfers(
    request: Request,
    caller: Operator,
    paging: Paging,
    reference: Annotated[str | None, Query(min_length=1, max_length=128)] = None,
    code: Annotated[str | None, Query(max_length=64, description="`p2p.*` is a prefix")] = None,
) -> Page[PostedSum]:
    """Money moved (single and post) by reference, code and accounts: what any claim can be worked out from again."""
    async with runtime_of(request).reading() as connection:
        rows = await queries.posted_sums(
            connection, reference=reference, code=code, after=paging.after, limit=paging.limit + 1
        )
    shown = page(rows, paging, lambda row: tuple(row[:5]))
    return Page[PostedSum](
        items=[PostedSum.model_validate({**row._mapping, "count": row.transfers}) for row in shown["items"]],
        next=shown["next"],
    )


@router.get("/{transfer_id}")
async def read_transfer(request: Request, transfer_id: TransferId, caller: Reader) -> TransferAnswer:
    """To the owner of either account, and to operators."""
    async with runtime_of(request).reading() as connection:
        transfer = await queries.transfer_with(connection, transfer_id)
        if transfer is None or not await _is_party(connection, caller, transfer):
            raise UnknownTransfer("no such transfer", field="transfer_id")
    return TransferAnswer.model_validate(transfer_document(transfer))


@router.get("/{transfer_id}/refusal")
async def explain_refusal(request: Request, transfer_id: TransferId, caller: Operator) -> RefusalAnswer:
    """Why an id is spent, and what state it met; told for 90 days."""
    async with runtime_of(request).reading() as connection:
        row = await queries.refusal_with(connection, transfer_id)
    if row is None:
        raise RefusalUnknown("this id was not refused for a state", field="transfer_id")
    return RefusalAnswer.model_validate(row)


async def _in_order(runtime: Runtime, paging: PageRequest) -> Page[TransferAnswer]:
    await sequencer_of(runtime).number(in_turn=True)
    start = _last_seen(paging.after or BEGINNING, int)
    async with runtime.reading() as connection:
        placed = await queries.transfers_in_order(connection, start, paging.limit + 1)
    shown = page(placed, paging, lambda row: row[0])
    return _page([transfer for _, transfer in shown["items"]], shown["next"])


async def _by_instant(
    connection: AsyncConnection, wanted: TransferFilter, paging: PageRequest, now: datetime
) -> list[Transfer]:
    after = None if paging.after is None else _last_seen(paging.after, datetime)
    if wanted.has_index or wanted.since is None:
        return await queries.find_transfers(connection, wanted, after=after, limit=paging.limit + 1)
    until = wanted.until or now + timedelta(microseconds=1)
    return await queries.transfers_between(connection, wanted, wanted.since, until, after=after, limit=paging.limit + 1)


def _last_seen(after: tuple[Any, ...], of: type) -> tuple[Any, Any]:
    """The two orders of this list have different cursors. Raises MalformedCursor."""
    if not isinstance(after[0], of):
        raise MalformedCursor("the cursor belongs to the list in another order", field="after")
    return after[0], after[1]


async def _require_own(connection: AsyncConnection, caller: Caller, account_id: UUID | None, code: str | None) -> None:
    """Raises MissingScope for a wider question than one account's, UnknownAccount for another's account."""
    operator = caller.may("payments:operate")
    if account_id is None:
        if _of_own_codes(caller, code):
            return
        require_scopes(caller, ["payments:operate"])
        return
    account = (await queries.accounts_with(connection, [account_id])).get(account_id)
    if account is None or not (operator or account.owner == caller.party):
        raise UnknownAccount("no such account", field="account_id")


def _of_own_codes(caller: Caller, code: str | None) -> bool:
    """Whether a service, for itself, asks for what was moved under codes that begin with its name."""
    own = caller.acting_for is None and caller.subject == caller.issuer
    return own and code is not None and code.startswith(f"{caller.subject}.")


async def _is_party(connection: AsyncConnection, caller: Caller, transfer: Transfer) -> bool:
    if caller.may("payments:operate"):
        return True
    both = await queries.accounts_with(connection, [transfer.debit_account_id, transfer.credit_account_id])
    return any(account.owner == caller.party for account in both.values())


def numbered(wanted: TransferRequest, number: int) -> TransferCommand:
    """The command; what is wrong with it names its place in the request."""
    try:
        return command_of(wanted)
    except Incomplete as refusal:
        raise Incomplete(refusal.detail, field=f"transfers.{number}.{refusal.field}") from None


def _page(found: Sequence[Transfer], following: str | None) -> Page[TransferAnswer]:
    items = [TransferAnswer.model_validate(transfer_document(transfer)) for transfer in found]
    return Page[TransferAnswer](items=items, next=following)


def _json(document: dict[str, Any], status: int) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
