"""Transfers between random wallets as bytes that are ready to be sent: only the id is new in each.

An id is a UUIDv7 in the ledger's default book, as any client would make it: the millisecond, something random, a counter.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from secrets import token_bytes
from uuid import UUID

from benchmarks.wire import Address
from chassis.ids import ALPHABET, encode, uuid7, with_book

PREFIX = "trf"
BOOK = 1
COUNTED = 4
"""Characters that count, of the 26; the four after them are the book and the random bits above it, the others the millisecond's."""

SINGLES = "/v1/transfers"
BULK = "/v1/transfers/bulk"
POOL = 100_000
_QUADS = [(high + low).encode() for high in ALPHABET for low in ALPHABET]


def new_ids() -> Iterator[bytes]:
    """Endless, each id once: a new head every millisecond, within it a counter of 20 bits."""
    millisecond, head, tail = -1, b"", b""
    for number in count():
        now = int(time.time() * 1000)
        if now != millisecond:
            millisecond = now
            whole = encode(PREFIX, with_book(uuid7(datetime.now(UTC), token_bytes(10)), BOOK)).encode()
            head, tail = whole[: -COUNTED - 4], whole[-4:]
        yield head + _QUADS[number >> 10 & 1023] + _QUADS[number & 1023] + tail


def random_tails(wallets: Sequence[UUID], currency: str, seed: int, number: int = POOL) -> list[bytes]:
    """What follows the id in each of `number` transfers between two random wallets. All have one length."""
    chosen = random.Random(seed)
    names = [encode("acc", wallet) for wallet in wallets]
    tails = []
    for _ in range(number):
        debit, credit = chosen.sample(range(len(names)), 2)
        tails.append(_random_move(chosen, names[debit], names[credit], currency))
    return tails


def tails_to(account: UUID, wallets: Sequence[UUID], currency: str, seed: int, number: int = POOL) -> list[bytes]:
    """The same for transfers from random wallets to one account."""
    chosen = random.Random(seed)
    names, payee = [encode("acc", wallet) for wallet in wallets], encode("acc", account)
    return [_random_move(chosen, chosen.choice(names), payee, currency) for _ in range(number)]


def _random_move(chosen: random.Random, debit: str, credit: str, currency: str) -> bytes:
    return move(debit, credit, chosen.randint(100, 999), currency, f"ord_{chosen.getrandbits(80):020x}")


def move(debit: str, credit: str, amount: int, currency: str, reference: str) -> bytes:
    """What follows the id in a transfer of this amount from one account to another."""
    return (
        f'","kind":"single","debit_account_id":"{debit}","credit_account_id":"{credit}",'
        f'"amount":{amount},"currency":"{currency}","code":"benchmark","reference":"{reference}"}}'
    ).encode()


def singles(
    address: Address, tails: Sequence[bytes], ids: Iterator[bytes], *, path: str = SINGLES
) -> Callable[[], bytes]:
    """Makes the next request for one transfer."""
    opening = b'{"id":"'
    length = len(opening) + len(next(ids)) + len(tails[0])
    head = address.head("POST", path, length) + opening
    turn = _endless(tails)
    return lambda: head + next(ids) + next(turn)


def bulk(address: Address, transfers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """One request for these transfers, each (id, tail), each decided on its own."""
    body = (
        b'{"mode":"independent","transfers":[' + b",".join(b'{"id":"' + name + tail for name, tail in transfers) + b"]}"
    )
    return address.head("POST", BULK, len(body)) + body


def _endless(tails: Sequence[bytes]) -> Iterator[bytes]:
    while True:
        yield from tails
