"""`/v1/wallets`: a customer's money."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.ledger import queries as ledger
from services.payments.wallets import actions, queries
from services.payments.wallets.errors import UnknownWallet
from services.payments.wallets.schemas import OpenWalletRequest, WalletAnswer, WalletId, wallet_answer

router = APIRouter(prefix="/v1/wallets", tags=["wallets"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]


@router.post("", status_code=201, response_model=WalletAnswer)
async def open_wallet(request: Request, body: OpenWalletRequest, caller: Writer) -> Response:
    """The customer's wallet in a currency; opened if she has none."""
    return await commands.run(
        request, actions.open_wallet, lambda opened: wallet_answer(*opened), currency=body.currency
    )


@router.get("")
async def list_wallets(
    request: Request,
    caller: Reader,
    paging: Paging,
    currency: Annotated[str | None, Query(max_length=5)] = None,
) -> Page[WalletAnswer]:
    """The customer's wallets with their balances, oldest first."""
    after = paging.after[0] if paging.after else None
    async with runtime_of(request).reading() as connection:
        rows = await queries.wallets_of(connection, customer_of(caller), currency, after, paging.limit + 1)
        accounts = await ledger.accounts_with(connection, [wallet.account_id for wallet in rows])
    items = [wallet_answer(wallet, accounts[wallet.account_id]) for wallet in rows]
    return Page[WalletAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/{wallet_id}")
async def read_wallet(request: Request, wallet_id: WalletId, caller: Reader) -> WalletAnswer:
    async with runtime_of(request).reading() as connection:
        wallet = await queries.wallet_with(connection, wallet_id)
        if wallet is None or not (wallet.customer_id == caller.customer or caller.may("payments:operate")):
            raise UnknownWallet("no such wallet", field="wallet_id")
        accounts = await ledger.accounts_with(connection, [wallet.account_id])
    return wallet_answer(wallet, accounts[wallet.account_id])
