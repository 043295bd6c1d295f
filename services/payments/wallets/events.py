"""Event types of wallets."""

from pydantic import BaseModel


class WalletOpened(BaseModel):
    """A customer has a wallet in a currency."""

    wallet_id: str
    customer_id: str
    currency: str
    account_id: str


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.wallet.opened.v1": WalletOpened}
