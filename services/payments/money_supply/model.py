"""Units that the ledger counts, and how much of each there may be.

Money comes from outside and is counted only; a token is issued here against money of equal value, and burned when it is redeemed or
spent; of a coin there is what its schedule has released, whoever asks. No unit is ever counted as another.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.payments.ledger.model import book_of


class UnitKind(StrEnum):
    MONEY = "money"
    TOKEN = "token"
    COIN = "coin"


class MovementKind(StrEnum):
    """issue: tokens for money; redeem: money for tokens; mint: coins of the schedule."""

    ISSUE = "issue"
    REDEEM = "redeem"
    MINT = "mint"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a coin is released: `subsidy` base units a block, halved every `halving_blocks` by integer shift, from block 0 on."""

    subsidy: int
    halving_blocks: int


BITCOIN = Schedule(50 * 10**8, 210_000)
"""Source: Bitcoin Core, `GetBlockSubsidy` and `nSubsidyHalvingInterval` of the main chain."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A token or a coin. backed_by: of a token, the currency of its money, whose minor units are its own; schedule: of a coin.

    issuance_account_id: debits are what was issued, credits what was burned; backing_account_id: the money held for a token.
    """

    code: str
    kind: UnitKind
    issuance_account_id: UUID
    backed_by: str | None
    backing_account_id: UUID | None
    schedule: Schedule | None
    made_at: datetime

    @property
    def book_id(self) -> int:
        return book_of(self.issuance_account_id)


@dataclass(frozen=True, slots=True)
class Movement:
    """A unit issued or burned. height: of the chain, of coins; money_transfer_id: what was paid for tokens, or for them back."""

    id: UUID
    unit: str
    kind: MovementKind
    amount: int
    height: int | None
    unit_transfer_id: UUID
    money_transfer_id: UUID | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Supply:
    """How much there is of a unit, in its base units.

    issued, burned: of money what came into our reserves and left them; circulating: what accounts have that never go below zero;
    backing_held: of a token the money held for it, of money what is in our reserves; height: the highest a coin was minted at;
    imported: of the money that circulates, what is on accounts taken over from elsewhere; lost: of a coin what the platform bears;
    on_chain: of a coin that is kept on its chain what our addresses have.
    """

    unit: str
    kind: UnitKind
    issued: int
    burned: int
    circulating: int
    backed_by: str | None = None
    backing_held: int | None = None
    height: int | None = None
    schedule: Schedule | None = None
    imported: int | None = None
    lost: int = 0
    on_chain: int | None = None

    @property
    def balanced(self) -> bool | None:
        """Whether what circulates is what was made, and of a token what is held for it. Of money the reserves are proved apart."""
        if self.kind is UnitKind.MONEY:
            return None
        made = self.issued - self.burned
        return self.circulating == made + self.lost and self.backing_held in (None, made)
