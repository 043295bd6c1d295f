from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.ledger.schemas import AccountId, TransferId
from services.payments.money_supply import rules
from services.payments.money_supply.model import Movement, Schedule, Supply, Unit, UnitKind

MovementId = Annotated[UUID, TypeId("umv")]
Height = Annotated[int, Field(strict=True, ge=0, le=10**9, description="height of the chain")]


class UnitSchedule(Request):
    """subsidy: base units a block, halved every halving_blocks by integer shift. Bitcoin's: 5,000,000,000 and 210,000."""

    subsidy: Annotated[int, Field(strict=True, ge=1, le=10**12)]
    halving_blocks: Annotated[int, Field(strict=True, ge=1, le=10**9)]


class UnitRequest(Request):
    """A token backed by the money of a currency, whose minor units are its own; or a coin with its schedule."""

    code: Currency
    kind: Literal["token", "coin"]
    backed_by: Currency | None = None
    schedule: UnitSchedule | None = None


class UnitScheduleAnswer(Answer):
    subsidy: int
    halving_blocks: int


class UnitAnswer(Answer):
    code: str
    kind: Literal["token", "coin"]
    issuance_account_id: AccountId
    backed_by: str | None
    backing_account_id: AccountId | None
    schedule: UnitScheduleAnswer | None
    made_at: datetime


class TokensRequest(Request):
    """Tokens issued for money of the money account, or burned for money that goes there: the holder's, or whom she pays."""

    amount: Amount
    money_account_id: AccountId
    token_account_id: AccountId


class CoinsRequest(Request):
    """height: of the chain; what the blocks up to it have released is the most there may be."""

    amount: Amount
    account_id: AccountId
    height: Height


class UnitMovementAnswer(Answer):
    id: MovementId
    unit: str
    kind: Literal["issue", "redeem", "mint"]
    amount: int
    height: int | None
    unit_transfer_id: TransferId
    money_transfer_id: TransferId | None
    made_by: str
    made_at: datetime


class SupplyAnswer(Answer):
    """Of one unit, in its base units; units are never added to or set off against one another.

    issued, burned: of money what came into our reserves at banks, and left them; circulating: what is on accounts that never go below
    zero; backing_held: the money held for a token, in minor units of backed_by; of money what is in our reserves; schedule_limit: what the
    blocks up to `height` have released, the most there may be of a coin so far; schedule_total: the most there will ever be; imported: of
    the money that circulates, what is on accounts that were opened elsewhere before: it came with their history, not through our reserves.
    backing: what stands behind a unit: of money the reserves (proved apart), of a token money held, of a coin only its chain: coins are
    outside the money that backs, and back nothing. on_chain: what our addresses have of it, when its chain was last read; lost: what of it
    the platform bears; balanced: what circulates is what was made, and of a token what is held.
    """

    unit: str
    kind: Literal["money", "token", "coin"]
    issued: int
    burned: int
    circulating: int
    imported: int | None
    backed_by: str | None
    backing_held: int | None
    height: int | None
    schedule_limit: int | None
    schedule_total: int | None
    backing: Literal["reserves", "money_held", "chain"]
    on_chain: int | None
    lost: int
    balanced: bool | None


class MoneySupply(Answer):
    items: list[SupplyAnswer]


BACKING: dict[UnitKind, Literal["reserves", "money_held", "chain"]] = {
    UnitKind.MONEY: "reserves",
    UnitKind.TOKEN: "money_held",
    UnitKind.COIN: "chain",
}


def schedule_of(wanted: UnitRequest) -> Schedule | None:
    return None if wanted.schedule is None else Schedule(wanted.schedule.subsidy, wanted.schedule.halving_blocks)


def unit_answer(unit: Unit) -> UnitAnswer:
    return UnitAnswer.model_validate(unit)


def movement_answer(movement: Movement) -> UnitMovementAnswer:
    return UnitMovementAnswer.model_validate(movement)


def supply_answer(supply: Supply) -> SupplyAnswer:
    schedule = supply.schedule
    height = -1 if supply.height is None else supply.height
    return SupplyAnswer(
        unit=supply.unit,
        kind=supply.kind.value,
        issued=supply.issued,
        burned=supply.burned,
        circulating=supply.circulating,
        imported=supply.imported,
        backed_by=supply.backed_by,
        backing_held=supply.backing_held,
        height=supply.height,
        schedule_limit=None if schedule is None else rules.released_by(schedule, height),
        schedule_total=None if schedule is None else rules.released_ever(schedule),
        backing=BACKING[supply.kind],
        on_chain=supply.on_chain,
        lost=supply.lost,
        balanced=supply.balanced,
    )
