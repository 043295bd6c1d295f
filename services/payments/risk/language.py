"""The language of rules: JSON as data, strictly read and bounded in size and depth. `compiling` makes functions of it.

    {"code": "many_transfers", "outcome": "step_up", "text": {"zh": "…", "en": "…"},
     "when": {"all": [{"fact": "kind", "op": "==", "value": "person_transfer"},
                      {"window": {"subject": "person", "measure": "count", "seconds": 3600}, "op": ">", "value": 5}]}}

Rules are gone through in their order. One that says `pass` ends it: what follows is not asked. Of the others that hold the weightiest
outcome counts. A comparison with something that is not known (no device was named) never holds.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from chassis.wire import LARGEST_AMOUNT, Request
from services.payments.risk.model import (
    KEEP,
    RELEASED_SECONDS,
    REVIEW_SECONDS,
    Kind,
    Listed,
    Outcome,
    Screening,
    Subject,
)

MOST_RULES, MOST_NODES, MOST_WINDOWS, MOST_LISTS, DEEPEST = 200, 2_000, 64, 32, 8
NUMBERS = frozenset({"amount", "hour", "account_age_days", "checks", "factors"})
TRUTHS = frozenset({"present", "device_given", "device_known", "country_given", "country_known", "payee_known"})
NAMES = frozenset({"kind", "currency", "country", "screening", "payer_class"})
CLOSED = {"kind": frozenset(Kind), "screening": frozenset(Screening)}
_ORDERED = ("==", "!=", "<", "<=", ">", ">=")

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
ListName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
FactName = Literal[
    "amount", "hour", "account_age_days", "checks", "factors",
    "present", "device_given", "device_known", "country_given", "country_known", "payee_known",
    "kind", "currency", "country", "screening", "payer_class",
]  # fmt: skip
Words = Annotated[str, Field(min_length=1, max_length=40)]


class FactCondition(Request):
    """A fact compared with a value: numbers by order, truths by equality, names also by `in`, with a list.

    amount: fen; hour: of the business day; account_age_days: since the first wallet; checks: independent ones of her identity;
    factors: what confirmed the payment; country: as the client says; …_known: this person has paid from it, or paid him, before.
    """

    fact: FactName
    op: Literal["==", "!=", "<", "<=", ">", ">=", "in"]
    value: int | bool | Words | Annotated[list[Words], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _typed(self) -> Self:
        if self.fact in NUMBERS:
            good = type(self.value) is int and self.op in _ORDERED and abs(self.value) <= LARGEST_AMOUNT
        elif self.fact in TRUTHS:
            good = type(self.value) is bool and self.op in ("==", "!=")
        else:
            good = isinstance(self.value, list if self.op == "in" else str) and self.op in ("==", "!=", "in")
            values = self.value if isinstance(self.value, list) else [self.value]
            good = good and set(values) <= CLOSED.get(self.fact, frozenset(values))
        if not good:
            raise ValueError(f"{self.fact} cannot be compared so")
        return self


class ListCondition(Request):
    """Whether something of the payment stands on a list."""

    in_list: ListName
    of: Annotated[Listed, Field(strict=False)]


class WindowShape(Request):
    """kind: all kinds unless given."""

    subject: Annotated[Subject, Field(strict=False)]
    measure: Literal["count", "sum"]
    seconds: Annotated[int, Field(ge=60, le=int(KEEP.total_seconds()))]
    kind: Annotated[Kind | None, Field(strict=False)] = None


class WindowCondition(Request):
    """How many payments of a subject, or how much of them in fen, in the last seconds, this one included."""

    window: WindowShape
    op: Literal[">", ">=", "<", "<="]
    value: Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]


class AllCondition(Request):
    all: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class AnyCondition(Request):
    any: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class NotCondition(Request):
    not_: Annotated["Condition", Field(alias="not")]


def _which(value: Any) -> str | None:
    """By the member that names the kind of condition."""
    names = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    for name in ("fact", "in_list", "window", "all", "any", "not"):
        if name in names or f"{name}_" in names:
            return name
    return None


Condition = Annotated[
    Annotated[FactCondition, Tag("fact")]
    | Annotated[ListCondition, Tag("in_list")]
    | Annotated[WindowCondition, Tag("window")]
    | Annotated[AllCondition, Tag("all")]
    | Annotated[AnyCondition, Tag("any")]
    | Annotated[NotCondition, Tag("not")],
    Discriminator(_which),
]


class RuleText(Request):
    zh: Annotated[str, Field(min_length=1, max_length=200)]
    en: Annotated[str, Field(min_length=1, max_length=200)]


class Rule(Request):
    """remember_seconds: how long the same payment is refused again without being judged; of refusals."""

    code: Code
    outcome: Annotated[Outcome, Field(strict=False)]
    text: RuleText
    when: Condition
    remember_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0


def children(condition: Any) -> list[Any]:
    if isinstance(condition, AllCondition):
        return condition.all
    if isinstance(condition, AnyCondition):
        return condition.any
    return [condition.not_] if isinstance(condition, NotCondition) else []


def walked(condition: Any, depth: int = 1) -> Iterator[tuple[Any, int]]:
    """A condition and all within it, with their depths."""
    yield condition, depth
    for child in children(condition):
        yield from walked(child, depth + 1)


def _bounded(rules: list[Rule]) -> list[Rule]:
    nodes = [one for rule in rules for one in walked(rule.when)]
    windows = {one.window for one, _ in nodes if isinstance(one, WindowCondition)}
    lists = {(one.in_list, one.of) for one, _ in nodes if isinstance(one, ListCondition)}
    if len({rule.code for rule in rules}) < len(rules):
        raise ValueError("two rules have one code")
    if len(nodes) > MOST_NODES or max((depth for _, depth in nodes), default=0) > DEEPEST:
        raise ValueError(f"at most {MOST_NODES} conditions, at most {DEEPEST} deep")
    if len(windows) > MOST_WINDOWS or len(lists) > MOST_LISTS:
        raise ValueError(f"at most {MOST_WINDOWS} windows and {MOST_LISTS} lists")
    if any(rule.remember_seconds and rule.outcome is not Outcome.REFUSE for rule in rules):
        raise ValueError("only refusals are remembered so")
    return rules


class RulesetDocument(Request):
    """review_seconds: how long a review may take; released_seconds: how long what it released may wait to be made. Business time."""

    rules: Annotated[list[Rule], Field(max_length=MOST_RULES), AfterValidator(_bounded)]
    review_seconds: Annotated[int, Field(ge=60, le=604_800)] = REVIEW_SECONDS
    released_seconds: Annotated[int, Field(ge=60, le=604_800)] = RELEASED_SECONDS
