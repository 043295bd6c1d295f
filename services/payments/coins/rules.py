"""What becomes of deposits and withdrawals by what their chain says, and when a coin is regulated. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.payments.coins.errors import CoinLimitExceeded
from services.payments.coins.model import (
    CONFIRMATIONS,
    CoinDepositState,
    CoinWithdrawalState,
    Deposit,
    NodeAnswer,
    Rail,
    Regulation,
    Terms,
    Withdrawal,
)

SCAN_EVERY = timedelta(seconds=10)
LOOK_AGAIN = timedelta(seconds=60)
FIRST_LOOK = timedelta(seconds=10)
SEND_WITHIN = timedelta(hours=24)
"""What is not sent by then is called off."""
STUCK_AFTER = timedelta(hours=6)
"""What no block has taken by then is sent anew with a higher fee."""
RAISED_FEE_RATE = 50
"""Satoshi a byte."""
MOST_ADDRESSES = 20
WHOLE = 10**8
PPM = 10**6


class Posting(StrEnum):
    """What a step of a deposit asks of the ledger."""

    CREDIT = "credit"
    REVERSE = "reverse"
    RESTORE = "restore"


@dataclass(frozen=True)
class Step:
    before: Deposit
    after: Deposit
    posting: Posting | None = None

    @property
    def changes(self) -> bool:
        return self.posting is not None or self.after != self.before


def stepped(deposit: Deposit, confirmations: int | None, *, stopped: bool) -> Step:
    """confirmations: as its chain tells them, None where it is gone; stopped: the unit takes no deposits."""
    state = deposit.state
    if confirmations is None:
        gone = {
            CoinDepositState.CREDITED: CoinDepositState.REVERSED,
            CoinDepositState.REVERSED: CoinDepositState.REVERSED,
        }
        after = replace(deposit, state=gone.get(state, CoinDepositState.DROPPED), confirmations=0)
        return Step(deposit, after, Posting.REVERSE if state is CoinDepositState.CREDITED else None)
    after = replace(deposit, confirmations=confirmations)
    enough = confirmations >= CONFIRMATIONS
    if state is CoinDepositState.REVERSED and enough:
        return Step(deposit, replace(after, state=CoinDepositState.CREDITED), Posting.RESTORE)
    if state in (CoinDepositState.CONFIRMING, CoinDepositState.DROPPED):
        if not enough:
            return Step(deposit, replace(after, state=CoinDepositState.CONFIRMING))
        if stopped:
            return Step(deposit, replace(after, state=CoinDepositState.HELD))
        return Step(deposit, replace(after, state=CoinDepositState.CREDITED), Posting.CREDIT)
    return Step(deposit, after)


def expected_outputs(issued: int, sent: int, waiting: int) -> int:
    """What our addresses must have. issued: by the ledger; sent: what it has not let go yet; waiting: deposits that are not credited."""
    return issued - sent + waiting


def ended(withdrawal: Withdrawal, state: CoinWithdrawalState, now: datetime, code: str | None = None) -> Withdrawal:
    return replace(withdrawal, state=state, failure_code=code, due_at=None, ended_at=now)


def next_look(tries: int) -> timedelta:
    """Sooner at first."""
    return FIRST_LOOK * (1 << min(tries, 5))


def is_confirmed(answer: NodeAnswer, scanned_height: int) -> bool:
    """By enough blocks, and where the cursor is or before it: what vanishes behind the cursor, the chain tells; before it, it does not."""
    if answer.confirmations is None or answer.height is None:
        return False
    return answer.confirmations >= CONFIRMATIONS and answer.height <= scanned_height + 1 - CONFIRMATIONS


def is_stuck(withdrawal: Withdrawal, confirmations: int | None, now: datetime) -> bool:
    waiting = withdrawal.state is CoinWithdrawalState.SENT and confirmations == 0 and withdrawal.sent_at is not None
    return waiting and now - (withdrawal.sent_at or now) >= STUCK_AFTER


def value_of(amount: int, price: Decimal) -> int:
    """In fen, rounded down. price: CNY for a whole coin."""
    return int(Fraction(amount) * Fraction(price) * 100 / WHOLE)


def share_of(value: int, money: int) -> int:
    """In millionths of all value held, rounded down."""
    return value * PPM // (value + money) if value else 0


def is_regulated(regulation: Regulation | None) -> bool:
    return regulation is not None and regulation.regulated


def require_daily_room(terms: Terms, sent: int, amount: int) -> None:
    """sent: what she has asked for today that has not failed."""
    if sent + amount > terms.daily_withdrawal:
        left = max(0, terms.daily_withdrawal - sent)
        raise CoinLimitExceeded(
            "nobody sends more of it a day", field="amount", limit=terms.daily_withdrawal, left=left
        )


def reported(rail: Rail, day: date) -> Rail:
    return replace(rail, last_day=day)
