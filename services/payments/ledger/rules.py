"""The ledger's one rule: (what is known, commands) → outcomes. No I/O; a refusal is a value, never an exception.

Order of precedence when several refusals apply (the first wins): an open chain → the id was used before (`exists`,
`exists_with_different_…`, `id_already_failed`) → hold (unknown, settled, expired, exceeded, different) → accounts (unknown, same,
currency, books, controlled) → value date → imported instant → closed → frozen → purpose → amount → funds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.payments.ledger.balances import (
    BALANCING_CREDIT,
    GIVING_BACK,
    covered,
    leaves_frozen,
    move,
    moved_by,
    overflows,
    settled_by,
)
from services.payments.ledger.comparison import difference
from services.payments.ledger.model import (
    CONTROLLED,
    LONGEST_BACKDATING,
    PURSE,
    Account,
    Flag,
    Hold,
    HoldState,
    Known,
    Outcome,
    Posting,
    Transfer,
    TransferCommand,
    TransferKind,
    book_of,
)
from services.payments.ledger.restrictions import against_purpose
from services.payments.ledger.undoing import Undo

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

# Plain integers: an operation on a member of an enumeration costs a hundred times one on an integer, and is done for every transfer.
LINKED, CLOSING = Flag.LINKED.value, (Flag.CLOSING_DEBIT | Flag.CLOSING_CREDIT).value


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
        commands, parties = posting.commands, posting.parties
        self._out_of_reach = CONTROLLED - posting.controls if posting.controls else CONTROLLED
        if posting.atomic:
            return self._chain(commands, parties, "batch_refused")
        if not any(command.flags for command in commands):
            return [self._one(command, parties) for command in commands]
        chains = chains_of(commands)
        return [one for chain in chains for one in self._chain(chain, parties, "linked_transfer_failed")]

    def _chain(self, commands: Sequence[TransferCommand], parties: frozenset[str] | None, others: str) -> list[Outcome]:
        """Commands that are made together or not at all. others: what those say that failed for another's sake."""
        if commands[-1].flags & LINKED:
            opened = Outcome(commands[-1].id, "linked_chain_open", "flags")
            return [*(Outcome(command.id, others) for command in commands[:-1]), opened]
        if len(commands) == 1:
            return [self._one(commands[0], parties)]
        undo = Undo(self, commands)
        outcomes = [self._one(command, parties) for command in commands]
        results = {outcome.result for outcome in outcomes}
        if results in ({"created"}, {"exists"}):
            return outcomes
        undo()
        partly_made = results == {"created", "exists"}
        return [_not_alone(outcome, others, partly_made=partly_made) for outcome in outcomes]

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
        if credit is None or not _may_look_at(credit, command, parties):
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
        untimely = self._untimely(command, debit, credit)
        if untimely is not None or command.kind in (TransferKind.VOID, TransferKind.EXPIRE):
            return untimely
        if debit.closed or credit.closed:
            return Refused("account_closed", "debit_account_id" if debit.closed else "credit_account_id")
        promised = hold is not None and command.code.startswith(POSTED_WHILE_FROZEN)
        if debit.frozen and not promised:
            return Refused("account_frozen", "debit_account_id")
        if hold is None and debit.kind == PURSE:
            against = against_purpose(debit.id, credit, self.known.restrictions, self.now)
            if against is not None:
                return Refused(against, "credit_account_id")
        if hold is not None:
            leaving = hold.amount if command.amount is None else command.amount
            return None if promised or leaves_frozen(debit, leaving) else Refused("account_frozen", "debit_account_id")
        if (command.amount or 0) < 1:
            return Refused("amount_not_positive", "amount")
        amount = moved_by(command, debit, credit)
        if amount < 1:
            return Refused("insufficient_funds", "amount")
        if overflows(debit.balance, credit.balance, amount):
            return Refused("balance_would_overflow", "amount")
        return None if covered(debit, credit, amount) else Refused("insufficient_funds", "amount")

    def _untimely(self, command: TransferCommand, debit: Account, credit: Account) -> Refused | None:
        if command.posted_at is None:
            if command.value_on is not None and abs(command.value_on - self.today) > LONGEST_BACKDATING:
                return Refused("value_date_out_of_range", "value_on")
            return None
        if command.value_on is not None and abs(command.value_on - command.posted_at.date()) > LONGEST_BACKDATING:
            return Refused("value_date_out_of_range", "value_on")
        if command.posted_at > self.now:
            return Refused("posted_at_in_future", "posted_at")
        both = (debit, credit)
        if any(one.opened_at is not None and command.posted_at < one.opened_at for one in both):
            return Refused("posted_at_before_opening", "posted_at")
        if any(one.last_posted_at is not None and command.posted_at <= one.last_posted_at for one in both):
            return Refused("posted_at_before_last", "posted_at")
        return None

    def _created(self, command: TransferCommand, debit: Account, credit: Account, hold: Hold | None) -> Outcome:
        amount = moved_by(command, debit, credit) if hold is None else settled_by(command, hold)
        move(command.kind, debit, credit, amount, hold)
        if command.flags & CLOSING:
            _close(command.flags, debit, credit, closed=True)
        elif hold is not None and hold.flags & CLOSING and command.kind in GIVING_BACK:
            _close(hold.flags, debit, credit, closed=False)
        expires_at = self.now + timedelta(seconds=command.timeout_seconds) if command.timeout_seconds else None
        transfer = Transfer(
            command.id, command.kind, debit.id, credit.id, amount, debit.currency, command.code, command.reference,
            self._instant(command, debit, credit), command.value_on or self.today, command.pending_id, expires_at,
            command.timeout_seconds, debit.balance.sums(), credit.balance.sums(), command.flags,
            command.metadata,
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
                flags=transfer.flags,
            )
            self.opened_holds[transfer.id] = self.known.holds[transfer.id] = opened
        elif hold is not None:
            hold.state = _SETTLES[transfer.kind]
            self.settled_holds[hold.id] = hold.state

    def _instant(self, command: TransferCommand, debit: Account, credit: Account) -> datetime:
        if command.posted_at is not None:
            debit.last_posted_at = credit.last_posted_at = command.posted_at
            return command.posted_at
        instant = self.now
        for last in (self._last, debit.last_posted_at, credit.last_posted_at):
            if last is not None and last >= instant:
                instant = last + TICK
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


_SETTLES = {
    TransferKind.POST: HoldState.POSTED,
    TransferKind.VOID: HoldState.VOIDED,
    TransferKind.EXPIRE: HoldState.EXPIRED,
}


def chains_of(commands: Sequence[TransferCommand]) -> list[Sequence[TransferCommand]]:
    """A chain ends with the first command that is not linked to the next."""
    chains, start = [], 0
    for end, command in enumerate(commands, 1):
        if not command.flags & LINKED or end == len(commands):
            chains.append(commands[start:end])
            start = end
    return chains


def _may_look_at(credit: Account, command: TransferCommand, parties: frozenset[str] | None) -> bool:
    """What balances an account tells its balance."""
    return not command.flags & BALANCING_CREDIT or parties is None or credit.owner in parties


def _close(flags: int, debit: Account, credit: Account, *, closed: bool) -> None:
    if flags & Flag.CLOSING_DEBIT:
        debit.closed = closed
    if flags & Flag.CLOSING_CREDIT:
        credit.closed = closed


def _seen(account: Account) -> dict[str, Any]:
    """The state a refusal was decided on, for whoever asks why."""
    names = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")
    sums: dict[str, Any] = dict(zip(names, account.balance.sums(), strict=True))
    return sums | {"closed": account.closed, "frozen": account.frozen, "frozen_amount": account.frozen_amount}


def _not_alone(outcome: Outcome, others: str, *, partly_made: bool) -> Outcome:
    """partly_made: nothing is wrong with any command but that some were made before, alone, or are named twice."""
    if outcome.result == "exists" and partly_made:
        return Outcome(outcome.id, "exists_outside_batch", "id")
    return Outcome(outcome.id, others) if outcome.accepted else outcome


def decide_all(
    known: Known, postings: Sequence[Posting], now: datetime, today: date
) -> tuple[Ruling, list[list[Outcome]]]:
    """Decide a batch. Returns the ruling, which holds what is to be written, and the outcomes posting by posting."""
    ruling = Ruling(known, now, today)
    return ruling, [ruling.decide(posting) for posting in postings]
