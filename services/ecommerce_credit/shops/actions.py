"""Shops come with their marketplace's sellers; a customer becomes the owner of one by a claim that an operator approves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.ecommerce_credit.errors import (
    CustomersOnly,
    ShopClaimUnderWay,
    ShopInUse,
    ShopNotOwned,
    ShopOwned,
    TooManyShopClaims,
    UnknownShop,
    UnknownShopClaim,
)
from services.ecommerce_credit.lines import queries as line_queries
from services.ecommerce_credit.marketplaces.model import Marketplace
from services.ecommerce_credit.settings import CreditSettings
from services.ecommerce_credit.shops import queries, rules
from services.ecommerce_credit.shops.events import SHOP_LINKED, SHOP_UNLINKED, told
from services.ecommerce_credit.shops.model import ClaimEvent, ClaimState, Role, Shop, ShopClaim
from services.ecommerce_credit.wire_ids import customer_text, shop_text


async def open_shops(tx: Tx, marketplace: Marketplace, seller_ids: Sequence[str]) -> None:
    """A shop for each new seller of an import."""
    shops = [
        Shop(tx.ids.new(), marketplace.code, seller_id, marketplace.currency, None, tx.now, tx.now)
        for seller_id in seller_ids
    ]
    await queries.add(tx.connection, shops)


async def claim(tx: Tx, caller: Caller, *, marketplace: str, seller_id: str) -> ShopClaim:
    """A customer says that a shop is hers. Raises CustomersOnly, UnknownShop, ShopOwned, ShopClaimUnderWay, TooManyShopClaims."""
    if caller.customer is None:
        raise CustomersOnly("a shop is a customer's")
    if await queries.pending_claims_of(tx.connection, caller.party) >= rules.MOST_PENDING:
        raise TooManyShopClaims(f"at most {rules.MOST_PENDING} claims wait for a decision at a time")
    known = await queries.named(tx.connection, marketplace, seller_id)
    if known is None:
        raise UnknownShop("no such shop", field="seller_id")
    shop = await locked(tx, known.id)
    return await _made(tx, shop, caller.party, made_by=caller.party)


async def link(tx: Tx, caller: Caller, *, shop_id: UUID, customer: UUID, note: str | None) -> ShopClaim:
    """An operator makes a customer the owner, as one who has seen the proof. Raises UnknownShop, ShopOwned."""
    shop = await locked(tx, shop_id)
    owner = customer_text(customer)
    pending = await queries.claims_of_shop(tx.connection, shop_id, ClaimState.PENDING)
    own = next((one for one in pending if one.customer == owner), None)
    made = own or await _made(tx, shop, owner, made_by=caller.subject)
    return await _decided(tx, caller, shop, made, ClaimEvent.APPROVE, note=note)


async def decide(tx: Tx, caller: Caller, *, claim_id: UUID, approve: bool, note: str | None) -> ShopClaim:
    """An operator approves or declines a claim. Raises UnknownShopClaim, NotAllowedInState, ShopOwned."""
    shop, found = await _locked_with_shop(tx, claim_id)
    event = ClaimEvent.APPROVE if approve else ClaimEvent.DECLINE
    return await _decided(tx, caller, shop, found, event, note=note)


async def withdraw(tx: Tx, caller: Caller, *, claim_id: UUID) -> ShopClaim:
    """She takes her claim back before it is decided."""
    _, found = await _locked_with_shop(tx, claim_id)
    roles = rules.roles_of(caller, found)
    if not roles:
        raise UnknownShopClaim("no such claim", field="claim_id")
    return await _moved(tx, found, ClaimEvent.WITHDRAW, roles, taken_by=caller.party, reason="withdrawn")


async def unlink(tx: Tx, caller: Caller, *, shop_id: UUID, note: str | None) -> Shop:
    """An operator ends an ownership. Raises UnknownShop, ShopNotOwned, ShopInUse while she has a line on the shop."""
    shop = await locked(tx, shop_id)
    if shop.owner is None:
        raise ShopNotOwned("nobody is linked to this shop")
    if await line_queries.of_shop(tx.connection, shop_id) is not None:
        raise ShopInUse("its owner has a credit line on this shop")
    for found in await queries.claims_of_shop(tx.connection, shop_id, ClaimState.APPROVED):
        await _moved(tx, found, ClaimEvent.END, {Role.OPERATOR}, taken_by=caller.subject, reason="unlinked", note=note)
    await queries.set_owner(tx.connection, shop_id, None, tx.now)
    tx.events.add(SHOP_UNLINKED, shop_text(shop_id), told(shop, shop.owner, "unlinked"))
    return replace(shop, owner=None, changed_at=tx.now)


async def expire(tx: Tx, caller: Caller, *, claim_id: UUID) -> ShopClaim | None:
    """Time ends a claim that nobody decided; None if something else ended it first."""
    _, found = await _locked_with_shop(tx, claim_id)
    if found.due_at is None or found.due_at > tx.now:
        return None
    return await _moved(tx, found, ClaimEvent.EXPIRE, {Role.TIME}, taken_by="time", reason="not_decided_in_time")


async def locked(tx: Tx, shop_id: UUID) -> Shop:
    shop = await queries.load(tx.connection, shop_id, lock=True)
    if shop is None:
        raise UnknownShop("no such shop", field="shop_id")
    return shop


async def _made(tx: Tx, shop: Shop, customer: str, *, made_by: str) -> ShopClaim:
    if shop.owner is not None:
        raise ShopOwned("this shop has an owner")
    made = ShopClaim(
        id=tx.ids.new(),
        shop_id=shop.id,
        customer=customer,
        state=ClaimState.PENDING,
        reason=None,
        made_by=made_by,
        made_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now + timedelta(days=CreditSettings.read(tx.settings).claim_days),
    )
    if not await queries.add_claim(tx.connection, made):
        raise ShopClaimUnderWay("an earlier claim to this shop is not decided yet")
    await queries.add_step(tx.connection, made, None, taken_by=made_by, note=None)
    return made


async def _decided(
    tx: Tx, caller: Caller, shop: Shop, found: ShopClaim, event: ClaimEvent, *, note: str | None
) -> ShopClaim:
    roles = {Role.OPERATOR} if caller.may(rules.OPERATE) else rules.roles_of(caller, found)
    if event is ClaimEvent.DECLINE:
        return await _moved(tx, found, event, roles, taken_by=caller.subject, reason="declined", note=note)
    rules.next_state(found, event, roles, tx.now)
    if shop.owner is not None:
        raise ShopOwned("this shop has an owner")
    approved = await _moved(tx, found, event, roles, taken_by=caller.subject, note=note)
    await queries.set_owner(tx.connection, shop.id, found.customer, tx.now)
    for other in await queries.claims_of_shop(tx.connection, shop.id, ClaimState.PENDING):
        await _moved(tx, other, ClaimEvent.YIELD, {Role.SHOP}, taken_by="shop", reason="owned_by_another")
    tx.events.add(SHOP_LINKED, shop_text(shop.id), told(shop, found.customer, "linked"))
    return approved


async def _locked_with_shop(tx: Tx, claim_id: UUID) -> tuple[Shop, ShopClaim]:
    """The shop first, as everywhere."""
    known = await queries.load_claim(tx.connection, claim_id)
    if known is None:
        raise UnknownShopClaim("no such claim", field="claim_id")
    shop = await locked(tx, known.shop_id)
    found = await queries.load_claim(tx.connection, claim_id, lock=True)
    assert found is not None
    return shop, found


async def _moved(
    tx: Tx,
    found: ShopClaim,
    event: ClaimEvent,
    roles: set[Role],
    *,
    taken_by: str,
    reason: str | None = None,
    note: str | None = None,
) -> ShopClaim:
    state = rules.next_state(found, event, roles, tx.now)
    moved = replace(found, state=state, reason=reason, changed_at=tx.now, due_at=None)
    await queries.save_claim(tx.connection, moved)
    await queries.add_step(tx.connection, moved, event, taken_by=taken_by, note=note)
    return moved
