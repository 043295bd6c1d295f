"""`/v1/accounts`: accounts of the ledger, their balances now and at any past time, their statements."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import commands
from chassis.clock import start_of_day
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.parameters import only_known_parameters
from chassis.runtime import runtime_of
from chassis.wire import Currency, Day, Instant
from services.payments.ledger import actions, metadata_queries, queries
from services.payments.ledger.errors import InFuture, NotOpenThen, UnknownAccount
from services.payments.ledger.metadata_schemas import (
    AccountMetadataAnswer,
    AccountMetadataRequest,
    MetadataFilter,
    wanted_metadata,
)
from services.payments.ledger.model import Account, AccountFilter, AccountMetadata, Rule, TransferKind
from services.payments.ledger.schemas import (
    AccountAnswer,
    AccountId,
    AccountStepAnswer,
    AccountStepRequest,
    AccountSteps,
    BalanceAnswer,
    FreezeRequest,
    OpenAccountRequest,
    StatementEntry,
    account_answer,
    balance_answer,
    statement_entry,
)

router = APIRouter(prefix="/v1/accounts", tags=["ledger"])
Mover = Annotated[Caller, requires("payments:transfer")]
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]
MONEY = (TransferKind.SINGLE, TransferKind.POST)


@router.post("", status_code=201, response_model=AccountAnswer)
async def open_account(request: Request, body: OpenAccountRequest, caller: Mover) -> Response:
    """Open an account of one's own; operators open them for others too."""
    facts = body.model_dump() | {"rule": Rule(body.rule)}
    return await commands.run(request, actions.open_own_account, account_answer, **facts)


@router.get("", dependencies=[only_known_parameters])
async def list_accounts(
    request: Request,
    caller: Reader,
    paging: Paging,
    owner: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    currency: Annotated[Currency | None, Query()] = None,
    reference: Annotated[str | None, Query(max_length=128)] = None,
    metadata: MetadataFilter = None,
) -> Page[AccountAnswer]:
    """The caller's accounts, oldest first; an operator's are all."""
    if not caller.may("payments:operate"):
        owner = owner or caller.party
        caller.require_owner(owner)
    wanted = AccountFilter(owner, kind, currency, reference, wanted_metadata(metadata))
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.find_accounts(connection, wanted, after=after, limit=paging.limit + 1)
    shown = page(rows, paging, lambda account: (account.id,))
    return Page[AccountAnswer](items=[account_answer(one) for one in shown["items"]], next=shown["next"])


@router.get("/{account_id}")
async def read_account(request: Request, account_id: AccountId, caller: Reader) -> AccountAnswer:
    async with runtime_of(request).reading() as connection:
        return account_answer(await _own(connection, caller, account_id))


@router.get("/{account_id}/balance", dependencies=[only_known_parameters])
async def read_balance(
    request: Request, account_id: AccountId, caller: Reader, at: Annotated[Instant | None, Query()] = None
) -> BalanceAnswer:
    """Now, or as it was after the last transfer at or before an instant. What cannot be told is an error, never 0."""
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        account = await _own(connection, caller, account_id)
        if at is None:
            return balance_answer(account, account.balance, now)
        if account.opened_at is None or at < account.opened_at:
            raise NotOpenThen("the account was not open then", field="at", opened_at=str(account.opened_at))
        if at > now:
            raise InFuture("nobody knows yet", field="at")
        return balance_answer(account, await queries.balance_at(connection, account_id, at), at)


@router.get("/{account_id}/statement", dependencies=[only_known_parameters])
async def read_statement(
    request: Request,
    account_id: AccountId,
    caller: Reader,
    paging: Paging,
    since: Annotated[Day | None, Query(alias="from", description="first day")] = None,
    until: Annotated[Day | None, Query(alias="to", description="last day")] = None,
    holds: Annotated[bool, Query(description="also holds made, voided and expired")] = False,
) -> Page[StatementEntry]:
    """Every movement with the balance after it, oldest first."""
    runtime = runtime_of(request)
    zone = runtime.settings.zone
    async with runtime.reading() as connection:
        account = await _own(connection, caller, account_id)
        rows = await queries.statement_of(
            connection,
            account_id,
            since=start_of_day(since, zone) if since else None,
            until=start_of_day(until + timedelta(days=1), zone) if until else None,
            after=(paging.after[0], paging.after[1]) if paging.after else None,
            kinds=tuple(TransferKind) if holds else MONEY,
            limit=paging.limit + 1,
        )
    shown = page(rows, paging, lambda transfer: (transfer.posted_at, transfer.id))
    items = [statement_entry(account, transfer) for transfer in shown["items"]]
    return Page[StatementEntry](items=items, next=shown["next"])


@router.get("/{account_id}/steps")
async def list_steps(request: Request, account_id: AccountId, caller: Operator) -> AccountSteps:
    """Opened, frozen, released, closed: when, by whom, why."""
    async with runtime_of(request).reading() as connection:
        await _own(connection, caller, account_id)
        rows = await queries.steps_of(connection, account_id)
    return AccountSteps(items=[AccountStepAnswer.model_validate(row) for row in rows])


@router.get("/{account_id}/metadata", dependencies=[only_known_parameters])
async def list_metadata(
    request: Request, account_id: AccountId, caller: Reader, paging: Paging
) -> Page[AccountMetadataAnswer]:
    """Every version of an account's metadata, the latest first. Which operator gave it is told to operators alone."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        await _own(connection, caller, account_id)
        rows = await metadata_queries.metadata_versions(connection, account_id, before, paging.limit + 1)
    shown = page(rows, paging, lambda version: (version.recorded_at,))
    items = [AccountMetadataAnswer.model_validate(_seen_by(caller, version)) for version in shown["items"]]
    return Page[AccountMetadataAnswer](items=items, next=shown["next"])


def _seen_by(caller: Caller, version: AccountMetadata) -> AccountMetadata:
    known = caller.may("payments:operate") or version.recorded_by in (caller.subject, caller.party)
    return version if known else replace(version, recorded_by="operator")


@router.put("/{account_id}/metadata", status_code=200, response_model=AccountAnswer)
async def replace_metadata(
    request: Request, account_id: AccountId, body: AccountMetadataRequest, caller: Mover
) -> Response:
    """Other metadata in place of all that is there, by the account's owner or an operator. What was there before stays known.

    Never personal data: whatever is written here is kept for ever.
    """
    return await commands.run(
        request,
        actions.replace_metadata,
        account_answer,
        status=200,
        account_id=account_id,
        metadata=body.metadata,
    )


@router.post("/{account_id}/freeze", status_code=200, response_model=AccountAnswer)
async def freeze(request: Request, account_id: AccountId, body: FreezeRequest, caller: Operator) -> Response:
    """Stop new debits and holds, or keep an amount on the account, also of money that is still to come.

    Money still comes in; holds made before may be voided, and posted for escrow and clearing.
    """
    return await commands.run(
        request,
        actions.freeze_account,
        account_answer,
        status=200,
        account_id=account_id,
        reason=body.reason,
        amount=body.amount,
    )


@router.post("/{account_id}/release", status_code=200, response_model=AccountAnswer)
async def release(request: Request, account_id: AccountId, body: AccountStepRequest, caller: Operator) -> Response:
    """End a freeze, of the whole account and of an amount."""
    return await _step(request, actions.release_account, account_id, body)


@router.post("/{account_id}/closure", status_code=200, response_model=AccountAnswer)
async def close(request: Request, account_id: AccountId, body: AccountStepRequest, caller: Mover) -> Response:
    """Close an empty account for good."""
    return await _step(request, actions.close_account, account_id, body)


async def _step(
    request: Request, action: commands.Story[Account], account_id: UUID, body: AccountStepRequest
) -> Response:
    return await commands.run(request, action, account_answer, status=200, account_id=account_id, reason=body.reason)


async def _own(connection: AsyncConnection, caller: Caller, account_id: UUID) -> Account:
    """Raises UnknownAccount, also for another's."""
    account = (await queries.accounts_with(connection, [account_id])).get(account_id)
    if account is None or (account.owner != caller.party and not caller.may("payments:operate")):
        raise UnknownAccount("no such account", field="account_id")
    return account
