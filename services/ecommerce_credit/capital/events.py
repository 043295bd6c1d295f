"""Events of capital."""

from typing import Literal

from chassis.wire import Answer
from services.ecommerce_credit.capital.model import Movement, MovementKind, MovementState
from services.ecommerce_credit.wire_ids import CapitalMovementId

CAPITAL_CONTRIBUTED = "ecommerce_credit.capital.contributed.v1"
CAPITAL_WITHDRAWN = "ecommerce_credit.capital.withdrawn.v1"
CAPITAL_REFUSED = "ecommerce_credit.capital.refused.v1"


class CapitalTold(Answer):
    """Capital was put in or taken out by a funding party, or the ledger refused it (reason: a code). amount: minor units."""

    movement_id: CapitalMovementId
    customer: str
    kind: Literal["contribution", "withdrawal"]
    amount: int
    currency: str
    state: Literal["done", "refused"]
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {
    CAPITAL_CONTRIBUTED: CapitalTold,
    CAPITAL_WITHDRAWN: CapitalTold,
    CAPITAL_REFUSED: CapitalTold,
}


def type_of(movement: Movement) -> str:
    if movement.state is MovementState.REFUSED:
        return CAPITAL_REFUSED
    return CAPITAL_CONTRIBUTED if movement.kind is MovementKind.CONTRIBUTION else CAPITAL_WITHDRAWN


def told(movement: Movement) -> dict[str, object]:
    return CapitalTold(
        movement_id=movement.id,
        customer=movement.customer,
        kind=movement.kind.value,
        amount=movement.amount_minor,
        currency=movement.currency,
        state=movement.state.value,
        reason=movement.reason,
    ).model_dump(mode="json")
