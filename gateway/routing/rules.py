"""What passes through the door and what stays outside. Plain functions on bytes as they came: nothing is decoded that need not be."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote_from_bytes, unquote_to_bytes

from chassis.errors import Malformed
from gateway.errors import UnsafePath

SERVICES = ("payments", "p2p", "ecommerce_credit", "info_broker")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
READS = frozenset({"GET", "HEAD"})
# RFC 9110, section 7.6.1: these speak of one connection, not of the message.
HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection",
        b"te", b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
# Set anew for the service behind; the console's cookie is nobody's business but the gateway's.
REPLACED = frozenset(
    {b"host", b"cookie", b"traceparent", b"tracestate", b"x-request-id", b"forwarded", b"x-real-ip", b"expect"}
)
FORWARDED = b"x-forwarded-"
OF_A_BODY = frozenset({b"content-length", b"content-type", b"content-encoding"})
# A cookie would be the whole origin's; date and server are said by the gateway itself.
KEPT_FROM_BROWSERS = frozenset({b"set-cookie", b"server", b"date", b"x-request-id", b"x-content-type-options"})
NO_GUESSING = (b"x-content-type-options", b"nosniff")
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"#<>')
Headers = list[tuple[bytes, bytes]]


def request_headers(given: Iterable[tuple[bytes, bytes]], added: Mapping[str, str], *, with_body: bool) -> Headers:
    """Headers for the service behind: the caller's, without those of the connection, with ours.

    Raises Malformed for two Authorization headers: what is checked here must be what is read there.
    """
    held = _lower(given)
    if sum(name == b"authorization" for name, _ in held) > 1:
        raise Malformed("one Authorization header at most", field="authorization")
    dropped = HOP_BY_HOP | REPLACED | _named_by_connection(held) | (frozenset() if with_body else OF_A_BODY)
    passed = [(name, value) for name, value in held if name not in dropped and not name.startswith(FORWARDED)]
    return passed + [(name.encode("latin-1"), value.encode("latin-1")) for name, value in added.items()]


def response_headers(given: Iterable[tuple[bytes, bytes]], base_url: str, service: str) -> Headers:
    """Headers for the caller. A redirect inside the service stays inside its path here.

    No browser may take an answer for something else than it says: the console lives on this origin.
    """
    held = _lower(given)
    dropped = HOP_BY_HOP | KEPT_FROM_BROWSERS | _named_by_connection(held)
    passed = [
        (name, _location(value, base_url, service) if name == b"location" else value)
        for name, value in held
        if name not in dropped
    ]
    return [*passed, NO_GUESSING]


def target_path(raw_path: bytes, service: str) -> str:
    """The path for the service behind, percent-encoding untouched. Raises UnsafePath.

    A dot segment could be read as a way out of /v1 by any client library or server on the way.
    """
    path = raw_path.partition(b"?")[0].removeprefix(f"/{service}".encode())
    plain = unquote_to_bytes(path).replace(b"\\", b"/")
    if not path.startswith(b"/v1/") or any(segment in (b".", b"..") for segment in plain.split(b"/")):
        raise UnsafePath("nothing is served here")
    return in_ascii(path)


def in_ascii(given: bytes) -> str:
    """A path or query as RFC 3986 writes it: bytes that may not stand there, which servers let in, percent-encoded."""
    return quote_from_bytes(given, safe=PRINTABLE)


def _lower(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(name.lower(), value) for name, value in headers]


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    named = [value for name, value in headers if name == b"connection"]
    return frozenset(token.strip().lower() for value in named for token in value.split(b","))


def _location(value: bytes, base_url: str, service: str) -> bytes:
    base, prefix = base_url.encode(), f"/{service}".encode()
    if value.startswith(base + b"/"):
        return prefix + value.removeprefix(base)
    return prefix + value if value.startswith(b"/v1/") else value
