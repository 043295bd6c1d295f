"""The hot path of `POST /v1/transfers` and `/v1/transfers/bulk`: plain ASGI in front of the documented routes.

It answers requests that are well formed and allowed, with the same lane and the same documents. Everything else (a token that does not
hold, a body that does not fit the shape) goes on, untouched, to the documented route, which says what is wrong: so there is one place
that explains. (FastAPI's routing, dependencies and pydantic cost several times what deciding and writing a transfer does.)
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import problems
from chassis.errors import PROBLEM_CONTENT_TYPE, Refusal, Unauthenticated
from chassis.identity import Caller, bearer_token
from chassis.ids import decode
from chassis.runtime import Runtime
from services.payments.ledger.errors import refusal_of
from services.payments.ledger.lane import LedgerLane
from services.payments.ledger.metadata_schemas import KEY_PATTERN, VALUE_PATTERN
from services.payments.ledger.model import (
    LARGEST_BATCH,
    LARGEST_SUM,
    LONGEST_TIMEOUT_SECONDS,
    MOST_METADATA_ENTRIES,
    Outcome,
    Posting,
    TransferCommand,
)
from services.payments.ledger.posting import bulk_answer, posting_of
from services.payments.ledger.schemas import (
    CODE_PATTERN,
    KINDS,
    REFERENCE_PATTERN,
    FlagName,
    complete,
    flags_of,
    made_document,
)

SCOPE = "payments:transfer"
PATHS = {"/v1/transfers": "single", "/v1/transfers/bulk": "bulk"}
Amount = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SUM)]
# Python's `$` also matches before a last line feed; the documented route's, in Rust, does not.
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3,5}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=CODE_PATTERN.removesuffix("$") + r"\Z")]
Reference = Annotated[str, msgspec.Meta(pattern=REFERENCE_PATTERN.removesuffix("$") + r"\Z")]
MetadataKey = Annotated[str, msgspec.Meta(pattern=KEY_PATTERN.removesuffix("$") + r"\Z")]
MetadataValue = Annotated[str, msgspec.Meta(pattern=VALUE_PATTERN.removesuffix("$") + r"\Z")]
Metadata = Annotated[dict[MetadataKey, MetadataValue], msgspec.Meta(max_length=MOST_METADATA_ENTRIES)]
Timeout = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_TIMEOUT_SECONDS)]


class WireTransfer(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The same shape as `schemas.TransferRequest`, which documents it."""

    id: str
    code: Code
    kind: Literal["single", "pending", "post", "void"] = "single"
    debit_account_id: str | None = None
    credit_account_id: str | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    reference: Reference = ""
    value_on: date | None = None
    pending_id: str | None = None
    timeout_seconds: Timeout | None = None
    flags: Annotated[list[FlagName], msgspec.Meta(max_length=6)] = []
    posted_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    metadata: Metadata | None = None


class WireBulk(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    transfers: Annotated[list[WireTransfer], msgspec.Meta(min_length=1, max_length=LARGEST_BATCH)]
    mode: Literal["atomic", "independent"] = "atomic"


_single = msgspec.json.Decoder(WireTransfer)
_bulk = msgspec.json.Decoder(WireBulk)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class _Route:
    """What the access log and the metrics call the request."""

    path: str


_ROUTES = {path: _Route(path) for path in PATHS}


class LeanTransfers:
    """Stands before the application; runtime: of the process, whose lane is looked up at the first request."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
            answered = None if body is None else await self._answered(scope, body)
        except Refusal as refusal:
            scope["route"] = _ROUTES[scope["path"]]
            await problems.respond(refusal)(scope, receive, send)
            return
        if answered is None:
            await self._app(scope, _again(body, receive), send)
            return
        scope["route"] = _ROUTES[scope["path"]]
        await _send(send, *answered)

    async def _answered(self, scope: Scope, body: bytes) -> tuple[int, bytes] | None:
        """Status and document; None for whatever the documented route has to explain. Raises what the ledger refuses.

        After a fault too: the ids make it safe that the documented route tries once more before it says what is wrong.
        """
        posting = self._posting(scope, body)
        if posting is None:
            return None
        try:
            outcomes = await self._runtime.get(LedgerLane).post(posting)
        except Refusal:
            raise
        except Exception:
            return None
        return _answer(scope["path"], posting, outcomes)

    def _posting(self, scope: Scope, body: bytes) -> Posting | None:
        """What is to be decided; None for whatever the documented route has to explain."""
        try:
            caller = self._caller(scope)
            if PATHS[scope["path"]] == "single":
                return posting_of((_command(_single.decode(body)),), "independent", caller)
            wanted = _bulk.decode(body)
            commands = tuple(_command(one) for one in wanted.transfers)
            return posting_of(commands, wanted.mode, caller)
        except (Refusal, msgspec.MsgspecError, ValueError):
            return None

    def _caller(self, scope: Scope) -> Caller:
        for name, value in scope["headers"]:
            if name == b"authorization":
                caller = self._runtime.verifier.caller(bearer_token(value.decode("latin-1")))
                if not caller.may(SCOPE):
                    break
                return caller
        raise Unauthenticated("left to the documented route")


def _command(wanted: WireTransfer) -> TransferCommand:
    """Raises MalformedId, Incomplete."""
    return complete(
        TransferCommand(
            decode("trf", wanted.id),
            KINDS[wanted.kind],
            wanted.code,
            wanted.reference,
            _id("acc", wanted.debit_account_id),
            _id("acc", wanted.credit_account_id),
            wanted.amount,
            wanted.currency,
            _id("trf", wanted.pending_id),
            wanted.timeout_seconds,
            wanted.value_on,
            flags_of(wanted.flags) if wanted.flags else 0,
            wanted.posted_at,
            wanted.metadata or None,
        )
    )


def _id(prefix: str, text: str | None) -> UUID | None:
    return None if text is None else decode(prefix, text)


def _answer(path: str, posting: Posting, outcomes: list[Outcome]) -> tuple[int, bytes]:
    if PATHS[path] == "bulk":
        return 200, _encode(bulk_answer(posting, outcomes))
    outcome = outcomes[0]
    if not outcome.accepted:
        raise refusal_of(outcome)
    return (201 if outcome.result == "created" else 200), _encode(made_document(outcome))


async def _send(send: Send, status: int, document: bytes) -> None:
    kind = b"application/json" if status < 400 else PROBLEM_CONTENT_TYPE.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(document)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": document})


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None if the caller went away meanwhile. Its size is limited by the middleware outside."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _again(body: bytes | None, receive: Receive) -> Receive:
    """Gives out a body that was read already, then whatever else comes."""
    first: list[Message] = [{"type": "http.disconnect"} if body is None else _message(body)]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


def _message(body: bytes) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": False}
