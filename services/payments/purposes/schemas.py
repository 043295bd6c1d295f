from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.ids import TypeId
from chassis.wire import Answer, Instant, Request
from services.payments.ledger.model import Allowed
from services.payments.ledger.schemas import AccountId
from services.payments.purposes.model import MOST_ALLOWED, Purpose, Purse

PurposeId = Annotated[UUID, TypeId("ppo")]
PurseId = Annotated[UUID, TypeId("prs")]
Owner = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["merchant"])]


class AllowedDestination(Request):
    """Accounts for which all that is given holds: of a kind, of an owner, or one account. `purse`: purses of the same purpose."""

    kind: Kind | None = None
    owner: Owner | None = None
    account_id: AccountId | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.kind is None and self.owner is None and self.account_id is None:
            raise ValueError("a kind, an owner or an account is expected")
        return self


class PurposeRequest(Request):
    """allowed: where the money may go, any of them; return_account_id: where it may always go back, and goes when it expires."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["school fees 2026"])]
    allowed: Annotated[list[AllowedDestination], Field(max_length=MOST_ALLOWED)]
    return_account_id: AccountId
    expires_at: Instant | None = None


class AllowedAnswer(Answer):
    kind: str | None
    owner: str | None
    account_id: AccountId | None


class PurposeAnswer(Answer):
    """owner: of the return account."""

    id: PurposeId
    owner: str
    name: str
    currency: str
    allowed: list[AllowedAnswer]
    return_account_id: AccountId
    expires_at: datetime | None
    made_at: datetime


class PurseRequest(Request):
    """owner: the caller unless told; the owner of the purpose opens purses for those it gives money to."""

    purpose_id: PurposeId
    owner: Owner | None = None


class PurseAnswer(Answer):
    """account_id: its account, whose money is bound to the purpose."""

    id: PurseId
    owner: str
    purpose_id: PurposeId
    account_id: AccountId
    opened_at: datetime


def allowed_of(wanted: PurposeRequest) -> tuple[Allowed, ...]:
    return tuple(Allowed(one.kind, one.owner, one.account_id) for one in wanted.allowed)


def purpose_answer(purpose: Purpose) -> PurposeAnswer:
    return PurposeAnswer.model_validate(purpose)


def purse_answer(purse: Purse) -> PurseAnswer:
    return PurseAnswer.model_validate(purse)
