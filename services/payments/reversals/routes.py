"""`/v1/transfers/{id}/reversal`: money moved back, in full or in part."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from services.payments.ledger.errors import UnknownTransfer, refusal_of
from services.payments.ledger.posting import parties_of
from services.payments.ledger.queries import accounts_with
from services.payments.ledger.schemas import TransferId
from services.payments.reversals import actions
from services.payments.reversals.schemas import (
    CorrectionsAnswer,
    ReversalMade,
    ReversalRequest,
    corrections_answer,
    reversal_made,
)

router = APIRouter(prefix="/v1/transfers", tags=["ledger"])
Mover = Annotated[Caller, requires("payments:transfer")]
Reader = Annotated[Caller, requires("payments:read")]


@router.post(
    "/{transfer_id}/reversal", status_code=201, responses={200: {"model": ReversalMade}}, openapi_extra=KEYLESS
)
async def reverse_transfer(
    request: Request, response: Response, transfer_id: TransferId, body: ReversalRequest, caller: Mover
) -> ReversalMade:
    """Make the transfer that takes another back, and link the two in one commit. 201 `created`, 200 `exists`.

    Decided as any transfer is, out of the account that was credited, which the caller must be allowed to debit.
    """
    done = await commands.perform(
        runtime_of(request),
        actions.reverse_transfer,
        caller,
        seed=f"reverse {body.id}",
        again=commands.RETRIED | {commands.UNIQUE_VIOLATION},
        reversed_id=transfer_id,
        transfer_id=body.id,
        parties=parties_of(caller),
        **body.model_dump(exclude={"id"}),
    )
    if not done.outcome.accepted:
        raise refusal_of(done.outcome)
    response.status_code = 201 if done.outcome.result == "created" else 200
    return reversal_made(done)


@router.get("/{transfer_id}/reversals")
async def read_reversals(request: Request, transfer_id: TransferId, caller: Reader) -> CorrectionsAnswer:
    """What a transfer takes back and what took it back; to the owner of either account, and to operators."""
    async with runtime_of(request).reading() as connection:
        found = await actions.corrections_of(connection, transfer_id)
        sides = [found.transfer.debit_account_id, found.transfer.credit_account_id]
        owners = {account.owner for account in (await accounts_with(connection, sides)).values()}
    if caller.party not in owners and not caller.may("payments:operate"):
        raise UnknownTransfer("no such transfer", field="transfer_id")
    return corrections_answer(found)
