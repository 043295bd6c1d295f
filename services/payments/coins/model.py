"""Coins that are kept on a chain: what came to our addresses, what was sent, and what is theirs of whom. Amounts in base units (satoshi).

Of a coin the account of issuance is the border to its chain: its debits are what came in, its credits what went out, the difference is
what our addresses have. Where a customer's coins are lost with no way to take them back, the platform's account of losses bears it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

CONFIRMATIONS = 6
"""Blocks that say so before a deposit counts, its own included."""


@dataclass(frozen=True)
class Rail:
    """A coin's way to its chain. cursor: the block after which it is asked next; outputs: what our addresses had when it was last asked.

    turn: counts what we asked of the node, so that an answer of the chain is compared with books of the same moment only; difference: of
    outputs to books, when they were last comparable; last_day: the last business day that was reported.
    """

    id: UUID
    unit: str
    network: str
    issuance_account_id: UUID
    fees_account_id: UUID
    loss_account_id: UUID
    cursor: str
    height: int
    best_block: str
    outputs: int
    turn: int
    difference: int
    proved_at: datetime | None
    scanned_at: datetime | None
    due_at: datetime
    last_day: date | None
    opened_at: datetime


@dataclass(frozen=True)
class CoinAddress:
    """number: the node's label of it. customer_id: whose deposits come there; None: of nobody yet."""

    address: str
    unit: str
    number: int
    customer_id: UUID | None
    taken_at: datetime | None


@dataclass(frozen=True)
class CoinAccount:
    unit: str
    customer_id: UUID
    account_id: UUID
    opened_at: datetime


class CoinDepositState(StrEnum):
    CONFIRMING = "confirming"
    DROPPED = "dropped"
    """Its transaction is nowhere any more; it may come back."""
    HELD = "held"
    """It came while the unit takes no deposits: hers when that ends, an operator says so, or it has waited long enough."""
    CREDITED = "credited"
    REVERSED = "reversed"
    """Credited, and then taken back by a deeper reorganisation: what was there from her, the rest lost by the platform."""


@dataclass(frozen=True)
class Deposit:
    """One output to one of our addresses, once. customer_id: None where the address is nobody's: the platform's.

    lost: of one that was reversed, what the platform bears.
    """

    id: UUID
    unit: str
    customer_id: UUID | None
    account_id: UUID
    address: str
    txid: str
    position: int
    amount: int
    state: CoinDepositState
    confirmations: int
    lost: int
    seen_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class CoinWithdrawalState(StrEnum):
    HELD = "held"
    """The coins are held; whether they were sent is not known."""
    SENT = "sent"
    """The node has sent them; not enough blocks say so yet."""
    CONFIRMED = "confirmed"
    FAILED = "failed"
    """Nothing was sent, and nothing will be: the coins are hers again."""
    RETURNED = "returned"
    """Confirmed, and then taken back by a deeper reorganisation: the coins are hers again."""


@dataclass(frozen=True)
class Withdrawal:
    """fee: what the customer was shown and pays; network_fee: what the chain took. posted: the ledger has let the coins go.

    lost: what the platform bears, where the customer's account gave nothing any more when the chain had taken the coins.
    """

    id: UUID
    unit: str
    customer_id: UUID
    account_id: UUID
    address: str
    amount: int
    fee: int
    network_fee: int | None
    txid: str | None
    state: CoinWithdrawalState
    failure_code: str | None
    hold_id: UUID
    fee_hold_id: UUID
    posted: bool
    lost: int
    tries: int
    made_on: date
    requested_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    expires_at: datetime
    """Not sent by then, it is called off."""
    ended_at: datetime | None


@dataclass(frozen=True)
class Terms:
    """From a day on; of two for one day the later stated. share_ppm: above it, in millionths of all value held, a unit is regulated.

    daily_withdrawal: what a customer of a regulated unit may send a day; held_days: how long what comes in meanwhile waits.
    """

    id: UUID
    unit: str
    valid_from: date
    share_ppm: int
    daily_withdrawal: int
    held_days: int
    source: str
    stated_by: str
    stated_at: datetime


@dataclass(frozen=True)
class Price:
    """Of one whole coin (10^8 base units) in CNY, on a day."""

    id: UUID
    unit: str
    price_on: date
    price: Decimal
    source: str
    stated_by: str
    stated_at: datetime


@dataclass(frozen=True)
class Regulation:
    """From a day on a unit is regulated, or no more. share_ppm: the share that made it so, where the rule did."""

    id: UUID
    unit: str
    regulated: bool
    from_on: date
    share_ppm: int | None
    reason: str
    stated_by: str
    stated_at: datetime


@dataclass(frozen=True)
class CoinDay:
    """What is reported of a coin for a day. value, money: CNY in fen; money: what customers' wallets and merchants hold."""

    unit: str
    day: date
    height: int
    held: int
    outputs: int
    price: Decimal | None
    value: int | None
    money: int
    share_ppm: int | None
    regulated: bool
    reported_at: datetime


class Sent(StrEnum):
    """What a node says of a send under our reference."""

    SENT = "sent"
    NOT_FOUND = "not_found"
    CALLED_OFF = "called_off"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class NodeAnswer:
    """confirmations: 0 in the mempool, −1 where it can never be mined, None where the node did not say; height: of its block."""

    sent: Sent
    code: str | None = None
    txid: str | None = None
    fee: int = 0
    confirmations: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Seen:
    txid: str
    position: int
    address: str
    amount: int
    confirmations: int


@dataclass(frozen=True)
class Listing:
    """What our addresses received after a block, the mempool included. removed: transactions of ours in blocks that count no more."""

    asked_from: str
    cursor: str
    height: int
    best_block: str
    held: int
    seen: tuple[Seen, ...] = ()
    removed: frozenset[str] = field(default_factory=frozenset)
