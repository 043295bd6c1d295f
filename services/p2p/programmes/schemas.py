"""Programmes on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.programmes.model import Programme

ProgrammeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["open_auction"])]
Grade = Literal["A", "B", "C", "D", "E"]
Method = Literal["equal_instalment", "equal_principal", "interest_first", "bullet"]


class ProgrammeAnswer(wire.Answer):
    """What may be offered under a programme. Rates are yearly; fees are shares of the amount for each year of the term."""

    code: str
    version: int
    names: dict[str, str]
    currency: str
    lender_kind: str
    rate_formation: Literal["fixed", "by_grade"]
    lowest_rate: wire.Rate
    highest_rate: wire.Rate
    rates_by_grade: dict[str, wire.Rate]
    loss_borne_by: Literal["lender", "reserve_fund"]
    grades: list[str]
    methods: list[str]
    terms_months: list[int]
    day_count: str
    least_amount_minor: int
    largest_amount_minor: int
    lot_minor: int
    longest_open_days: int
    origination_fee_annual: dict[str, wire.Rate]
    reserve_contribution_annual: dict[str, wire.Rate]
    late_daily_rate: wire.Rate
    valid_from: wire.Day


def programme_answer(programme: Programme) -> ProgrammeAnswer:
    return ProgrammeAnswer.model_validate(programme)
