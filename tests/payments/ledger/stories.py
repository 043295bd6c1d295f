"""What callers ask beside transfers: accounts stopped, transfers reversed, shares posted; and what falls due by itself. See `asking`."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from sqlalchemy.exc import DBAPIError

from services.payments.ledger import jobs
from tests.payments.ledger.asking import Answer, Doors, problem, refusal, told
from tests.payments.ledger.predicting import REVERSAL, Made, Said, Second, Wish


class Step(NamedTuple):
    """Something done with an account, under a key."""

    step: Literal["freeze", "release", "closure"]
    account: str
    amount: int | None
    key: str
    wire: Literal["lane", "pool"] = "pool"

    def predict(self, second: Second) -> Answer:
        if self.key not in second.answered:
            second.answered[self.key] = getattr(self, f"_{self.step}")(second) or shown(second, self.account)
        return second.answered[self.key]  # type: ignore[no-any-return]

    async def ask(self, doors: Doors) -> Answer | None:
        body = {"reason": "tests"} | ({} if self.amount is None else {"amount": self.amount})
        answer = await doors.post(f"/v1/accounts/{doors.accounts[self.account]}/{self.step}", body, key=self.key)
        if answer is None:
            return None
        return problem(*answer) if answer[0] >= 400 else {name: answer[1][name] for name in SHOWN}

    def _freeze(self, second: Second) -> Answer | None:
        if self.amount is None:
            second.frozen |= {self.account}
        elif second.accounts[self.account].rule != "d":
            return refusal("no_limit_to_freeze", "amount")
        else:
            second.kept[self.account] = self.amount
        return None

    def _release(self, second: Second) -> Answer | None:
        if self.account not in second.frozen and self.account not in second.kept:
            return refusal("account_not_frozen", None)
        second.frozen -= {self.account}
        second.kept.pop(self.account, None)
        return None

    def _closure(self, second: Second) -> Answer | None:
        debits_posted, debits_pending, credits_posted, credits_pending = second.sums(self.account)
        if second.closed(self.account):
            return None
        if debits_posted != credits_posted or debits_pending or credits_pending:
            return refusal("account_not_empty", None)
        second.closed_by_hand |= {self.account}
        return None


SHOWN = (
    "debits_posted", "debits_pending", "credits_posted", "credits_pending", "closed", "frozen", "frozen_amount", "balance", "available",
)  # fmt: skip


def shown(second: Second, account: str) -> Answer:
    """An account with its balances."""
    balance, available = balances(second.accounts[account].rule, *second.sums(account))
    kept = second.kept.get(account, 0)
    return second.state(account) | {"balance": balance, "available": available - kept}


def balances(
    rule: str, debits_posted: int, debits_pending: int, credits_posted: int, credits_pending: int
) -> tuple[int, int]:
    balance = debits_posted - credits_posted if rule == "c" else credits_posted - debits_posted
    return balance, balance - (credits_pending if rule == "c" else debits_pending)


class Reverse(NamedTuple):
    id: str
    of: str
    amount: int | None
    wire: Literal["lane", "pool"] = "pool"

    def predict(self, second: Second) -> Answer:
        original = second.made.get(self.of)
        if original is None:
            return refusal("unknown_transfer", "transfer_id")
        taken = [second.made[name].wish.amount or 0 for name, of in second.reversed.items() if of == self.of]
        rest = (original.wish.amount or 0) - sum(taken)
        mine = second.reversed.get(self.id) == self.of
        refused = None if mine else self._refused(original, rest)
        if refused is not None:
            return refused
        amount = self.amount or (second.made[self.id].wish.amount if mine else rest)
        wish = Wish(
            self.id, "single", original.wish.credit_account_id, original.wish.debit_account_id, amount, original.wish.currency,
            code=REVERSAL, reference=original.wish.reference,
        )  # fmt: skip
        said = second.say(wish, None)
        if said.result == "exists" and not mine:
            said = Said("exists_with_different_reversed_id", "id")
        if said.made is None:
            return refusal(said.result, said.field, refused_with=said.told)
        if said.result == "created":
            second.reversed[self.id] = self.of
            rest -= amount or 0
        more = {
            "status": 201 if said.result == "created" else 200,
            "result": said.result,
            "rest": rest,
            "reverses_id": self.of,
        }
        return more | told(said.made)

    def _refused(self, original: Made, rest: int) -> Answer | None:
        if original.wish.kind not in ("single", "post"):
            return refusal("not_reversible", "transfer_id")
        if rest == 0:
            return refusal("already_reversed", "transfer_id")
        return refusal("amount_exceeds_rest", "amount", rest=rest) if (self.amount or 0) > rest else None

    async def ask(self, doors: Doors) -> Answer | None:
        body = {"id": self.id} | ({} if self.amount is None else {"amount": self.amount})
        answer = await doors.post(f"/v1/transfers/{self.of}/reversal", body)
        if answer is None:
            return None
        status, document = answer
        if status >= 400:
            facts = {
                "amount_exceeds_rest": ["rest"],
                "unknown_transfer": [],
                "not_reversible": [],
                "already_reversed": [],
            }
            return problem(status, document, *facts.get(document["code"], ["refused_with"]))
        more = {name: document[name] for name in ("result", "rest", "reverses_id")}
        return {"status": status} | more | doors.heard(document)


class Line(NamedTuple):
    """Of a posting. account: None where the part is kept by the sources; neither amount nor portion: the remainder."""

    account: str | None
    amount: int | None = None
    portion: str | None = None


Leg = tuple[int, int, str, int]
"""Number of the source, number of the line, account paid, amount."""


class Post(NamedTuple):
    """A posting. sources: name and overdraft limit."""

    key: str
    amount: int | None
    sources: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]
    wire: Literal["lane", "pool"] = "pool"

    def predict(self, second: Second) -> Answer:
        if self.key not in second.answered:
            second.answered[self.key] = self._decided(second)
        return second.answered[self.key]  # type: ignore[no-any-return]

    def _decided(self, second: Second) -> Answer:
        for number, (name, limit) in enumerate(self.sources):
            if limit and second.accounts[name].rule == "d":
                return refusal("overdraft_not_allowed", f"sources.{number}.overdraft_limit")
        spendable = [self._spendable(second, *source) for source in self.sources]
        amount = sum(spendable) if self.amount is None else self.amount
        parts = self._parts(amount)
        if isinstance(parts, dict):
            return parts
        moved = [
            (n, line.account, part)
            for n, (line, part) in enumerate(zip(self.lines, parts, strict=True))
            if line.account and part
        ]
        if not moved:
            return refusal("nothing_to_move", "amount")
        needed = sum(part for *_, part in moved)
        if needed > sum(spendable):
            return refusal("insufficient_funds", "amount", missing=needed - sum(spendable), spendable=spendable)
        legs = list(self._legs(spendable, moved))
        wishes = [
            Wish(
                f"{self.key}/{n}",
                "single",
                self.sources[source][0],
                account,
                part,
                "CNY",
                code="tests.share",
                reference=self.key,
            )
            for n, (source, _, account, part) in enumerate(legs)
        ]
        trial = second.copy()
        for leg, said in zip(legs, trial.say_all(wishes, None, atomic=True), strict=True):
            if not said.accepted and said.result != "batch_refused":
                places = {
                    "debit_account_id": f"sources.{leg[0]}.account_id",
                    "credit_account_id": f"destinations.{leg[1]}.account_id",
                }
                short = {"missing": None, "spendable": None} if said.result == "insufficient_funds" else {}
                return refusal(said.result, places.get(said.field or "", said.field), **short)
        second.made = trial.made
        return {"status": 201, "amount": amount, "kept": amount - needed, "legs": legs}

    def _spendable(self, second: Second, name: str, limit: int) -> int:
        debits_posted, debits_pending, credits_posted, _ = second.sums(name)
        own = credits_posted - debits_posted - debits_pending - second.kept.get(name, 0)
        return max(0, own + (limit if self.amount is not None else 0))

    def _parts(self, amount: int) -> list[int] | Answer:
        """What each line gets: fixed amounts first, then portions of what they leave, the remainder being a portion too."""
        parts, left = [0] * len(self.lines), amount
        for number, line in enumerate(self.lines):
            if line.amount is not None:
                if line.amount > left:
                    return refusal("destinations_exceed_amount", f"destinations.{number}.amount", left=left)
                parts[number] = line.amount
                left -= line.amount
        sharing = {n: Fraction(line.portion or 0) for n, line in enumerate(self.lines) if line.amount is None}
        rest = next(n for n, portion in sharing.items() if not portion)
        sharing[rest] = Fraction(1) - sum(sharing.values())
        for number, portion in sharing.items():
            parts[number] = int(left * portion)
        over = amount - sum(parts)
        for number in list(sharing)[:over]:
            parts[number] += 1
        return parts

    def _legs(self, spendable: Sequence[int], moved: Sequence[tuple[int, str, int]]) -> Iterator[Leg]:
        """The first source that has anything left pays the first line."""
        left = list(spendable)
        for line, account, part in moved:
            while part:
                source = next(number for number, most in enumerate(left) if most)
                amount = min(part, left[source])
                left[source] -= amount
                part -= amount
                yield source, line, account, amount

    async def ask(self, doors: Doors) -> Answer | None:
        body = {
            "currency": "CNY", "code": "tests.share", "reference": self.key,
            "sources": [{"account_id": doors.accounts[name], "overdraft_limit": limit} for name, limit in self.sources],
            "destinations": [_line(line, doors.accounts) for line in self.lines],
        } | ({} if self.amount is None else {"amount": self.amount})  # fmt: skip
        answer = await doors.post("/v1/postings", body, key=self.key)
        if answer is None:
            return None
        status, document = answer
        if status >= 400:
            facts = {"destinations_exceed_amount": ["left"], "insufficient_funds": ["missing", "spendable"]}
            named = document["field"] == "amount" or document["code"] == "destinations_exceed_amount"
            return problem(status, document, *(facts.get(document["code"], []) if named else []))
        legs = [(one["source"], int(one["destination"].split(".")[1]), doors.names[one["credit_account_id"]], one["amount"])
                for one in document["transfers"]]  # fmt: skip
        for number, one in enumerate(document["transfers"]):
            doors.names[one["transfer_id"]] = f"{self.key}/{number}"
        return {"status": status, "amount": document["amount"], "kept": document["kept"], "legs": legs}


def _line(line: Line, accounts: Mapping[str, str]) -> dict[str, Any]:
    where = {"kept": True} if line.account is None else {"account_id": accounts[line.account]}
    much = {"amount": line.amount, "portion": line.portion}
    return where | {name: value for name, value in much.items() if value is not None}


class Sweep(NamedTuple):
    """The periodic work that gives back holds whose time is over."""

    wire: Literal["lane", "pool"] = "pool"

    def predict(self, second: Second) -> Answer:
        second.expire()
        return {}

    async def ask(self, doors: Doors) -> Answer | None:
        try:
            await jobs.expire_holds(doors.served.runtime)
        except (DBAPIError, OSError):
            return None
        return {}
