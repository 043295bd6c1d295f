"""One answer per caller, operation and key, however often and however simultaneously it is asked for."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from chassis.database import Tx
from chassis.idempotency import forget_old, hash_of
from chassis.identity import Caller
from tests.chassis.conftest import ServeProbe
from tests.chassis.probe import CUSTOMER, Thing, insert, left_behind
from tests.serving import Served


async def _post(client: httpx.AsyncClient, name: str, key: str | None, path: str = "/v1/things") -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post(path, json={"name": name}, headers=headers)


async def test_the_same_request_has_the_same_answer_and_says_so(serve_probe: ServeProbe) -> None:
    client = (await serve_probe()).client()
    first, again = await _post(client, "a", "k"), await _post(client, "a", "k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    spaced = await client.post("/v1/things", content=b'{ "name" :\n"a" }', headers=headers)
    assert spaced.json() == first.json(), "spacing is no other body"


async def test_a_write_needs_a_key(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    for key in (None, ""):
        refused = await _post(served.client(), "a", key)
        assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_required")
        assert refused.json()["field"] == "Idempotency-Key"
    assert (await left_behind(served.runtime))["things"] == 0


async def test_a_key_has_at_most_128_characters(serve_probe: ServeProbe) -> None:
    client = (await serve_probe()).client()
    assert (await _post(client, "a", "k" * 128)).status_code == 201
    refused = await _post(client, "b", "k" * 129)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_too_long")


async def test_another_body_under_a_key_is_refused(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    await _post(served.client(), "a", "k")
    refused = await _post(served.client(), "b", "k")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert refused.json()["field"] == "Idempotency-Key"
    assert await left_behind(served.runtime) == {"things": 1, "events": 1, "jobs": 1, "keys": 1}


async def test_a_key_belongs_to_its_caller_and_operation(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    clients = [served.client(CUSTOMER), served.client("stf_1"), served.client("stf_1", acting_for=CUSTOMER)]
    answers = [await _post(client, f"thing {place}", "k") for place, client in enumerate(clients)]
    answers.append(await _post(clients[0], "other", "k", "/v1/others"))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 4


async def test_malformed_input_leaves_the_key_free(serve_probe: ServeProbe) -> None:
    client = (await serve_probe()).client()
    refused = await client.post("/v1/things", json={"name": "a", "no": 1}, headers={"Idempotency-Key": "k"})
    assert refused.status_code == 422
    assert (await _post(client, "a", "k")).status_code == 201


async def test_of_twenty_at_once_one_runs_and_the_others_read_its_answer(serve_probe: ServeProbe) -> None:
    runs = []

    async def slowly(tx: Tx, caller: Caller, *, name: str) -> Thing:
        runs.append(name)
        await asyncio.sleep(0.05)
        return await insert(tx, name)

    served = await serve_probe(slowly)
    clients = [served.client() for _ in range(20)]
    answers = await asyncio.gather(*(_post(client, "a", "k") for client in clients))
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 19
    assert runs == ["a"]
    assert await left_behind(served.runtime) == {"things": 1, "events": 1, "jobs": 1, "keys": 1}


async def test_who_cannot_wait_for_the_first_is_told_that_it_goes_on(
    serve_probe: ServeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.database.LOCK_TIMEOUT_MS", 100)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx, caller: Caller, *, name: str) -> Thing:
        begun.set()
        await go_on.wait()
        return await insert(tx, name)

    served = await serve_probe(slowly)
    first = asyncio.create_task(_post(served.client(), "a", "k"))
    await begun.wait()
    told = await _post(served.client(), "a", "k")
    assert (told.status_code, told.json()["code"]) == (409, "in_progress")
    go_on.set()
    given, again = await first, await _post(served.client(), "a", "k")
    assert (given.status_code, again.status_code) == (201, 201)
    assert again.json() == given.json()


async def test_when_the_first_rolls_back_a_waiting_duplicate_runs(serve_probe: ServeProbe) -> None:
    begun = asyncio.Event()

    async def fail_at_first(tx: Tx, caller: Caller, *, name: str) -> Thing:
        if not begun.is_set():
            begun.set()
            await asyncio.sleep(0.2)
            raise ValueError("a fault of ours")
        return await insert(tx, name)

    served = await serve_probe(fail_at_first)
    first = asyncio.create_task(_post(served.client(), "a", "k"))
    await begun.wait()
    second = await _post(served.client(), "a", "k")
    assert ((await first).status_code, second.status_code) == (500, 201)


async def test_keys_are_forgotten_after_90_days(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    for key in ("old", "young"):
        await _post(served.client(), key, key)
    await _age(served, "old", timedelta(days=90, minutes=1))
    await _age(served, "young", timedelta(days=89, hours=23))
    async with served.runtime.transaction() as tx:
        assert [await forget_old(tx.connection) for _ in range(2)] == [1, 0]
    assert (await _post(served.client(), "young", "young")).headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in (await _post(served.client(), "old too", "old")).headers


async def _age(served: Served, key: str, age: timedelta) -> None:
    async with served.runtime.transaction() as tx:
        aging = text(
            "UPDATE chassis.idempotency_keys SET claimed_at = claimed_at - CAST(:age AS interval) WHERE key = :key"
        )
        await tx.connection.execute(aging, {"age": age, "key": key})


def test_the_hash_knows_target_values_and_kinds_but_not_the_order_of_members() -> None:
    given = hash_of("/v1/things?", b'{"a": 1, "b": [1, 2]}')
    assert hash_of("/v1/things?", b'{"b":[1,2],"a":1}') == given
    others = [b'{"a":1,"b":[2,1]}', b'{"a":"1","b":[1,2]}', b'{"a":1.0,"b":[1,2]}', b'{"a":1}', b"", b"{not json"]
    hashes = {hash_of("/v1/things?", body) for body in others} | {hash_of("/v1/others?", b'{"a": 1, "b": [1, 2]}')}
    assert len(hashes | {given}) == len(others) + 2
    deep = [b"[" * 100_000 + inner + b"]" * 100_000 for inner in (b"1", b"2")]
    assert len({hash_of("/v1/things?", body) for body in deep}) == 2
    assert hash_of("/v1/things?", b"{}", b"secret") != hash_of("/v1/things?", b"{}")
