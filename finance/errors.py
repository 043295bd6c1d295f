"""What the mathematics refuses.

    FinanceError (ValueError)
    ├── InexactNumber        a float, a bool, a text that is no number, NaN or an infinity
    ├── WrongShape           something that is no list, pair or record of the kind that is read there
    ├── OutOfRange           a number or a list beyond its stated bounds
    ├── UnknownChoice        a name that is none of the known ones (method, convention, rounding, calendar)
    ├── MissingArgument      something the chosen convention needs and was not given
    ├── UnknownCurrency      no minor unit is known for it
    ├── CurrencyMismatch     two amounts of different currencies met
    ├── DatesOutOfOrder      an end before its start, a due day before the one before it
    ├── CalendarUnknown      the calendar has no data for that year
    ├── CannotBeMet          no schedule, split or sharing satisfies what was asked
    ├── MalformedScorecard   a table that is no scorecard (in `finance.scorecards.characteristics`)
    └── NoUsableRate         the flows do not determine one rate
        ├── NoRoot
        └── SeveralRoots

Each has a stable `code`, the `field` (the argument's name) and `facts`, so that a service can turn it into
its own refusal without reading the text.
"""

from typing import ClassVar


class FinanceError(ValueError):
    """A value the mathematics cannot take: `code` is stable, `field` names the argument."""

    code: ClassVar[str] = "invalid_value"

    def __init__(self, detail: str, *, field: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.facts = facts


class InexactNumber(FinanceError):
    code = "inexact_number"


class WrongShape(FinanceError):
    code = "wrong_shape"


class OutOfRange(FinanceError):
    code = "out_of_range"


class UnknownChoice(FinanceError):
    code = "unknown_choice"


class MissingArgument(FinanceError):
    code = "missing_argument"


class UnknownCurrency(FinanceError):
    code = "unknown_currency"


class CurrencyMismatch(FinanceError):
    code = "currency_mismatch"


class DatesOutOfOrder(FinanceError):
    code = "dates_out_of_order"


class CalendarUnknown(FinanceError):
    code = "calendar_unknown"


class CannotBeMet(FinanceError):
    code = "cannot_be_met"


class NoUsableRate(FinanceError):
    code = "no_usable_rate"


class NoRoot(NoUsableRate):
    code = "no_root"


class SeveralRoots(NoUsableRate):
    code = "several_roots"
