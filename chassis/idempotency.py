"""One answer per key. Row (caller, operation, key) → hash of the body, status, answer; kept 90 days.

The row is claimed first in the story's own transaction, so that of simultaneous duplicates one runs and the others wait for its
commit (at most the pool's lock timeout, then 409 `in_progress`) and read its answer. A refusal by a rule is an answer too: a late
duplicate cannot succeed after its client gave up. Malformed input and faults of ours are not stored.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import real_now
from chassis.errors import Conflict, Invalid, Malformed

KEEP = timedelta(days=90)
LONGEST_KEY = 128
LOCK_NOT_AVAILABLE = "55P03"


class KeyRequired(Malformed):
    code = "idempotency_key_required"


class KeyTooLong(Malformed):
    code = "idempotency_key_too_long"


class KeyReused(Invalid):
    code = "idempotency_key_reused"


class InProgress(Conflict):
    code = "in_progress"


@dataclass(frozen=True)
class Claim:
    """What is claimed: who asks, for which operation, under which key, with which body."""

    caller: str
    operation: str
    key: str
    body_hash: bytes

    @property
    def seed(self) -> str:
        """What deterministic ids are drawn from in test mode."""
        return f"{self.caller}\0{self.operation}\0{self.key}"


@dataclass(frozen=True)
class StoredAnswer:
    status: int
    answer: Any
    record_id: UUID | None


_CLAIM = text(
    "INSERT INTO chassis.idempotency_keys (caller, operation, key, body_hash, claimed_at)"
    " VALUES (:caller, :operation, :key, :body_hash, :claimed_at) ON CONFLICT DO NOTHING RETURNING true"
)
_READ = text(
    "SELECT body_hash, status, answer, record_id FROM chassis.idempotency_keys"
    " WHERE caller = :caller AND operation = :operation AND key = :key"
)
_STORE = text(
    "UPDATE chassis.idempotency_keys SET status = :status, answer = CAST(:answer AS jsonb), record_id = :record_id"
    " WHERE caller = :caller AND operation = :operation AND key = :key"
)
_FORGET = text(
    "DELETE FROM chassis.idempotency_keys WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM chassis.idempotency_keys WHERE claimed_at < :before LIMIT 5000))"
)


def checked_key(header: str | None) -> str:
    if not header:
        raise KeyRequired("a writing call needs an Idempotency-Key header", field="Idempotency-Key")
    if len(header) > LONGEST_KEY:
        raise KeyTooLong(f"at most {LONGEST_KEY} characters", field="Idempotency-Key")
    return header


def hash_of(target: str, body: bytes, secret: bytes = b"") -> bytes:
    """Hash of a request: its target and its body, JSON regardless of spacing and member order.

    secret: keys the hash of a body that holds a password, which a plain hash would lay open to guessing.
    """
    # What nests too deeply is hashed as it came; whoever reads it refuses it.
    with suppress(msgspec.DecodeError, RecursionError):
        body = msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    return blake2b(target.encode() + b"\0" + body, digest_size=16, key=secret).digest()


async def claim(connection: AsyncConnection, wanted: Claim) -> StoredAnswer | None:
    """None: the key is ours, run the story. Otherwise the answer given before.

    Raises KeyReused for another body under the key, InProgress when its first use has not ended in time.
    """
    identity = {"caller": wanted.caller, "operation": wanted.operation, "key": wanted.key}
    try:
        row = await connection.execute(_CLAIM, identity | {"body_hash": wanted.body_hash, "claimed_at": real_now()})
    except DBAPIError as fault:
        if getattr(fault.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise InProgress("the first request with this key has not ended", field="Idempotency-Key") from None
        raise
    if row.one_or_none() is not None:
        return None
    held = (await connection.execute(_READ, identity)).one()
    if held.body_hash != wanted.body_hash:
        raise KeyReused("this key was used with another body", field="Idempotency-Key")
    return StoredAnswer(held.status, held.answer, held.record_id)


async def store(connection: AsyncConnection, wanted: Claim, given: StoredAnswer) -> None:
    await connection.execute(
        _STORE,
        {
            "caller": wanted.caller,
            "operation": wanted.operation,
            "key": wanted.key,
            "status": given.status,
            "answer": msgspec.json.encode(given.answer).decode(),
            "record_id": given.record_id,
        },
    )


async def forget_old(connection: AsyncConnection) -> int:
    """Delete a slice of the keys past their 90 days; 0 when none is left."""
    return (await connection.execute(_FORGET, {"before": real_now() - KEEP})).rowcount
