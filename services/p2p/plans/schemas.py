"""Plans on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from pydantic import Field

from chassis import wire
from services.p2p.plans.model import Plan, PlanVersion
from services.p2p.programmes.schemas import Grade, Names, ProgrammeCode
from services.p2p.standing_orders.schemas import Floor, ResaleWishAnswer, ResaleWishRequest, Share

PlanCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["u_plan_12"])]
StateName = Literal["draft", "published", "closed"]
AboveCapName = Literal["to_platform", "to_reserve_fund", "to_lender"]
ReinvestName = Literal["principal_and_interest", "principal", "nothing"]
ExitName = Literal["automatic", "on_request"]
Fee = Annotated[wire.Rate, Field(ge=Decimal(0), le=Decimal(1), decimal_places=6)]
Days = Annotated[int, Field(ge=1, le=3_650)]


class PlanTerms(wire.Request):
    """A version of a plan. Amounts in minor units; rates yearly. share_cap: of one loan; least, most: of one who joins; total: of all.

    investing_days: after which the lock-in begins, whether all is lent or not. expected_income: words that promise nothing. income_cap:
    yearly, on what was out; above_cap: whose the income above it is. Fees: shares of the most that was ever out at once, taken when
    everything has come back; early_exit_fee_rate: in place of exit_fee_rate, none where nobody leaves before the lock-in ends.
    resale: which offers it buys, none where it only lends.
    """

    names: Names
    expected_income: Names
    currency: wire.Currency
    programmes: Annotated[list[ProgrammeCode], Field(min_length=1, max_length=20)]
    grades: Annotated[list[Grade], Field(min_length=1, max_length=5)]
    terms_months: Annotated[list[Annotated[int, Field(ge=1, le=60)]], Field(min_length=1, max_length=24)]
    lowest_rate: Floor
    share_cap: Share = Decimal(1)
    least_minor: wire.Amount
    most_minor: wire.Amount
    total_minor: wire.Amount
    offered_from_on: wire.Day
    offered_until_on: wire.Day
    investing_days: Days
    lock_in_days: Days
    resale: ResaleWishRequest | None = None
    reinvest: ReinvestName = "principal_and_interest"
    exit: ExitName = "automatic"
    income_cap: Fee | None = None
    above_cap: AboveCapName | None = None
    joining_fee_rate: Fee = Decimal(0)
    exit_fee_rate: Fee = Decimal(0)
    early_exit_fee_rate: Fee | None = None


class PlanAnswer(wire.Answer):
    """state, published_at: of this version; published_by: somebody else than made it; the rest are its terms."""

    code: str
    version: int
    state: StateName
    names: dict[str, str]
    expected_income: dict[str, str]
    currency: str
    programmes: list[str]
    grades: list[Grade]
    terms_months: list[int]
    lowest_rate: wire.Rate
    share_cap: wire.Rate
    least_minor: int
    most_minor: int
    total_minor: int
    offered_from_on: wire.Day
    offered_until_on: wire.Day
    investing_days: int
    lock_in_days: int
    resale: ResaleWishAnswer | None
    reinvest: ReinvestName
    exit: ExitName
    income_cap: wire.Rate | None
    above_cap: AboveCapName | None
    joining_fee_rate: wire.Rate
    exit_fee_rate: wire.Rate
    early_exit_fee_rate: wire.Rate | None
    made_by: str
    made_at: datetime
    published_at: datetime | None
    published_by: str | None


def plan_of(code: str, body: PlanTerms) -> Plan:
    """Without its number."""
    return msgspec.convert({"code": code, "version": 0} | body.model_dump(mode="json"), Plan)


def plan_answer(version: PlanVersion) -> PlanAnswer:
    own = {"state": version.state.value, "made_by": version.made_by, "made_at": version.made_at}
    terms = msgspec.to_builtins(version.plan)
    published = {"published_at": version.published_at, "published_by": version.published_by}
    return PlanAnswer.model_validate(terms | own | published)
