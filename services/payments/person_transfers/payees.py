"""Who is meant: a customer or a wallet, in a currency, and the name that she has proved."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.holders.queries import identity_of
from services.payments.holders.vault import IdentityVault
from services.payments.person_transfers.errors import PayeeCurrencyDiffers, UnknownPayee
from services.payments.wallets.model import Wallet
from services.payments.wallets.queries import wallet_of, wallet_with


async def payee_wallet(
    connection: AsyncConnection, *, payee_id: UUID | None, payee_wallet_id: UUID | None, currency: str
) -> Wallet:
    """Raises UnknownPayee, PayeeCurrencyDiffers."""
    if payee_wallet_id is None:
        assert payee_id is not None
        wallet, field = await wallet_of(connection, payee_id, currency), "payee_id"
    else:
        wallet, field = await wallet_with(connection, payee_wallet_id), "payee_wallet_id"
    if wallet is None:
        raise UnknownPayee(f"nobody of this id has a wallet in {currency}", field=field)
    if wallet.currency != currency:
        raise PayeeCurrencyDiffers("the payee's wallet is of another currency", field="currency")
    return wallet


async def proved_name(connection: AsyncConnection, vault: IdentityVault, customer_id: UUID) -> str | None:
    """None until an independent source has confirmed it: what somebody only declared proves nothing to a payer."""
    identity = await identity_of(connection, customer_id)
    return None if identity is None or identity.holder_id is None else vault.open(identity).name
