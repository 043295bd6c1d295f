"""Where what is being done now belongs: its W3C trace and the request it came with."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_trace: ContextVar[str | None] = ContextVar("trace", default=None)
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_trace() -> str | None:
    """The W3C traceparent of what is being done now: `00-<trace id>-<span id>-<flags>`."""
    return _trace.get()


def current_request_id() -> str | None:
    return _request_id.get()


def outgoing_headers() -> dict[str, str]:
    """Headers by which a neighbour continues this trace."""
    headers = {}
    traceparent, request_id = _trace.get(), _request_id.get()
    if traceparent is not None:
        headers["traceparent"] = traceparent
    if request_id is not None:
        headers["x-request-id"] = request_id
    return headers


def continued(traceparent: str | None) -> str:
    """The caller's trace with a span id of our own; a new trace if it sent none that can be read."""
    # Ids need to differ, not to be unguessable: the plain generator costs a tenth of the system's.
    span_id = f"{random.getrandbits(64) or 1:016x}"
    if traceparent is None or TRACEPARENT.fullmatch(traceparent) is None:
        return f"00-{random.getrandbits(128) or 1:032x}-{span_id}-00"
    return f"{traceparent[:36]}{span_id}{traceparent[52:]}"


def checked_request_id(text: str | None) -> str:
    """The caller's request id if it is one, else a new one."""
    if text is not None and REQUEST_ID.fullmatch(text) is not None:
        return text
    return f"{random.getrandbits(96):024x}"


@contextmanager
def in_trace(traceparent: str) -> Iterator[None]:
    token = _trace.set(traceparent)
    try:
        yield
    finally:
        _trace.reset(token)


@contextmanager
def in_request(request_id: str, traceparent: str) -> Iterator[str]:
    """The block is part of that request; gives its id."""
    request_token, trace_token = _request_id.set(request_id), _trace.set(traceparent)
    try:
        yield request_id
    finally:
        _trace.reset(trace_token)
        _request_id.reset(request_token)
