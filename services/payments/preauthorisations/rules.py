"""What may happen to a pre-authorisation in which state. At its deadline it has ended, whether or not somebody wrote that down."""

from datetime import datetime, timedelta
from uuid import UUID

from services.payments.preauthorisations.errors import (
    CaptureExceedsFrozen,
    PreauthorisationAmountDiffers,
    PreauthorisationNotFrozen,
    PreauthorisationNotRequested,
    ReleaseNotAsked,
    TooManyCaptures,
    UnknownPreauthorisation,
)
from services.payments.preauthorisations.model import Preauthorisation, PreauthorisationState

LONGEST_HOLD = timedelta(days=30)
SHORTEST_HOLD_SECONDS = 60
SHORTEST_ASKING_SECONDS = 60
LONGEST_ASKING_SECONDS = 24 * 3600
MOST_CAPTURES = 100


def require_agreeable(one: Preauthorisation, buyer_id: UUID, amount: int, currency: str, now: datetime) -> None:
    """Raises UnknownPreauthorisation (another's), PreauthorisationNotRequested, PreauthorisationAmountDiffers."""
    if one.buyer_id is not None and one.buyer_id != buyer_id:
        raise UnknownPreauthorisation("no such pre-authorisation")
    if one.state is not PreauthorisationState.REQUESTED or _over(one, now):
        raise PreauthorisationNotRequested("it is agreed to already, or over", state=one.state.value)
    if (amount, currency) != (one.amount, one.currency):
        raise PreauthorisationAmountDiffers("the merchant asks for another amount", field="amount", asked=one.amount)


def require_frozen(one: Preauthorisation, now: datetime) -> None:
    """Raises PreauthorisationNotFrozen."""
    if one.state is not PreauthorisationState.FROZEN or _over(one, now):
        raise PreauthorisationNotFrozen("nothing is frozen", state=one.state.value)


def require_capturable(one: Preauthorisation, amount: int, captures: int, now: datetime, *, final: bool) -> None:
    """captures: made before. Raises PreauthorisationNotFrozen, CaptureExceedsFrozen, TooManyCaptures."""
    require_frozen(one, now)
    if amount > one.frozen:
        raise CaptureExceedsFrozen("more than is frozen still", field="amount", frozen=one.frozen)
    if captures + 1 >= MOST_CAPTURES and not final and amount < one.frozen:
        raise TooManyCaptures("another one must be the last", field="final", most=MOST_CAPTURES)


def require_release_asked(one: Preauthorisation, now: datetime) -> None:
    """Raises PreauthorisationNotFrozen, ReleaseNotAsked."""
    require_frozen(one, now)
    if one.release_asked_at is None:
        raise ReleaseNotAsked("the customer has not asked for a release")


def _over(one: Preauthorisation, now: datetime) -> bool:
    return one.due_at is not None and one.due_at <= now
