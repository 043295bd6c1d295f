"""Merchants, and buyers with wallets; orders created and paid over HTTP, the second call with the id that the first one answered."""

import random
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from secrets import token_hex
from uuid import UUID

import asyncpg

from benchmarks.lines import Line, NextRequest
from benchmarks.sql import connected, execute
from benchmarks.stage import TOKEN_SECONDS, Stage
from benchmarks.wallets import CURRENCY, open_wallets
from benchmarks.wire import Address, body_of, call
from chassis.ids import encode
from suite import tokens
from suite.parts import PARTS

CUSTOMER_SCOPES = ["payments:read", "payments:write"]
MERCHANTS = 100
BUYERS = 2_000
"""Each with a token of its own, as the gateway sends them."""
POOL = 20_000
# Every buyer is a person of class III, so that each payment is held against limits and counted.
_PROVED = (
    "INSERT INTO holders (id, number_index, proved_at) SELECT id, uuid_send(id), now() FROM wallets ON CONFLICT DO NOTHING",
    """INSERT INTO holder_identities (customer_id, details, number_index, masked, declared_at, holder_id, proved_at, checks)
    SELECT customer_id, '', uuid_send(id), '', now(), id, now(), 5 FROM wallets ON CONFLICT DO NOTHING""",
    """INSERT INTO limit_usages (holder_id, life, year, under_two_factors, two_factors, certificate)
    SELECT id, 0, 0, 0, 0, 0 FROM wallets ON CONFLICT DO NOTHING""",
    "VACUUM (ANALYZE) holders, holder_identities, limit_usages",
)
_ID = b'"id":"'
_ID_LENGTH = 30


@dataclass(frozen=True)
class Shop:
    """seller: the token of whom the merchants belong to; buyers: a token each."""

    seller: str
    merchants: Sequence[str]
    buyers: Sequence[str]


def open_shop(stage: Stage, address: Address) -> Shop:
    seller = _token(stage, UUID(int=1))
    selling = Address(address.host, address.port, seller)
    merchants = [
        str(
            call(selling, "POST", "/v1/merchants", {"name": "benchmark", "currency": CURRENCY}, _key(token_hex(12)))[
                "id"
            ]
        )
        for _ in range(MERCHANTS)
    ]
    wallets = open_wallets(stage, address, BUYERS)
    _name_wallets(stage, wallets)
    execute(stage.admin_url, *_PROVED)
    return Shop(seller, merchants, [_token(stage, wallet) for wallet in wallets])


@dataclass(frozen=True)
class Purchase:
    """One order and its payment as bytes, but for the order's number and the id it gets. said: headers of the payment."""

    selling: Address
    buying: Address
    tail: bytes
    payment: bytes
    said: tuple[str, ...] = ()

    def creating(self, number: str) -> bytes:
        body = b'{"merchant_order_number":"' + number.encode() + self.tail
        return self.selling.head("POST", "/v1/orders", len(body), _key(number)) + body

    def paying(self, order_id: str, number: str) -> bytes:
        head = self.buying.head("POST", f"/v1/orders/{order_id}/payments", len(self.payment), _key(number), *self.said)
        return head + self.payment


class Till:
    """One load: what is bought next, under which number. devices: each buyer says which is hers."""

    def __init__(self, shop: Shop, address: Address, seed: int, *, devices: bool = False) -> None:
        chosen, self._run = random.Random(seed), token_hex(4)
        self._pool = [_purchase(shop, address, chosen, devices) for _ in range(POOL)]
        self._numbers = count()

    def line_of(self, opened: socket.socket, next_request: NextRequest) -> Line:
        return _Buying(opened, next_request, self)

    def next(self) -> tuple[Purchase, str]:
        number = next(self._numbers)
        return self._pool[number % POOL], f"{self._run}-{number}"


class _Buying(Line):
    """Creates an order, then pays it, then begins with the next."""

    __slots__ = ("_number", "_order_id", "_purchase", "_till")

    def __init__(self, opened: socket.socket, next_request: NextRequest, till: Till) -> None:
        super().__init__(opened, next_request)
        self._till = till
        self._purchase: Purchase | None = None
        self._number, self._order_id = "", ""

    def send(self, since: float) -> None:
        self.since, self.heard = since, b""
        if self._purchase is None:
            self._purchase, self._number = self._till.next()
            self.socket.send(self._purchase.creating(self._number))
        else:
            purchase, self._purchase = self._purchase, None
            self.socket.send(purchase.paying(self._order_id, self._number))

    def hear(self) -> bytes | None:
        answer = super().hear()
        if answer is not None and self._purchase is not None:
            body = body_of(answer)
            at = body.find(_ID)
            if at < 0:  # refused: counted as such, and the next one is bought
                self._purchase = None
            self._order_id = body[at + len(_ID) : at + len(_ID) + _ID_LENGTH].decode()
        return answer


def _purchase(shop: Shop, address: Address, chosen: random.Random, devices: bool) -> Purchase:
    # So little that in no run a buyer comes near to what a person may pay in a day.
    amount, merchant, buyer = (
        chosen.randint(10, 99),
        chosen.choice(shop.merchants),
        chosen.randrange(len(shop.buyers)),
    )
    return Purchase(
        Address(address.host, address.port, shop.seller),
        Address(address.host, address.port, shop.buyers[buyer]),
        f'","merchant_id":"{merchant}","subject":"tea","amount":{amount},"currency":"{CURRENCY}"}}'.encode(),
        f'{{"method":"wallet","amount":{amount},"currency":"{CURRENCY}"}}'.encode(),
        (f"Sifang-Device: phone-{buyer}", "Sifang-Country: CN") if devices else (),
    )


def _name_wallets(stage: Stage, accounts: Sequence[UUID]) -> None:
    """An account's owner is the customer with the account's own id."""
    rows = [(account, account, CURRENCY, account, datetime.now(UTC)) for account in accounts]

    async def copy(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        columns = ("id", "customer_id", "currency", "account_id", "opened_at")
        await connection.copy_records_to_table("wallets", records=rows, columns=columns)

    connected(stage.admin_url, copy)


def _token(stage: Stage, customer: UUID) -> str:
    return tokens.make(
        stage.folder,
        "customer",
        CUSTOMER_SCOPES,
        subject=encode("cus", customer),
        seconds=TOKEN_SECONDS,
        audience=[PARTS["payments"].name],
    )


def _key(text: str) -> str:
    return f"idempotency-key: {text}"
