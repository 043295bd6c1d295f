"""Opening the house's accounts in payments, outside any transaction."""

from collections.abc import Mapping
from uuid import UUID

from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from services.p2p.accounts import queries
from services.p2p.accounts.model import HouseAccount, HousePurpose

OWNER = "p2p"
MAY_BE_OVERDRAWN = "none"
KINDS: Mapping[HousePurpose, tuple[str, str | None]] = {
    HousePurpose.ORIGINATION_FEES: ("platform_fee", None),
    HousePurpose.SERVICING_FEES: ("platform_fee", None),
    HousePurpose.REPAYMENT_ADVANCES: ("advance", MAY_BE_OVERDRAWN),
    HousePurpose.DEBIT_ADVANCES: ("advance", MAY_BE_OVERDRAWN),
    # The fund never pays what it does not have: the ledger itself refuses.
    HousePurpose.RESERVE_FUND: ("collection", "debits_must_not_exceed_credits"),
    HousePurpose.FUNDING_FEES: ("platform_fee", None),
    HousePurpose.RESALE_FEES: ("platform_fee", None),
    HousePurpose.PLAN_FEES: ("platform_fee", None),
    HousePurpose.COLLECTION_FEES: ("platform_fee", None),
    HousePurpose.LENDER_FEES: ("platform_fee", None),
}


async def ensure_house_accounts(runtime: Runtime, currency: str) -> dict[HousePurpose, UUID]:
    """Every house account in a currency, opened or found where it was missing here."""
    async with runtime.reading() as connection:
        known = await queries.find(connection, currency)
    missing = [purpose for purpose in HousePurpose if purpose not in known]
    for purpose in missing:
        account_id = await _open(runtime.get(PaymentsClient), purpose, currency)
        async with runtime.transaction(seed=f"p2p.house_account\0{purpose}\0{currency}") as tx:
            await queries.add(tx.connection, HouseAccount(purpose, currency, account_id), tx.now)
    if not missing:
        return known
    async with runtime.reading() as connection:
        return await queries.find(connection, currency)


async def _open(client: PaymentsClient, purpose: HousePurpose, currency: str) -> UUID:
    """Found by its reference if it was opened before and not recorded: the key of that call may be forgotten by now."""
    kind, rule = KINDS[purpose]
    reference = f"p2p.{purpose}"
    for account in await client.find_accounts(owner=OWNER, kind=kind, currency=currency):
        if account.reference == reference:
            return account.id
    key = f"p2p-{purpose}-{currency}"
    account = await client.create_account(currency, kind, key=key, rule=rule, reference=reference)
    return account.id
