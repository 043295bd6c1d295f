"""Opening the lender's accounts in payments, outside any transaction."""

from collections.abc import Mapping
from uuid import UUID

from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from services.ecommerce_credit.accounts import queries
from services.ecommerce_credit.accounts.model import HouseAccount, HousePurpose

OWNER = "ecommerce_credit"
NO_OVERDRAFT = "debits_must_not_exceed_credits"
KINDS: Mapping[HousePurpose, str] = {
    HousePurpose.CAPITAL: "capital",
    HousePurpose.INTEREST_INCOME: "interest_income",
}


async def ensure_house_accounts(runtime: Runtime, currency: str) -> dict[HousePurpose, UUID]:
    """Every account of the lender in a currency, opened or found where it was missing here."""
    async with runtime.reading() as connection:
        known = await queries.find(connection, currency)
    missing = [purpose for purpose in HousePurpose if purpose not in known]
    for purpose in missing:
        account_id = await _open(runtime.get(PaymentsClient), purpose, currency)
        async with runtime.transaction(seed=f"ecommerce_credit.house_account\0{purpose}\0{currency}") as tx:
            await queries.add(tx.connection, HouseAccount(purpose, currency, account_id), tx.now)
    if not missing:
        return known
    async with runtime.reading() as connection:
        return await queries.find(connection, currency)


async def _open(client: PaymentsClient, purpose: HousePurpose, currency: str) -> UUID:
    """Found by its reference if it was opened before and not recorded: the key of that call may be forgotten by now."""
    reference = f"{OWNER}.{purpose}"
    for account in await client.find_accounts(owner=OWNER, kind=KINDS[purpose], currency=currency):
        if account.reference == reference:
            return account.id
    key = f"{OWNER}-{purpose}-{currency}"
    account = await client.create_account(currency, KINDS[purpose], key=key, rule=NO_OVERDRAFT, reference=reference)
    return account.id
