"""Checks that what payments owes you is counted in what it says it owes to all, with the standard library alone: copy this file, run

    python liabilities.py proof.json --amount 100000 --root HASH --log roots.json --log friends-roots.json

proof.json: the answer of `GET /v1/liabilities/proofs/mine`, and the pages after it if it has a `next`; amount: what you know that you had
at the end of the day, in minor units; root: the hash of that day's publication as somebody else saw it; log: answers of
`GET /v1/liabilities/roots`, yours, an auditor's, a friend's: at least one of them has to show the publication.

Nothing is asked of the service and nothing of it is trusted. A tree is built over all balances of one day and currency (Merkle-sum tree):

    leaf         SHA-256(00 ‖ salt ‖ account ‖ day ‖ currency ‖ sum)
    node         SHA-256(01 ‖ left hash ‖ left sum ‖ right hash ‖ right sum)          its sum: both together
    publication  SHA-256(02 ‖ number ‖ day ‖ currency ‖ root ‖ total ‖ depth ‖ excluded accounts ‖ excluded sum ‖ instant ‖ previous hash)

salt, hashes: 32 bytes. account: the 16 bytes that `acc_…` writes in base 32. day: 4 bytes, days since 2000-01-01. currency: its length in a
byte, then ASCII. sums, numbers, counts: 8 bytes, never negative, below 2^63; depth: 2 bytes. instant: 8 bytes, microseconds since
2000-01-01T00:00:00Z. previous hash: 32 bytes of 00 before the first. All big-endian.

Because a node hashes the sums of *both* children, nobody can put less into a parent than its children say; because no sum is negative, no
leaf takes away from the total; because publications are numbered and each names the one before, two customers who compare theirs see one
root. What a proof tells of others: the sums of the leaves beside yours on the way up, by no name; leaves stand in an order that only the
service's secret of the day explains, among leaves of nobody that hold 0, and the next day in another one.
"""

import argparse
import hashlib
import hmac
import json
import struct
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

NO_HASH = bytes(32)
LARGEST = 2**63 - 1
DEEPEST = 60
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

Node = tuple[bytes, int]
"""Hash and sum."""


class Wrong(ValueError):
    """The proof does not hold; the message says where."""


def leaf(salt: bytes, account: bytes, day: date, currency: str, amount: int) -> Node:
    _require_sum(amount)
    return hashlib.sha256(b"\x00" + salt + account + _day(day) + _currency(currency) + _sum(amount)).digest(), amount


def node(left: Node, right: Node) -> Node:
    """Raises Wrong where a sum is negative, or both are too much."""
    for _, amount in (left, right):
        _require_sum(amount)
    _require_sum(left[1] + right[1])
    told = b"\x01" + left[0] + _sum(left[1]) + right[0] + _sum(right[1])
    return hashlib.sha256(told).digest(), left[1] + right[1]


def root(leaves: Sequence[Node]) -> Node:
    """Of as many leaves as a power of two."""
    level = list(leaves)
    while len(level) > 1:
        level = [node(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def path(leaves: Sequence[Node], place: int) -> list[tuple[str, Node]]:
    """What stands beside the way from a leaf up to the root, and on which side."""
    level, beside = list(leaves), []
    while len(level) > 1:
        beside.append(("left" if place % 2 else "right", level[place ^ 1]))
        level = [node(level[at], level[at + 1]) for at in range(0, len(level), 2)]
        place //= 2
    return beside


def publication_hash(one: dict[str, Any]) -> bytes:
    """As the service shows it: hashes in hexadecimal, `published_at` in ISO 8601."""
    _require_sum(one["total_minor"])
    since = datetime.fromisoformat(one["published_at"]) - datetime(2000, 1, 1, tzinfo=UTC)
    told = struct.pack(">Bq", 2, one["number"]) + _day(date.fromisoformat(one["day"])) + _currency(one["currency"])
    told += bytes.fromhex(one["root"]) + struct.pack(">qh", one["total_minor"], one["depth"])
    told += struct.pack(">qqq", one["excluded_accounts"], one["excluded_minor"], since // timedelta(microseconds=1))
    return hashlib.sha256(told + bytes.fromhex(one["previous_hash"])).digest()


def check(proof: dict[str, Any], amount: int | None = None, root_hash: str | None = None) -> int:
    """The sum of the leaves that are proved to be counted in the publication. Raises Wrong."""
    published = proof["publication"]
    _check_publication(published)
    if root_hash is not None and not hmac.compare_digest(published["hash"], root_hash.lower()):
        raise Wrong("this is another publication than the one that was kept")
    seen, counted = set(), 0
    for item in proof["items"]:
        if item["account_id"] in seen:
            raise Wrong(f"{item['account_id']} is shown twice")
        seen.add(item["account_id"])
        _check_leaf(item, published)
        counted += item["amount_minor"]
    if amount is not None and counted != amount:
        raise Wrong(f"{counted} is counted for you, not {amount}")
    return counted


def together(pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One proof of all its pages. Raises Wrong where they are of several publications, or one is missing."""
    published = pages[0]["publication"]
    if any(page["publication"] != published for page in pages):
        raise Wrong("the files are of different publications")
    # The last page has no `next`, every other one has.
    if sum(page["next"] is not None for page in pages) != len(pages) - 1:
        raise Wrong("there is a page more: `next` says how to ask for it")
    return {"publication": published, "items": [item for page in pages for item in page["items"]]}


def require_listed(published: dict[str, Any], logs: Iterable[Sequence[dict[str, Any]]]) -> None:
    """A publication that nobody was shown may have been made for one. Raises Wrong."""
    shown = {(one["number"], one["hash"]) for log in logs for one in log}
    if (published["number"], published["hash"]) not in shown:
        raise Wrong("no log shows this publication")


def check_logs(logs: Iterable[Sequence[dict[str, Any]]]) -> dict[int, str]:
    """Publications by number, from as many views as there are: each names the one before, a day and currency has one, and nobody was
    shown another. Raises Wrong."""
    known: dict[int, str] = {}
    days: dict[tuple[str, str], int] = {}
    before: dict[int, str] = {}
    for log in logs:
        for one in log:
            _check_publication(one)
            number = one["number"]
            if known.setdefault(number, one["hash"]) != one["hash"]:
                raise Wrong(f"there are two publications of number {number}")
            if days.setdefault((one["day"], one["currency"]), number) != number:
                raise Wrong(f"{one['day']} was published twice in {one['currency']}")
            before[number] = one["previous_hash"]
    for number, named in before.items():
        if known.get(number - 1, named) != named or (number == 1 and named != NO_HASH.hex()):
            raise Wrong(f"publication {number} does not name the one before it")
    return known


def _check_publication(one: dict[str, Any]) -> None:
    if publication_hash(one).hex() != one["hash"]:
        raise Wrong(f"publication {one['number']} does not have the hash it shows")


def _check_leaf(item: dict[str, Any], published: dict[str, Any]) -> None:
    day, currency = date.fromisoformat(published["day"]), published["currency"]
    found = leaf(bytes.fromhex(item["salt"]), account_bytes(item["account_id"]), day, currency, item["amount_minor"])
    if len(item["path"]) != published["depth"] or len(item["path"]) > DEEPEST:
        raise Wrong("the path is not as long as the tree is deep")
    for step in item["path"]:
        beside = bytes.fromhex(step["hash"]), int(step["sum_minor"])
        if step["side"] not in ("left", "right"):
            raise Wrong("a step of the path has no side")
        found = node(beside, found) if step["side"] == "left" else node(found, beside)
    if found != (bytes.fromhex(published["root"]), published["total_minor"]):
        raise Wrong(f"{item['account_id']} does not stand in the published tree")


def account_bytes(text: str) -> bytes:
    number = 0
    for letter in text.rpartition("_")[2]:
        number = number << 5 | _ALPHABET.index(letter)
    return number.to_bytes(16, "big")


def _require_sum(amount: int) -> None:
    if not 0 <= amount <= LARGEST:
        raise Wrong(f"{amount} is no sum")


def _sum(amount: int) -> bytes:
    return struct.pack(">q", amount)


def _day(day: date) -> bytes:
    return struct.pack(">i", (day - date(2000, 1, 1)).days)


def _currency(code: str) -> bytes:
    return struct.pack(">B", len(code)) + code.encode("ascii")


def _read(name: str) -> Any:
    with open(name, encoding="utf-8") as opened:
        return json.load(opened)


def main(arguments: Sequence[str]) -> int:
    asked = argparse.ArgumentParser(description="Checks a proof of liabilities.")
    asked.add_argument("proof", nargs="+", help="the answer of GET /v1/liabilities/proofs/mine, page by page")
    asked.add_argument("--amount", type=int, help="what you had at the end of the day, in minor units")
    asked.add_argument("--root", help="hash of that day's publication, as it was kept or told by another")
    asked.add_argument("--log", action="append", default=[], help="an answer of GET /v1/liabilities/roots")
    given = asked.parse_args(arguments)
    try:
        proof = together([_read(name) for name in given.proof])
        counted = check(proof, given.amount, given.root)
        if not proof["items"] and given.amount != 0:
            raise Wrong("nothing is counted for you")
        logs = [_read(name)["items"] for name in given.log]
        check_logs([[proof["publication"]], *logs])
        if logs:
            require_listed(proof["publication"], logs)
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    except (KeyError, TypeError, ValueError, struct.error, RecursionError) as fault:
        print(f"WRONG: not a proof ({type(fault).__name__})")
        return 1
    told = proof["publication"]
    print(
        f"counted: {counted} of {told['total_minor']} {told['currency']} on {told['day']}, publication {told['hash']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
