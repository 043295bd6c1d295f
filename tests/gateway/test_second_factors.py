import asyncio
import base64
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from chassis.clock import real_now
from chassis.sealing import CannotOpen
from chassis.settings import MissingSetting
from gateway.factors import rules
from gateway.factors.sealing import seal, sealing_keys, unseal
from gateway.factors.tables import second_factors
from tests.conftest import MakeRuntime
from tests.gateway.conftest import ServeGateway
from tests.gateway.people import OPERATOR, PASSWORD, enter, refused, sign_in, sign_up, visitor
from tests.serving import Served

RFC_SECRET = b"12345678901234567890"
STANDING = real_now()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    """Appendix B, its last six digits."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert rules.code_at(RFC_SECRET, rules.step_at(instant)) == code
    assert rules.step_of(RFC_SECRET, code, instant, None) == rules.step_at(instant)


def test_a_code_lives_a_step_longer_and_is_good_once() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    step = rules.step_at(now)
    code = rules.code_at(RFC_SECRET, step)
    for seconds, found in ((-30, step), (30, step), (-60, None), (60, None)):
        assert rules.step_of(RFC_SECRET, code, now + timedelta(seconds=seconds), None) == found
    assert rules.step_of(RFC_SECRET, code, now, step) is None
    assert rules.step_of(RFC_SECRET, code, now, step + 1) is None


@pytest.fixture(autouse=True)
def phone_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands for codes: a test that crosses a half minute would otherwise find its code too old."""
    monkeypatch.setattr("gateway.factors.actions.real_now", lambda: STANDING)


class Authenticator:
    """The app on her phone. next: as if the time of the last code had passed."""

    def __init__(self, secret: str) -> None:
        self.secret = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self._step = rules.step_at(STANDING) - 2

    def next(self) -> str:
        self._step += 1
        return rules.code_at(self.secret, self._step)

    def wrong(self) -> str:
        right = {rules.code_at(self.secret, rules.step_at(STANDING) + around) for around in range(-3, 4)}
        return next(code for number in range(100) if (code := f"{number:06}") not in right)


async def signed_in(gateway: Served, **body: str) -> httpx.AsyncClient:
    http = gateway.client()
    token = (await sign_in(http, email=OPERATOR, **body)).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"
    return http


async def enrolled(http: httpx.AsyncClient) -> Authenticator:
    answer = await http.post("/v1/me/second-factor")
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    phone = Authenticator(answer.json()["secret"])
    confirmed = await http.post("/v1/me/second-factor/confirmation", json={"code": phone.next()})
    assert confirmed.status_code == 204
    return phone


async def test_signing_in_asks_for_a_code_and_takes_it_once(gateway: Served) -> None:
    http = await signed_in(gateway)
    phone = await enrolled(http)
    refused(await sign_in(http, email=OPERATOR), 401, "second_factor_required", "code")
    refused(await sign_in(http, email=OPERATOR, code=phone.wrong()), 401, "second_factor_refused", "code")
    code = phone.next()
    both = await asyncio.gather(*(sign_in(http, email=OPERATOR, code=code) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 401]
    refused(await sign_in(http, email=OPERATOR, code=code), 401, "second_factor_refused", "code")
    assert (await sign_in(http, email=OPERATOR, code=phone.next())).status_code == 201


async def test_nobody_without_the_password_hears_of_the_factor(gateway: Served) -> None:
    http = await signed_in(gateway)
    phone = await enrolled(http)
    answer = await sign_in(http, email=OPERATOR, password="not the password", code=phone.next())
    refused(answer, 401, "credentials_refused")


async def test_an_unconfirmed_secret_asks_for_nothing_and_can_be_made_anew(gateway: Served) -> None:
    http = await signed_in(gateway)
    secrets = [(await http.post("/v1/me/second-factor")).json()["secret"] for _ in range(2)]
    assert secrets[0] != secrets[1]
    assert (await sign_in(http, email=OPERATOR)).status_code == 201
    old = Authenticator(secrets[0]).next()
    refused(await http.post("/v1/me/second-factor/confirmation", json={"code": old}), 401, "second_factor_refused")
    new = Authenticator(secrets[1]).next()
    assert (await http.post("/v1/me/second-factor/confirmation", json={"code": new})).status_code == 204


async def test_a_confirmed_one_goes_by_an_operators_hand_only(gateway: Served) -> None:
    http = await signed_in(gateway)
    await enrolled(http)
    refused(await http.post("/v1/me/second-factor"), 409, "second_factor_exists")
    me = (await http.get("/v1/me")).json()["id"]
    path, key = f"/v1/staff/{me}/second-factor", {"Idempotency-Key": str(uuid4())}
    lesser = gateway.client("stf_lesser", ["gateway:read", "gateway:write"])
    refused(await lesser.delete(path, headers=key), 403, "cannot_grant")
    customer = gateway.client("cus_01jdf3q8e7f5bt2m0xk5s8yq4c")
    refused(await customer.delete(path, headers=key), 403, "missing_scope")
    assert (await gateway.client().delete(path, headers=key)).status_code == 200
    assert (await sign_in(http, email=OPERATOR)).status_code == 201


async def test_codes_cannot_be_tried_without_end(serve_gateway: ServeGateway) -> None:
    gateway = await serve_gateway(environment={"SIFANG_GATEWAY_SIGN_IN_PER_ACCOUNT": "4 per minute"})
    http = await signed_in(gateway)
    phone = await enrolled(http)
    for _ in range(4):
        refused(await sign_in(http, email=OPERATOR, code=phone.wrong()), 401, "second_factor_refused")
    refused(await sign_in(http, email=OPERATOR, code=phone.next()), 429, "too_many_tries")


async def test_the_console_asks_too(gateway: Served) -> None:
    phone = await enrolled(await signed_in(gateway))
    async with visitor(gateway) as browser:
        asked = await enter(browser)
        assert asked.status_code == 401
        assert "authenticator" in asked.text
        assert "set-cookie" not in asked.headers
        code = phone.next()
        entered = await browser.post(
            "/console/sign-in", data={"contact": OPERATOR, "password": PASSWORD, "code": f"{code[:3]} {code[3:]}"}
        )
        assert entered.headers["location"] == "/console"


async def test_setting_one_up_at_the_console(gateway: Served) -> None:
    page = "/console/second-factor"
    async with visitor(gateway) as browser:
        assert (await browser.get(page)).headers["location"] == "/console/sign-in"
        assert (await browser.post(page)).headers["location"] == "/console/sign-in"
        await enter(browser)
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', (await browser.get(page)).text)
        assert found
        token = {"form_token": found[1]}
        assert (await browser.post(page, data={"form_token": "0" * 64})).status_code == 403
        shown = await browser.post(page, data=token)
        assert shown.headers["cache-control"] == "no-store"
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", shown.text)
        assert secret
        phone = Authenticator(secret[1].replace(" ", ""))
        wrong = await browser.post(f"{page}/confirmation", data=token | {"code": phone.wrong()})
        assert wrong.status_code == 401
        assert "out of date" in wrong.text
        right = await browser.post(f"{page}/confirmation", data=token | {"code": phone.next()})
        assert right.headers["location"] == page
        assert "signing in asks for a code" in (await browser.get(page)).text
        assert (await browser.post(page, data=token)).status_code == 409
    refused(await sign_in(gateway.client(), email=OPERATOR), 401, "second_factor_required")


async def test_the_secret_is_sealed_and_shown_once(gateway: Served) -> None:
    http = await signed_in(gateway)
    answer = (await http.post("/v1/me/second-factor")).json()
    address = urlsplit(answer["uri"])
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query)["secret"] == [answer["secret"]]
    assert OPERATOR not in answer["uri"]
    async with gateway.runtime.reading() as connection:
        sealed = (await connection.execute(select(second_factors.c.sealed))).scalar_one()
    assert Authenticator(answer["secret"]).secret not in sealed


async def test_second_factors_are_for_staff(gateway: Served) -> None:
    http = gateway.client("cus_nobody", [])
    await sign_up(http)
    token = (await sign_in(http)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    refused(await http.post("/v1/me/second-factor", headers=headers), 403, "staff_only")


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", 123456])
async def test_what_is_no_code(gateway: Served, code: object) -> None:
    answer = await gateway.client().post("/v1/me/second-factor/confirmation", json={"code": code})
    refused(answer, 422, "invalid_value", "code")


@pytest.mark.parametrize("key", ["c2hvcnQ=", "not base64 at all"])
async def test_a_key_that_cannot_be_one(make_runtime: MakeRuntime, key: str) -> None:
    runtime = await make_runtime("gateway", environment={"SIFANG_GATEWAY_FACTOR_KEYS": key})
    with pytest.raises(MissingSetting, match="32 bytes"):
        sealing_keys(runtime)


async def test_a_row_sealed_for_somebody_else_does_not_open(make_runtime: MakeRuntime) -> None:
    keys = sealing_keys(await make_runtime("gateway"))
    sealed = seal(keys, UUID(int=1), RFC_SECRET)
    assert unseal(keys, UUID(int=1), sealed) == RFC_SECRET
    with pytest.raises(CannotOpen):
        unseal(keys, UUID(int=2), sealed)
