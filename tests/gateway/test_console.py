"""The console as a browser's requests meet it; `tests/browser` looks at it with a real one."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.console.language import catalogue
from gateway.console.protection import COOKIE
from gateway.console.routes import KNOWN_REFUSALS
from gateway.operations.model import SOURCES, Group
from tests.gateway.conftest import ServeGateway
from tests.gateway.counting import topped_up
from tests.gateway.people import OPERATOR, PASSWORD, enter, refused, sign_up, visitor
from tests.serving import Served

CUSTOMER = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"


@pytest.fixture
async def browser(gateway: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(gateway) as client:
        yield client


async def test_a_member_of_staff_signs_in_and_out(browser: httpx.AsyncClient) -> None:
    entered = await enter(browser)
    assert (entered.status_code, entered.headers["location"]) == (303, "/console")
    page = await browser.get("/console")
    assert page.status_code == 200
    assert "Operations" in page.text
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
    assert token
    cookie = browser.cookies[COOKIE]
    left = await browser.post("/console/sign-out", data={"form_token": token[1]})
    assert left.headers["location"] == "/console/sign-in"
    browser.cookies.set(COOKIE, cookie, path="/console")
    assert (await browser.get("/console")).headers["location"] == "/console/sign-in"


async def test_the_cookie_is_for_the_console_alone_and_out_of_scripts_reach(browser: httpx.AsyncClient) -> None:
    cookie = (await enter(browser)).headers["set-cookie"]
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/console", "Max-Age=43200"):
        assert attribute in cookie
    assert "Secure" not in cookie


async def test_over_tls_the_cookie_is_secure(gateway: Served) -> None:
    """uvicorn believes the scheme that a proxy on its own host tells."""
    async with visitor(gateway) as client:
        entered = await client.post(
            "/console/sign-in",
            data={"contact": OPERATOR, "password": PASSWORD},
            headers={"X-Forwarded-Proto": "https"},
        )
    assert "Secure" in entered.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
async def test_forms_from_elsewhere(gateway: Served, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(verify=False, base_url=gateway.url, headers=headers) as elsewhere:
        answer = await enter(elsewhere)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    async with visitor(gateway) as client:
        await enter(client)
        client.headers = httpx.Headers(headers)
        assert (await client.post("/console/sign-out", data={"form_token": "x"})).status_code == 403
        assert (await client.get("/console")).status_code == 200


async def test_signing_out_needs_the_pages_own_token(browser: httpx.AsyncClient) -> None:
    await enter(browser)
    assert (await browser.post("/console/sign-out", data={"form_token": "0" * 64})).status_code == 403
    assert (await browser.get("/console")).status_code == 200


@pytest.mark.parametrize("path", ["/console", "/console/figures", "/console/figures/bids"])
async def test_nobody_sees_a_page_without_signing_in(gateway: Served, path: str) -> None:
    async with visitor(gateway) as stranger:
        answer = await stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
        part = await stranger.get(path, headers={"HX-Request": "true"})
        assert (part.status_code, part.headers["hx-redirect"]) == (401, "/console/sign-in")
        stranger.cookies.set(COOKIE, "x" * 43)
        assert (await stranger.get(path)).status_code == 303


async def test_a_customer_and_a_wrong_password_hear_the_same(gateway: Served, browser: httpx.AsyncClient) -> None:
    await sign_up(gateway.client(CUSTOMER))
    pages = []
    for contact, password in (("lin@example.org", PASSWORD), (OPERATOR, "wrong"), ("nobody@example.org", PASSWORD)):
        answer = await enter(browser, contact, password)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        pages.append(answer.text.replace(contact, ""))
    assert len(set(pages)) == 1


async def test_too_many_tries(serve_gateway: ServeGateway) -> None:
    gateway = await serve_gateway(environment={"SIFANG_GATEWAY_SIGN_IN_PER_ACCOUNT": "2 per minute"})
    async with visitor(gateway) as client:
        for _ in range(2):
            await enter(client, password="wrong")
        late = await enter(client)
    assert late.status_code == 429
    assert "Too many tries" in late.text


async def test_what_was_typed_comes_back_as_text(browser: httpx.AsyncClient) -> None:
    answer = await enter(browser, '"><script>alert(1)</script>@x')
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_every_page_stands_under_the_policy(browser: httpx.AsyncClient) -> None:
    await enter(browser)
    for path in ("/console", "/console/sign-in", "/console/figures", "/console/figures/bids"):
        headers = (await browser.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
    page = (await browser.get("/console")).text
    assert not re.search(r"<script(?![^>]*(src=|application/json))|\son\w+=|\sstyle=", page)
    assert "http://" not in page.replace("http://www.w3.org", "")


async def test_both_languages_say_the_same_things(browser: httpx.AsyncClient) -> None:
    assert set(catalogue("en")) == set(catalogue("zh"))
    for code in catalogue("en"):
        assert set(re.findall(r"{\w+}", catalogue("en")[code])) == set(re.findall(r"{\w+}", catalogue("zh")[code]))
    await enter(browser)
    chinese = await browser.get("/console?lang=zh")
    assert 'lang="zh-CN"' in chinese.text
    assert "运营数据" in chinese.text
    assert 'lang="zh-CN"' in (await browser.get("/console")).text, "remembered"
    assert 'lang="en"' in (await browser.get("/console?lang=en")).text


def test_every_word_that_code_asks_for_is_there() -> None:
    words = {f"group_{group}" for group in Group} | {f"source_{source}" for source in SOURCES} | KNOWN_REFUSALS
    assert words <= set(catalogue("en"))


async def test_figures_are_written_in_units_and_stale_ones_marked(gateway: Served, browser: httpx.AsyncClient) -> None:
    """No service is there: all but the gateway's own figures are marked, on the page and in the renewed part."""
    now = (await gateway.runtime.database.now()).replace(tzinfo=None).isoformat()
    await topped_up(gateway.runtime, CUSTOMER, 1_234_56, at=now)
    await enter(browser)
    for path in ("/console?lang=zh", "/console/figures?lang=zh"):
        page = (await browser.get(path)).text
        assert "¥1,234.56" in page
        assert "已降级的数据源：支付清算、网络借贷、电商金融、金融信息" in page
        cards = dict(re.findall(r'<a class="card([^"]*)"[^>]*data-figure="(\w+)"', page))
        marked = {
            code for state, code in re.findall(r'<a class="card( stale)?"[^>]*data-figure="(\w+)"', page) if state
        }
        assert cards
        assert "topped_up" in marked
        assert "registrations" not in marked
    drill = (await browser.get("/console/figures/topped_up?lang=en")).text
    assert "CN¥1,234.56" in drill
    assert "payments.top_up.succeeded.v1" in drill
    assert "Money that came into wallets" in drill


async def test_bad_input_to_pages(browser: httpx.AsyncClient) -> None:
    await enter(browser)
    refused(await browser.get("/console/figures/nonsense"), 404, "unknown_figure", "code")
    refused(await browser.get("/console", params={"days": "0"}), 422, "invalid_value", "days")
    refused(await browser.get("/console/figures/bids", params={"after": "AAAA"}), 400, "malformed_cursor", "after")
    refused(await enter(browser, "x" * 255), 422, "invalid_value", "contact")
    assert (await browser.get("/console", params={"lang": "xx"})).status_code == 200


async def test_static_files_are_ours_alone(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/console/static/console.js")).status_code == 200
    for path in ("/console/static/../routes.py", "/console/static/%2e%2e/routes.py", "/console/static/"):
        assert (await browser.get(path)).status_code == 404


async def test_the_root_leads_to_the_console(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/console/"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
