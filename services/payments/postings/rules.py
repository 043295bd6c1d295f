"""What a posting comes to: (instruction, accounts) → plan. No I/O.

A split is served in this order: fixed amounts; lines that fill up to a cap, one after the other; portions of what is left then, the line
of the remainder being the portion that the others leave to the whole. What a portion's own cap cuts off goes to the remainder. Portions
are floored, and the units left over handed out one by one from the first line, or by largest remainder: 15 by 80/8/12 % is 13, 1, 1.

Sources are drawn in their order, each as far as it goes; where all they have is asked for, their overdrafts are left alone. What the
destinations keep is not drawn. The first source meets the first destination: n sources and m destinations make at most n + m − 1
transfers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from uuid import UUID

from finance.errors import OutOfRange
from finance.exact import Exact
from finance.splitting import split_largest_remainder, split_portions
from services.payments.ledger.errors import (
    AccountsInDifferentBooks,
    CurrencyMismatch,
    InsufficientFunds,
    UnknownAccount,
)
from services.payments.ledger.model import Account, Rule
from services.payments.postings.errors import (
    AccountNamedTwice,
    DestinationsExceedAmount,
    NothingTakesTheRest,
    NothingToMove,
    OverdraftNotAllowed,
    PortionsExceedWhole,
    PortionsIncomplete,
    SplitTooLarge,
    TwoRemainders,
)
from services.payments.postings.model import (
    DEEPEST_SPLIT,
    LARGEST_DESTINATIONS,
    Destination,
    Instruction,
    Leftover,
    Leg,
    Part,
    Plan,
    Source,
    Split,
)

WHOLE = Fraction(1)
_SHARERS: dict[Leftover, Callable[[int, Sequence[Exact]], list[int]]] = {
    Leftover.FROM_THE_FIRST: split_portions,
    Leftover.LARGEST_REMAINDER: split_largest_remainder,
}


def plan(instruction: Instruction, accounts: Mapping[UUID, Account], parties: frozenset[str] | None) -> Plan:
    """Decide a posting on its accounts as they are. parties: whose accounts may be debited, None for any.

    accounts: those that exist of the ones it names. Raises what `errors` lists.
    """
    require_shape(instruction)
    _require_accounts(instruction, accounts, parties)
    spendable = [
        _spendable(source, accounts[source.account_id], overdraft=instruction.amount is not None)
        for source in instruction.sources
    ]
    amount = sum(spendable) if instruction.amount is None else instruction.amount
    parts = list(_parts(amount, instruction.split, ""))
    moved = [part for part in parts if part.account_id is not None and part.amount]
    kept = amount - sum(part.amount for part in moved)
    if not moved:
        raise NothingToMove("the sources have nothing, or keep it all", field="amount")
    drawn = _draw(amount - kept, spendable)
    return Plan(amount, kept, tuple(_meet(instruction.sources, drawn, moved)))


def require_shape(instruction: Instruction) -> None:
    """What is wrong with an instruction whatever the accounts have. Raises AccountNamedTwice, SplitTooLarge, and of portions."""
    lines = list(_lines(instruction.split, "", 1))
    if len(lines) > LARGEST_DESTINATIONS:
        raise SplitTooLarge(f"at most {LARGEST_DESTINATIONS} lines", field="destinations")
    sources: set[UUID] = set()
    for number, source in enumerate(instruction.sources):
        if source.account_id in sources:
            raise AccountNamedTwice("a source is named once", field=f"sources.{number}.account_id")
        sources.add(source.account_id)
    for place, line in lines:
        if line.account_id in sources:
            raise AccountNamedTwice("an account does not pay itself", field=f"{place}.account_id")
    _require_portions(instruction.split, "")


def _lines(split: Split, inside: str, depth: int) -> Iterator[tuple[str, Destination]]:
    """Every line with its place in the request, in order."""
    if depth > DEEPEST_SPLIT:
        raise SplitTooLarge(f"splits stand in one another at most {DEEPEST_SPLIT} deep", field=f"{inside}destinations")
    for number, line in enumerate(split.destinations):
        place = f"{inside}destinations.{number}"
        yield place, line
        if line.split is not None:
            yield from _lines(line.split, f"{place}.", depth + 1)


def _require_portions(split: Split, inside: str) -> None:
    total, remainders = Fraction(0), 0
    for number, line in enumerate(split.destinations):
        place = f"{inside}destinations.{number}"
        total += line.portion or 0
        remainders += line.remains
        if total > WHOLE:
            raise PortionsExceedWhole("portions are more than the whole", field=f"{place}.portion")
        if remainders > 1:
            raise TwoRemainders("one line takes the remainder", field=place)
        if line.split is not None:
            _require_portions(line.split, f"{place}.")
    if 0 < total < WHOLE and not remainders:
        raise PortionsIncomplete(
            "portions are less than the whole, and no line takes the remainder", field=inside + "destinations"
        )


def _require_accounts(
    instruction: Instruction, accounts: Mapping[UUID, Account], parties: frozenset[str] | None
) -> None:
    """Raises UnknownAccount, CurrencyMismatch, AccountsInDifferentBooks, OverdraftNotAllowed."""
    book_id: int | None = None
    for place, account_id, source in _named(instruction):
        account = accounts.get(account_id)
        if account is None or (source is not None and parties is not None and account.owner not in parties):
            raise UnknownAccount(
                "no such account, or not one to be debited by this caller", field=f"{place}.account_id"
            )
        if account.currency != instruction.currency:
            raise CurrencyMismatch("the account is kept in another currency", field=f"{place}.account_id")
        if book_id not in (None, account.book_id):
            raise AccountsInDifferentBooks("a posting is of one book", field=f"{place}.account_id")
        book_id = account.book_id
        if source is not None and source.overdraft_limit and account.rule is Rule.DEBITS_MUST_NOT_EXCEED_CREDITS:
            raise OverdraftNotAllowed("the account never goes below zero", field=f"{place}.overdraft_limit")


def _named(instruction: Instruction) -> Iterator[tuple[str, UUID, Source | None]]:
    """Place and id of every account of an instruction, and the source that it is."""
    for number, source in enumerate(instruction.sources):
        yield f"sources.{number}", source.account_id, source
    for place, line in _lines(instruction.split, "", 1):
        if line.account_id is not None:
            yield place, line.account_id, None


def accounts_of(instruction: Instruction) -> set[UUID]:
    """Every account that an instruction names."""
    return {account_id for _, account_id, _ in _named(instruction)}


def _spendable(source: Source, account: Account, *, overdraft: bool) -> int:
    """What may be drawn from a source: what credits exceed debits and holds by, its overdraft, and no more than its cap."""
    balance = account.balance
    own = balance.credits_posted - balance.debits_posted - balance.debits_pending - account.frozen_amount
    reach = own + source.overdraft_limit if overdraft else own
    return max(0, reach if source.at_most is None else min(reach, source.at_most))


def _parts(amount: int, split: Split, inside: str) -> Iterator[Part]:
    """What every account of a split gets, nested splits taken apart; together the amount."""
    for number, (line, part) in enumerate(zip(split.destinations, shares(amount, split, inside), strict=True)):
        place = f"{inside}destinations.{number}"
        if line.split is not None:
            yield from _parts(part, line.split, f"{place}.")
        else:
            yield Part(place, line.account_id, part)


def shares(amount: int, split: Split, inside: str = "") -> list[int]:
    """What each line of a split gets of an amount, together the amount. Raises DestinationsExceedAmount, NothingTakesTheRest."""
    given = [0] * len(split.destinations)
    left = amount
    for number, line in enumerate(split.destinations):
        if line.amount is not None:
            if line.amount > left:
                raise DestinationsExceedAmount(
                    "the fixed amounts are more than there is", field=f"{inside}destinations.{number}.amount", left=left
                )
            given[number] = line.amount
            left -= line.amount
    for number, line in enumerate(split.destinations):
        if line.fills and line.at_most is not None:
            given[number] = min(left, line.at_most)
            left -= given[number]
    for number, part in _portions(left, split):
        given[number] = part
    rest = amount - sum(given)
    if rest:
        raise NothingTakesTheRest("no line takes what is left", field=inside + "destinations", left=rest)
    return given


def _portions(amount: int, split: Split) -> Iterator[tuple[int, int]]:
    """Number and part of each line with a portion, and of the remainder, which takes what their caps cut off."""
    sharing = [
        (number, line) for number, line in enumerate(split.destinations) if line.portion is not None or line.remains
    ]
    if not sharing:
        return
    spoken_for = sum((line.portion for _, line in sharing if line.portion is not None), Fraction(0))
    portions = [WHOLE - spoken_for if line.portion is None else line.portion for _, line in sharing]
    cut_off, remainder = 0, None
    for (number, line), part in zip(sharing, _divided(amount, portions, split.leftover), strict=True):
        if line.remains:
            remainder = number, part
            continue
        capped = part if line.at_most is None else min(part, line.at_most)
        cut_off += part - capped
        yield number, capped
    if remainder is not None:
        yield remainder[0], remainder[1] + cut_off


def _divided(amount: int, portions: list[Fraction], leftover: Leftover) -> list[int]:
    try:
        return _SHARERS[leftover](amount, portions)
    except OutOfRange:
        raise SplitTooLarge("the portions have too many digits together", field="destinations") from None


def _draw(amount: int, spendable: Sequence[int]) -> list[int]:
    """What each source gives, in their order, each as far as it goes. Raises InsufficientFunds."""
    drawn, left = [], amount
    for most in spendable:
        drawn.append(min(left, most))
        left -= drawn[-1]
    if left:
        raise InsufficientFunds(
            "the sources do not have that much", field="amount", missing=left, spendable=list(spendable)
        )
    return drawn


def _meet(sources: Sequence[Source], drawn: Sequence[int], parts: Sequence[Part]) -> Iterator[Leg]:
    """The transfers by which what was drawn becomes the parts; both add up to the same."""
    number, left = 0, drawn[0]
    for part in parts:
        assert part.account_id is not None
        wanted = part.amount
        while wanted:
            if not left:
                number += 1
                left = drawn[number]
                continue
            amount = min(left, wanted)
            yield Leg(number, part.place, sources[number].account_id, part.account_id, amount)
            left -= amount
            wanted -= amount
