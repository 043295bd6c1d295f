"""The bytes that are hashed, written by the database: `record_send` of the fields in the order that the verifier states.

`clients/payments/evidence.py` writes the same bytes by itself; tests compare the two. A further field is a further encoding: the old one
stays, because old links are of it. Metadata needs none: a transfer without it is written as before there was any.
"""

from clients.payments.evidence import CONTENT_FIELDS, METADATA_FIELD, TRANSFER_FIELDS

_REVERSED = "reversal.reversed_id"
_NONE_REVERSED = "NULL::uuid"
_INTEGER = "integer"


def _field(name: str, type_name: str, reversed_id: str) -> str:
    column = reversed_id if name == "reverses_id" else f"transfer.{name}"
    return f"{column}::bigint" if type_name == _INTEGER else column


def _record(fields: dict[str, str], reversed_id: str) -> str:
    return f"record_send(ROW({', '.join(_field(*field, reversed_id) for field in fields.items())}))"


def _with_metadata(fields: dict[str, str], reversed_id: str = _REVERSED) -> str:
    without, with_it = _record(fields, reversed_id), _record(fields | METADATA_FIELD, reversed_id)
    return f"CASE WHEN transfer.metadata IS NULL THEN {without} ELSE {with_it} END"


SOURCE = """ledger_transfers AS transfer LEFT JOIN ledger_reversals AS reversal
    ON reversal.book_id = transfer.book_id AND reversal.transfer_id = transfer.id"""
TRANSFER_LEAF = rf"sha256('\x00'::bytea || {_with_metadata(TRANSFER_FIELDS)})"
CONTENT_LEAF = rf"sha256('\x03'::bytea || {_with_metadata(CONTENT_FIELDS)})"
NEW_LEAF = rf"sha256('\x00'::bytea || {_with_metadata(TRANSFER_FIELDS, _NONE_REVERSED)})"
"""Of a transfer that is being written and takes back no other."""
HASH_BYTES = 32


def leaves_in(joined: bytes) -> list[bytes]:
    """The leaves that the database gave in one value."""
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]
