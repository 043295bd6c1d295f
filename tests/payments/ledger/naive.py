"""A second ledger, written as plainly as can be and without looking at the first: what it says, the real one must say too.

One list of transfers; every question is answered by adding the whole list up. It knows accounts without a rule and accounts that must not
be overdrawn, one currency, one book.
"""

from dataclasses import dataclass, field


@dataclass
class Naive:
    accounts: dict[str, bool]
    made: dict[str, tuple[str, str, str, int, str | None]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def posted(self, account: str, side: int) -> int:
        return sum(one[3] for one in self.made.values() if one[0] in ("single", "post") and one[side] == account)

    def open_holds(self) -> dict[str, int]:
        settled = {one[4] for one in self.made.values() if one[4]}
        return {name: one[3] for name, one in self.made.items() if one[0] == "pending" and name not in settled}

    def pending(self, account: str, side: int) -> int:
        return sum(amount for name, amount in self.open_holds().items() if self.made[name][side] == account)

    def sums(self, account: str) -> tuple[int, int, int, int]:
        return self.posted(account, 1), self.pending(account, 1), self.posted(account, 2), self.pending(account, 2)

    def say(self, name: str, kind: str, debit: str, credit: str, amount: int, hold: str | None) -> str:
        """The result of one command."""
        if name in self.made:
            return "exists" if self.made[name] == self._meant(kind, debit, credit, amount, hold) else "differs"
        if name in self.failed:
            return "id_already_failed"
        result = self._result(kind, debit, credit, amount, hold)
        if result == "created":
            self.made[name] = self._meant(kind, debit, credit, amount, hold)
        elif result in ("unknown_hold", "unknown_account", "insufficient_funds"):
            self.failed.add(name)
        return result

    def _meant(
        self, kind: str, debit: str, credit: str, amount: int, hold: str | None
    ) -> tuple[str, str, str, int, str | None]:
        if hold is None or hold not in self.made:
            return kind, debit, credit, amount, hold
        _, its_debit, its_credit, its_amount, _ = self.made[hold]
        return kind, its_debit, its_credit, its_amount if kind == "void" else amount, hold

    def _result(self, kind: str, debit: str, credit: str, amount: int, hold: str | None) -> str:
        if hold is not None:
            if self.made.get(hold, ("",))[0] != "pending":
                return "unknown_hold"
            for one in self.made.values():
                if one[4] == hold:
                    return {"post": "hold_already_posted", "void": "hold_already_voided"}[one[0]]
            return "amount_exceeds_hold" if kind == "post" and amount > self.made[hold][3] else "created"
        if debit not in self.accounts:
            return "unknown_account"
        if credit not in self.accounts:
            return "unknown_account"
        if debit == credit:
            return "same_account"
        debits_posted, debits_pending, credits_posted, _ = self.sums(debit)
        if self.accounts[debit] and debits_posted + debits_pending + amount > credits_posted:
            return "insufficient_funds"
        return "created"
