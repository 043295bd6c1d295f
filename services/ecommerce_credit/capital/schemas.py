"""Capital on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chassis import wire
from services.ecommerce_credit.capital.model import FundingParty, Movement, Position
from services.ecommerce_credit.wire_ids import AccountId, CapitalMovementId, CustomerId, FundingPartyId

KindName = Literal["contribution", "withdrawal"]
StateName = Literal["pending", "done", "refused"]


class FundingPartyRequest(wire.Request):
    """customer: who may put money into the lender."""

    customer: CustomerId


class CapitalRequest(wire.Request):
    amount: wire.Amount
    currency: wire.Currency


class FundingPartyAnswer(wire.Answer):
    """ended_at: from when she may only take out."""

    id: FundingPartyId
    customer: str
    registered_by: str
    registered_at: datetime
    ended_at: datetime | None


class CapitalMovementAnswer(wire.Answer):
    """reason: why it was refused, a code such as `insufficient_funds`: of her wallet, or of the capital that is not lent."""

    id: CapitalMovementId
    customer: str
    kind: KindName
    amount: int
    currency: str
    state: StateName
    reason: str | None
    account_id: AccountId | None
    requested_at: datetime
    changed_at: datetime


class PositionAnswer(wire.Answer):
    """claim_minor: contributed − withdrawn; free_minor: what may still be asked for."""

    customer: str
    currency: str
    contributed_minor: int
    withdrawn_minor: int
    leaving_minor: int
    claim_minor: int
    free_minor: int


class PositionsAnswer(wire.Answer):
    items: list[PositionAnswer]


def party_answer(party: FundingParty) -> FundingPartyAnswer:
    return FundingPartyAnswer.model_validate(party)


def capital_movement_answer(movement: Movement) -> CapitalMovementAnswer:
    return CapitalMovementAnswer(
        id=movement.id,
        customer=movement.customer,
        kind=movement.kind.value,
        amount=movement.amount_minor,
        currency=movement.currency,
        state=movement.state.value,
        reason=movement.reason,
        account_id=movement.account_id,
        requested_at=movement.requested_at,
        changed_at=movement.changed_at,
    )


def positions_answer(positions: Sequence[Position]) -> PositionsAnswer:
    return PositionsAnswer(items=[PositionAnswer.model_validate(one) for one in positions])
