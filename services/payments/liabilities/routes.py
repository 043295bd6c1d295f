"""`/v1/liabilities`: one root a day over all that is owed, and each party's proof that her balances are in it."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from chassis.wire import CURRENCY_PATTERN, Day
from services.payments.liabilities import proving, queries, rules
from services.payments.liabilities.errors import NotPublished
from services.payments.liabilities.schemas import (
    ExclusionAnswer,
    LiabilityProofAnswer,
    PublicationAnswer,
    leaf_answer,
    publication_answer,
)
from services.payments.liabilities.vault import LiabilityVault

router = APIRouter(prefix="/v1/liabilities", tags=["liabilities"])
Reader = Annotated[Caller, requires("payments:read")]
Operator = Annotated[Caller, requires("payments:operate")]
Number = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Query(pattern=CURRENCY_PATTERN)]


@router.get("/roots")
async def list_liability_roots(
    request: Request, caller: Reader, paging: Paging, currency: Code | None = None
) -> Page[PublicationAnswer]:
    """What was published, newest first: the same for everybody. Keep it, and compare it with what others were shown."""
    before = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.list_publications(connection, currency, before, paging.limit + 1)
    items = [publication_answer(one) for one in rows]
    return Page[PublicationAnswer].model_validate(page(items, paging, lambda row: (row.number,)))


@router.get("/roots/{number}")
async def read_liability_root(request: Request, number: Number, caller: Reader) -> PublicationAnswer:
    async with runtime_of(request).reading() as connection:
        publication = await queries.publication_numbered(connection, number)
    if publication is None:
        raise NotPublished("there is no publication of this number")
    return publication_answer(publication)


@router.get("/roots/{number}/exclusions")
async def list_liability_exclusions(
    request: Request, number: Number, caller: Operator, paging: Paging
) -> Page[ExclusionAnswer]:
    """Accounts below zero, which no leaf may be: their number and sum are published, who they are is not."""
    after: UUID | None = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        if await queries.publication_numbered(connection, number) is None:
            raise NotPublished("there is no publication of this number")
        rows = await queries.exclusions_of(connection, number, after, paging.limit + 1)
    items = [ExclusionAnswer(account_id=account_id, amount_minor=amount) for account_id, amount in rows]
    return Page[ExclusionAnswer].model_validate(page(items, paging, lambda row: (row.account_id,)))


@router.get("/proofs/mine")
async def read_own_liability_proof(
    request: Request, caller: Reader, paging: Paging, day: Day, currency: Code
) -> LiabilityProofAnswer:
    """Of each of the caller's accounts, what was counted of it at the end of a day, and the way from there up to the published root.

    At most 20 accounts a page, whatever `limit` says; keep all pages: the verifier reads them together.
    """
    runtime = runtime_of(request)
    paging = replace(paging, limit=min(paging.limit, rules.MOST_PROVED))
    after: UUID | None = paging.after[0] if paging.after else None
    async with runtime.reading() as connection:
        publication = await queries.publication_of(connection, day, currency)
        if publication is None:
            raise NotPublished("nothing was published of this day and currency", field="day")
        secret = runtime.get(LiabilityVault).open(publication.id, publication.secret)
        rows = await queries.accounts_of(connection, caller.party, currency, after, paging.limit + 1)
        own = await proving.prove(connection, publication, secret, rows[: paging.limit])
    found = page(rows, paging, lambda account_id: (account_id,))
    items = [leaf_answer(leaf) for leaf in own.leaves]
    return LiabilityProofAnswer(items=items, next=found["next"], publication=publication_answer(publication))
