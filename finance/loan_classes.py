"""Loans in five classes of risk (五级分类), and what is provided for each.

Normal 正常, special mention 关注, substandard 次级, doubtful 可疑, loss 损失; the last three are non-performing. Days past due put
a loan at least into a class; judgement may put it into a worse one, never into a better. Which days and which rates is dated
data; `finance.loan_classes_cn` has what Chinese law says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol, TypeVar, get_args

import numpy

from finance.ageing import LARGEST_BUCKETS
from finance.errors import CannotBeMet, OutOfRange, UnknownChoice
from finance.exact import Exact, Rounding, fraction, integer, listed, minor_amount, of_kind, plain_day, rounded, shown
from finance.loan_arrays import Integers, counts_by, require_alike, sums_by, whole_numbers

LoanClass = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]

CLASSES: tuple[LoanClass, ...] = get_args(LoanClass)
NON_PERFORMING = CLASSES[2:]


@dataclass(frozen=True, slots=True)
class ClassRule:
    """From a day on, up to and without another: more than so many days past due is at least that class.

    `over_days` has an entry for each class but normal, rising. A credit-impaired loan is at least substandard, and at least
    doubtful or loss when its expected loss is that part of its balance (`impaired_shares`). Lateness by an operational or
    technical cause is none for `technical_days`.
    """

    name: str
    from_on: date
    before_on: date | None
    over_days: tuple[int, int, int, int]
    source: str
    impaired_shares: tuple[Decimal, Decimal] | None = None
    technical_days: int = 0

    def __post_init__(self) -> None:
        if len(listed(self.over_days, "over_days", most=len(CLASSES))) != len(CLASSES) - 1:
            raise OutOfRange("over_days has an entry for each class but normal", field="over_days")
        for days in (*self.over_days, self.technical_days):
            integer(days, "over_days", least=0)
        if any(after <= before for before, after in pairwise(self.over_days)):
            raise CannotBeMet("a worse class begins after more days", field="over_days")
        if self.impaired_shares is not None:
            shares = [
                fraction(share, "impaired_shares") for share in listed(self.impaired_shares, "impaired_shares", most=2)
            ]
            if len(shares) != 2 or not 0 < shares[0] <= shares[1] <= 1:
                raise OutOfRange("impaired_shares are two, above 0, at most 1, and rise", field="impaired_shares")

    def classify(
        self,
        days: int,
        *,
        judged: LoanClass = "normal",
        impaired: bool = False,
        loss_share: Exact = 0,
        technical: bool = False,
    ) -> LoanClass:
        """The class of a loan so many days past due: the worst of what days, impairment and judgement say."""
        integer(days, "days", least=0)
        if not isinstance(judged, str) or judged not in CLASSES:
            raise UnknownChoice(f"judged must be one of {', '.join(CLASSES)}, not {shown(judged)}", field="judged")
        of_kind(impaired, bool, "impaired")
        late = 0 if of_kind(technical, bool, "technical") and days <= self.technical_days else days
        by_days = sum(late > bound for bound in self.over_days)
        by_impairment = self._by_impairment(loss_share) if impaired else 0
        return CLASSES[max(by_days, by_impairment, CLASSES.index(judged))]

    def numbers(self, days: Integers) -> Integers:
        """The positions in CLASSES of many loans by their days past due alone."""
        bounds = numpy.array(self.over_days, dtype=numpy.int64)
        found: Integers = numpy.searchsorted(bounds, whole_numbers(days, "days"), side="left")
        return found

    def _by_impairment(self, loss_share: Exact) -> int:
        share = fraction(loss_share, "loss_share")
        if not 0 <= share <= 1:
            raise OutOfRange(f"loss_share must be between 0 and 1, not {loss_share}", field="loss_share")
        if self.impaired_shares is None:
            return CLASSES.index("substandard")
        return CLASSES.index("substandard") + sum(share >= bound for bound in self.impaired_shares)


@dataclass(frozen=True, slots=True)
class ProvisionRule:
    """From a day on, up to and without another: rates on the balance of each class, and a general one on all of it."""

    name: str
    from_on: date
    before_on: date | None
    rates: tuple[Decimal, Decimal, Decimal, Decimal, Decimal]
    general_rate: Decimal
    source: str

    def __post_init__(self) -> None:
        if len(listed(self.rates, "rates", most=len(CLASSES))) != len(CLASSES):
            raise OutOfRange("rates has an entry for each class", field="rates")
        for rate in (*self.rates, self.general_rate):
            if not 0 <= fraction(rate, "rates") <= 1:
                raise OutOfRange(f"a rate is between 0 and 1, not {rate}", field="rates")


class Provision(NamedTuple):
    """A class: its loans, their balances, and what is provided for them in particular, in minor units."""

    loan_class: LoanClass
    loans: int
    balance_minor: int
    specific_minor: int


@dataclass(frozen=True, slots=True)
class Provisions:
    """By class, normal first; `general_minor` on all balances together."""

    by_class: tuple[Provision, ...]
    general_minor: int

    @property
    def total_minor(self) -> int:
        return self.general_minor + sum(provision.specific_minor for provision in self.by_class)

    @property
    def non_performing_minor(self) -> int:
        """Balances of substandard, doubtful and lost loans."""
        return sum(provision.balance_minor for provision in self.by_class if provision.loan_class in NON_PERFORMING)


def provide(
    classes: Integers, balances_minor: Integers, rule: ProvisionRule, *, rounding: Rounding = "half_up"
) -> Provisions:
    """Provisions for a portfolio: positions in CLASSES and balances of each loan. Rounded once for each class."""
    of_kind(rule, ProvisionRule, "rule")
    whole_numbers(classes, "classes", most=len(CLASSES) - 1)
    require_alike(classes, whole_numbers(balances_minor, "balances_minor"), "balances_minor")
    counts = counts_by(classes, len(CLASSES))
    balances = sums_by(classes, balances_minor, len(CLASSES))
    by_class = tuple(
        Provision(name, count, balance, rounded(balance * fraction(rate, "rates"), rounding))
        for name, count, balance, rate in zip(CLASSES, counts, balances, rule.rates, strict=True)
    )
    return Provisions(by_class, rounded(sum(balances) * fraction(rule.general_rate, "general_rate"), rounding))


def by_matrix(
    amounts_minor: Sequence[int], loss_rates: Sequence[Exact], *, rounding: Rounding = "half_up"
) -> list[int]:
    """A provision matrix: what each bucket's amount is provided with at its own rate, each rounded once."""
    amounts = listed(amounts_minor, "amounts_minor", most=LARGEST_BUCKETS)
    rates = listed(loss_rates, "loss_rates", most=LARGEST_BUCKETS)
    if len(amounts) != len(rates):
        raise OutOfRange(f"as many rates as amounts are needed: {len(amounts)}", field="loss_rates")
    provided = []
    for amount, rate in zip(amounts, rates, strict=True):
        exact = fraction(rate, "loss_rates")
        if not 0 <= exact <= 1:
            raise OutOfRange(f"a loss rate is between 0 and 1, not {rate}", field="loss_rates")
        provided.append(rounded(minor_amount(amount, "amounts_minor", least=0) * exact, rounding))
    return provided


class _Dated(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def from_on(self) -> date: ...
    @property
    def before_on(self) -> date | None: ...


Rule = TypeVar("Rule", bound=_Dated)


def rule_on(rules: Iterable[Rule], name: str, on: date) -> Rule:
    """The rule of a name that is in force on a day. Unknown names raise `UnknownChoice`, uncovered days `OutOfRange`."""
    plain_day(on, "on")
    found = [rule for rule in rules if rule.name == name]
    if not found:
        raise UnknownChoice(f"no rule is called {shown(name)}", field="name")
    for rule in found:
        if rule.from_on <= on and (rule.before_on is None or on < rule.before_on):
            return rule
    raise OutOfRange(f"no rule called {name} covers {on}", field="on")
