"""`/v1/balances`: sums over many accounts, now and at any past time."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from chassis.identity import Caller, requires
from chassis.parameters import only_known_parameters
from chassis.runtime import runtime_of
from chassis.wire import Answer, Currency, Instant
from services.payments.ledger import metadata_queries as queries
from services.payments.ledger import questions
from services.payments.ledger.metadata_schemas import MetadataFilter, wanted_metadata
from services.payments.ledger.model import AccountFilter

router = APIRouter(prefix="/v1/balances", tags=["ledger"])
Reader = Annotated[Caller, requires("payments:read")]


class AggregatedBalanceAnswer(Answer):
    """Sums over the accounts of a currency. balance: credits less debits posted, so that whole books come to 0."""

    currency: str
    accounts: int
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int
    balance: int


class AggregatedBalances(Answer):
    """accounts: how many match, 0 where none does; items: by currency; at: the instant asked for, or now."""

    at: datetime
    accounts: int
    items: list[AggregatedBalanceAnswer]


@router.get("", dependencies=[only_known_parameters])
async def sum_balances(
    request: Request,
    caller: Reader,
    owner: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    currency: Annotated[Currency | None, Query()] = None,
    reference: Annotated[str | None, Query(max_length=128)] = None,
    metadata: MetadataFilter = None,
    at: Annotated[
        Instant | None, Query(description="accounts, their metadata and their sums as they were then")
    ] = None,
) -> AggregatedBalances:
    """Balances of all accounts that match, by currency: the caller's own, an operator's are all; closed ones too.

    Now of at most 1,000,000 accounts, at a past instant of 10,000. That nothing matches is an answer (`accounts` is 0); what cannot be told
    is refused.
    """
    if not caller.may("payments:operate"):
        owner = owner or caller.party
        caller.require_owner(owner)
    wanted = AccountFilter(owner, kind, currency, reference, wanted_metadata(metadata), at)
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        known_since = await queries.metadata_known_since(connection) if at is not None and wanted.metadata else None
        questions.require_instant(wanted, now, known_since)
        if at is None:
            found = await queries.balances_now(connection, wanted, questions.MOST_ACCOUNTS_NOW)
        else:
            found = await queries.balances_then(connection, wanted, at, questions.MOST_ACCOUNTS_THEN)
    items = [AggregatedBalanceAnswer.model_validate(one) for one in questions.require_summable(found)]
    return AggregatedBalances(at=at or now, accounts=sum(one.accounts for one in items), items=items)
