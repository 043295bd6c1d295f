"""What every service answers by itself: alive, ready or why not; and how it stops."""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from chassis import migrate
from chassis.database import Tx
from chassis.identity import Caller
from chassis.provision import in_database
from chassis.settings import UnsafeSetting
from tests.chassis import probe
from tests.chassis.conftest import ServeProbe
from tests.chassis.probe import Thing, insert, left_behind
from tests.conftest import DatabaseUrls, MakeSettings
from tests.serving import start

KEY = {"Idempotency-Key": "k"}


async def test_alive_and_ready_without_a_token(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    async with httpx.AsyncClient(verify=False, base_url=served.url) as anybody:
        alive, ready = await anybody.get("/healthz"), await anybody.get("/readyz")
        metrics = await anybody.get("/metrics")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert 'sifang_service_info{service="p2p"} 1.0' in metrics.text
    assert 'sifang_requests_total{method="GET",route="/readyz",status="200"} 1.0' in metrics.text


async def test_not_ready_on_an_older_schema_and_ready_on_a_newer(
    serve_probe: ServeProbe, database_urls: DatabaseUrls
) -> None:
    served = await serve_probe()
    _, owner_url = await database_urls("p2p")
    head, older = migrate.revisions("services.p2p")["chassis"][:2]
    async with httpx.AsyncClient(verify=False, base_url=served.url) as anybody:
        owner = await asyncpg.connect(owner_url)
        try:
            setting = "UPDATE chassis.alembic_version SET version_num = $1"
            await owner.execute(setting, older)
            behind = await anybody.get("/readyz")
            await owner.execute(setting, "2099_01_01_of_a_later_release")
            ahead = await anybody.get("/readyz")
        finally:
            await owner.execute("UPDATE chassis.alembic_version SET version_num = $1", head)
            await owner.close()
    assert behind.status_code == 503
    assert (behind.json()["status"], behind.json()["schemas"]) == ("schema is older", ["chassis"])
    assert ahead.status_code == 200, "replicas of the release before serve on while they are replaced"


def test_a_database_without_any_schema_is_behind() -> None:
    known = {"chassis": ["b", "a"], "public": []}
    assert migrate.behind(known, {"chassis": None, "public": None}) == ["chassis"]
    assert migrate.behind(known, {"chassis": "b", "public": None}) == []


@pytest.mark.parametrize("url", ["postgresql://p2p:wrong@{place}", "postgresql://p2p@127.0.0.1:9/none"])
async def test_without_a_database_it_lives_is_not_ready_and_says_so(make_settings: MakeSettings, url: str) -> None:
    settings = await make_settings("p2p")
    url = url.format(place=settings.database_url.partition("@")[2])
    served = await start(replace(settings, database_url=url, direct_url=url), probe.application())
    try:
        client = served.client()
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "no database")
        written = await client.post("/v1/things", json={"name": "a"}, headers=KEY)
        assert (written.status_code, written.json()["code"]) == (503, "database_unavailable")
    finally:
        await served.stop()


async def test_a_stop_finishes_what_is_under_way_and_takes_no_more(serve_probe: ServeProbe) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx, caller: Caller, *, name: str) -> Thing:
        begun.set()
        await go_on.wait()
        return await insert(tx, name)

    served = await serve_probe(slowly)
    headers = {"Authorization": f"Bearer {served.token()}"} | KEY
    async with httpx.AsyncClient(verify=False, base_url=served.url, headers=headers) as client:
        under_way = asyncio.create_task(client.post("/v1/things", json={"name": "a"}))
        await begun.wait()
        stopping = asyncio.create_task(served.stop())
        await asyncio.sleep(0.2)
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")
        assert not stopping.done()
        go_on.set()
        assert (await under_way).status_code == 201
        await stopping
    assert (await left_behind(served.runtime))["things"] == 1
    await served.runtime.database.close()


async def test_requests_under_way_longer_than_the_grace_are_rolled_back(
    serve_probe: ServeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.serving.STOP_SECONDS", 0.2)
    begun = asyncio.Event()

    async def for_ever(tx: Tx, caller: Caller, *, name: str) -> Thing:
        thing = await insert(tx, name)
        begun.set()
        await asyncio.sleep(60)
        return thing

    served = await serve_probe(for_ever)
    headers = {"Authorization": f"Bearer {served.token()}"} | KEY
    async with httpx.AsyncClient(verify=False, base_url=served.url, headers=headers) as client:
        under_way = asyncio.create_task(client.post("/v1/things", json={"name": "a"}))
        await begun.wait()
        await served.stop()
        with pytest.raises(httpx.HTTPError):
            (await under_way).raise_for_status()
    assert await left_behind(served.runtime) == {"things": 0, "events": 0, "jobs": 0, "keys": 0}
    await served.runtime.database.close()


async def test_the_trace_of_a_request_goes_into_its_events_and_jobs(serve_probe: ServeProbe) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    served = await serve_probe()
    client = served.client()
    await client.post("/v1/things", json={"name": "a"}, headers=KEY | {"traceparent": traceparent})
    (event,) = (await client.get("/v1/events")).json()["items"]
    assert event["traceparent"][:36] == traceparent[:36]
    assert event["traceparent"] != traceparent


async def test_live_mode_does_not_start_as_a_superuser(make_settings: MakeSettings, admin_url: str) -> None:
    settings = await make_settings("p2p")
    url = in_database(admin_url, urlsplit(settings.database_url).path.lstrip("/"))
    app = probe.application()(replace(settings, mode="live", database_url=url, direct_url=url))
    with pytest.raises(UnsafeSetting, match="superuser"):
        async with app.router.lifespan_context(app):
            pass
    live = await start(replace(settings, mode="live"), probe.application())
    await live.stop()
