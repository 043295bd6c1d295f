"""The story of a limit: a shop's months are measured, graded by the points table, and an offer is made or declined."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.ecommerce_credit.errors import DayNotAllowed, LimitLapsed, ShopNotOwned, UnknownLimit, UnknownShop
from services.ecommerce_credit.limits import queries, rules, terms
from services.ecommerce_credit.limits.events import LIMIT_DECIDED, LIMIT_LAPSED, told
from services.ecommerce_credit.limits.features import day_of_decision, features_of
from services.ecommerce_credit.limits.model import Features, Grading, Limit, LimitEvent, LimitState
from services.ecommerce_credit.limits.score import grading_of
from services.ecommerce_credit.lines import queries as line_queries
from services.ecommerce_credit.marketplaces import queries as marketplace_queries
from services.ecommerce_credit.sales import queries as sales_queries
from services.ecommerce_credit.settings import CreditSettings
from services.ecommerce_credit.shops import actions as shop_actions
from services.ecommerce_credit.shops.model import Shop
from services.ecommerce_credit.wire_ids import limit_text

OPERATE = "ecommerce_credit:operate"
ABOVE_CEILING = "above_rate_ceiling"
NO_LIMIT = "sales_too_low_for_a_limit"
RATE_PLACES = 6


async def decide(tx: Tx, caller: Caller, *, shop_id: UUID, as_of_on: date | None) -> Limit:
    """The rule decides about a shop, for its owner or for an operator; an earlier open offer gives way.

    as_of_on: an operator's alone, to look at a shop as of an earlier day. Raises UnknownShop, ShopNotOwned, DayNotAllowed.
    """
    shop = await _shop(tx, caller, shop_id)
    latest = day_of_decision(tx.today, await marketplace_queries.known_to(tx.connection, shop.marketplace))
    if as_of_on is not None and not (caller.may(OPERATE) and as_of_on <= latest):
        raise DayNotAllowed("a limit is decided as of the day its data reach", field="as_of_on", latest=str(latest))
    settings = CreditSettings.read(tx.settings)
    too_old = settings.stale_days is not None and (tx.today - latest).days > settings.stale_days
    limit = await _decided(tx, caller, shop, as_of_on or latest, data_too_old=too_old)
    await _supersede(tx, shop_id)
    await queries.add(tx.connection, limit)
    tx.events.add(LIMIT_DECIDED, limit_text(limit.id), told(limit))
    return limit


async def accept(tx: Tx, caller: Caller, *, limit_id: UUID) -> Limit:
    """Its owner takes an offer, with a line. The shop is locked. Raises UnknownLimit, NotAllowedInState, LimitLapsed."""
    limit = await _locked(tx, limit_id)
    if limit.owner != caller.party:
        raise UnknownLimit("no such limit", field="limit_id")
    state = rules.next_state(limit, LimitEvent.ACCEPT)
    if limit.due_at is not None and limit.due_at <= tx.now:
        raise LimitLapsed("the offer was not accepted in time", due_at=str(limit.due_at))
    return await _moved(tx, limit, state)


async def lapse(tx: Tx, caller: Caller, *, limit_id: UUID) -> Limit | None:
    """Time ends an offer that nobody accepted; None if something else ended it first."""
    limit = await _locked(tx, limit_id)
    if limit.due_at is None or limit.due_at > tx.now:
        return None
    moved = await _moved(tx, limit, rules.next_state(limit, LimitEvent.LAPSE))
    tx.events.add(LIMIT_LAPSED, limit_text(limit.id), told(moved))
    return moved


async def _shop(tx: Tx, caller: Caller, shop_id: UUID) -> Shop:
    shop = await shop_actions.locked(tx, shop_id)
    if shop.owner != caller.party and not caller.may(OPERATE):
        raise UnknownShop("no such shop", field="shop_id")
    if shop.owner is None:
        raise ShopNotOwned("a limit is given to a shop's owner, and nobody is linked to this one")
    return shop


@dataclass(frozen=True, slots=True)
class _Price:
    """What an offer costs; all None where there is none."""

    daily_rate: Decimal | None = None
    all_in_rate: Decimal | None = None
    ceiling_rate: Decimal | None = None


async def _decided(tx: Tx, caller: Caller, shop: Shop, as_of_on: date, *, data_too_old: bool) -> Limit:
    assert shop.owner is not None
    months = await sales_queries.months(tx.connection, shop.marketplace, shop.seller_id, as_of_on)
    features = features_of(months, as_of_on)
    grading = grading_of(features, shop.currency, data_too_old=data_too_old)
    amount, price, refusals = await _offer(tx, shop, features, grading)
    approved = amount > 0
    return Limit(
        id=tx.ids.new(),
        shop_id=shop.id,
        owner=shop.owner,
        state=LimitState.APPROVED if approved else LimitState.DECLINED,
        features=features,
        scorecard_version=grading.scorecard_version,
        score=grading.score,
        grade=grading.grade,
        points=grading.points,
        reasons=(*refusals, *grading.reasons),
        limit_minor=amount,
        currency=shop.currency,
        daily_rate=price.daily_rate,
        term_months=terms.TERM_MONTHS,
        all_in_rate=price.all_in_rate,
        ceiling_rate=price.ceiling_rate,
        decided_by="rule",
        decided_at=tx.now,
        changed_at=tx.now,
        due_at=tx.now + timedelta(days=CreditSettings.read(tx.settings).offer_days) if approved else None,
    )


async def _offer(tx: Tx, shop: Shop, features: Features, grading: Grading) -> tuple[int, _Price, tuple[str, ...]]:
    """How much, at which price, and what forbids it."""
    if grading.refusals:
        return 0, _Price(), grading.refusals
    assert shop.owner is not None
    elsewhere = await line_queries.limits_of(tx.connection, shop.owner, shop.currency, besides=shop.id)
    amount = rules.limit_of(grading.grade, features, shop.currency, elsewhere)
    if amount == 0:
        return 0, _Price(), (NO_LIMIT,)
    daily_rate = terms.TERMS[grading.grade].daily_rate
    ceiling = rules.ceiling_on(tx.today, amount, daily_rate, CreditSettings.read(tx.settings).lender_kind)
    price = _Price(daily_rate, Decimal(f"{ceiling.all_in_rate:.{RATE_PLACES}f}"), ceiling.enforceable)
    if ceiling.verdict != "allowed":
        return 0, price, (ABOVE_CEILING,)
    return amount, price, ()


async def _supersede(tx: Tx, shop_id: UUID) -> None:
    offer = await queries.offer_to(tx.connection, shop_id)
    if offer is not None:
        await _moved(tx, offer, rules.next_state(offer, LimitEvent.SUPERSEDE))


async def _locked(tx: Tx, limit_id: UUID) -> Limit:
    """The shop first, as everywhere."""
    known = await queries.load(tx.connection, limit_id)
    if known is None:
        raise UnknownLimit("no such limit", field="limit_id")
    await shop_actions.locked(tx, known.shop_id)
    limit = await queries.load(tx.connection, limit_id, lock=True)
    assert limit is not None
    return limit


async def _moved(tx: Tx, limit: Limit, state: LimitState) -> Limit:
    moved = replace(limit, state=state, changed_at=tx.now, due_at=None)
    await queries.save(tx.connection, moved)
    return moved
