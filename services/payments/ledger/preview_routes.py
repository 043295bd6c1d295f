"""`/v1/transfers/preview`: what the ledger would say, with nothing written and no id spent."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from chassis.identity import Caller, requires
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from chassis.wire import Answer
from services.payments.ledger import actions
from services.payments.ledger.model import Outcome, Posting
from services.payments.ledger.posting import posting_of
from services.payments.ledger.routes import numbered
from services.payments.ledger.schemas import BulkRequest, TransferAnswer, TransferOutcome, transfer_document

router = APIRouter(prefix="/v1/transfers", tags=["ledger"])
Mover = Annotated[Caller, requires("payments:transfer")]


class OutcomeForeseen(TransferOutcome):
    """transfer: as it would be made, or was; seen: to operators, the state that a refusal would be decided on."""

    transfer: TransferAnswer | None
    seen: dict[str, Any] | None


class TransfersForeseen(Answer):
    """An outcome for each transfer, in the order of the request. accepted: every one of them would be made, or was."""

    accepted: bool
    results: list[OutcomeForeseen]


@router.post("/preview", openapi_extra=KEYLESS)
async def preview_transfers(request: Request, body: BulkRequest, caller: Mover) -> TransfersForeseen:
    """The decision on the same request to `/bulk`, on the ledger as it is now. Nothing is written, and no id is spent."""
    commands = [numbered(wanted, number) for number, wanted in enumerate(body.transfers)]
    posting = posting_of(commands, body.mode, caller, body.acting_for or ())
    database = runtime_of(request).database
    async with database.reading() as connection:
        (outcomes,) = await actions.foresee(await database.begin(connection), [posting])
    return TransfersForeseen(
        accepted=all(outcome.accepted for outcome in outcomes), results=[_foreseen(one, posting) for one in outcomes]
    )


def _foreseen(outcome: Outcome, posting: Posting) -> OutcomeForeseen:
    # What an id in use made is told only to whoever may repeat it.
    transfer = outcome.transfer if outcome.accepted else None
    return OutcomeForeseen(
        id=outcome.id,
        result=outcome.result,
        field=outcome.field,
        transfer=None if transfer is None else TransferAnswer.model_validate(transfer_document(transfer)),
        seen=outcome.seen if posting.parties is None else None,
    )
