"""Rules put live as operators do, and payments made under them."""

from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.risk import activation, ruleset_actions
from services.payments.risk.language import RulesetDocument
from services.payments.risk.model import Subject
from services.payments.risk.rules import series_id
from tests.payments.market import Market, Party

BECAUSE = {"reason": "a test"}


def rule(code: str, outcome: str, when: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": code, "outcome": outcome, "text": {"zh": "规则", "en": f"because of {code}"}, "when": when} | more


def above(amount: int) -> dict[str, Any]:
    return {"fact": "amount", "op": ">", "value": amount}


def window(
    measure: str, op: str, value: int, *, subject: str = "person", seconds: int = 3600, **more: Any
) -> dict[str, Any]:
    return {"window": {"subject": subject, "measure": measure, "seconds": seconds, **more}, "op": op, "value": value}


def second(market: Market) -> httpx.AsyncClient:
    """Another operator than the one who writes rules."""
    return market.served.client("stf_second")


async def drafted(market: Market, *rules: dict[str, Any], **more: Any) -> str:
    body = {"document": {"rules": list(rules), **more}, "note": "a test"}
    return str((await market.operator.post("/v1/risk/rulesets", body))["id"])


async def shadowed(market: Market, *rules: dict[str, Any], **more: Any) -> str:
    ruleset_id = await drafted(market, *rules, **more)
    await market.operator.post(f"/v1/risk/rulesets/{ruleset_id}/shadow", BECAUSE)
    return ruleset_id


async def live(market: Market, *rules: dict[str, Any], **more: Any) -> str:
    ruleset_id = await shadowed(market, *rules, **more)
    await activated(market, ruleset_id)
    return ruleset_id


async def activated(market: Market, ruleset_id: str) -> None:
    headers = {"idempotency-key": uuid4().hex}
    answer = await second(market).post(f"/v1/risk/rulesets/{ruleset_id}/activation", json=BECAUSE, headers=headers)
    assert answer.status_code == 200, answer.text


async def ruled(tx: Tx, *rules: dict[str, Any]) -> None:
    """Live, in a test's own transaction."""
    writer, other = Caller("stf_one", "gateway"), Caller("stf_two", "gateway")
    document = RulesetDocument.model_validate({"rules": list(rules)})
    ruleset = await ruleset_actions.draft_ruleset(tx, writer, document=document, note="a test")
    await ruleset_actions.shadow_ruleset(tx, writer, ruleset_id=ruleset.id, reason="a test")
    await ruleset_actions.activate_ruleset(tx, other, ruleset_id=ruleset.id, reason="a test")
    activation.forget(tx.settings.database_url)


async def counted(tx: Tx, person: str) -> tuple[int, int]:
    """How many payments of a person windows of any length count, and how much of them."""
    statement = """SELECT payments - (SELECT coalesce(sum(payments), 0) FROM risk_take_backs WHERE series_id = id),
        amount - (SELECT coalesce(sum(amount), 0) FROM risk_take_backs WHERE series_id = id) FROM risk_series WHERE id = :id"""
    series = series_id(Subject.PERSON, person, None)
    row = (await tx.connection.execute(text(statement), {"id": series})).one_or_none()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


async def listed(market: Market, name: str, holds: str, *values: str) -> None:
    await market.operator.post("/v1/risk/lists", {"name": name, "holds": holds})
    await market.operator.post(f"/v1/risk/lists/{name}/changes", {"add": list(values)} | BECAUSE)


async def sent(payer: Party, payee: Party, amount: int, **said: str) -> httpx.Response:
    """A transfer between persons; said: `device`, `country`, `decision`."""
    headers = {f"Sifang-{name.capitalize()}": value for name, value in said.items()}
    body = {"payee_id": payee.id, "amount": amount, "currency": "CNY"}
    return await payer.http.post("/v1/person-transfers", json=body, headers=headers | {"idempotency-key": uuid4().hex})


async def code_of(payer: Party, payee: Party, amount: int, **said: str) -> str:
    """`made`, or the code of the refusal."""
    answer = await sent(payer, payee, amount, **said)
    return "made" if answer.status_code == 201 else str(answer.json()["code"])
