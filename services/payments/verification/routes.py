"""`/v1/verification`: the audit of this service."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.payments.liabilities.proving import differing_leaves
from services.payments.liabilities.vault import LiabilityVault
from services.payments.verification import coin_queries, queries
from services.payments.verification.model import Check
from services.payments.verification.schemas import (
    CoinFiguresAnswer,
    CoinsFiguresAnswer,
    ReserveAnswer,
    ReservesAnswer,
    VerificationAnswer,
    chain_answer,
    check_answer,
    movement_answer,
)

router = APIRouter(prefix="/v1/verification", tags=["verification"])
Operator = Annotated[Caller, requires("payments:operate")]
MOVEMENTS_SHOWN = 1000
CHAINED_TRANSFERS = 500_000
"""Read again in one answer, whatever the number of books: some seconds."""
PATIENCE = timedelta(minutes=5)
"""What periodic work may be late by before a state counts as stuck."""


@router.get("")
async def verify(request: Request, caller: Operator) -> VerificationAnswer:
    """Work everything out again from the transfers; the offending ids stand there, if anything differs.

    Of chains of evidence, no more than 500,000 transfers are read in one answer. `chains` says up to which link each was gone through;
    where one is not `complete`, neither is the answer, and it does not claim that everything holds: go on from there with
    `/v1/evidence/books/{book}/recomputation`, as `sifang verify` does.
    """
    runtime = runtime_of(request)
    now = await runtime.database.now()
    async with runtime.reading() as connection:
        looked = await queries.checks(connection)
        chains = await queries.chains(connection, CHAINED_TRANSFERS)
        looked |= {"evidence_chains": queries.broken_chains(chains)}
        vault = runtime.get(LiabilityVault)
        looked |= {"liability_leaves_come_to_their_root": await differing_leaves(connection, vault)}
        looked |= await queries.past_deadline(connection, now - PATIENCE)
        movements = await queries.movements(connection, MOVEMENTS_SHOWN)
    checks = [Check(name, examined, tuple(offending)) for name, (examined, offending) in looked.items()]
    complete = all(chain.complete for chain in chains)
    return VerificationAnswer(
        holds=complete and not any(check.offending for check in checks),
        complete=complete,
        chains=[chain_answer(chain) for chain in chains],
        business_at=now,
        checks=[check_answer(check) for check in checks],
        movements=[movement_answer(movement, now) for movement in movements],
    )


@router.get("/reserves")
async def verify_reserves(request: Request, caller: Operator) -> ReservesAnswer:
    """What our books say is in the reserve at each bank, to be compared with the bank's own."""
    async with runtime_of(request).reading() as connection:
        found = await queries.reserves(connection)
    return ReservesAnswer(items=[ReserveAnswer.model_validate(one) for one in found])


@router.get("/coins")
async def verify_coins(request: Request, caller: Operator) -> CoinsFiguresAnswer:
    """What our books say is at our addresses of each chain, to be compared with the chain's own."""
    async with runtime_of(request).reading() as connection:
        found = await coin_queries.coin_figures(connection)
    return CoinsFiguresAnswer(items=[CoinFiguresAnswer.model_validate(one) for one in found])
