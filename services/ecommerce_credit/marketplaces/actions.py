"""Naming a marketplace: the first import fixes currency and zone."""

from chassis.database import Tx
from services.ecommerce_credit.marketplaces import queries, rules
from services.ecommerce_credit.marketplaces.model import Marketplace


async def named(tx: Tx, *, code: str, currency: str, zone: str | None) -> Marketplace:
    """The marketplace, made if it is new. zone: None for its own, of a new one the suite's. Raises what the rules refuse."""
    rules.require_known(currency, zone)
    known = await queries.load(tx.connection, code)
    if known is None:
        await queries.add(tx.connection, Marketplace(code, currency, zone or str(tx.settings.zone), tx.now))
        known = await queries.load(tx.connection, code)
        assert known is not None
    rules.require_same(known, currency, zone)
    return known
