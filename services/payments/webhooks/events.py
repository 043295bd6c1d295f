"""Event types of webhooks."""

from pydantic import BaseModel


class EndpointDisabled(BaseModel):
    """Nothing is sent there any more: the owner's wish, an answer 410, or five days without a good answer."""

    endpoint_id: str
    owner: str
    reason: str


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.webhook_endpoint.disabled.v1": EndpointDisabled}
