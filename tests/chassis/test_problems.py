"""Whatever goes wrong is one kind of document with a stable code, the offending field and the request's id."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Query
from sqlalchemy import text

from chassis import errors
from chassis.database import Tx
from chassis.identity import Caller
from tests.chassis.conftest import ServeProbe
from tests.chassis.probe import Thing, ThingId, insert, left_behind

KINDS: dict[str, errors.Refusal] = {
    "malformed": errors.Malformed("m"),
    "unauthenticated": errors.Unauthenticated("u"),
    "forbidden": errors.Forbidden("f"),
    "not_found": errors.NotFound("n"),
    "conflict": errors.Conflict("c", field="amount", balance=5),
    "body_too_large": errors.TooLarge("t"),
    "invalid": errors.Invalid("i"),
    "too_many_requests": errors.TooMany("t", retry_after_seconds=7),
    "unavailable": errors.Unavailable("u"),
}
router = APIRouter(prefix="/v1")


@router.get("/kinds/{kind}")
async def raise_kind(kind: str) -> None:
    raise KINDS[kind]


@router.get("/ids/{id}")
async def read_id(id: ThingId, count: Annotated[int, Query(ge=1, le=9)] = 1) -> None: ...


async def test_every_kind_of_refusal_has_its_status(serve_probe: ServeProbe) -> None:
    client = (await serve_probe(routers=[router])).client()
    for code, refusal in KINDS.items():
        answer = await client.get(f"/v1/kinds/{code}", headers={"X-Request-Id": "req-1"})
        assert answer.status_code == refusal.status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"] == "req-1"
        assert answer.json() == {
            "type": f"urn:sifang:problem:{code}",
            "title": code.replace("_", " "),
            "status": refusal.status,
            "detail": refusal.detail,
            "code": code,
            "instance": f"/v1/kinds/{code}",
        } | ({"field": "amount"} if refusal.field else {}) | refusal.facts  # fmt: skip
        assert answer.headers.get("www-authenticate") == ("Bearer" if refusal.status == 401 else None)
        assert answer.headers.get("retry-after") == {429: "7", 503: "1"}.get(refusal.status)


async def test_a_fault_of_ours_says_nothing_of_itself_but_the_request_s_id(
    serve_probe: ServeProbe, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(tx: Tx, caller: Caller, *, name: str) -> Thing:
        raise ValueError("card 4111111111111111")

    client = (await serve_probe(fail)).client()
    headers = {"Idempotency-Key": "k", "X-Request-Id": "req-1"}
    answer = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.headers["x-request-id"]) == (500, "internal", "req-1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "4111" not in answer.text
    assert "ValueError" in capsys.readouterr().out, "the log knows"


async def test_what_is_not_served_is_said_in_the_same_words(serve_probe: ServeProbe) -> None:
    client = (await serve_probe()).client()
    nowhere, wrong_method = await client.get("/v1/nowhere"), await client.delete("/v1/things")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "no_such_route")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, "method_not_allowed")
    assert wrong_method.headers["content-type"] == "application/problem+json"


async def _send(client: httpx.AsyncClient, body: bytes, kind: str = "application/json") -> tuple[int, str, str | None]:
    headers = {"Idempotency-Key": "k", "Content-Type": kind}
    answer = await client.post("/v1/things", content=body, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"], answer.json().get("field")


async def test_bodies_that_cannot_be_read(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    client = served.client()
    assert await _send(client, b'{"name": ') == (400, "malformed_json", None)
    assert await _send(client, b'{"name": "\xff"}') == (400, "malformed", None)
    assert await _send(client, b"[" * 100_000) == (400, "malformed", None)
    assert await _send(client, b'{"amount": ' + b"9" * 5_000 + b"}") == (400, "malformed", None)
    assert await _send(client, b"") == (422, "missing_field", "body")
    assert await _send(client, b"[]") == (422, "invalid_value", "body")
    assert await _send(client, b'{"name": "a"}', "text/plain") == (422, "invalid_value", "body")
    assert (await left_behind(served.runtime))["keys"] == 0


async def test_what_is_no_amount_is_refused_by_its_field(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    client = served.client()
    for amount in (b"100.0", b'"100"', b"1e3", b"true", b"0", b"-1", b"9007199254740992", b"NaN", b"[1]"):
        body = b'{"name": "a", "amount": ' + amount + b"}"
        assert await _send(client, body) == (422, "invalid_value", "amount"), amount
    assert (await left_behind(served.runtime))["keys"] == 0


async def test_fields_are_known_and_there(serve_probe: ServeProbe) -> None:
    client = (await serve_probe()).client()
    assert await _send(client, b'{"name": "a", "colour": "red"}') == (422, "unknown_field", "colour")
    assert await _send(client, b"{}") == (422, "missing_field", "name")


async def test_parameters_are_refused_by_their_name(serve_probe: ServeProbe) -> None:
    client = (await serve_probe(routers=[router])).client()
    good = "thg_01jdf3q8e7f5bt2m0xk5s8yq4c"
    assert (await client.get(f"/v1/ids/{good}")).status_code == 200
    for path, code, field in [
        ("/v1/ids/thg_1", "malformed_id", "id"),
        (f"/v1/ids/{good.upper()}", "malformed_id", "id"),
        (f"/v1/ids/{good}?count=10", "invalid_value", "count"),
        (f"/v1/ids/{good}?count=x", "invalid_value", "count"),
    ]:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)


async def test_a_unstorablethat_cannot_be_stored_is_the_caller_s(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    for unstorable in (rb"a\u0000", rb"\ud800"):
        status, code, _ = await _send(served.client(), b'{"name": "' + unstorable + b'"}')
        assert (status, code) == (422, "invalid_value")
    assert (await left_behind(served.runtime))["keys"] == 0


async def test_what_the_database_says_is_a_passing_state_or_a_fault(serve_probe: ServeProbe) -> None:
    async def stop(tx: Tx, caller: Caller, *, name: str) -> Thing:
        await tx.connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{name}'; END $$"))
        return await insert(tx, name)

    client = (await serve_probe(stop)).client()
    expected: list[tuple[str, tuple[int, str]]] = [
        ("53300", (503, "database_unavailable")),
        ("57014", (503, "database_unavailable")),
        ("23505", (500, "internal")),
    ]
    for sqlstate, wanted in expected:
        answer: Any = await client.post("/v1/things", json={"name": sqlstate}, headers={"Idempotency-Key": sqlstate})
        assert (answer.status_code, answer.json()["code"]) == wanted
