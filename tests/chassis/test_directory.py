"""A request goes where it would go if every route were tried in order: whatever the path, the method and the slash at its end."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from chassis.directory import Directory
from gateway.app import create_app as gateway
from services.p2p.app import create_app as p2p
from services.payments.app import create_app as payments
from tests.conftest import MakeSettings

ROUTES = (
    ("GET", "/alive"),
    ("GET", "/v1/things"),
    ("POST", "/v1/things"),
    ("GET", "/v1/things/{name}"),
    ("PUT", "/v1/things/{name}/parts/{number}"),
    ("GET", "/v1/things.csv"),
    ("GET", "/v1/{anything}"),
    ("DELETE", "/v1/things/one"),
    ("GET", "/v1/things/one"),
    ("GET", "/v2/open/"),
    ("GET", "/{first}/{second}/last"),
    ("GET", "/whole/{rest:path}"),
    ("GET", "/later"),
)
PLAIN = ["alive", "v1", "v2", "things", "things.csv", "one", "open", "parts", "last", "whole"]
SEGMENTS = st.sampled_from([*PLAIN, "static", "under", "here", "x", ""])
PATHS = st.lists(SEGMENTS, max_size=5).map(lambda segments: "/" + "/".join(segments))
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"])


async def _static(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 203, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def _answering(name: str) -> Callable[[], str]:
    def answer() -> str:
        return name

    return answer


def _app() -> FastAPI:
    """Some routes of its own, some included, some included by what is included, and something mounted."""
    app, room, inner = FastAPI(), APIRouter(), APIRouter(prefix="/v1")
    for number, (method, path) in enumerate(ROUTES):
        add = (app, room, inner)[number % 3].add_api_route
        served = path.removeprefix("/v1") if number % 3 == 2 and path.startswith("/v1") else path
        add(served, _answering(f"{number} {method} {path}"), methods=[method])
    room.include_router(inner)
    app.include_router(room)
    app.include_router(inner, prefix="/under/here")
    app.mount("/static", _static)
    return app


IN_ORDER, BY_HEAD = _app(), _app()
BY_HEAD.router.middleware_stack = Directory(BY_HEAD.router)


@given(METHODS, PATHS)
@example("GET", "/v1/things/")
@example("GET", "/v2/open")
@example("PATCH", "/v1/things")
@example("GET", "/static/some/file")
@example("GET", "//")
@example("GET", "/alive/one/last")
@example("GET", "/whole/one/last")
@example("GET", "/v1/things/one/last")
@example("GET", "/v1/x")
@example("GET", "/under/here/v1/things.csv")
@example("GET", "/under/here/v1/things/one")
async def test_it_goes_where_it_would_go_in_order(method: str, path: str) -> None:
    told = []
    for app in (IN_ORDER, BY_HEAD):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            answer = await client.send(client.build_request(method, httpx.URL("http://here", raw_path=path.encode())))
        told.append((answer.status_code, answer.text, answer.headers.get("location"), answer.headers.get("allow")))
    assert told[0] == told[1]


@pytest.mark.parametrize(("service", "make"), [("payments", payments), ("p2p", p2p), ("gateway", gateway)])
async def test_every_route_of_a_service_is_found_among_few(
    service: str, make: Callable[..., FastAPI], make_settings: MakeSettings
) -> None:
    app = make(await make_settings(service))
    directory = Directory(app.router)
    tried = 0
    paths = list(app.openapi()["paths"])
    for path in paths:
        asked = path.replace("{", "x_").replace("}", "")
        scope: dict[str, Any] = {"type": "http", "path": asked, "method": "GET", "root_path": "", "headers": []}
        few = directory.part(asked).routes
        assert [one for one in app.router.routes if one.matches(scope)[0] is not Match.NONE] == [
            one for one in few if one.matches(scope)[0] is not Match.NONE
        ]
        tried += len(few)
    assert tried < 20 * len(paths)
