"""What a difference between bank and ledger is, and what a day's proof comes to: decisions on plain figures."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID

from finance.calendars import previous_business_day
from finance.errors import CalendarUnknown
from services.payments.reserve.model import (
    BankPart,
    Difference,
    Item,
    ItemKind,
    Look,
    Owed,
    OwedPart,
    ProofState,
    Stated,
)

OWN = frozenset({Owed.OWN_FEES, Owed.OWN_CLAIMS})
NOT_OWED = frozenset({Owed.RESERVE, Owed.CUSTODY, Owed.APART})
GRACE = timedelta(minutes=5)
"""After a day's end, for what began before it and commits after it."""
LOOK_AGAIN = timedelta(hours=1)
WHERE_UNKNOWN = "weekends"
"""Calendar of years of which the holidays are not announced yet: too few days are closed, so fees are overdue rather too early."""
CONFIRM_WITHIN = timedelta(days=3)
MOST_TRIED = 16
"""Items of which any choice is tried to cancel out what a statement contradicts itself by; of more, each alone and all together too."""


def item_of(bank: str, one: Difference, day: date) -> Item:
    """What a difference at the end of a day is, by what is known of it now."""
    amount = one.ledger - one.bank
    return Item(bank, _kind(one, amount, day), one.subject, one.break_id, amount)


def _kind(one: Difference, amount: int, day: date) -> ItemKind:
    if one.open:
        return ItemKind.BREAK
    settled = one.bank_now == one.ledger_now
    # Where the bank has moved on since, it was late; where only we have, it was first.
    if one.ledger != one.ledger_now and settled:
        return ItemKind.BOOKED_LATER
    expected_later = one.bank == one.bank_now and one.value_on is not None and one.value_on > day
    if settled or expected_later:
        return ItemKind.RECEIPT_NOT_ON_STATEMENT if amount > 0 else ItemKind.PAYOUT_NOT_ON_STATEMENT
    return ItemKind.PAPER if one.explained else ItemKind.UNEXPLAINED


def bank_part(
    bank: str, stated: Stated, told: int, ledger: int, differences: Sequence[Difference], day: date
) -> tuple[BankPart, list[Item]]:
    """told: the sum of the lines of all statements by then; ledger: the balance of the reserve there, by the account itself."""
    items = [item_of(bank, one, day) for one in differences]
    if stated.closing is None or stated.held_up is not None:
        # What nothing names yet may have its name when all is there.
        named = [one for one in items if one.kind is not ItemKind.UNEXPLAINED]
        return _part(bank, stated, ledger, named, ProofState.INCOMPLETE), named
    # By how much the statements' lines miss their balances. What was explained of it cancels out; so may what came on another day.
    contradiction = stated.closing - told
    rest = _left_over(contradiction, items, differences)
    if contradiction != rest:
        subject = f"statements:{bank}"
        items.append(Item(bank, ItemKind.STATEMENT_DIFFERENCE, subject, None, rest - contradiction))
    if rest:
        items.append(Item(bank, ItemKind.UNEXPLAINED, f"statements:{bank}", None, -rest))
    missing = ledger - stated.closing - sum(one.amount for one in items)
    if missing:
        items.append(Item(bank, ItemKind.UNEXPLAINED, f"reserve:{bank}", None, missing))
    broken = any(one.kind.breaks for one in items)
    return _part(bank, stated, ledger, items, ProofState.BROKEN if broken else ProofState.PROVED), items


def _left_over(contradiction: int, items: Sequence[Item], differences: Sequence[Difference]) -> int:
    """0 where explained breaks, and some of those still open and of the lines of other days, are together what it is."""
    dated = {one.subject for one in differences if one.dated}
    rest = contradiction - sum(one.amount for one in items if one.kind is ItemKind.PAPER)
    perhaps = [
        one.amount
        for one in items
        if one.kind is ItemKind.BREAK or (one.subject in dated and one.kind is not ItemKind.PAPER)
    ]
    likely = {0, *perhaps, sum(perhaps)}
    return 0 if rest in likely or rest in _sums(perhaps[:MOST_TRIED]) else rest


def _sums(amounts: Iterable[int]) -> set[int]:
    found = {0}
    for amount in amounts:
        found |= {amount + one for one in found}
    return found


def _part(bank: str, stated: Stated, ledger: int, items: Sequence[Item], state: ProofState) -> BankPart:
    def total(*kinds: ItemKind) -> int:
        return sum(one.amount for one in items if one.kind in kinds)

    return BankPart(
        bank=bank,
        state=state,
        held_up=stated.held_up,
        statement_id=stated.statement_id,
        statement_minor=stated.closing,
        timing_minor=total(ItemKind.RECEIPT_NOT_ON_STATEMENT, ItemKind.PAYOUT_NOT_ON_STATEMENT, ItemKind.BOOKED_LATER),
        paper_minor=total(ItemKind.PAPER, ItemKind.STATEMENT_DIFFERENCE),
        breaks_minor=total(ItemKind.BREAK),
        unexplained_minor=total(ItemKind.UNEXPLAINED),
        ledger_minor=ledger,
    )


def figures(classes: Sequence[OwedPart]) -> dict[str, int]:
    """reserve: what the ledger has at the banks; owed: what is in credit with others, of passes between books what is left of both
    sides; own: fees not taken out, less what the platform has to make good, which is its claims and whatever is below zero.
    """
    reserve = sum(one.debit_minor - one.credit_minor for one in classes if one.owed is Owed.RESERVE)
    counted = [one for one in classes if one.owed not in NOT_OWED]
    between = sum(one.credit_minor - one.debit_minor for one in counted if one.owed is Owed.BETWEEN_BOOKS)
    others = [one for one in counted if one.owed is not Owed.BETWEEN_BOOKS]
    owed = between + sum(one.credit_minor for one in others if one.owed not in OWN)
    own = sum(one.credit_minor for one in others if one.owed in OWN) - sum(one.debit_minor for one in others)
    difference = reserve - owed - max(0, own)
    return {"reserve_minor": reserve, "owed_minor": owed, "own_minor": own, "difference_minor": difference}


def state_of(banks: Iterable[BankPart], difference: int, fees_overdue: int) -> ProofState:
    """What is known to be wrong is louder than what is not known."""
    states = {one.state for one in banks}
    if difference or fees_overdue or ProofState.BROKEN in states:
        return ProofState.BROKEN
    return ProofState.INCOMPLETE if ProofState.INCOMPLETE in states else ProofState.PROVED


def fees_in_time_since(day: date) -> date:
    """Fees earned from then on may still be in the reserve at the end of a day: they are at most a business day old."""
    try:
        return previous_business_day(day)
    except CalendarUnknown:
        return previous_business_day(day, WHERE_UNKNOWN)


def fees_overdue(fees: Mapping[UUID, int], in_time: Mapping[UUID, int], own: int) -> int:
    """What of the fees was there before those in time, the first to come being the first to go. fees, in_time: by account. What
    claims have used up is no longer the platform's to take out: own, as of `figures`, is the most."""
    old = sum(max(0, amount - in_time.get(account_id, 0)) for account_id, amount in fees.items())
    return min(old, max(0, own))


def free_fees(classes: Sequence[OwedPart], asked_for: int) -> int | None:
    """What of own fees may be taken out beside what is on its way already; None where there are no claims: then it is what there is."""
    own = figures(classes)["own_minor"]
    fees = sum(one.credit_minor for one in classes if one.owed is Owed.OWN_FEES)
    return None if own >= fees else max(0, own - asked_for)


def to_look_at(look: Look | None, changed_at: datetime | None, now: datetime) -> bool:
    """Whether a day could say something new. changed_at: when statements, runs or breaks of its accounts last changed; who began that
    before the look may have committed after it. What has no name may find one by what we post, too: that is looked for now and then."""
    if look is None or look.looked_at is None:
        return True
    if look.settled:
        return False
    if changed_at is not None and changed_at >= look.looked_at - GRACE:
        return True
    return look.unexplained and look.looked_at <= now - LOOK_AGAIN


def days_from(first: date, last: date) -> list[date]:
    """Both counted."""
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def reminded_at(instant: datetime) -> datetime:
    return instant + CONFIRM_WITHIN


def digest(figures: Mapping[str, int], parts: Sequence[BankPart | OwedPart | Item]) -> bytes:
    """Of what a proof says, whoever makes it and when."""
    told = json.dumps([dict(figures), [asdict(one) for one in parts]], default=str, sort_keys=True)
    return hashlib.sha256(told.encode()).digest()
