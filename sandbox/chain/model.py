"""A chain of blocks and what moves on it. Amounts in satoshi.

What a node would tell by proof of work it tells by decree: the branch that was mined last is the active one.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NETWORK = "bcrt"
MINER = "miner"
"""Whose addresses earn the subsidies, and fill the tap."""


class TransactionState(StrEnum):
    MEMPOOL = "mempool"
    MINED = "mined"
    DROPPED = "dropped"
    """Replaced, spent twice, or it spent what was never made; it cannot be mined any more."""


@dataclass(frozen=True)
class Block:
    """active: of the branch that counts. previous_hash: empty of the first."""

    hash: str
    height: int
    previous_hash: str
    made_at: datetime
    active: bool = True


@dataclass(frozen=True, order=True)
class Coin:
    """An output, by the transaction that made it."""

    txid: str
    position: int
    amount: int


@dataclass(frozen=True)
class Payment:
    """An output to be made."""

    address: str
    amount: int


@dataclass(frozen=True)
class Transaction:
    """fee: what its inputs have more than its outputs; of a coinbase 0. sequence: the order in which the node saw them."""

    txid: str
    state: TransactionState
    block_hash: str | None
    coinbase: bool
    fee: int
    size: int
    made_at: datetime
    sequence: int = 0


@dataclass(frozen=True)
class Send:
    """What a wallet asked for under its own reference, once. txid: None where it was called off before anything was sent.

    known_at: until then a query does not find it.
    """

    wallet: str
    reference: str
    address: str
    amount: int
    txid: str | None
    fee: int
    known_at: datetime


@dataclass(frozen=True)
class Receipt:
    """An output to an address of a wallet. confirmations: 0 in the mempool."""

    txid: str
    position: int
    address: str
    amount: int
    confirmations: int
    block_hash: str | None
    height: int | None


@dataclass(frozen=True)
class Since:
    """What a wallet received after a block, as `listsinceblock` tells it.

    removed: transactions of hers in blocks that count no more; last_block: to be asked from next; held: all that her addresses have.
    """

    receipts: tuple[Receipt, ...]
    removed: tuple[str, ...]
    last_block: str
    height: int
    best_block: str
    held: int
    complete: bool
