"""How the chain counts: subsidies, hashes, sizes, which coins are taken. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.bech32 import encode_address
from sandbox.chain.model import NETWORK, Coin, Payment
from sandbox.errors import FeeBeyond, NotEnoughCoins

SUBSIDY = 50 * 10**8
HALVING_BLOCKS = 210_000
LAST_HALVING = 64
MATURITY = 100
"""Blocks on top of one whose subsidy is spent."""
FEE_RATE = 10
"""Satoshi a byte."""
MOST_INPUTS = 200
DUST = 294
"""Change below it is left to the miner."""
MAGIC = 990_000
"""A magic amount is this and the number of its behaviour."""
SILENT, LOST, LATE, TWICE = MAGIC + 4, MAGIC + 5, MAGIC + 6, MAGIC + 7
LATE_BY = timedelta(minutes=10)


def subsidy_at(height: int) -> int:
    return SUBSIDY >> min(height // HALVING_BLOCKS, LAST_HALVING)


def address_of(wallet: str, label: str) -> str:
    """The same for the same label, so that asking twice makes one."""
    digest = hashlib.sha256(f"{wallet}\0{label}".encode()).digest()
    return encode_address(NETWORK, digest[:20])


def txid_of(inputs: Sequence[Coin], outputs: Sequence[Payment], salt: str) -> str:
    spent = ",".join(f"{one.txid}:{one.position}" for one in inputs)
    made = ",".join(f"{one.address}={one.amount}" for one in outputs)
    return hashlib.sha256(f"{spent}|{made}|{salt}".encode()).hexdigest()


def block_hash_of(height: int, previous_hash: str, made_at: datetime, txids: Sequence[str]) -> str:
    return hashlib.sha256(f"{height}|{previous_hash}|{made_at.isoformat()}|{','.join(txids)}".encode()).hexdigest()


def size_of(inputs: int, outputs: int) -> int:
    """Virtual bytes of a transaction that spends and pays to key hashes."""
    return 11 + 68 * inputs + 31 * outputs


def selected(coins: Sequence[Coin], amount: int, rate: int) -> tuple[list[Coin], int]:
    """Coins that pay an amount and their fee, the largest first, and the fee. Raises NotEnoughCoins."""
    taken: list[Coin] = []
    for coin in sorted(coins, key=lambda one: (-one.amount, one.txid, one.position))[:MOST_INPUTS]:
        taken.append(coin)
        fee = size_of(len(taken), 2) * rate
        rest = sum(one.amount for one in taken) - amount - fee
        if rest >= DUST:
            return taken, fee
        if rest >= 0:
            return taken, fee + rest
    raise NotEnoughCoins("the wallet has not that much", field="amount")


def require_fee(fee: int, most: int) -> None:
    if fee > most:
        raise FeeBeyond("the network asks for more", field="max_fee", fee=fee)


def known_at(amount: int, now: datetime) -> datetime:
    """When a send is found by its reference."""
    return now + LATE_BY if amount == LATE else now
