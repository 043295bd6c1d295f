"""The ceilings of mainland China, as data. Replace or extend the table rather than the code that reads it.

Rates are those published by the People's Bank of China (PBC) and the National Interbank Funding Center (NIFC), entered from
general knowledge and not from an official feed: check them against the source before relying on one in a dispute.
"""

from datetime import date
from decimal import Decimal

from finance.rate_ceilings import CeilingRow, CeilingTable, ReferenceRate, Step

LPR_ONE_YEAR = "LPR 1Y"
BENCHMARK = "PBC benchmark lending rate"

_LPR = [
    ("2019-08-20", "4.25"),
    ("2019-09-20", "4.20"),
    ("2019-11-20", "4.15"),
    ("2020-02-20", "4.05"),
    ("2020-04-20", "3.85"),
    ("2021-12-20", "3.80"),
    ("2022-01-20", "3.70"),
    ("2022-08-22", "3.65"),
    ("2023-06-20", "3.55"),
    ("2023-08-21", "3.45"),
    ("2024-07-22", "3.35"),
    ("2024-10-21", "3.10"),
    ("2025-05-20", "3.00"),
]

# Up to 6 months, 1 year, 3 years, 5 years, longer. From November 2014 on the bands up to one year, and up to five, are one.
_BENCHMARK = [
    ("2004-10-29", ("5.22", "5.58", "5.76", "5.85", "6.12")),
    ("2006-04-28", ("5.40", "5.85", "6.03", "6.12", "6.39")),
    ("2006-08-19", ("5.58", "6.12", "6.30", "6.48", "6.84")),
    ("2007-03-18", ("5.67", "6.39", "6.57", "6.75", "7.11")),
    ("2007-05-19", ("5.85", "6.57", "6.75", "6.93", "7.20")),
    ("2007-07-21", ("6.03", "6.84", "7.02", "7.20", "7.38")),
    ("2007-08-22", ("6.21", "7.02", "7.20", "7.38", "7.56")),
    ("2007-09-15", ("6.48", "7.29", "7.47", "7.65", "7.83")),
    ("2007-12-21", ("6.57", "7.47", "7.56", "7.74", "7.83")),
    ("2008-09-16", ("6.21", "7.20", "7.29", "7.56", "7.74")),
    ("2008-10-09", ("6.12", "6.93", "7.02", "7.29", "7.47")),
    ("2008-10-30", ("6.03", "6.66", "6.75", "7.02", "7.20")),
    ("2008-11-27", ("5.04", "5.58", "5.67", "5.94", "6.12")),
    ("2008-12-23", ("4.86", "5.31", "5.40", "5.76", "5.94")),
    ("2010-10-20", ("5.10", "5.56", "5.60", "5.96", "6.14")),
    ("2010-12-26", ("5.35", "5.81", "5.85", "6.22", "6.40")),
    ("2011-02-09", ("5.60", "6.06", "6.10", "6.45", "6.60")),
    ("2011-04-06", ("5.85", "6.31", "6.40", "6.65", "6.80")),
    ("2011-07-07", ("6.10", "6.56", "6.65", "6.90", "7.05")),
    ("2012-06-08", ("5.85", "6.31", "6.40", "6.65", "6.80")),
    ("2012-07-06", ("5.60", "6.00", "6.15", "6.40", "6.55")),
    ("2014-11-22", ("5.60", "5.60", "6.00", "6.00", "6.15")),
    ("2015-03-01", ("5.35", "5.35", "5.75", "5.75", "5.90")),
    ("2015-05-11", ("5.10", "5.10", "5.50", "5.50", "5.65")),
    ("2015-06-28", ("4.85", "4.85", "5.25", "5.25", "5.40")),
    ("2015-08-26", ("4.60", "4.60", "5.00", "5.00", "5.15")),
    ("2015-10-24", ("4.35", "4.35", "4.75", "4.75", "4.90")),
]
_BANDS = (6, 12, 36, 60, None)


def _percent(text: str) -> Decimal:
    return Decimal(text) / 100


CHINA = CeilingTable(
    rows=(
        CeilingRow(
            lender="private",
            contracts_from=date(2004, 10, 29),
            contracts_before=date(2015, 9, 1),
            source="Supreme People's Court, Opinions on the trial of lending cases (1991), article 6: four times the bank "
            "rate of the same kind",
            times=Decimal(4),
            reference=BENCHMARK,
        ),
        CeilingRow(
            lender="private",
            contracts_from=date(2015, 9, 1),
            contracts_before=date(2020, 8, 20),
            source="Fa Shi [2015] 18, articles 26 and 30: 24 % enforceable, void above 36 %",
            enforceable=Decimal("0.24"),
            kept=Decimal("0.36"),
        ),
        CeilingRow(
            lender="private",
            contracts_from=date(2020, 8, 20),
            contracts_before=None,
            source="Fa Shi [2020] 6 and 17, articles 25 and 29: four times the one-year LPR when the contract was made",
            times=Decimal(4),
            reference=LPR_ONE_YEAR,
        ),
        CeilingRow(
            lender="licensed",
            contracts_from=date(2017, 8, 4),
            contracts_before=None,
            source="Fa Fa [2017] 22, article 2: on request, what a financial borrower pays in all above 24 % a year is cut",
            enforceable=Decimal("0.24"),
        ),
    ),
    references=(
        ReferenceRate(
            name=LPR_ONE_YEAR,
            source="NIFC, loan prime rate, one year, published on the 20th of a month or the next business day",
            as_of=date(2025, 11, 20),
            steps=tuple(Step(date.fromisoformat(day), ((None, _percent(rate)),)) for day, rate in _LPR),
        ),
        ReferenceRate(
            name=BENCHMARK,
            source="PBC, benchmark lending rates of financial institutions in yuan",
            as_of=date(2019, 8, 19),
            steps=tuple(
                Step(
                    date.fromisoformat(day),
                    tuple((band, _percent(rate)) for band, rate in zip(_BANDS, rates, strict=True)),
                )
                for day, rates in _BENCHMARK
            ),
        ),
    ),
)
