"""What callers ask of the ledger: each request can be sent, and each can be put to the second ledger; both give the same answer.

An answer is plain data. None is no answer: the service could not be reached by its own database and said that one should ask again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

import httpx

from tests.payments.ledger.predicting import Made, Second, Wish, value_day
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
