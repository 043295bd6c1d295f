"""Event types of shares. Amounts in minor units."""

from pydantic import BaseModel


class ShareReturned(BaseModel):
    """Money of a shared part went back from its receiver to the merchant."""

    share_id: str
    order_id: str
    merchant_id: str
    account_id: str
    amount: int


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.share.returned.v1": ShareReturned}
