"""The bytes that are hashed, written by the database: `record_send` of the fields in the order that the verifier states.

`clients/payments/evidence.py` writes the same bytes by itself; tests compare the two. A further field is a further encoding: the old one
stays, because old links are of it. Metadata needs none: a transfer without it is written as before there was any.
"""

from clients.payments.evidence import CONTENT_FIELDS, METADATA_FIELD, TRANSFER_FIELDS

_OF_REVERSAL = {"reverses_id": "reversal.reversed_id"}
_INTEGER = "integer"


def _field(name: str, type_name: str) -> str:
    column = _OF_REVERSAL.get(name, f"transfer.{name}")
    return f"{column}::bigint" if type_name == _INTEGER else column


def _record(fields: dict[str, str]) -> str:
    return f"record_send(ROW({', '.join(_field(name, type_name) for name, type_name in fields.items())}))"


def _with_metadata(fields: dict[str, str]) -> str:
    return f"CASE WHEN transfer.metadata IS NULL THEN {_record(fields)} ELSE {_record(fields | METADATA_FIELD)} END"


SOURCE = """ledger_transfers AS transfer LEFT JOIN ledger_reversals AS reversal
    ON reversal.book_id = transfer.book_id AND reversal.transfer_id = transfer.id"""
TRANSFER_LEAF = rf"sha256('\x00'::bytea || {_with_metadata(TRANSFER_FIELDS)})"
CONTENT_LEAF = rf"sha256('\x03'::bytea || {_with_metadata(CONTENT_FIELDS)})"
