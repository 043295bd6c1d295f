"""What balances allow, how much moves, and moving it: the arithmetic under the rule. Pure."""

from services.payments.ledger.model import (
    LARGEST_SUM,
    Account,
    Balance,
    Flag,
    Hold,
    Rule,
    TransferCommand,
    TransferKind,
)

# Plain integers: an operation on a member of an enumeration costs a hundred times one on an integer, and is done for every transfer.
BALANCING_DEBIT, BALANCING_CREDIT = Flag.BALANCING_DEBIT.value, Flag.BALANCING_CREDIT.value
GIVING_BACK = (TransferKind.VOID, TransferKind.EXPIRE)


def moved_by(command: TransferCommand, debit: Account, credit: Account) -> int:
    """What a single or pending command moves: what it asks for, or less where it balances."""
    amount = command.amount or 0
    if command.flags & BALANCING_DEBIT:
        amount = min(amount, debit.balance.credits_posted - _spent(debit.balance) - debit.frozen_amount)
    if command.flags & BALANCING_CREDIT:
        amount = min(amount, credit.balance.debits_posted - _received(credit.balance))
    return amount


def settled_by(command: TransferCommand, hold: Hold) -> int:
    return hold.amount if command.amount is None or command.kind in GIVING_BACK else command.amount


def covered(debit: Account, credit: Account, amount: int) -> bool:
    """Both accounts' rules hold after the amount, holds on the same side counted as spent."""
    paying, paid = debit.balance, credit.balance
    if (
        debit.rule is Rule.DEBITS_MUST_NOT_EXCEED_CREDITS
        and _spent(paying) + debit.frozen_amount + amount > paying.credits_posted
    ):
        return False
    return not (credit.rule is Rule.CREDITS_MUST_NOT_EXCEED_DEBITS and _received(paid) + amount > paid.debits_posted)


def leaves_frozen(debit: Account, amount: int) -> bool:
    """What stays on the account after a hold is posted is still the amount frozen, if there is one."""
    return not debit.frozen_amount or debit.settled - amount >= debit.frozen_amount


def overflows(paying: Balance, paid: Balance, amount: int) -> bool:
    return max(_spent(paying), _received(paid)) > LARGEST_SUM - amount


def move(kind: TransferKind, debit: Account, credit: Account, amount: int, hold: Hold | None) -> None:
    if hold is not None:
        debit.balance.debits_pending -= hold.amount
        credit.balance.credits_pending -= hold.amount
    if kind is TransferKind.PENDING:
        debit.balance.debits_pending += amount
        credit.balance.credits_pending += amount
    elif kind in (TransferKind.SINGLE, TransferKind.POST):
        debit.balance.debits_posted += amount
        credit.balance.credits_posted += amount


def _spent(balance: Balance) -> int:
    return balance.debits_posted + balance.debits_pending


def _received(balance: Balance) -> int:
    return balance.credits_posted + balance.credits_pending
