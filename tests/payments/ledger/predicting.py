"""A second ledger that says beforehand what the first one will answer: everything but the ids that the first one makes itself.

One list of transfers, and every question is answered by adding the whole list up; written from docs/ledger.md, not from the code.
Accounts go by names, transfers by their ids; instants are whole seconds, since the microseconds that keep them apart are the ledger's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chassis.clock import business_day

LARGEST = 2**53 - 1
CODE, EXPIRY, REVERSAL = "tests.move", "hold.expiry", "ledger.reversal"
PROMISED = ("escrow.", "clearing.")
SPENT_BY = frozenset(
    {
        "unknown_hold",
        "unknown_account",
        "account_closed",
        "account_frozen",
        "balance_would_overflow",
        "insufficient_funds",
    }
)
Sums = tuple[int, int, int, int]
Parties = frozenset[str] | None


class Facts(NamedTuple):
    """Of an account. rule: its first letter: debits, credits (must not exceed the other), none."""

    rule: str
    owner: str
    currency: str
    opened: datetime


class Wish(NamedTuple):
    """A transfer as it is asked for."""

    id: str
    kind: str = "single"
    debit_account_id: str | None = None
    credit_account_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    pending_id: str | None = None
    flags: frozenset[str] = frozenset()
    code: str = CODE
    reference: str = ""
    timeout_seconds: int | None = None
    posted_at: datetime | None = None

    def __repr__(self) -> str:
        """What it says, without what it leaves out."""
        said = [str(value) for value in self[1:] if value not in (None, frozenset(), CODE, "")]
        return f"<{self.id[-10:]} {' '.join(said)}>"


class Made(NamedTuple):
    """As it was made. wish: with accounts, amount and currency as they were in the end."""

    wish: Wish
    at: datetime
    expires_at: datetime | None


class Said(NamedTuple):
    """What is said of one transfer. told: what is told beside."""

    result: str
    field: str | None = None
    made: Made | None = None
    told: Any = None

    @property
    def accepted(self) -> bool:
        return self.result in ("created", "exists")


class Spent(NamedTuple):
    code: str
    field: str | None
    seen: dict[str, dict[str, Any]]


@dataclass
class Second:
    """frozen: whole accounts, kept: amounts of accounts; reversed: reversal → what it takes back; answered: stories by their key."""

    accounts: dict[str, Facts]
    now: datetime
    made: dict[str, Made] = field(default_factory=dict)
    spent: dict[str, Spent] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    kept: dict[str, int] = field(default_factory=dict)
    closed_by_hand: frozenset[str] = frozenset()
    reversed: dict[str, str] = field(default_factory=dict)
    answered: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "Second":
        copied: dict[str, Any] = {
            name: dict(getattr(self, name)) for name in ("made", "spent", "kept", "reversed", "answered")
        }
        return replace(self, **copied)

    # What there is

    def of(self, account: str) -> Iterator[Made]:
        return (one for one in self.made.values() if account in one.wish[2:4])

    def settled_by(self, hold: str) -> Made | None:
        return next((one for one in self.made.values() if one.wish.pending_id == hold), None)

    def open_holds(self) -> dict[str, Made]:
        settled = {one.wish.pending_id for one in self.made.values()}
        return {name: one for name, one in self.made.items() if one.wish.kind == "pending" and name not in settled}

    def sums(self, account: str) -> Sums:
        """Debits posted and pending, credits posted and pending."""
        found = {("debit", True): 0, ("debit", False): 0, ("credit", True): 0, ("credit", False): 0}
        posted = [one.wish for one in self.made.values() if one.wish.kind in ("single", "post")]
        for wishes, done in ((posted, True), ([one.wish for one in self.open_holds().values()], False)):
            for wish in wishes:
                for side, named in (("debit", wish.debit_account_id), ("credit", wish.credit_account_id)):
                    found[side, done] += (wish.amount or 0) if named == account else 0
        return found["debit", True], found["debit", False], found["credit", True], found["credit", False]

    def closed(self, account: str) -> bool:
        return account in self.closed_by_hand or any(
            one.wish[side] == account and flag in one.wish.flags
            for one in self.open_holds().values()
            for side, flag in ((2, "closing_debit"), (3, "closing_credit"))
        )

    def state(self, account: str) -> dict[str, Any]:
        names = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")
        stops = {"closed": self.closed(account), "frozen": account in self.frozen}
        return dict(zip(names, self.sums(account), strict=True)) | stops | {"frozen_amount": self.kept.get(account, 0)}

    # Transfers

    def say_all(self, wishes: Sequence[Wish], parties: Parties, *, atomic: bool) -> list[Said]:
        if atomic:
            return self._together(wishes, parties, "batch_refused")
        said: list[Said] = []
        chain: list[Wish] = []
        for number, wish in enumerate(wishes, 1):
            chain.append(wish)
            if "linked" not in wish.flags or number == len(wishes):
                said += self._together(chain, parties, "linked_transfer_failed")
                chain = []
        return said

    def _together(self, wishes: Sequence[Wish], parties: Parties, others: str) -> list[Said]:
        """Tried on a copy, of which only the spent ids remain if anything is refused."""
        if "linked" in wishes[-1].flags:
            return [Said(others)] * (len(wishes) - 1) + [Said("linked_chain_open", "flags")]
        trial = self.copy()
        said = [trial.say(wish, parties) for wish in wishes]
        results = {one.result for one in said}
        if len(wishes) == 1 or results in ({"created"}, {"exists"}):
            self.made, self.spent = trial.made, trial.spent
            return said
        self.spent = trial.spent
        repeated = Said("exists_outside_batch", "id") if results == {"created", "exists"} else Said(others)
        return [{"created": Said(others), "exists": repeated}.get(one.result, one) for one in said]

    def say(self, wish: Wish, parties: Parties) -> Said:
        if wish.id in self.made:
            return self._again(wish, self.made[wish.id], parties)
        if wish.id in self.spent:
            return Said("id_already_failed", "id", told=self.spent[wish.id].code)
        held = self.made.get(wish.pending_id or "")
        meant = wish
        if held is not None:
            amount = wish.amount if wish.kind == "post" and wish.amount is not None else held.wish.amount
            meant = wish._replace(**_sides(held.wish), amount=amount)
        refused = self._settling(wish, held, parties) or self._of_accounts(meant, wish, parties)
        if refused is None or refused[0] != "unknown_account":
            refused = refused or self._of_state(meant)
        if refused is not None:
            return self._refused(meant, refused)
        expires = None if wish.timeout_seconds is None else self.now + timedelta(seconds=wish.timeout_seconds)
        moved = meant if held is not None else meant._replace(amount=self.moves(meant))
        self.made[wish.id] = made = Made(moved, wish.posted_at or self.now, expires)
        return Said("created", made=made)

    def _again(self, wish: Wish, made: Made, parties: Parties) -> Said:
        for name in ("kind", "flags", "debit_account_id", "credit_account_id", "amount", "currency", "code", "reference",
                     "pending_id", "posted_at", "timeout_seconds"):  # fmt: skip
            asked, was = getattr(wish, name), getattr(made.wish, name)
            if asked == was or (asked is None and wish.pending_id is not None and name != "pending_id"):
                continue
            balancing = {"balancing_debit", "balancing_credit"} & wish.flags
            if name == "amount" and balancing and asked >= was:
                continue
            return Said(f"exists_with_different_{name}", name)
        sides = made.wish[2:4] if made.wish.pending_id else made.wish[2:3]
        if not self._party(sides, parties):
            return Said("exists_with_different_owner", "id")
        return Said("exists", made=made)

    def _party(self, names: Sequence[Any], parties: Parties) -> bool:
        return parties is None or any(self.accounts[name].owner in parties for name in names)

    def _settling(self, wish: Wish, held: Made | None, parties: Parties) -> tuple[str, str] | None:
        if wish.kind not in ("post", "void"):
            return None
        if held is None or held.wish.kind != "pending" or not self._party(held.wish[2:4], parties):
            return "unknown_hold", "pending_id"
        settled = self.settled_by(wish.pending_id or "")
        if settled is not None:
            words = {"post": "already_posted", "void": "already_voided", "expire": "expired"}
            return f"hold_{words[settled.wish.kind]}", "pending_id"
        if wish.kind == "post" and held.expires_at is not None and held.expires_at <= self.now:
            return "hold_expired", "pending_id"
        assert held.wish.amount is not None
        if wish.amount is not None and wish.amount > held.wish.amount:
            return "amount_exceeds_hold", "amount"
        if wish.kind == "void" and wish.amount not in (None, held.wish.amount):
            return "hold_has_different_amount", "amount"
        for name, value in _sides(held.wish).items():
            if getattr(wish, name) not in (None, value):
                return f"hold_has_different_{name}", name
        return None

    def _of_accounts(self, meant: Wish, wish: Wish, parties: Parties) -> tuple[str, str] | None:
        debit, credit = (self.accounts.get(name or "") for name in meant[2:4])
        if debit is None or (wish.pending_id is None and not self._party(meant[2:3], parties)):
            return "unknown_account", "debit_account_id"
        if credit is None or ("balancing_credit" in wish.flags and not self._party(meant[3:4], parties)):
            return "unknown_account", "credit_account_id"
        if meant.debit_account_id == meant.credit_account_id:
            return "same_account", "credit_account_id"
        if debit.currency != (wish.currency or debit.currency):
            return "currency_mismatch", "currency"
        if credit.currency != debit.currency:
            return "currency_mismatch", "credit_account_id"
        if wish.posted_at is None:
            return None
        if wish.posted_at > self.now:
            return "posted_at_in_future", "posted_at"
        if wish.posted_at < max(debit.opened, credit.opened):
            return "posted_at_before_opening", "posted_at"
        both = [one.at for name in meant[2:4] if name for one in self.of(name)]
        return ("posted_at_before_last", "posted_at") if both and wish.posted_at <= max(both) else None

    def _of_state(self, meant: Wish) -> tuple[str, str] | None:
        debit, credit = meant.debit_account_id or "", meant.credit_account_id or ""
        if meant.kind == "void":
            return None
        for name, account in (("debit_account_id", debit), ("credit_account_id", credit)):
            if self.closed(account):
                return "account_closed", name
        promised = meant.kind == "post" and meant.code.startswith(PROMISED)
        if debit in self.frozen and not promised:
            return "account_frozen", "debit_account_id"
        kept = self.kept.get(debit, 0)
        debits_posted, debits_pending, credits_posted, _ = self.sums(debit)
        if meant.kind == "post":
            left = credits_posted - debits_posted - (meant.amount or 0)
            return ("account_frozen", "debit_account_id") if kept and left < kept and not promised else None
        amount = self.moves(meant)
        received = self.sums(credit)[2:4]
        if amount < 1:
            return "insufficient_funds", "amount"
        if max(debits_posted + debits_pending, sum(received)) + amount > LARGEST:
            return "balance_would_overflow", "amount"
        short = self.accounts[debit].rule == "d" and debits_posted + debits_pending + kept + amount > credits_posted
        over = self.accounts[credit].rule == "c" and sum(received) + amount > self.sums(credit)[0]
        return ("insufficient_funds", "amount") if short or over else None

    def moves(self, meant: Wish) -> int:
        """Of a transfer that settles no hold: the amount, or less where it balances."""
        amount = meant.amount or 0
        if "balancing_debit" in meant.flags and meant.debit_account_id:
            debits_posted, debits_pending, credits_posted, _ = self.sums(meant.debit_account_id)
            amount = min(
                amount, credits_posted - debits_posted - debits_pending - self.kept.get(meant.debit_account_id, 0)
            )
        if "balancing_credit" in meant.flags and meant.credit_account_id:
            debits_posted, _, credits_posted, credits_pending = self.sums(meant.credit_account_id)
            amount = min(amount, debits_posted - credits_posted - credits_pending)
        return amount

    def _refused(self, meant: Wish, refused: tuple[str, str]) -> Said:
        code, name = refused
        if code in SPENT_BY:
            seen = {} if code.startswith("unknown") else {
                side: self.state(account) for side, account in zip(("debit", "credit"), meant[2:4], strict=True) if account
            }  # fmt: skip
            self.spent[meant.id] = Spent(code, name, seen)
        return Said(code, name)

    # Time

    def expire(self) -> None:
        """Gives back every hold whose time is over, the longest over first."""
        due = [(one.expires_at, name) for name, one in self.open_holds().items() if one.expires_at]
        for _, hold in sorted((at, name) for at, name in due if at <= self.now):
            wish = self.made[hold].wish._replace(
                id=f"expiry of {hold}", kind="expire", pending_id=hold, code=EXPIRY, reference="",
                flags=frozenset(), timeout_seconds=None, posted_at=None,
            )  # fmt: skip
            self.made[wish.id] = Made(wish, self.now, None)


def _sides(held: Wish) -> dict[str, Any]:
    return {name: getattr(held, name) for name in ("debit_account_id", "credit_account_id", "currency")}


def value_day(made: Made) -> str:
    """An imported one tells its own; the others are of the day on which they are made."""
    return (made.wish.posted_at.date() if made.wish.posted_at else business_day(made.at)).isoformat()
