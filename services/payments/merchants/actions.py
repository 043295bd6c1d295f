"""Stories of merchants."""

from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.model import Account, Rule
from services.payments.merchants import queries
from services.payments.merchants.errors import UnknownMerchant
from services.payments.merchants.model import Merchant

SCREEN_JOB = "payments.screen_merchant"


async def open_merchant(tx: Tx, caller: Caller, *, name: str, currency: str) -> tuple[Merchant, Account]:
    """A party begins to sell; it may have several merchants."""
    merchant = Merchant(tx.ids.new(), caller.party, name, currency, ledger.new_account_id(tx), tx.now)
    account = await ledger.open_account(
        tx,
        account_id=merchant.account_id,
        currency=currency,
        kind="merchant",
        owner=caller.party,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=encode("mer", merchant.id),
    )
    await queries.add_merchant(tx.connection, merchant)
    told = {
        "merchant_id": encode("mer", merchant.id),
        "owner": merchant.owner,
        "currency": currency,
        "account_id": encode("acc", merchant.account_id),
    }
    tx.events.add("payments.merchant.opened.v1", encode("mer", merchant.id), told)
    tx.jobs.add(SCREEN_JOB, {"id": str(merchant.id)})
    return merchant, account


async def own_merchant(tx: Tx, caller: Caller, merchant_id: UUID) -> Merchant:
    """The caller's merchant. Raises UnknownMerchant, also for another's."""
    merchant = await queries.merchant_with(tx.connection, merchant_id)
    if merchant is None or merchant.owner != caller.party:
        raise UnknownMerchant("no such merchant", field="merchant_id")
    return merchant
