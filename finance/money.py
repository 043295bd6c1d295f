"""Money: a whole number of minor units of one currency. Nothing here rounds without saying how."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from finance.currencies import scale_of
from finance.errors import CurrencyMismatch, InexactNumber, OutOfRange
from finance.exact import Exact, Rounding, decimal, fraction, minor_amount, rounded, shown
from finance.splitting import (
    split_fixed_then_weights,
    split_largest_remainder,
    split_portions,
)

__all__ = ["Money", "split_fixed_then_weights", "split_largest_remainder", "split_portions"]


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount` minor units of `currency`: Money(1234, "CNY") is 12.34 yuan.

    Refuses floats, bools, amounts beyond a bigint (`OutOfRange`) and unknown currencies. Arithmetic and comparison
    of two currencies raise `CurrencyMismatch`; multiplying names its rounding.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        scale_of(self.currency)
        minor_amount(self.amount, "amount")

    @classmethod
    def of(cls, major: int | Decimal | str, currency: str) -> Self:
        """From major units, exactly: of("12.34", "CNY"). "12.345" yuan is refused, not rounded."""
        number = decimal(major, "amount")
        minor = Fraction(number) * 10 ** scale_of(currency)
        if minor.denominator != 1:
            raise InexactNumber(f"{number} has more decimal places than {currency}", field="amount")
        return cls(minor.numerator, currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @property
    def scale(self) -> int:
        """Decimal places of the currency."""
        return scale_of(self.currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, with all its decimal places: Decimal("12.30")."""
        digits = tuple(int(digit) for digit in str(abs(self.amount)))
        return Decimal((int(self.amount < 0), digits, -self.scale))

    def __str__(self) -> str:
        return f"{self.major} {self.currency}"

    def __add__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.amount - other.amount, self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.amount, self.currency)

    def __abs__(self) -> Self:
        return type(self)(abs(self.amount), self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: Self) -> bool:
        self._same_currency(other)
        return self.amount < other.amount

    def __le__(self, other: Self) -> bool:
        self._same_currency(other)
        return self.amount <= other.amount

    def __gt__(self, other: Self) -> bool:
        self._same_currency(other)
        return self.amount > other.amount

    def __ge__(self, other: Self) -> bool:
        self._same_currency(other)
        return self.amount >= other.amount

    def times(self, factor: Exact, *, rounding: Rounding) -> Self:
        """The amount times an exact factor, rounded once to the minor unit."""
        product = self.amount * fraction(factor, "factor")
        return type(self)(rounded(product, rounding), self.currency)

    def convert(self, currency: str, rate: Exact, *, rounding: Rounding) -> Self:
        """In another currency, `rate` being units of it for one unit of this one (7.1 for USD → CNY).

        Rounded once to the minor unit of the target, whatever the two scales are.
        """
        price = fraction(rate, "rate")
        if price <= 0:
            raise OutOfRange(f"rate must be positive, not {shown(rate)}", field="rate")
        minor = self.amount * price * Fraction(10) ** (scale_of(currency) - self.scale)
        return type(self)(rounded(minor, rounding), currency)

    def split(self, weights: Sequence[Exact], *, tie_keys: Sequence[str] | None = None) -> list[Self]:
        """In parts by largest remainder; see `split_largest_remainder`."""
        parts = split_largest_remainder(self.amount, weights, tie_keys=tie_keys)
        return [type(self)(part, self.currency) for part in parts]

    def _same_currency(self, other: object) -> None:
        if not isinstance(other, Money):
            raise InexactNumber(f"Money meets Money only, not {shown(other)}", field="other")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} meets {other.currency}", field="currency")
