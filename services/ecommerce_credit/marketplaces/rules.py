"""What a marketplace is named with. Its files give times without a zone: they are read in the zone of the marketplace."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from finance.currencies import scale_of
from finance.errors import UnknownCurrency
from services.ecommerce_credit.errors import MarketplaceDiffers, UnknownUnit, UnknownZone
from services.ecommerce_credit.marketplaces.model import Marketplace


def require_known(currency: str, zone: str | None) -> None:
    """Raises UnknownUnit, UnknownZone."""
    try:
        scale_of(currency)
    except UnknownCurrency:
        raise UnknownUnit(f"no minor unit is known for {currency}", field="currency") from None
    if zone is not None:
        zone_of(zone)


def zone_of(name: str) -> ZoneInfo:
    """Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone("no such time zone", field="zone") from None


def require_same(marketplace: Marketplace, currency: str, zone: str | None) -> None:
    """Later imports say what the first one said, or leave the zone out. Raises MarketplaceDiffers."""
    if currency != marketplace.currency:
        raise MarketplaceDiffers(f"{marketplace.code} is kept in {marketplace.currency}", field="currency")
    if zone is not None and zone != marketplace.zone:
        raise MarketplaceDiffers(f"times of {marketplace.code} are read in {marketplace.zone}", field="zone")
