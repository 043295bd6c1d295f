"""Event types of merchants."""

from pydantic import BaseModel


class MerchantOpened(BaseModel):
    """Somebody can sell. The name is not told: it may be a person's."""

    merchant_id: str
    owner: str
    currency: str
    account_id: str


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.merchant.opened.v1": MerchantOpened}
