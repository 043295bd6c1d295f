"""What passes through the door and what stays outside. Plain functions on names and bytes."""

from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from gateway.errors import UnsafePath

SERVICES = ("payments", "p2p", "ecommerce_credit", "info_broker")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
READS = frozenset({"GET", "HEAD"})
# RFC 9110, section 7.6.1: these speak of one connection, not of the message.
HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
# Set anew for the service behind; the console's cookie is nobody's business but the gateway's.
REPLACED = frozenset(
    {"host", "cookie", "traceparent", "tracestate", "x-request-id", "forwarded", "x-forwarded-for",
     "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "expect"}
)  # fmt: skip
KEPT_FROM_BROWSERS = frozenset({"set-cookie", "server"})
Headers = list[tuple[str, str]]


def request_headers(given: Iterable[tuple[str, str]], added: Mapping[str, str]) -> Headers:
    """Headers for the service behind: the caller's, without those of the connection, with ours."""
    held = list(given)
    dropped = HOP_BY_HOP | REPLACED | _named_by_connection(held)
    return [(name, value) for name, value in held if name.lower() not in dropped] + list(added.items())


def response_headers(given: Iterable[tuple[str, str]], base_url: str, service: str) -> Headers:
    """Headers for the caller. A redirect inside the service stays inside its path here."""
    held = list(given)
    dropped = HOP_BY_HOP | KEPT_FROM_BROWSERS | _named_by_connection(held) | {"x-request-id"}
    return [
        (name, _location(value, base_url, service) if name.lower() == "location" else value)
        for name, value in held
        if name.lower() not in dropped
    ]


def _named_by_connection(headers: Headers) -> set[str]:
    named = [value for name, value in headers if name.lower() == "connection"]
    return {token.strip().lower() for value in named for token in value.split(",")}


def _location(value: str, base_url: str, service: str) -> str:
    if value.startswith(f"{base_url}/"):
        return f"/{service}{value.removeprefix(base_url)}"
    return f"/{service}{value}" if value.startswith("/v1/") else value


def target_path(raw_path: bytes, service: str) -> str:
    """The path for the service behind, percent-encoding untouched. Raises UnsafePath.

    A dot segment could be read as a way out of /v1 by any client library or server on the way.
    """
    path = raw_path.partition(b"?")[0].removeprefix(f"/{service}".encode())
    plain = unquote_to_bytes(path).replace(b"\\", b"/")
    if not path.startswith(b"/v1/") or any(segment in (b".", b"..") for segment in plain.split(b"/")):
        raise UnsafePath("nothing is served here")
    return path.decode("ascii")
