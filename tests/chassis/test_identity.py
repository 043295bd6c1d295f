"""Whose token counts: signature, issuer, audience, time, scopes, and nothing that only looks like a token."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OKPKey

from chassis import identity
from chassis.errors import NotFound, Unauthenticated
from chassis.identity import (
    CUSTOMER_SCOPES,
    ISSUER_SCOPES,
    Caller,
    MissingScope,
    Signer,
    TokenRefused,
    Verifier,
    bearer_token,
    require_scopes,
)
from chassis.settings import Settings
from tests.chassis.conftest import ServeProbe
from tests.chassis.probe import CUSTOMER


@pytest.fixture
def folder(keys: Path, tmp_path: Path) -> Path:
    """Keys that a test may change."""
    return Path(shutil.copytree(keys, tmp_path / "keys"))


@pytest.fixture
def settings(folder: Path) -> Settings:
    return Settings("p2p", "test", "", "", folder, {})


@pytest.fixture
def verifier(settings: Settings) -> Verifier:
    return Verifier(settings)


def _signer(folder: Path, issuer: str) -> Signer:
    return Signer(issuer, folder / f"{issuer}.private.json")


def _key(folder: Path, issuer: str) -> OKPKey:
    return OKPKey.import_key(json.loads((folder / f"{issuer}.private.json").read_text()))


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": "gateway", "sub": CUSTOMER, "aud": ["p2p"], "iat": now, "exp": now + 60, "scope": "p2p:read"}
    return {name: value for name, value in (claims | changes).items() if value is not None}


def _signed(folder: Path, claims: dict[str, Any], by: str = "gateway", **header: Any) -> str:
    key = _key(folder, by)
    return jwt.encode({"alg": "Ed25519", "kid": by} | header, claims, key, algorithms=["Ed25519"])


def test_a_token_says_who_calls_and_what_she_may(folder: Path, verifier: Verifier) -> None:
    caller = verifier.caller(_signed(folder, _claims(scope="p2p:read p2p:write")))
    assert caller == Caller(CUSTOMER, "gateway", frozenset({"p2p:read", "p2p:write"}))
    assert (caller.party, str(caller.customer)[:8]) == (CUSTOMER, "01935e3b")
    assert caller.may("p2p:read")
    assert not caller.may("p2p:operate")


def test_a_service_acts_for_a_customer(folder: Path, settings: Settings) -> None:
    token = _signer(folder, "p2p").token("payments", ["payments:write"], acting_for=CUSTOMER)
    caller = Verifier(replace(settings, service="payments")).caller(token)
    assert (caller.subject, caller.acting_for, caller.party) == ("p2p", CUSTOMER, CUSTOMER)


def test_an_issuer_hands_out_no_more_than_it_may(folder: Path, settings: Settings) -> None:
    wanted = ["payments:read", "payments:operate", "clock:write", "gateway:write"]
    token = _signer(folder, "p2p").token("payments", wanted)
    assert Verifier(replace(settings, service="payments")).caller(token).scopes == {"payments:read"}
    assert not any(scope.endswith((":operate", ":transfer")) or scope == "clock:write" for scope in CUSTOMER_SCOPES)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": int(time.time()) - 60}, id="expired a minute ago"),
        {"exp": None},
        {"exp": "never"},
        {"aud": ["payments"]},
        {"aud": None},
        {"sub": None},
        {"iss": "p2q"},
        {"iss": "../gateway"},
        {"iss": None},
        {"iss": ["gateway"]},
        {"iss": "p2p"},
        {"iss": "suite"},
        pytest.param({"nbf": int(time.time()) + 600}, id="holds in ten minutes"),
    ],
    ids=str,
)
def test_claims_that_do_not_hold(folder: Path, verifier: Verifier, changes: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        verifier.caller(_signed(folder, _claims(**changes)))


def test_a_service_s_key_speaks_for_that_service_alone(folder: Path, verifier: Verifier) -> None:
    for claims in (_claims(), _claims(iss="suite", sub="stf_1")):
        with pytest.raises(TokenRefused):
            verifier.caller(_signed(folder, claims, by="payments", kid=claims["iss"]))
    with pytest.raises(TokenRefused, match="speaks for itself"):
        verifier.caller(_signed(folder, _claims(iss="payments", sub="stf_1"), by="payments"))


def _by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
    mark = b"" if secret is None else hmac.new(secret, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64.urlsafe_b64encode(mark).decode().rstrip("=")])


def test_the_algorithm_is_ours_to_choose(folder: Path, verifier: Verifier) -> None:
    public = (folder / "gateway.public.json").read_bytes()
    raw = base64.urlsafe_b64decode(json.loads(public)["keys"][0]["x"] + "=")
    forged = [
        _by_hand({"alg": "none"}, _claims()),
        _by_hand({"alg": "none", "kid": "gateway"}, _claims()),
        _by_hand({"kid": "gateway"}, _claims()),
        *(_by_hand({"alg": "HS256", "kid": "gateway"}, _claims(), secret) for secret in (public, raw, b"")),
    ]
    for token in forged:
        with pytest.raises(TokenRefused):
            verifier.caller(token)


def test_a_changed_token_does_not_hold(folder: Path, verifier: Verifier) -> None:
    header, body, mark = _signed(folder, _claims()).split(".")
    other = base64.urlsafe_b64encode(json.dumps(_claims(scope="p2p:operate")).encode()).decode().rstrip("=")
    for token in (f"{header}.{other}.{mark}", f"{header}.{body}.", f"{header}.{body}", f"{header}.{body}.{mark[:-2]}"):
        with pytest.raises(TokenRefused):
            verifier.caller(token)


def _around(body: bytes) -> str:
    return f"e30.{base64.urlsafe_b64encode(body).decode()}.x"


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(_around)))
def test_nothing_else_is_a_token(text: str) -> None:
    with pytest.raises(TokenRefused):
        Verifier(Settings("p2p", "test", "", "", Path(), {})).caller(text)


def test_a_token_of_brackets_is_none(verifier: Verifier) -> None:
    with pytest.raises(TokenRefused):
        verifier.caller(_around(b"[" * 30_000))


def test_keys_rotate_without_a_restart(folder: Path, verifier: Verifier) -> None:
    old = _signed(folder, _claims(sub="cus_old"))
    assert verifier.caller(old).subject == "cus_old"
    new_key = OKPKey.generate_key("Ed25519", {"kid": "gateway-2"})
    file = folder / "gateway.public.json"
    both = json.loads(file.read_text())["keys"] + [new_key.as_dict(private=False)]
    _write(file, {"keys": both})
    new = jwt.encode({"alg": "Ed25519", "kid": "gateway-2"}, _claims(sub="cus_new"), new_key, algorithms=["Ed25519"])
    assert verifier.caller(new).subject == "cus_new"
    assert verifier.caller(_signed(folder, _claims(sub="cus_old_2"))).subject == "cus_old_2", "the old one goes on"
    _write(file, {"keys": both[1:]})
    with pytest.raises(TokenRefused):
        verifier.caller(_signed(folder, _claims(sub="cus_old_3")))


def _write(file: Path, content: Any) -> None:
    """Later than what stood there, however fast the test is."""
    later = file.stat().st_mtime + 1
    file.write_text(json.dumps(content))
    os.utime(file, (later, later))


def test_a_token_is_remembered_for_a_minute_at_most(
    folder: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = _signed(folder, _claims(exp=int(time.time()) + 3_600))
    first = verifier.caller(token)
    (folder / "gateway.public.json").unlink()
    assert verifier.caller(token) is first
    in_a_minute = time.time() + 61
    monkeypatch.setattr(identity.time, "time", lambda: in_a_minute)
    with pytest.raises(TokenRefused):
        verifier.caller(token)


def test_not_more_tokens_are_remembered_than_fit(
    folder: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "REMEMBERED_TOKENS", 3)
    for number in range(8):
        verifier.caller(_signed(folder, _claims(sub=f"cus_{number}")))
        assert len(verifier._seen) <= 3


@pytest.mark.parametrize("issuer", ["suite", "sandbox"])
def test_live_mode_trusts_no_key_that_was_made_for_trying(folder: Path, settings: Settings, issuer: str) -> None:
    token = _signer(folder, issuer).token("p2p", ["events:read"])
    assert Verifier(settings).caller(token).issuer == issuer
    with pytest.raises(TokenRefused, match="not trusted here"):
        Verifier(replace(settings, mode="live")).caller(token)
    customer = _signed(folder, _claims())
    assert Verifier(replace(settings, mode="live")).caller(customer).subject == CUSTOMER


def test_another_s_record_is_as_unknown_as_one_that_is_not(folder: Path) -> None:
    caller = Caller("p2p", "p2p", frozenset({"payments:operate"}), CUSTOMER)
    caller.require_owner(CUSTOMER)
    for owner in ("cus_other", "p2p", None):
        with pytest.raises(NotFound):
            caller.require_owner(owner)
        caller.require_owner(owner, operate="payments:operate")
        with pytest.raises(NotFound):
            caller.require_owner(owner, operate="p2p:operate")


def test_missing_scopes_are_named() -> None:
    with pytest.raises(MissingScope) as refused:
        require_scopes(Caller("x", "gateway", frozenset({"p2p:read"})), ["p2p:read", "p2p:write"])
    assert refused.value.facts == {"missing": ["p2p:write"]}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "token"])
def test_a_bearer_token_is_required(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        bearer_token(header)


def test_services_and_their_scopes_are_one_list() -> None:
    assert set(ISSUER_SCOPES) == {"gateway", "suite", "payments", "p2p", "ecommerce_credit", "info_broker", "sandbox"}


async def test_over_http(serve_probe: ServeProbe) -> None:
    served = await serve_probe()
    good = served.token(CUSTOMER)
    expected: list[tuple[str | None, tuple[int, str | None]]] = [
        (None, (401, "unauthenticated")),
        ("Bearer nonsense", (401, "token_refused")),
        (f"Bearer {served.token(audience='payments')}", (401, "token_refused")),
        (f"Bearer {served.token(seconds=-60)}", (401, "token_refused")),
        (f"Bearer {served.token(CUSTOMER, ['p2p:write'])}", (403, "missing_scope")),
        (f"bearer {good}", (200, None)),
    ]
    async with httpx.AsyncClient(verify=False, base_url=served.url) as anybody:
        for header, wanted in expected:
            answer = await anybody.get("/v1/things", headers={} if header is None else {"Authorization": header})
            assert (answer.status_code, answer.json().get("code")) == wanted
            assert ("www-authenticate" in answer.headers) == (wanted[0] == 401)
