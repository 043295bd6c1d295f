"""The ledger's one rule: (what is known, commands) → outcomes. No I/O; a refusal is a value, never an exception.

Order of precedence when several refusals apply (the first wins): the id was used before (`exists`, `exists_with_different_…`,
`id_already_failed`) → hold (unknown, settled, expired, exceeded, different) → accounts (unknown, same, currency, books, controlled) →
value date → closed → frozen → purpose → amount → funds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.payments.ledger.model import (
    CONTROLLED,
    LARGEST_SUM,
    LONGEST_BACKDATING,
    PURSE,
    Account,
    Balance,
    Hold,
    HoldState,
    Known,
    Outcome,
    Posting,
    Rule,
    Transfer,
    TransferCommand,
    TransferKind,
    book_of,
)
from services.payments.ledger.restrictions import against_purpose

TICK = timedelta(microseconds=1)
SPENDING = frozenset(
    {
        "unknown_account",
        "unknown_hold",
        "account_closed",
        "account_frozen",
        "purpose_expired",
        "purpose_not_met",
        "insufficient_funds",
        "balance_would_overflow",
    }
)
"""Refusals that depend on the state found: the id is spent, and answers `id_already_failed` ever after."""

POSTED_WHILE_FROZEN = ("escrow.", "clearing.")
"""Codes under which holds made before a freeze are still posted: what was promised to others."""

_COMPARED = ("kind", "debit_account_id", "credit_account_id", "amount", "currency", "code", "reference", "pending_id")


@dataclass(frozen=True, slots=True)
class Refused:
    code: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedTransfer:
    """A refusal that spent its id. seen: the four sums and the state of each account it was decided on."""

    command: TransferCommand
    code: str
    field: str | None
    seen: dict[str, Any]


@dataclass
class Ruling:
    """Decides the commands of a batch one after another, on balances it changes as it goes.

    posted_at of each transfer is later than the last of each account it touches, whatever the clock says.
    """

    known: Known
    now: datetime
    today: date
    created: list[Transfer] = field(default_factory=list)
    settled_holds: dict[UUID, HoldState] = field(default_factory=dict)
    opened_holds: dict[UUID, Hold] = field(default_factory=dict)
    refused: dict[UUID, RefusedTransfer] = field(default_factory=dict)
    _last: datetime | None = None
    _out_of_reach: frozenset[str] = CONTROLLED

    def decide(self, posting: Posting) -> list[Outcome]:
        self._out_of_reach = CONTROLLED - posting.controls
        if not posting.atomic or len(posting.commands) == 1:
            return [self._one(command, posting.parties) for command in posting.commands]
        undo = _Undo(self, posting)
        outcomes = [self._one(command, posting.parties) for command in posting.commands]
        results = {outcome.result for outcome in outcomes}
        if results in ({"created"}, {"exists"}):
            return outcomes
        undo()
        partly_made = results == {"created", "exists"}
        return [_batch_refused(outcome, partly_made=partly_made) for outcome in outcomes]

    def _one(self, command: TransferCommand, parties: frozenset[str] | None) -> Outcome:
        used = self._used_before(command, parties)
        if used is not None:
            return used
        hold: Hold | None = None
        if command.kind in (TransferKind.POST, TransferKind.VOID, TransferKind.EXPIRE):
            found = self._hold(command, parties)
            if isinstance(found, Refused):
                return self._refused(command, found)
            hold = found
        sides = self._sides(command, hold, parties)
        if isinstance(sides, Refused):
            return self._refused(command, sides)
        debit, credit = sides
        refused = self._admitted(command, debit, credit, hold)
        if refused is not None:
            return self._refused(command, refused, debit, credit)
        return self._created(command, debit, credit, hold)

    def _used_before(self, command: TransferCommand, parties: frozenset[str] | None) -> Outcome | None:
        earlier = self.known.transfers.get(command.id)
        if earlier is not None:
            different = difference(command, earlier)
            if different is None and self._may_see(earlier, parties):
                return Outcome(command.id, "exists", transfer=earlier)
            if different is None:
                return Outcome(command.id, "exists_with_different_owner", "id")
            return Outcome(command.id, f"exists_with_different_{different}", different, earlier)
        if command.id in self.known.spent:
            return Outcome(command.id, "id_already_failed", "id", seen={"refused_with": self.known.spent[command.id]})
        return None

    def _may_see(self, earlier: Transfer, parties: frozenset[str] | None) -> bool:
        """Whoever may ask for a transfer may be told of it: post and void tell amount and accounts that the asker need not know."""
        hold = self.known.holds.get(earlier.pending_id) if earlier.pending_id else None
        if hold is not None:
            return self._party_to(hold, parties)
        debit = self.known.accounts.get(earlier.debit_account_id)
        return parties is None or (debit is not None and debit.owner in parties)

    def _hold(self, command: TransferCommand, parties: frozenset[str] | None) -> Hold | Refused:
        hold = self.known.holds.get(command.pending_id) if command.pending_id else None
        if hold is None or not self._party_to(hold, parties):
            return Refused("unknown_hold", "pending_id")
        if hold.state is not HoldState.OPEN:
            return Refused(
                f"hold_{'already_' if hold.state is not HoldState.EXPIRED else ''}{hold.state.name.lower()}",
                "pending_id",
            )
        if command.kind is TransferKind.POST and hold.expires_at is not None and hold.expires_at <= self.now:
            return Refused("hold_expired", "pending_id")
        if command.amount is not None and command.amount > hold.amount:
            return Refused("amount_exceeds_hold", "amount")
        if command.kind is TransferKind.VOID and command.amount not in (None, hold.amount):
            return Refused("hold_has_different_amount", "amount")
        for name in ("debit_account_id", "credit_account_id", "currency"):
            if getattr(command, name) not in (None, getattr(hold, name)):
                return Refused("hold_has_different_" + name, name)
        return hold

    def _party_to(self, hold: Hold, parties: frozenset[str] | None) -> bool:
        """Either side's owner may settle a hold: the payer's service or the payee's."""
        if parties is None:
            return True
        sides = (self.known.accounts.get(hold.debit_account_id), self.known.accounts.get(hold.credit_account_id))
        return any(account is not None and account.owner in parties for account in sides)

    def _sides(
        self, command: TransferCommand, hold: Hold | None, parties: frozenset[str] | None
    ) -> tuple[Account, Account] | Refused:
        accounts = self.known.accounts
        debit_id = hold.debit_account_id if hold else command.debit_account_id
        credit_id = hold.credit_account_id if hold else command.credit_account_id
        debit = accounts.get(debit_id) if debit_id else None
        if debit is None or (hold is None and parties is not None and debit.owner not in parties):
            return Refused("unknown_account", "debit_account_id")
        credit = accounts.get(credit_id) if credit_id else None
        if credit is None:
            return Refused("unknown_account", "credit_account_id")
        if debit is credit:
            return Refused("same_account", "credit_account_id")
        if debit.currency != (command.currency or debit.currency):
            return Refused("currency_mismatch", "currency")
        if credit.currency != debit.currency:
            return Refused("currency_mismatch", "credit_account_id")
        if book_of(credit.id) != book_of(debit.id):
            return Refused("accounts_in_different_books", "credit_account_id")
        if book_of(command.id) != book_of(debit.id):
            return Refused("id_in_another_book", "id")
        if debit.kind in self._out_of_reach or credit.kind in self._out_of_reach:
            side = "debit" if debit.kind in self._out_of_reach else "credit"
            return Refused("account_controlled", f"{side}_account_id")
        return debit, credit

    def _admitted(self, command: TransferCommand, debit: Account, credit: Account, hold: Hold | None) -> Refused | None:
        if command.value_on is not None and abs(command.value_on - self.today) > LONGEST_BACKDATING:
            return Refused("value_date_out_of_range", "value_on")
        if command.kind in (TransferKind.VOID, TransferKind.EXPIRE):
            return None
        if debit.closed or credit.closed:
            return Refused("account_closed", "debit_account_id" if debit.closed else "credit_account_id")
        if debit.frozen and not (hold is not None and command.code.startswith(POSTED_WHILE_FROZEN)):
            return Refused("account_frozen", "debit_account_id")
        if hold is None and debit.kind == PURSE:
            against = against_purpose(debit.id, credit, self.known.restrictions, self.now)
            if against is not None:
                return Refused(against, "credit_account_id")
        if hold is not None:
            return None
        amount = command.amount or 0
        if amount < 1:
            return Refused("amount_not_positive", "amount")
        if _overflows(debit.balance, credit.balance, amount):
            return Refused("balance_would_overflow", "amount")
        return None if _covered(debit, credit, amount) else Refused("insufficient_funds", "amount")

    def _created(self, command: TransferCommand, debit: Account, credit: Account, hold: Hold | None) -> Outcome:
        amount = command.amount if command.amount is not None else hold.amount if hold else 0
        if command.kind in (TransferKind.VOID, TransferKind.EXPIRE) and hold is not None:
            amount = hold.amount
        _move(command.kind, debit, credit, amount, hold)
        expires_at = self.now + timedelta(seconds=command.timeout_seconds) if command.timeout_seconds else None
        transfer = Transfer(
            command.id, command.kind, debit.id, credit.id, amount, debit.currency, command.code, command.reference,
            self._next_instant(debit, credit), command.value_on or self.today, command.pending_id, expires_at,
            command.timeout_seconds, debit.balance.sums(), credit.balance.sums(),
        )  # fmt: skip
        self.created.append(transfer)
        self.known.transfers[command.id] = transfer
        self._track_hold(transfer, hold)
        return Outcome(command.id, "created", transfer=transfer)

    def _track_hold(self, transfer: Transfer, hold: Hold | None) -> None:
        if transfer.kind is TransferKind.PENDING:
            opened = Hold(
                transfer.id,
                transfer.debit_account_id,
                transfer.credit_account_id,
                transfer.amount,
                transfer.currency,
                transfer.expires_at,
            )
            self.opened_holds[transfer.id] = self.known.holds[transfer.id] = opened
        elif hold is not None:
            hold.state = _SETTLES[transfer.kind]
            self.settled_holds[hold.id] = hold.state

    def _next_instant(self, debit: Account, credit: Account) -> datetime:
        latest = max(
            (instant for instant in (self._last, debit.last_posted_at, credit.last_posted_at) if instant), default=None
        )
        instant = self.now if latest is None or latest < self.now else latest + TICK
        self._last = debit.last_posted_at = credit.last_posted_at = instant
        return instant

    def _refused(
        self, command: TransferCommand, refused: Refused, debit: Account | None = None, credit: Account | None = None
    ) -> Outcome:
        seen = {name: _seen(account) for name, account in (("debit", debit), ("credit", credit)) if account is not None}
        if refused.code in SPENDING:
            self.known.spent[command.id] = refused.code
            self.refused[command.id] = RefusedTransfer(command, refused.code, refused.field, seen)
        return Outcome(command.id, refused.code, refused.field, seen=seen)


class _Undo:
    """Puts a ruling back to where it was before a posting. Spent ids stay spent: a refusal is a fact.

    Only what the posting can touch is remembered: many may be decided on the same thousands of accounts.
    """

    def __init__(self, ruling: Ruling, posting: Posting) -> None:
        known = ruling.known
        holds = [known.holds[one.pending_id] for one in posting.commands if one.pending_id in known.holds]
        moved: list[TransferCommand | Hold] = [*posting.commands, *holds]
        named = {side for one in moved for side in (one.debit_account_id, one.credit_account_id)}
        touched = [known.accounts[account_id] for account_id in named if account_id in known.accounts]
        self._ruling = ruling
        self._balances = [(account, account.balance.sums(), account.last_posted_at) for account in touched]
        self._created = len(ruling.created)
        self._holds = [(hold, hold.state) for hold in holds]
        self._last = ruling._last

    def __call__(self) -> None:
        ruling = self._ruling
        for account, sums, last in self._balances:
            account.balance.restore(sums)
            account.last_posted_at = last
        for transfer in ruling.created[self._created :]:
            del ruling.known.transfers[transfer.id]
            if ruling.opened_holds.pop(transfer.id, None) is not None:
                del ruling.known.holds[transfer.id]
                ruling.settled_holds.pop(transfer.id, None)
        del ruling.created[self._created :]
        for hold, state in self._holds:
            hold.state = state
            if state is HoldState.OPEN:
                ruling.settled_holds.pop(hold.id, None)
        ruling._last = self._last


_SETTLES = {
    TransferKind.POST: HoldState.POSTED,
    TransferKind.VOID: HoldState.VOIDED,
    TransferKind.EXPIRE: HoldState.EXPIRED,
}


def difference(command: TransferCommand, earlier: Transfer) -> str | None:
    """The first field in which a repeated command differs from the transfer its id made; what post and void leave out is not compared."""
    for name in _COMPARED:
        asked = getattr(command, name)
        if asked is None and name != "pending_id" and command.pending_id is not None:
            continue
        if asked != getattr(earlier, name):
            return name
    if command.timeout_seconds != earlier.timeout_seconds:
        return "timeout_seconds"
    if command.value_on is not None and command.value_on != earlier.value_on:
        return "value_on"
    return None


def _overflows(paying: Balance, paid: Balance, amount: int) -> bool:
    debits, credits = paying.debits_posted + paying.debits_pending, paid.credits_posted + paid.credits_pending
    return max(debits, credits) > LARGEST_SUM - amount


def _covered(debit: Account, credit: Account, amount: int) -> bool:
    """Both accounts' rules hold after the amount, holds on the same side counted as spent."""
    paying, paid = debit.balance, credit.balance
    if (
        debit.rule is Rule.DEBITS_MUST_NOT_EXCEED_CREDITS
        and paying.debits_posted + paying.debits_pending + amount > paying.credits_posted
    ):
        return False
    return not (
        credit.rule is Rule.CREDITS_MUST_NOT_EXCEED_DEBITS
        and paid.credits_posted + paid.credits_pending + amount > paid.debits_posted
    )


def _move(kind: TransferKind, debit: Account, credit: Account, amount: int, hold: Hold | None) -> None:
    if hold is not None:
        debit.balance.debits_pending -= hold.amount
        credit.balance.credits_pending -= hold.amount
    if kind is TransferKind.PENDING:
        debit.balance.debits_pending += amount
        credit.balance.credits_pending += amount
    elif kind in (TransferKind.SINGLE, TransferKind.POST):
        debit.balance.debits_posted += amount
        credit.balance.credits_posted += amount


def _seen(account: Account) -> dict[str, Any]:
    """The state a refusal was decided on, for whoever asks why."""
    names = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")
    sums: dict[str, Any] = dict(zip(names, account.balance.sums(), strict=True))
    return sums | {"closed": account.closed, "frozen": account.frozen}


def _batch_refused(outcome: Outcome, *, partly_made: bool) -> Outcome:
    """partly_made: nothing is wrong with any command but that some were made before, alone, or are named twice."""
    if outcome.result == "exists" and partly_made:
        return Outcome(outcome.id, "exists_outside_batch", "id")
    return Outcome(outcome.id, "batch_refused") if outcome.accepted else outcome


def decide_all(
    known: Known, postings: Sequence[Posting], now: datetime, today: date
) -> tuple[Ruling, list[list[Outcome]]]:
    """Decide a batch. Returns the ruling, which holds what is to be written, and the outcomes posting by posting."""
    ruling = Ruling(known, now, today)
    return ruling, [ruling.decide(posting) for posting in postings]
