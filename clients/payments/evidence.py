"""Checks what payments proves, with the standard library alone: copy this file, run `python evidence.py proof.json [head-hash]`.

Nothing is asked of the service and nothing of it is trusted: a proof is right or wrong by SHA-256. What is hashed:

    leaf   SHA-256(00 ‖ record of TRANSFER_FIELDS)     a transfer, as it stands in its batch
    node   SHA-256(01 ‖ left ‖ right)                  RFC 6962: of an odd number the last is carried up as it is
    link   SHA-256(02 ‖ link_bytes)                    a committed batch: its root, and the hashes of two links before it
    day    SHA-256(03 ‖ record of CONTENT_FIELDS)      a transfer's content alone: leaves of a value date, sorted by id

A record is written as PostgreSQL's `record_send` writes a row: the number of fields in 4 bytes; for each field its type in 4 bytes, the
length of its value in 4 bytes (FFFFFFFF: no value), the value. Types: 20 integer (8 bytes, two's complement), 25 text (UTF-8), 2950
UUID (16 bytes), 1082 day (4 bytes, days since 2000-01-01), 1184 instant (8 bytes, microseconds since 2000-01-01T00:00:00Z), 3802 map (a
byte 01, then `{"a": "1", "bb": "2"}` in UTF-8: keys by length and then by bytes; only `"` and `\\` are escaped). All numbers are
big-endian. Ids such as `trf_…` are the UUID's 128 bits in base 32.
"""

import hashlib
import hmac
import itertools
import json
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

ENCODING = 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
NO_LINK = bytes(32)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_KINDS = {"single": 0, "pending": 1, "post": 2, "void": 3, "expire": 4}
_FLAGS = {
    "linked": 1,
    "balancing_debit": 2,
    "balancing_credit": 4,
    "closing_debit": 8,
    "closing_credit": 16,
    "imported": 32,
}
_SUMS = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")
_LINK = struct.Struct(">hhqq16sq32sq32s32s")

CONTENT_FIELDS = {
    "book_id": "integer",
    "id": "uuid",
    "kind": "integer",
    "debit_account_id": "uuid",
    "credit_account_id": "uuid",
    "amount": "integer",
    "currency": "text",
    "code": "text",
    "reference": "text",
    "value_on": "day",
    "pending_id": "uuid",
    "timeout_seconds": "integer",
    "flags": "integer",
    "reverses_id": "uuid",
}
TRANSFER_FIELDS = CONTENT_FIELDS | {
    "number": "integer",
    "posted_at": "instant",
    "expires_at": "instant",
    **{f"debited_{name}": "integer" for name in _SUMS},
    **{f"credited_{name}": "integer" for name in _SUMS},
}
"""Field → type, in the order in which they are written. number: place in the batch, from 0; debited_, credited_: sums after it."""
METADATA_FIELD = {"metadata": "map"}
"""Written after the others of either record, and only of a transfer that has metadata: the number of fields says so."""


class Wrong(ValueError):
    """The proof does not hold; the message says where."""


def leaf(transfer: dict[str, Any]) -> bytes:
    """Hash of a transfer as the service shows it in a proof."""
    return hashlib.sha256(b"\x00" + record(transfer, _written(transfer, TRANSFER_FIELDS))).digest()


def content_root(transfers: Iterable[dict[str, Any]]) -> bytes:
    """Root over transfers of one book and value date, in whatever order they come."""
    ordered = sorted(transfers, key=lambda transfer: _uuid(transfer["id"]))
    return root([hashlib.sha256(b"\x03" + record(one, _written(one, CONTENT_FIELDS))).digest() for one in ordered])


def root(leaves: Sequence[bytes]) -> bytes:
    level = list(leaves)
    while len(level) > 1:
        level = _parents(level)
    return level[0] if level else EMPTY_ROOT


def path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The hashes beside the way from a leaf up to the root."""
    level, beside = list(leaves), []
    while len(level) > 1:
        if place ^ 1 < len(level):
            beside.append(level[place ^ 1])
        level, place = _parents(level), place // 2
    return beside


def root_by_path(of_leaf: bytes, place: int, size: int, beside: Sequence[bytes]) -> bytes:
    """The root of a tree of `size` leaves in which this one stands at `place`. Raises Wrong."""
    if not 0 <= place < size:
        raise Wrong("the place is outside the batch")
    found, left = of_leaf, list(beside)
    while size > 1:
        if place ^ 1 < size:
            if not left:
                raise Wrong("the path is too short")
            pair = (left.pop(0), found) if place % 2 else (found, left.pop(0))
            found = _node(*pair)
        place, size = place // 2, (size + 1) // 2
    if left:
        raise Wrong("the path is too long")
    return found


def link_hash(link: dict[str, Any]) -> bytes:
    """Hash of a link as the service shows it: hashes in hexadecimal, `linked_at` in ISO 8601."""
    return link_digest(
        int(link["encoding"]), int(link["book_id"]), int(link["number"]), int(link["position"]), _uuid(link["batch_id"]),
        int(link["transfers"]), bytes.fromhex(link["root"]), microseconds(datetime.fromisoformat(link["linked_at"])),
        bytes.fromhex(link["previous_hash"]), bytes.fromhex(link["skip_hash"]),
    )  # fmt: skip


def link_digest(*facts: Any) -> bytes:
    """encoding, book, number, position and id of the batch's event, transfers, root, linked_at, previous_hash, skip_hash."""
    return hashlib.sha256(b"\x02" + _LINK.pack(*facts)).digest()


def skipped_to(number: int) -> int:
    """The earlier link that a link also names, so that any link is reached from any later one in a few steps; 0: none."""
    if number % 2 == 0:
        return number & (number - 1)
    return _without_lowest_bit(_without_lowest_bit(number - 1)) + 1 if number > 1 else 0


def check(proof: dict[str, Any], head_hash: str | None = None) -> dict[str, Any]:
    """The transfer that is proved to stand in the chain under its head: `head_hash` where the auditor has kept one. Raises Wrong."""
    transfer, links = proof["transfer"], proof["links"]
    if not links:
        raise Wrong("there is no link")
    if head_hash is not None and not hmac.compare_digest(link_hash(links[0]).hex(), head_hash):
        raise Wrong("the chain does not end at the head that was kept")
    check_links(links)
    own = links[-1]
    if transfer["book_id"] != own["book_id"]:
        raise Wrong("the transfer is of another book")
    beside = [bytes.fromhex(text) for text in proof["path"]]
    found = root_by_path(leaf(transfer), transfer["number"], own["transfers"], beside)
    if found.hex() != own["root"]:
        raise Wrong("the transfer does not stand in the batch")
    return dict(transfer)


def check_links(links: Sequence[dict[str, Any]]) -> None:
    """Links from a later one down to an earlier one, each named by the one before. Raises Wrong."""
    for link in links:
        if link["encoding"] != ENCODING:
            raise Wrong(f"link {link['number']} is of an encoding that is not known here")
        if link_hash(link).hex() != link["hash"]:
            raise Wrong(f"link {link['number']} does not have the hash it shows")
    for later, earlier in itertools.pairwise(links):
        named = {later["number"] - 1: later["previous_hash"]}
        named.setdefault(skipped_to(later["number"]), later["skip_hash"])
        if later["book_id"] != earlier["book_id"] or named.get(earlier["number"]) != earlier["hash"]:
            raise Wrong(f"link {later['number']} does not name link {earlier['number']}")


def record(facts: dict[str, Any], fields: dict[str, str]) -> bytes:
    """kind by its name or number; ids as `trf_…`, instants in ISO 8601, days as YYYY-MM-DD."""
    parts = [struct.pack(">i", len(fields))]
    for name, type_name in fields.items():
        number, write = _TYPES[type_name]
        given = _NUMBERED[name](facts[name]) if name in _NUMBERED else facts[name]
        written = None if given is None else write(given)
        parts.append(struct.pack(">Ii", number, -1 if written is None else len(written)))
        parts.append(written or b"")
    return b"".join(parts)


def _written(transfer: dict[str, Any], fields: dict[str, str]) -> dict[str, str]:
    return fields | METADATA_FIELD if transfer.get("metadata") else fields


_NUMBERED: dict[str, Callable[[Any], int]] = {
    "kind": lambda kind: _KINDS.get(kind, kind),
    "flags": lambda names: sum(_FLAGS[name] for name in names) if isinstance(names, list) else names,
}
"""What has names on the wire and a number in the database."""


def _parents(level: list[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    paired = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
    return paired + level[-1:] if len(level) % 2 else paired


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _without_lowest_bit(number: int) -> int:
    return number & (number - 1)


def _uuid(text: str) -> bytes:
    number = 0
    for letter in text.rpartition("_")[2]:
        number = number << 5 | _ALPHABET.index(letter)
    return number.to_bytes(16, "big")


def microseconds(instant: datetime) -> int:
    """Since 2000-01-01T00:00:00Z."""
    return (instant - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _integer(value: int) -> bytes:
    return struct.pack(">q", value)


def _text(value: str) -> bytes:
    return value.encode()


def _day(text: str) -> bytes:
    return struct.pack(">i", (date.fromisoformat(text) - date(2000, 1, 1)).days)


def _instant(text: str) -> bytes:
    return struct.pack(">q", microseconds(datetime.fromisoformat(text)))


def _map(entries: dict[str, str]) -> bytes:
    ordered = dict(sorted(entries.items(), key=lambda entry: (len(entry[0]), entry[0])))
    return b"\x01" + json.dumps(ordered, ensure_ascii=False).encode()


_TYPES: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "integer": (20, _integer),
    "text": (25, _text),
    "uuid": (2950, _uuid),
    "day": (1082, _day),
    "instant": (1184, _instant),
    "map": (3802, _map),
}

if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as opened:
        proved = check(json.load(opened), sys.argv[2] if len(sys.argv) > 2 else None)
    print(f"proved: {proved['id']} moved {proved['amount']} {proved['currency']} at {proved['posted_at']}")
