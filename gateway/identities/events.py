"""Event types of identities. Ids and facts about the sign-up, nothing personal."""

from pydantic import BaseModel


class CustomerRegistered(BaseModel):
    """A customer signed up. contact_kind: email or mobile; channel: by which she came."""

    customer: str
    contact_kind: str
    channel: str


CUSTOMER_REGISTERED = "gateway.customer.registered.v1"
EVENT_TYPES: dict[str, type[BaseModel]] = {CUSTOMER_REGISTERED: CustomerRegistered}
