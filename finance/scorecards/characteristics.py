"""The lines of a scorecard: characteristics, and the attributes that share out their values.

A characteristic is something known of an applicant, such as the length of employment; its attributes, such as "under a
year", are worth whole points. Every value a characteristic can have belongs to one attribute, or is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance.errors import FinanceError, InexactNumber, OutOfRange
from finance.exact import decimal, integer, of_kind, shown

Value = int | Decimal | str | None
"""A fact. Numbers are exact: a float is refused, and so is NaN; what is not known is None."""

LARGEST_ATTRIBUTES, LARGEST_CATEGORIES = 100, 20_000
LARGEST_POINTS = 1_000_000
LARGEST_COUNT = 2**53
LARGEST_TEXT = 200
LARGEST_DIGITS = 15
"""Significant digits of a bound: what a float64 keeps, so that a column of floats is scored as its decimals are."""


class MalformedScorecard(FinanceError):
    """A table that does not give every value one number of points; `field` is the path to what is wrong."""

    code = "malformed_scorecard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """Its points; of a learned one also how many cases it had among those learned from, and how many of them went bad."""

    points: int
    cases: int | None = None
    bad: int | None = None

    @property
    def label(self) -> str:
        """How the attribute is called in an explanation."""
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval(Attribute):
    """Numbers from `low` on and below `high`; None is no bound."""

    low: Decimal | None
    high: Decimal | None

    @property
    def label(self) -> str:
        if self.low is None:
            return "any number" if self.high is None else f"below {plain(self.high)}"
        return f"from {plain(self.low)}" if self.high is None else f"from {plain(self.low)}, below {plain(self.high)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Attribute):
    """Categories that are worth the same."""

    categories: tuple[str, ...]

    @property
    def label(self) -> str:
        return ", ".join(self.categories)


@dataclass(frozen=True, slots=True, kw_only=True)
class Special(Attribute):
    """Numbers that measure nothing but are a code, such as -999 for "never had an account"."""

    values: tuple[Decimal, ...]

    @property
    def label(self) -> str:
        return f"special {', '.join(map(plain, self.values))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(Attribute):
    """None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen(Attribute):
    """A category that the card does not name."""


@dataclass(frozen=True, slots=True)
class Numeric:
    """A characteristic that is a number. `special` codes are looked for first, then `bins`, which cover every number.

    reason: the code told when it costs points. missing None: what is not known is refused, not scored.
    """

    name: str
    reason: str
    bins: tuple[Interval, ...]
    special: tuple[Special, ...] = ()
    missing: Missing | None = None

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return (*self.bins, *self.special, *given(self.missing))

    def attribute_of(self, value: Value) -> Attribute:
        if value is None:
            return rule_for_missing(self)
        if isinstance(value, str):
            raise InexactNumber(f"{self.name} is a number, not the text {value[:LARGEST_TEXT]!r}", field=self.name)
        number = decimal(value, self.name)
        coded = (one for one in self.special if number in one.values)
        return next(coded, None) or next(one for one in self.bins if one.high is None or number < one.high)

    def check(self, path: str) -> None:
        check_text(self.name, f"{path}.name")
        check_text(self.reason, f"{path}.reason")
        check_attributes(self.attributes, path)
        if not self.bins:
            raise MalformedScorecard("a characteristic needs bins", field=f"{path}.bins")
        low = None
        for at, one in enumerate(self.bins):
            _check_interval(one, low, at == len(self.bins) - 1, f"{path}.bins[{at}]")
            low = one.high
        codes = [value for one in self.special for value in one.values]
        for code in codes:
            check_bound(code, f"{path}.special")
        check_distinct(codes, f"{path}.special")
        if not all(one.values for one in self.special):
            raise MalformedScorecard("a special attribute needs values", field=f"{path}.special")


@dataclass(frozen=True, slots=True)
class Categorical:
    """A characteristic that is one of several texts. missing or unseen None: such a value is refused, not scored."""

    name: str
    reason: str
    bins: tuple[Group, ...]
    missing: Missing | None = None
    unseen: Unseen | None = None

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return (*self.bins, *given(self.missing), *given(self.unseen))

    def attribute_of(self, value: Value) -> Attribute:
        if value is None:
            return rule_for_missing(self)
        if not isinstance(value, str):
            raise InexactNumber(f"{self.name} is a text, not {shown(value)}", field=self.name)
        return next((one for one in self.bins if value in one.categories), None) or rule_for_unseen(self, value)

    def check(self, path: str) -> None:
        check_text(self.name, f"{path}.name")
        check_text(self.reason, f"{path}.reason")
        check_attributes(self.attributes, path)
        if not self.bins or not all(one.categories for one in self.bins):
            raise MalformedScorecard("a characteristic needs bins with categories", field=f"{path}.bins")
        categories = [category for one in self.bins for category in one.categories]
        check_length(categories, LARGEST_CATEGORIES, f"{path}.bins")
        for category in categories:
            check_text(category, f"{path}.bins")
        check_distinct(categories, f"{path}.bins")


Characteristic = Numeric | Categorical


def best_points(characteristic: Characteristic) -> int:
    """Of the bins alone: nobody can be told to have no answer, or an unheard-of one."""
    return max(one.points for one in characteristic.bins)


def rule_for_missing(characteristic: Characteristic) -> Missing:
    if characteristic.missing is None:
        name = characteristic.name
        raise OutOfRange(f"{name} is not known, and the card has no points for that", field=name)
    return characteristic.missing


def rule_for_unseen(characteristic: Categorical, value: str) -> Unseen:
    if characteristic.unseen is None:
        name = characteristic.name
        raise OutOfRange(f"{name} is {value[:LARGEST_TEXT]!r}, which the card does not name", field=name)
    return characteristic.unseen


def given(attribute: Attribute | None) -> tuple[Attribute, ...]:
    return () if attribute is None else (attribute,)


def plain(number: Decimal) -> str:
    """A number as one writes it: no exponent, no zeros that say nothing."""
    if not number:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def check_text(text: str, field: str) -> None:
    if not isinstance(text, str) or not 1 <= len(text) <= LARGEST_TEXT or not text.isprintable():
        raise MalformedScorecard(f"{field} must be a text of 1 to {LARGEST_TEXT} printable characters", field=field)


def check_distinct(values: Iterable[object], field: str) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise MalformedScorecard(f"{value} is there twice", field=field)
        seen.add(value)


def check_length(values: Sequence[object], most: int, field: str) -> None:
    if len(of_kind(values, Sequence, field)) > most:
        raise OutOfRange(f"at most {most}, not {len(values)}", field=field, most=most)


def check_bound(number: Decimal, field: str) -> None:
    if not isinstance(number, Decimal):
        raise InexactNumber(f"{field} must be a Decimal, not {shown(number)}", field=field)
    if len(plain(decimal(number, field)).replace(".", "").strip("-0")) > LARGEST_DIGITS:
        raise OutOfRange(f"{field} has more than {LARGEST_DIGITS} significant digits", field=field)


def check_attributes(attributes: Sequence[Attribute], path: str) -> None:
    check_length(attributes, LARGEST_ATTRIBUTES, path)
    for one in attributes:
        integer(one.points, f"{path}.points", least=-LARGEST_POINTS, most=LARGEST_POINTS)
        if (one.cases is None) != (one.bad is None):
            raise MalformedScorecard("cases and bad are given together or not at all", field=f"{path}.cases")
        if one.cases is not None and one.bad is not None:
            integer(one.cases, f"{path}.cases", least=0, most=LARGEST_COUNT)
            integer(one.bad, f"{path}.bad", least=0, most=one.cases)


def _check_interval(one: Interval, low: Decimal | None, last: bool, path: str) -> None:
    """Where the one before ends it begins, so that no number lies in none or in two."""
    if one.low != low:
        raise MalformedScorecard(f"begins at {one.low}, but the bin before it ends at {low}", field=path)
    if (one.high is None) != last:
        raise MalformedScorecard("the last bin, and no other, has no upper bound", field=path)
    if one.high is None:
        return
    check_bound(one.high, path)
    if low is not None and one.high <= low:
        raise MalformedScorecard(f"ends at {one.high}, not above {low}", field=path)
