"""Event types of purposes and purses."""

from pydantic import BaseModel


class PurposeMade(BaseModel):
    purpose_id: str
    owner: str
    currency: str
    expires_at: str | None


class PurseOpened(BaseModel):
    purse_id: str
    purpose_id: str
    account_id: str
    owner: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.purpose.made.v1": PurposeMade,
    "payments.purse.opened.v1": PurseOpened,
}
