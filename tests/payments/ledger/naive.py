"""A second ledger, written as plainly as can be and without looking at the first: what it says, the real one must say too.

One list of transfers; every question is answered by adding the whole list up. It knows accounts without a rule and accounts that must not
be overdrawn, one currency, one book; flags are letters: L linked, d and c balancing, D and C closing the account debited or credited. A
note is the one value of metadata there is; a retry repeats it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Made(NamedTuple):
    kind: str
    debit: str
    credit: str
    amount: int
    hold: str | None
    flags: str
    note: str = ""


@dataclass
class Naive:
    accounts: dict[str, bool]
    made: dict[str, Made] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    frozen: dict[str, int] = field(default_factory=dict)
    """How much of an account; all of it: more than there ever is."""

    def posted(self, account: str, side: str) -> int:
        moved = [one for one in self.made.values() if one.kind in ("single", "post")]
        return sum(one.amount for one in moved if getattr(one, side) == account)

    def given_back(self) -> set[str | None]:
        return {one.hold for one in self.made.values() if one.kind == "void"}

    def open_holds(self) -> dict[str, int]:
        settled = {one.hold for one in self.made.values() if one.hold}
        return {name: one.amount for name, one in self.made.items() if one.kind == "pending" and name not in settled}

    def pending(self, account: str, side: str) -> int:
        return sum(amount for name, amount in self.open_holds().items() if getattr(self.made[name], side) == account)

    def sums(self, account: str) -> tuple[int, int, int, int]:
        return (
            self.posted(account, "debit"), self.pending(account, "debit"),
            self.posted(account, "credit"), self.pending(account, "credit"),
        )  # fmt: skip

    def closed(self, account: str) -> bool:
        """By a hold that closes it and was not given back."""
        back = self.given_back()
        closing = [one for name, one in self.made.items() if name not in back and one.kind == "pending"]
        return any(
            ("D" in one.flags and one.debit == account) or ("C" in one.flags and one.credit == account)
            for one in closing
        )

    def moves(self, debit: str, credit: str, amount: int, flags: str) -> int:
        if "d" in flags:
            debits_posted, debits_pending, credits_posted, _ = self.sums(debit)
            amount = min(
                amount, credits_posted - debits_posted - debits_pending - min(self.frozen.get(debit, 0), 10**6)
            )
        if "c" in flags:
            debits_posted, _, credits_posted, credits_pending = self.sums(credit)
            amount = min(amount, debits_posted - credits_posted - credits_pending)
        return amount

    def say(self, name: str, wanted: Made) -> str:
        """The result of one command."""
        if name in self.made:
            return "exists" if self._same(self.made[name], self._meant(wanted)) else "differs"
        if name in self.failed:
            return "id_already_failed"
        result = self._result(wanted)
        if result == "created":
            meant = self._meant(wanted)
            balances = wanted.hold is None
            amount = self.moves(meant.debit, meant.credit, meant.amount, meant.flags) if balances else meant.amount
            self.made[name] = meant._replace(amount=amount)
        elif result in ("unknown_hold", "unknown_account", "insufficient_funds", "account_closed", "account_frozen"):
            self.failed.add(name)
        return result

    def _same(self, made: Made, wanted: Made) -> bool:
        enough = bool({"d", "c"} & set(wanted.flags)) and wanted.amount >= made.amount
        return made == (wanted._replace(amount=made.amount) if enough else wanted)

    def _meant(self, wanted: Made) -> Made:
        if wanted.hold is None or wanted.hold not in self.made:
            return wanted
        held = self.made[wanted.hold]
        amount = held.amount if wanted.kind == "void" else wanted.amount
        return Made(wanted.kind, held.debit, held.credit, amount, wanted.hold, wanted.flags, wanted.note)

    def _result(self, wanted: Made) -> str:
        if wanted.hold is not None:
            return self._settling(wanted, wanted.hold)
        if wanted.debit not in self.accounts or wanted.credit not in self.accounts:
            return "unknown_account"
        if wanted.debit == wanted.credit:
            return "same_account"
        if self.closed(wanted.debit) or self.closed(wanted.credit):
            return "account_closed"
        frozen = self.frozen.get(wanted.debit, 0)
        if frozen > 10**6:
            return "account_frozen"
        amount = self.moves(wanted.debit, wanted.credit, wanted.amount, wanted.flags)
        debits_posted, debits_pending, credits_posted, _ = self.sums(wanted.debit)
        short = self.accounts[wanted.debit] and debits_posted + debits_pending + frozen + amount > credits_posted
        return "insufficient_funds" if amount < 1 or short else "created"

    def _settling(self, wanted: Made, hold: str) -> str:
        held = self.made.get(hold)
        if held is None or held.kind != "pending":
            return "unknown_hold"
        for one in self.made.values():
            if one.hold == hold:
                return {"post": "hold_already_posted", "void": "hold_already_voided"}[one.kind]
        if wanted.kind == "void":
            return "created"
        if wanted.amount > held.amount:
            return "amount_exceeds_hold"
        if self.closed(held.debit) or self.closed(held.credit):
            return "account_closed"
        left = self.posted(held.debit, "credit") - self.posted(held.debit, "debit") - wanted.amount
        frozen = self.frozen.get(held.debit, 0)
        return "account_frozen" if frozen and left < frozen else "created"
