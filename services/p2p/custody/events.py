"""Events of custody: ids and amounts, never who somebody is."""

from typing import Literal

from chassis.wire import Answer, Day
from services.p2p.custody.model import Authorisation, Difference, Payment, TieOut
from services.p2p.wire_ids import CustodyAuthorisationId, CustodyDifferenceId, CustodyPaymentId

AUTHORISATION_CHANGED = "p2p.custody.authorisation_changed.v1"
PAYMENT_SETTLED = "p2p.custody.payment_settled.v1"
DAY_TIED_OUT = "p2p.custody.day_tied_out.v1"
DIFFERENCE_FOUND = "p2p.custody.difference_found.v1"
DIFFERENCE_CLOSED = "p2p.custody.difference_closed.v1"


class AuthorisationTold(Answer):
    """What a user lets the platform do at her custody bank has changed. reason: the bank's, where it refused."""

    authorisation_id: CustodyAuthorisationId
    customer: str
    bank: str
    scope: Literal["invest", "repay", "fee"]
    cap_minor: int
    until_on: Day
    state: str
    reason: str | None


class CustodyPaymentTold(Answer):
    """Money came from a customer's card into custody, or went there; or did not, for a reason."""

    payment_id: CustodyPaymentId
    customer: str
    bank: str
    kind: Literal["top_up", "withdrawal"]
    amount: int
    currency: str
    state: Literal["done", "refused"]
    reason: str | None


class TieOutTold(Answer):
    """A day of a custody bank was compared with the ledger, account by account."""

    bank: str
    currency: str
    day: Day
    accounts: int
    bank_minor: int
    ledger_minor: int
    differences: int


class DifferenceTold(Answer):
    """An account is not the same in both books. holder: a customer, a listing, a purpose of the house, or nobody we know."""

    difference_id: CustodyDifferenceId
    bank: str
    currency: str
    day: Day
    kind: Literal["amount", "missing", "unknown", "total"]
    holder: str
    bank_minor: int | None
    ledger_minor: int | None
    state: Literal["open", "explained", "resolved"]
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {
    AUTHORISATION_CHANGED: AuthorisationTold,
    PAYMENT_SETTLED: CustodyPaymentTold,
    DAY_TIED_OUT: TieOutTold,
    DIFFERENCE_FOUND: DifferenceTold,
    DIFFERENCE_CLOSED: DifferenceTold,
}


def authorisation_told(held: Authorisation) -> dict[str, object]:
    return AuthorisationTold(
        authorisation_id=held.id,
        customer=held.holder,
        bank=held.bank,
        scope=held.scope.value,
        cap_minor=held.cap_minor,
        until_on=held.until_on,
        state=held.state.value,
        reason=held.reason,
    ).model_dump(mode="json")


def payment_told(payment: Payment) -> dict[str, object]:
    return CustodyPaymentTold(
        payment_id=payment.id,
        customer=payment.holder,
        bank=payment.bank,
        kind=payment.kind.value,
        amount=payment.amount_minor,
        currency=payment.currency,
        state="refused" if payment.reason is not None else "done",
        reason=payment.reason,
    ).model_dump(mode="json")


def tied_out(made: TieOut) -> dict[str, object]:
    return TieOutTold.model_validate(made).model_dump(mode="json")


def difference_told(found: Difference) -> dict[str, object]:
    return DifferenceTold(
        difference_id=found.id,
        bank=found.bank,
        currency=found.currency,
        day=found.day,
        kind=found.kind.value,
        holder=found.holder,
        bank_minor=found.bank_minor,
        ledger_minor=found.ledger_minor,
        state=found.state.value,
        reason=found.reason,
    ).model_dump(mode="json")
