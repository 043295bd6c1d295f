"""What callers ask of the ledger: each request can be sent, and each can be put to the second ledger; both give the same answer.

An answer is plain data. None is no answer: the service could not be reached by its own database and said that one should ask again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

import httpx
from sqlalchemy.exc import DBAPIError

from services.payments.ledger import jobs
from tests.payments.ledger.predicting import REVERSAL, Made, Said, Second, Wish, value_day
from tests.serving import Served

OPERATOR, SHOP = "operator", "p2p"
CONFLICTS = frozenset(
    {
        "id_already_failed", "account_closed", "account_frozen", "balance_would_overflow", "insufficient_funds", "exists_outside_batch",
        "account_not_frozen", "account_not_empty", "already_reversed", "nothing_to_move",
    }
)  # fmt: skip
Answer = dict[str, Any]
Mode = Literal["single", "atomic", "independent"]


@dataclass
class Doors:
    """One book of a served ledger. accounts: name → id; names: what the second ledger calls what has an id of the first one's making."""

    served: Served
    callers: Mapping[str, httpx.AsyncClient]
    book_id: int
    accounts: dict[str, str]
    names: dict[str, str]

    async def post(self, path: str, body: Any, *, caller: str = OPERATOR, key: str = "") -> tuple[int, Any] | None:
        headers = {"idempotency-key": key} if key else {}
        answer = await self.callers[caller].post(path, json=body, headers=headers)
        if answer.status_code == 503:
            assert answer.headers["retry-after"] == "1", answer.text
            return None
        return answer.status_code, answer.json()

    def heard(self, document: dict[str, Any]) -> Answer:
        """A transfer as it is told, in the words of the second ledger."""
        names = ("id", "kind", "amount", "currency", "code", "reference", "value_on", "pending_id")
        expires = document["expires_at"]
        return {name: document[name] for name in names} | {
            "debit_account_id": self.names[document["debit_account_id"]],
            "credit_account_id": self.names[document["credit_account_id"]],
            "posted_at": datetime.fromisoformat(document["posted_at"]).replace(microsecond=0),
            "expires_at": None if expires is None else datetime.fromisoformat(expires),
            "flags": sorted(document["flags"]),
        }


class Request(Protocol):
    @property
    def wire(self) -> Literal["lane", "pool"]:
        """Whose connection it needs."""

    def predict(self, second: Second) -> Answer: ...

    async def ask(self, doors: Doors) -> Answer | None: ...


def told(made: Made) -> Answer:
    wish = made.wish
    names = (
        "id",
        "kind",
        "debit_account_id",
        "credit_account_id",
        "amount",
        "currency",
        "code",
        "reference",
        "pending_id",
    )
    when = {"posted_at": made.at, "expires_at": made.expires_at, "value_on": value_day(made)}
    return {name: getattr(wish, name) for name in names} | when | {"flags": sorted(wish.flags)}


def refusal(code: str, name: str | None, **facts: Any) -> Answer:
    conflict = code in CONFLICTS or code.startswith(
        ("exists_with_", "hold_already_", "hold_expired", "batch_", "linked_tr")
    )
    return {
        "status": 404 if code.startswith("unknown_") else 409 if conflict else 422,
        "code": code,
        "field": name,
    } | facts


def problem(status: int, document: dict[str, Any], *names: str) -> Answer:
    return {"status": status, "code": document["code"], "field": document.get("field")} | {
        one: document.get(one) for one in names
    }


def results_of(answer: Answer) -> list[str]:
    """What was said of each transfer, or of a story."""
    if "results" in answer:
        return [result for result, _ in answer["results"]]
    return [answer.get("result") or answer.get("code") or "done"]


class Transfers(NamedTuple):
    """One by itself, or a batch."""

    mode: Mode
    wishes: tuple[Wish, ...]
    caller: str
    wire: Literal["lane", "pool"] = "lane"

    def predict(self, second: Second) -> Answer:
        parties = None if self.caller == OPERATOR else frozenset({self.caller})
        said = second.say_all(self.wishes, parties, atomic=self.mode == "atomic")
        if self.mode == "single":
            (one,) = said
            if one.made is not None:
                return {"status": 201 if one.result == "created" else 200, "result": one.result} | told(one.made)
            return refusal(one.result, one.field, refused_with=one.told)
        results = [(one.result, one.field) for one in said]
        if self.mode == "independent" or all(one.accepted for one in said):
            return {"status": 200, "results": results}
        number, first = next(
            (n, one) for n, one in enumerate(said) if not one.accepted and one.result != "batch_refused"
        )
        place = f"transfers.{number}" + (f".{first.field}" if first.field else "")
        return refusal(first.result, place, results=results)

    async def ask(self, doors: Doors) -> Answer | None:
        single = self.mode == "single"
        wanted = [_document(wish, doors.accounts) for wish in self.wishes]
        body = wanted[0] if single else {"mode": self.mode, "transfers": wanted}
        answer = await doors.post("/v1/transfers" if single else "/v1/transfers/bulk", body, caller=self.caller)
        if answer is None:
            return None
        status, document = answer
        if single:
            made = status < 400 and {"status": status, "result": document["result"]} | doors.heard(document)
            return made or problem(status, document, "refused_with")
        results = [(one["result"], one["field"]) for one in document["results"]]
        return (
            problem(status, document) | {"results": results}
            if status >= 400
            else {"status": status, "results": results}
        )


def _document(wish: Wish, accounts: Mapping[str, str]) -> dict[str, Any]:
    """As JSON: what is left out is not said."""
    body = {name: value for name, value in wish._asdict().items() if value is not None and value != frozenset()}
    for name in ("debit_account_id", "credit_account_id"):
        if name in body:
            body[name] = accounts[body[name]]
    if "flags" in body:
        body["flags"] = sorted(wish.flags)
    if wish.posted_at is not None:
        body |= {"posted_at": wish.posted_at.isoformat(), "value_on": wish.posted_at.date().isoformat()}
    return body


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
        sharing[rest] = 1 - sum(sharing.values())
        for number, portion in sharing.items():
            parts[number] = int(left * portion)
        over = amount - sum(parts)
        for number in list(sharing)[:over]:
            parts[number] += 1
        return parts

    def _legs(self, spendable: list[int], moved: list[tuple[int, Any, int]]) -> Any:
        """The first source pays the first line, unit by unit."""
        units = iter([number for number, most in enumerate(spendable) for _ in range(min(most, 10_000))])
        for line, account, part in moved:
            paid: dict[int, int] = {}
            for _ in range(part):
                source = next(units)
                paid[source] = paid.get(source, 0) + 1
            yield from ((source, line, account, amount) for source, amount in paid.items())

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
