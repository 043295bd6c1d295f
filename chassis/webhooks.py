"""Telling others over HTTP, as the Standard Webhooks specification says: what is signed, when it is tried again, and to which addresses
nothing is ever sent.

A message is signed with HMAC-SHA256 over `id.timestamp.body`, in the exact bytes that are sent; a secret is `whsec_` and 16 to 64 bytes
in base64, of ours 32. Receivers that could make us speak to ourselves or our neighbours (private, link-local, loopback addresses) are
refused when the name is resolved, each time anew, and the connection is made to the very address that was looked at. Redirects are never
followed.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx

from chassis.authorities import trusted_authorities

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
FEWEST_SECRET_BYTES, MOST_SECRET_BYTES = 16, 64
SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
)
"""How long after the one before each try follows."""
JITTER = 0.1
ANSWER_BYTES = 512
"""So much of an answer is read and kept."""
LONGEST_URL = 2048
USER_AGENT = "Sifang-Webhooks/1"
# Networks that carry an IPv4 address within: what is inside is looked at.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_RELAYED = ipaddress.ip_network("2002::/16")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class MalformedSecret(ValueError):
    """Not `whsec_` and 16 to 64 bytes in base64."""


class AddressRefused(Exception):
    """Nothing is sent there: the address is not one of the public internet, or the scheme not one that is spoken."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one try. status: of the answer, None without one; answer: its first bytes as text; failure: what went wrong instead."""

    status: int | None
    latency_ms: int
    answer: str
    failure: str | None

    @property
    def acknowledged(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver wants nothing more, ever."""
        return self.status == httpx.codes.GONE


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret_bytes(secret: str) -> bytes:
    """The key inside a secret. Raises MalformedSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedSecret("a secret is whsec_ and base64") from None
    if not FEWEST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
        raise MalformedSecret(f"a secret has {FEWEST_SECRET_BYTES} to {MOST_SECRET_BYTES} bytes")
    return key


def signed_text(message_id: str, timestamp: int, body: str) -> str:
    """The exact text that is signed."""
    return f"{message_id}.{timestamp}.{body}"


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """`v1,` and the HMAC in base64. Raises MalformedSecret."""
    text = signed_text(message_id, timestamp, body)
    digest = hmac.new(secret_bytes(secret), text.encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers_of(message_id: str, timestamp: int, body: str, signing: Sequence[str]) -> dict[str, str]:
    """Of a message signed with each of the secrets: during a rotation the old and the new one."""
    signatures = " ".join(signature(secret, message_id, timestamp, body) for secret in signing)
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures,
    }


def pause_before(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed, up to a tenth longer so that a crowd spreads; None: it was the last."""
    if tries >= len(SCHEDULE):
        return None
    return SCHEDULE[tries] * random.uniform(1, 1 + JITTER)


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, also by what it carries within."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is None and address in _RELAYED:
            inner = ipaddress.IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Sender:
    """sandbox: receivers on this machine and plain HTTP are allowed, as in test mode; seconds: for all of a try."""

    sandbox: bool
    seconds: float
    resolve: Resolve = resolve

    async def check(self, url: str) -> list[str]:
        """The addresses a URL leads to now, none if its name is not known. Raises AddressRefused, also if one of several is not public."""
        parts = self._parts(url)
        host, port = str(parts.hostname), _port(parts)
        try:
            async with asyncio.timeout(self.seconds):
                found = [ipaddress.ip_address(text.partition("%")[0]) for text in await self.resolve(host, port)]
        except (OSError, TimeoutError, UnicodeError):
            return []
        if not self.sandbox and not all(is_public(address) for address in found):
            raise AddressRefused(f"{host} leads to an address that is not public")
        return [str(address) for address in found]

    async def send(self, url: str, body: str, headers: dict[str, str]) -> Delivered:
        """One try. Never raises but for a cancellation: whatever goes wrong is what came of it."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.seconds):
                status, answer = await self._post(url, body, headers)
            return Delivered(status, _milliseconds(began), answer, None)
        except AddressRefused as refused:
            failure = f"address refused: {refused}"
        except TimeoutError:
            failure = f"no answer within {self.seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
            failure = type(fault).__name__
        return Delivered(None, _milliseconds(began), "", failure)

    async def _post(self, url: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
        """Connects to what was looked at: a name that resolves to something else a moment later changes nothing."""
        fault: Exception = ConnectionError("the name is not known")
        for address in await self.check(url):
            try:
                return await self._post_to(address, self._parts(url), body, headers)
            except httpx.ConnectError as unreached:
                fault = unreached
        raise fault

    async def _post_to(self, address: str, parts: SplitResult, body: str, headers: dict[str, str]) -> tuple[int, str]:
        literal = f"[{address}]" if ":" in address else address
        target = urlunsplit((parts.scheme, f"{literal}:{_port(parts)}", parts.path or "/", parts.query, ""))
        async with (
            httpx.AsyncClient(trust_env=False, verify=trusted_authorities(), timeout=self.seconds) as client,
            client.stream(
                "POST",
                target,
                content=body.encode(),
                headers={**headers, "host": parts.netloc},
                extensions={"sni_hostname": str(parts.hostname)},
                follow_redirects=False,
            ) as answer,
        ):
            return answer.status_code, await _beginning(answer)

    def _parts(self, url: str) -> SplitResult:
        """Raises AddressRefused for what is no address of a receiver."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise AddressRefused("not an address") from None
        schemes = ("https", "http") if self.sandbox else ("https",)
        if parts.scheme not in schemes or not parts.hostname or len(url) > LONGEST_URL or port == 0:
            raise AddressRefused(f"an address begins with {' or '.join(schemes)}:// and a host")
        if parts.username is not None or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
            raise AddressRefused("an address has no user, no fragment and only characters of ASCII")
        return parts


async def _beginning(answer: httpx.Response) -> str:
    """As much of the body as is kept; the rest is not waited for."""
    kept = b""
    async for part in answer.aiter_raw():
        kept += part
        if len(kept) >= ANSWER_BYTES:
            break
    return kept[:ANSWER_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _milliseconds(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two texts part. at: characters that are equal before; ours, theirs: what follows there, None at an end."""

    at: int
    ours: str | None
    theirs: str | None
    hint: str | None


def first_difference(ours: str, theirs: str) -> Difference | None:
    """None if the two are equal. For receivers whose check fails: which character of what they signed is another."""
    if ours == theirs:
        return None
    pairs = zip(ours, theirs, strict=False)
    at = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(ours), len(theirs)))
    return Difference(at, ours[at : at + 20] or None, theirs[at : at + 20] or None, _hint(ours, theirs))


def _hint(ours: str, theirs: str) -> str | None:
    """What most often goes wrong."""
    if "".join(ours.split()) == "".join(theirs.split()):
        return "only white space differs: the body was read and written again instead of being taken as it came"
    if ours.startswith(theirs):
        return "the end is missing"
    if theirs.startswith(ours):
        return "something follows the end"
    if ours.endswith(theirs):
        return "the id and the timestamp do not stand before the body"
    return None
