"""A person frozen and released: all her wallets, as whichever customer she has them, also those she opens meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from services.payments.holders import queries
from services.payments.holders.errors import HolderNotFrozen, UnknownHolder
from services.payments.holders.model import Freeze
from services.payments.ledger import actions as ledger
from services.payments.limits import queries as limits
from services.payments.screening.queries import is_confirmed
from services.payments.screening.rules import FREEZE_REASON

PAYMENTS = service_caller("payments")


async def freeze_holder(tx: Tx, caller: Caller, *, holder_id: UUID, reason: str) -> Freeze:
    """Nothing new leaves any of her wallets from now on; what comes in is accepted. Frozen twice is frozen. Raises UnknownHolder."""
    await _lock(tx, holder_id)
    standing = await queries.standing_freeze(tx.connection, holder_id)
    if standing is not None:
        return standing
    freeze = Freeze(tx.ids.new(), holder_id, reason, caller.subject, tx.now)
    await queries.add_freeze(tx.connection, freeze)
    customers = [identity.customer_id for identity in await queries.identities_of(tx.connection, holder_id)]
    await _freeze(tx, caller, freeze, await queries.wallet_accounts(tx.connection, customers))
    _tell(tx, "frozen", holder_id, reason)
    return freeze


async def release_holder(tx: Tx, caller: Caller, *, holder_id: UUID, reason: str) -> Freeze:
    """Of what this freeze froze: what was frozen by itself, in whole or an amount, stays so. Raises UnknownHolder, HolderNotFrozen."""
    await _lock(tx, holder_id)
    standing = await queries.standing_freeze(tx.connection, holder_id)
    if standing is None:
        raise HolderNotFrozen("the person is not frozen")
    freeze = replace(standing, release_reason=reason, released_by=caller.subject, released_at=tx.now)
    await queries.save_freeze(tx.connection, freeze)
    for account_id in await queries.frozen_accounts(tx.connection, freeze.id):
        await _release(tx, caller, account_id, reason)
    _tell(tx, "released", holder_id, reason)
    return freeze


async def freeze_customer(tx: Tx, holder_id: UUID, customer_id: UUID) -> None:
    """A customer turns out to be a person who is frozen. The person is locked."""
    standing = await queries.standing_freeze(tx.connection, holder_id)
    if standing is not None:
        await _freeze(tx, PAYMENTS, standing, await queries.wallet_accounts(tx.connection, [customer_id]))


async def freeze_new_wallet(tx: Tx, *, customer_id: UUID, account_id: UUID) -> None:
    """A person who is frozen, or a customer who is confirmed to be on a list, opens another wallet: frozen, too."""
    identity = await queries.identity_of(tx.connection, customer_id)
    if identity is None or identity.holder_id is None:
        if await is_confirmed(tx.connection, customer_id):
            await ledger.freeze_account(tx, PAYMENTS, account_id=account_id, reason=FREEZE_REASON, amount=None)
        return
    await _lock(tx, identity.holder_id)
    standing = await queries.standing_freeze(tx.connection, identity.holder_id)
    if standing is not None:
        await _freeze(tx, PAYMENTS, standing, [account_id])


async def _lock(tx: Tx, holder_id: UUID) -> None:
    """Nobody pays, opens a wallet or becomes this person meanwhile."""
    if not await limits.lock_usage(tx.connection, holder_id):
        raise UnknownHolder("no such person", field="holder_id")


async def _freeze(tx: Tx, caller: Caller, freeze: Freeze, account_ids: Sequence[UUID]) -> None:
    frozen = []
    for account_id in account_ids:
        if not (await ledger.account_with(tx, account_id)).frozen:
            await ledger.freeze_account(tx, caller, account_id=account_id, reason=freeze.reason, amount=None)
            frozen.append(account_id)
    await queries.add_frozen_accounts(tx.connection, freeze.id, frozen)


async def _release(tx: Tx, caller: Caller, account_id: UUID, reason: str) -> None:
    account = await ledger.account_with(tx, account_id)
    if not account.frozen:
        return
    await ledger.release_account(tx, caller, account_id=account_id, reason=reason)
    if account.frozen_amount:
        await ledger.freeze_account(
            tx, caller, account_id=account_id, reason="an amount stays frozen", amount=account.frozen_amount
        )


def _tell(tx: Tx, step: str, holder_id: UUID, reason: str) -> None:
    told = {"holder_id": encode("hld", holder_id), "reason": reason}
    tx.events.add(f"payments.holder.{step}.v1", encode("hld", holder_id), told)
