"""The quick way of `POST /v1/transfers` and `/v1/transfers/bulk`, past routing and dependencies, which cost several times what deciding
and writing a transfer does.

Requests that are well formed and allowed are answered with the same lane and the same documents as the documented routes give; everything
else is left to those.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from chassis.errors import Refusal, Unauthenticated
from chassis.identity import Caller, bearer_token
from chassis.ids import decode
from chassis.quick import Pending, Shaped
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
    CUSTOMER_PATTERN,
    KINDS,
    REFERENCE_PATTERN,
    FlagName,
    complete,
    flags_of,
    made_document,
)

SCOPE = "payments:transfer"
Shape = Callable[[list[Outcome]], Shaped]
Customer = Annotated[str, msgspec.Meta(pattern=CUSTOMER_PATTERN.removesuffix("$") + r"\Z")]
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
    acting_for: Annotated[list[Customer], msgspec.Meta(max_length=LARGEST_BATCH)] | None = None


_single = msgspec.json.Decoder(WireTransfer)
_bulk = msgspec.json.Decoder(WireBulk)
_encode = msgspec.json.Encoder().encode


class _Quick:
    """runtime: of the process, whose lane is looked up with the first request."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def ask(self, scope: Mapping[str, Any], body: bytes) -> Pending | None:
        """Raises what the lane refuses at once: it is full, or closing."""
        try:
            posting, shape = self._read(body, self._caller(scope))
        except (Refusal, msgspec.MsgspecError, ValueError):
            return None
        return Pending(self._runtime.get(LedgerLane).lane.submit(posting), shape)

    def _read(self, body: bytes, caller: Caller) -> tuple[Posting, Shape]:
        raise NotImplementedError

    def _caller(self, scope: Mapping[str, Any]) -> Caller:
        for name, value in scope["headers"]:
            if name == b"authorization":
                caller = self._runtime.verifier.caller(bearer_token(value.decode("latin-1")))
                if not caller.may(SCOPE):
                    break
                return caller
        raise Unauthenticated("left to the documented route")


class QuickTransfer(_Quick):
    def _read(self, body: bytes, caller: Caller) -> tuple[Posting, Shape]:
        return posting_of((_command(_single.decode(body)),), "independent", caller), _made


class QuickBulk(_Quick):
    def _read(self, body: bytes, caller: Caller) -> tuple[Posting, Shape]:
        wanted = _bulk.decode(body)
        posting = posting_of([_command(one) for one in wanted.transfers], wanted.mode, caller, wanted.acting_for or ())
        return posting, partial(_all_made, posting, [one.id for one in wanted.transfers])


def _made(outcomes: list[Outcome]) -> Shaped:
    (outcome,) = outcomes
    if not outcome.accepted:
        raise refusal_of(outcome)
    return (201 if outcome.result == "created" else 200), _encode(made_document(outcome))


def _all_made(posting: Posting, ids: list[str], outcomes: list[Outcome]) -> Shaped:
    return 200, _encode(bulk_answer(posting, outcomes, ids))


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
