"""Structured logs: one JSON object a line, with request and trace ids, without secrets and personal data.

Ids may be logged; names, numbers of cards, phones and identity papers, addresses, tokens and passwords may not. Redaction is the
net under that rule: by the name of a key, and by the look of a value.
"""

import asyncio
import logging
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from chassis.trace import current_request_id, current_trace

REDACTED = "[redacted]"
DEEPEST = 6
LONGEST_TEXT = 8_000
QUIET = {
    "uvicorn.access": logging.CRITICAL,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "asyncio": logging.WARNING,
}
QUIET |= {"pgqueuer": logging.ERROR, "sqlalchemy": logging.WARNING, "alembic": logging.WARNING}

_SECRET_KEYS = frozenset(
    """
    password passphrase secret token authorization cookie set_cookie api_key private_key signature jwt credential pin otp
    card_number pan cvv cvv2 cvc track2 account_number iban identity_number identity_card id_number id_card passport
    mobile phone telephone email name full_name first_name last_name real_name holder cardholder holder_name payee_name
    payer_name customer_name borrower_name lender_name contact_name contact address street birthday birth_date
    date_of_birth ip client_ip remote_addr parameters params body
    """.split()  # noqa: SIM905
)
_SECRET_ENDINGS = tuple(
    """
    _password _secret _token _authorization _cookie _api_key _private_key _card_number _identity_number _mobile _phone
    _email _full_name _real_name _holder_name _address _pin _otp
    """.split()  # noqa: SIM905
)
_BUSINESS_NAMES = frozenset({"name"})

_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{9}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9]\d{9}(?![0-9A-Za-z])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CARD = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])")
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)@")
# What SQLAlchemy and PostgreSQL add to a fault: the values of the row it happened to.
_PARAMETERS = re.compile(r"\[parameters: .*?\]$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"(DETAIL:\s+)?(Key \([^)]*\)=|Failing row contains )\(.*\)")


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """structlog processor. `event` (the message) and the names of our own parts are kept, their text is still looked at."""
    return {key: _redacted(key, value, 0, top=True) for key, value in event.items()}


def redact_text(text: str) -> str:
    """A text without what looks like a token, a card, an identity number, a phone, an address or a row's values."""
    text = _JWT.sub(REDACTED, text[:LONGEST_TEXT])
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    text = _PASSWORD_IN_ADDRESS.sub(rf"\1:{REDACTED}@", text)
    text = _EMAIL.sub(REDACTED, text)
    text = _PARAMETERS.sub(f"[parameters: {REDACTED}]", text)
    text = _ROW.sub(rf"\1\2({REDACTED})", text)
    if not any(digit.isdigit() for digit in text):
        return text
    text = _IDENTITY.sub(REDACTED, text)
    text = _CARD.sub(lambda found: REDACTED if _luhn(found.group()) else found.group(), text)
    return _MOBILE.sub(REDACTED, text)


def _redacted(key: str, value: Any, depth: int, *, top: bool = False) -> Any:
    if _secret(key) and not (top and key in _BUSINESS_NAMES) and value is not None:
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        if depth >= DEEPEST:
            return REDACTED
        return {str(inner): _redacted(str(inner), held, depth + 1) for inner, held in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return REDACTED if depth >= DEEPEST else [_redacted("", held, depth + 1) for held in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact_text(str(value))


def _secret(key: str) -> bool:
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower().replace("-", "_").replace(" ", "_")
    return plain in _SECRET_KEYS or plain.endswith(_SECRET_ENDINGS)


def _luhn(text: str) -> bool:
    digits = [int(letter) for letter in reversed(text) if letter.isdigit()]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def configure_logging(
    service: str, *, process: str | None = None, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's logs to one stream (default: standard output), as JSON. For a process, once.

    process: which of the service's processes this is, on every line; None where it is the only one.
    """
    out = stream or sys.stdout
    who = {"service": service} if process is None else {"service": service, "process": process}
    _access.who, _access.stream = who, out
    shared = _processors(who)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quieter in QUIET.items():
        logging.getLogger(name).setLevel(max(level, quieter))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


@dataclass
class _AccessLog:
    """Lines of one step of the event loop leave together: each by itself would be a call of the system."""

    who: Mapping[str, str] = field(default_factory=dict)
    stream: TextIO | None = None
    _lines: list[bytes] = field(default_factory=list)

    def write(self, line: bytes) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._flush)
        self._lines.append(line)

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        if self.stream is not None:
            self.stream.write(b"\n".join((*lines, b"")).decode())
            self.stream.flush()


_access = _AccessLog()


def log_access(method: str, route: str, status: int, seconds: float, request_id: str | None, trace: str | None) -> None:
    """One line for a request answered, from within the event loop, with whose next step it is written. Nothing in it needs redaction,
    so it goes past the processors, which cost ten times more.
    """
    if _access.stream is None:
        return
    line = {
        "at": datetime.now(UTC),
        "level": "info",
        "event": "request",
        **_access.who,
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1000, 2),
        "request_id": request_id,
        "trace_id": None if trace is None else trace[3:35],
    }
    _access.write(msgspec.json.encode(line))


def _processors(who: Mapping[str, str]) -> list[structlog.typing.Processor]:
    return [
        _named(who),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _last() -> list[structlog.typing.Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        redact,
        structlog.processors.JSONRenderer(serializer=_json),
    ]


def _named(who: Mapping[str, str]) -> Callable[[WrappedLogger, str, EventDict], EventDict]:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.update(who)
        trace, request_id = current_trace(), current_request_id()
        if trace is not None:
            event["trace_id"] = trace[3:35]
        if request_id is not None:
            event["request_id"] = request_id
        return event

    return add


def _json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
