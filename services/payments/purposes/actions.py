"""Stories of purposes: made, purses opened under them, what is left sent back when they are over.

That the money is spent on nothing else is the ledger's own rule (`ledger.restrictions`), whichever way it leaves the account.
"""

from datetime import datetime
from uuid import UUID

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.ledger import actions as ledger
from services.payments.ledger.batch_queries import lock_accounts
from services.payments.ledger.errors import UnknownAccount
from services.payments.ledger.model import CONTROLLED, Account, Allowed, Rule, TransferCommand, TransferKind, book_of
from services.payments.purposes import queries
from services.payments.purposes.errors import (
    ExpiryInPast,
    PurposeOver,
    PurseNotYours,
    ReturnAccountUnfit,
    UnknownPurpose,
)
from services.payments.purposes.model import Purpose, Purse

RETURN_CODE = "purpose.return"
KIND = "purse"
RETURN_BATCH = 1000


async def make_purpose(
    tx: Tx,
    caller: Caller,
    *,
    name: str,
    allowed: tuple[Allowed, ...],
    return_account_id: UUID,
    expires_at: datetime | None,
) -> Purpose:
    """Of the currency and in the book of its return account. Raises UnknownAccount, ReturnAccountUnfit, ExpiryInPast."""
    account = await _return_account(tx, caller, return_account_id)
    if expires_at is not None and expires_at <= tx.now:
        raise ExpiryInPast("a purpose ends later than it begins", field="expires_at")
    purpose = Purpose(tx.ids.new(), account.owner, name, account.currency, allowed, account.id, expires_at, tx.now)
    await queries.add_purpose(tx.connection, purpose)
    told = {
        "purpose_id": encode("ppo", purpose.id),
        "owner": purpose.owner,
        "currency": purpose.currency,
        "expires_at": None if expires_at is None else expires_at.isoformat(),
    }
    tx.events.add("payments.purpose.made.v1", encode("ppo", purpose.id), told)
    return purpose


async def _return_account(tx: Tx, caller: Caller, account_id: UUID) -> Account:
    try:
        account = await ledger.account_with(tx, account_id)
    except UnknownAccount as refusal:
        raise UnknownAccount(refusal.detail, field="return_account_id") from None
    if account.owner != caller.party and not caller.may("payments:operate"):
        raise UnknownAccount("no such account", field="return_account_id")
    if account.kind in (KIND, *CONTROLLED) or account.closed or account.rule is Rule.CREDITS_MUST_NOT_EXCEED_DEBITS:
        raise ReturnAccountUnfit(
            "the rest goes back to an open account that takes what comes", field="return_account_id"
        )
    return account


async def open_purse(tx: Tx, caller: Caller, *, purpose_id: UUID, owner: str | None) -> Purse:
    """One an owner and purpose: asked for again it is the same. Raises UnknownPurpose, PurseNotYours, PurposeOver."""
    purpose = await queries.purpose_with(tx.connection, purpose_id)
    if purpose is None:
        raise UnknownPurpose("no such purpose", field="purpose_id")
    owner = owner or caller.party
    if caller.party not in (owner, purpose.owner) and not caller.may("payments:operate"):
        raise PurseNotYours("only its owner or that of the purpose opens a purse", field="owner")
    if purpose.expires_at is not None and purpose.expires_at <= tx.now:
        raise PurposeOver("the purpose is over", field="purpose_id")
    account_id = ledger.new_account_id(tx, book_of(purpose.return_account_id))
    purse = Purse(tx.ids.new(), owner, purpose.id, account_id, tx.now)
    if not await queries.add_purse(tx.connection, purse):
        return await queries.purse_of(tx.connection, owner, purpose.id)
    await _open_account(tx, purse, purpose)
    return purse


async def _open_account(tx: Tx, purse: Purse, purpose: Purpose) -> None:
    await ledger.open_account(
        tx,
        account_id=purse.account_id,
        currency=purpose.currency,
        kind=KIND,
        owner=purse.owner,
        rule=Rule.DEBITS_MUST_NOT_EXCEED_CREDITS,
        reference=encode("ppo", purpose.id),
    )
    told = {
        "purse_id": encode("prs", purse.id),
        "purpose_id": encode("ppo", purpose.id),
        "account_id": encode("acc", purse.account_id),
        "owner": purse.owner,
    }
    tx.events.add("payments.purse.opened.v1", encode("prs", purse.id), told)


async def return_leftovers(tx: Tx, caller: Caller) -> int:
    """Send back what is left in a slice of the purses whose purpose is over; how many there were."""
    found = dict(await queries.left_over(tx.connection, tx.now, RETURN_BATCH))
    for book_id in sorted({book_of(account_id) for account_id in found}):
        here = {purse: back for purse, back in found.items() if book_of(purse) == book_id}
        # Locked before they are read: what is there now is what goes back.
        accounts = await lock_accounts(await direct_of(tx.connection), book_id, {*here.keys(), *here.values()})
        commands = [
            _return(tx, accounts[purse], back)
            for purse, back in here.items()
            if accounts[purse].available > 0 and not accounts[purse].frozen and not accounts[back].closed
        ]
        if commands:
            # Each by itself: one that the ledger refuses never holds up the others.
            await ledger.attempt(tx, commands, atomic=False)
    return len(found)


def _return(tx: Tx, purse: Account, back: UUID) -> TransferCommand:
    return TransferCommand(
        id=ledger.new_transfer_id(tx, purse.book_id),
        kind=TransferKind.SINGLE,
        code=RETURN_CODE,
        reference=purse.reference,
        debit_account_id=purse.id,
        credit_account_id=back,
        amount=purse.available,
        currency=purse.currency,
    )
