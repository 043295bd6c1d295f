"""Opening accounts of custody, outside any transaction: at the bank, in the ledger, and here."""

from collections.abc import Mapping
from uuid import UUID

from chassis import commands
from chassis.identity import service_caller
from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from services.p2p.accounts.jobs import MAY_BE_OVERDRAWN
from services.p2p.custody import actions, queries
from services.p2p.custody.custodians import Custodians
from services.p2p.custody.model import CustodyAccount, CustodyKind

P2P = service_caller("p2p")
OWNER = "p2p"
NEVER_BELOW_ZERO = "debits_must_not_exceed_credits"
KINDS: Mapping[CustodyKind, tuple[str, str]] = {
    CustodyKind.CUSTOMER: ("custody", NEVER_BELOW_ZERO),
    CustodyKind.PROJECT: ("custody_project", NEVER_BELOW_ZERO),
    CustodyKind.HOUSE: ("custody_fee", NEVER_BELOW_ZERO),
    CustodyKind.BANK: ("custody_bank", MAY_BE_OVERDRAWN),
}
"""Of the ledger's accounts, and what keeps each within its bounds. The bank's is what all the others are worth."""
BANK_KINDS: Mapping[CustodyKind, str] = {
    CustodyKind.CUSTOMER: "customer",
    CustodyKind.PROJECT: "project",
    CustodyKind.HOUSE: "platform",
}


async def open_account(
    runtime: Runtime, bank: str, holder: str, kind: CustodyKind, currency: str, *, behind: str | None = None
) -> CustodyAccount:
    """At the bank first, then in the ledger, then here: each is the same however often it is asked for."""
    async with runtime.reading() as connection:
        known = await queries.account_of(connection, bank, holder, currency)
    if known is not None:
        return known
    number = None
    if kind is not CustodyKind.BANK:
        number = await runtime.get(Custodians).at(bank).open(holder, currency, kind=BANK_KINDS[kind], behind=behind)
    return await record_account(runtime, bank, holder, kind, currency, number=number, behind=behind)


async def record_account(
    runtime: Runtime,
    bank: str,
    holder: str,
    kind: CustodyKind,
    currency: str,
    *,
    number: str | None,
    behind: str | None = None,
) -> CustodyAccount:
    """In the ledger and here, of an account that the bank has opened."""
    account_id = await ledger_account(runtime.get(PaymentsClient), bank, holder, kind, currency)
    return await commands.perform(
        runtime,
        actions.record_account,
        P2P,
        seed=f"p2p.custody.account\0{bank}\0{holder}\0{currency}",
        bank=bank,
        holder=holder,
        kind=kind,
        currency=currency,
        number=number,
        account_id=account_id,
        behind=behind,
    )


async def ledger_account(client: PaymentsClient, bank: str, holder: str, kind: CustodyKind, currency: str) -> UUID:
    """Found by its reference if it was opened before and not recorded: the key of that call may be forgotten by now."""
    name, rule = KINDS[kind]
    reference = f"{bank}.{holder}"
    for account in await client.find_accounts(owner=OWNER, kind=name, currency=currency, reference=reference):
        return account.id
    key = f"p2p-custody-{bank}-{holder}-{currency}"
    account = await client.create_account(currency, name, key=key, rule=rule, reference=reference)
    return account.id
