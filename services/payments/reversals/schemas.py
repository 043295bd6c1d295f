from typing import Annotated, Literal

from pydantic import Field

from chassis.wire import Amount, Answer, Day, Request
from services.payments.ledger.metadata_schemas import Metadata
from services.payments.ledger.schemas import Code, Reference, TransferAnswer, TransferId, transfer_document
from services.payments.reversals.actions import CODE
from services.payments.reversals.model import Corrections, Reversal, Reversed


class ReversalRequest(Request):
    """id: of the new transfer, the caller's own and the key of every retry. amount: all that is left, unless told; code: why;
    reference: that of the transfer reversed, unless told; metadata: its own."""

    id: TransferId
    amount: Amount | None = None
    code: Code = CODE
    reference: Reference | None = None
    value_on: Day | None = None
    metadata: Metadata | None = None


class ReversalMade(TransferAnswer):
    """The transfer that takes money back. result: `created`, or `exists` when it was made before; rest: what may still be reversed."""

    result: Literal["created", "exists"]
    reverses_id: TransferId
    rest: int


class ReversalAnswer(Answer):
    """part: its place among the reversals of one transfer, from 1; rest: what was left of the amount after it."""

    transfer_id: TransferId
    reversed_id: TransferId
    part: int
    amount: int
    rest: int


class CorrectionsAnswer(Answer):
    """A transfer seen from both sides. reverses: the one that it takes back; reversals: those that took it back; rest: what they left."""

    transfer_id: TransferId
    amount: int
    rest: int
    reverses: ReversalAnswer | None
    reversals: Annotated[list[ReversalAnswer], Field(max_length=100)]


def reversal_made(done: Reversed) -> ReversalMade:
    assert done.outcome.transfer is not None
    more = {"result": done.outcome.result, "reverses_id": done.reversed_id, "rest": done.rest}
    return ReversalMade.model_validate(transfer_document(done.outcome.transfer) | more)


def corrections_answer(found: Corrections) -> CorrectionsAnswer:
    return CorrectionsAnswer(
        transfer_id=found.transfer.id,
        amount=found.transfer.amount,
        rest=found.rest,
        reverses=None if found.reverses is None else _answer(found.reverses),
        reversals=[_answer(one) for one in found.reversals],
    )


def _answer(one: Reversal) -> ReversalAnswer:
    return ReversalAnswer.model_validate(one)
