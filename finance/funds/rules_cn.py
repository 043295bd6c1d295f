"""The least redemption fees that Chinese law lets a fund charge, and what a fund's own table falls short of them.

Figures of law as dated data. Kinds of shares:

* `equity`: share and mixed funds, classes without a sales service fee, not exchange-traded (ETF) nor, before 2026,
  LOF or index funds; `equity_with_service_fee`: their classes that charge one (C 类);
* `index_or_bond_of_persons`, `bond_of_organisations`: what the rules of 2026 set apart.

Sources, all of the CSRC:

* 开放式证券投资基金销售费用管理规定, revised, in force 2013-08-01: below 7 days 1.5 % and below 30 days 0.75 %, whole to
  the fund; below 3 months 0.5 %, 75 % to the fund; below 6 months 0.5 %, 50 %; later any fee, 25 %. With a service fee
  below 30 days 0.5 %, whole. Months are entered as 30 days, as prospectuses do.
* 公开募集开放式证券投资基金流动性风险管理规定, article 23, in force 2017-10-01: below 7 days 1.5 % with a service fee too.
* 公开募集证券投资基金销售费用管理规定, in force 2026-01-01: below 7 days 1.5 %, below 30 days 1 %, below 180 days 0.5 %,
  every fee whole to the fund.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from finance.errors import OutOfRange
from finance.exact import fraction, of_kind, plain_day
from finance.funds.fees import HoldingTable, HoldingTier, require_known


@dataclass(frozen=True, slots=True)
class RedemptionFloor:
    """For a kind of shares, from a day on, up to and without another: each tier's rate and fund share are the least."""

    kind: str
    from_on: date
    before_on: date | None
    table: HoldingTable
    source: str


class Shortfall(NamedTuple):
    """From so many days held on, the table has less than the law asks for."""

    from_days: int
    rate: Decimal
    least_rate: Decimal
    fund_share: Decimal
    least_fund_share: Decimal


def floor_of(kind: str, on: date, floors: Iterable[RedemptionFloor] | None = None) -> RedemptionFloor:
    """The rule for a kind of shares on a day. Unknown kinds raise `UnknownChoice`, uncovered days `OutOfRange`."""
    plain_day(on, "on")
    known = CHINA_FLOORS if floors is None else tuple(floors)
    require_known(kind, tuple(floor.kind for floor in known), "kind")
    found = [floor for floor in known if floor.kind == kind]
    for floor in found:
        if floor.from_on <= on and (floor.before_on is None or on < floor.before_on):
            return floor
    raise OutOfRange(f"no rule for {kind} covers {on}", field="on")


def shortfalls(table: HoldingTable, floor: RedemptionFloor) -> list[Shortfall]:
    """Where a fund's redemption fees are below the law; empty if nowhere. A fee of 0 owes the fund nothing."""
    of_kind(table, HoldingTable, "table")
    of_kind(floor, RedemptionFloor, "floor")
    days = sorted({tier.from_days for tier in (*table.tiers, *floor.table.tiers)})
    found = []
    for day in days:
        own, least = table.tier(day), floor.table.tier(day)
        too_little = own.rate and fraction(own.fund_share, "table") < fraction(least.fund_share, "floor")
        if fraction(own.rate, "table") < fraction(least.rate, "floor") or too_little:
            found.append(Shortfall(day, own.rate, least.rate, own.fund_share, least.fund_share))
    return found


def _floors(*rows: tuple[int, int | None, str, str]) -> HoldingTable:
    return HoldingTable(tuple(HoldingTier(start, end, Decimal(rate), Decimal(part)) for start, end, rate, part in rows))


_RULES_2013 = "开放式证券投资基金销售费用管理规定 (2013), from 2013-08-01"
_RULES_2017 = "公开募集开放式证券投资基金流动性风险管理规定 (2017), 第二十三条, from 2017-10-01"
_RULES_2025 = "公开募集证券投资基金销售费用管理规定 (2025), from 2026-01-01"
_LIQUIDITY, _NEW = date(2017, 10, 1), date(2026, 1, 1)
_FROM_2026 = _floors((0, 7, "0.015", "1"), (7, 30, "0.01", "1"), (30, 180, "0.005", "1"), (180, None, "0", "1"))

CHINA_FLOORS: tuple[RedemptionFloor, ...] = (
    RedemptionFloor(
        "equity",
        date(2013, 8, 1),
        _NEW,
        _floors(
            (0, 7, "0.015", "1"),
            (7, 30, "0.0075", "1"),
            (30, 90, "0.005", "0.75"),
            (90, 180, "0.005", "0.5"),
            (180, None, "0", "0.25"),
        ),
        _RULES_2013,
    ),
    RedemptionFloor("equity", _NEW, None, _FROM_2026, _RULES_2025),
    RedemptionFloor(
        "equity_with_service_fee",
        date(2013, 8, 1),
        _LIQUIDITY,
        _floors((0, 30, "0.005", "1"), (30, None, "0", "0")),
        _RULES_2013,
    ),
    RedemptionFloor(
        "equity_with_service_fee",
        _LIQUIDITY,
        _NEW,
        _floors((0, 7, "0.015", "1"), (7, 30, "0.005", "1"), (30, None, "0", "0")),
        _RULES_2017,
    ),
    RedemptionFloor("equity_with_service_fee", _NEW, None, _FROM_2026, _RULES_2025),
    RedemptionFloor(
        "index_or_bond_of_persons", _NEW, None, _floors((0, 7, "0.015", "1"), (7, None, "0", "1")), _RULES_2025
    ),
    RedemptionFloor(
        "bond_of_organisations",
        _NEW,
        None,
        _floors((0, 7, "0.015", "1"), (7, 30, "0.01", "1"), (30, None, "0", "1")),
        _RULES_2025,
    ),
)
