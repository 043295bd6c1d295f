"""How often one address and one account may try. Counted by this process, in memory, over a moving window."""

import ipaddress

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from chassis.clock import real_now
from gateway.errors import TooManyTries
from gateway.settings import GatewaySettings


class Limits:
    """Each method raises TooManyTries, with `retry_after_seconds`, when there were too many before."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._sign_in_account = parse(settings.sign_in_per_account)
        self._sign_in_address = parse(settings.sign_in_per_address)
        self._sign_up_address = parse(settings.sign_up_per_address)

    async def sign_up(self, request: Request) -> None:
        await self._hit(self._sign_up_address, "sign-up", address_of(request))

    async def sign_in(self, request: Request, account: str) -> None:
        """account: a name for the contact. Also counted when nobody has the contact: the answers must not differ."""
        await self._hit(self._sign_in_address, "sign-in", address_of(request))
        await self._hit(self._sign_in_account, "account", account)

    async def signed_in(self, account: str) -> None:
        """The account was proved: earlier slips of its owner are forgotten."""
        await self._windows.clear(self._sign_in_account, "account", account)

    async def _hit(self, limit: RateLimitItem, *name: str) -> None:
        if await self._windows.hit(limit, *name):
            return
        stats = await self._windows.get_window_stats(limit, *name)
        seconds = max(1, round(stats.reset_time - real_now().timestamp()))
        raise TooManyTries(f"too many tries; again in {seconds} s", retry_after_seconds=seconds)


def address_of(request: Request) -> str:
    """The caller's address; of IPv6 the /64 that one customer line has, else the limit could be walked around."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
