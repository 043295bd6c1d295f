from uuid import uuid4

import httpx
import pytest

from gateway.errors import WeakPassword
from gateway.identities.bootstrap import ensure_staff
from gateway.identities.model import Role
from tests.gateway.people import OPERATOR, PASSWORD, refresh, refused, sign_in
from tests.serving import Served


def keyed() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def hire(http: httpx.AsyncClient, *roles: str, email: str = "risk@sifang.example") -> httpx.Response:
    body = {"email": email, "password": PASSWORD, "roles": list(roles)}
    return await http.post("/v1/staff", json=body, headers=keyed())


async def test_an_operator_hires_and_the_hired_has_her_roles_scopes(gateway: Served) -> None:
    http = gateway.client()
    hired = await hire(http, "risk")
    assert hired.status_code == 201
    assert hired.json()["roles"] == ["risk"]
    tokens = (await sign_in(http, email="risk@sifang.example")).json()
    assert tokens["subject"] == hired.json()["id"]
    assert "p2p:operate" in tokens["scopes"]
    assert "gateway:write" not in tokens["scopes"]


async def test_a_disabled_member_of_staff_is_out_at_once(gateway: Served) -> None:
    http = gateway.client()
    staff_id = (await hire(http, "risk")).json()["id"]
    token = (await sign_in(http, email="risk@sifang.example")).json()["refresh_token"]
    changed = await http.put(f"/v1/staff/{staff_id}", json={"state": "disabled", "roles": ["risk"]}, headers=keyed())
    assert changed.json()["state"] == "disabled"
    refused(await refresh(http, token), 401, "refresh_token_refused")
    refused(await sign_in(http, email="risk@sifang.example"), 401, "credentials_refused")


async def test_changed_roles_take_effect_at_the_next_refresh(gateway: Served) -> None:
    http = gateway.client()
    staff_id = (await hire(http, "risk")).json()["id"]
    token = (await sign_in(http, email="risk@sifang.example")).json()["refresh_token"]
    change = {"state": "active", "roles": ["finance", "marketing"]}
    assert (await http.put(f"/v1/staff/{staff_id}", json=change, headers=keyed())).status_code == 200
    scopes = (await refresh(http, token)).json()["scopes"]
    assert "payments:operate" in scopes
    assert "p2p:operate" not in scopes


async def test_nobody_hands_out_more_than_she_has(gateway: Served) -> None:
    lesser = gateway.client("stf_lesser", ["gateway:write", "gateway:read", "gateway:operate"])
    document = refused(await hire(lesser, "operator"), 403, "cannot_grant", "roles")
    assert "payments:transfer" in document["missing"]
    operator_id = (await gateway.client().get("/v1/staff")).json()["items"][0]["id"]
    change = {"state": "disabled", "roles": ["operator"]}
    refused(await lesser.put(f"/v1/staff/{operator_id}", json=change, headers=keyed()), 403, "cannot_grant")


@pytest.mark.parametrize("roles", [[], ["ceo"], ["risk"] * 5])
async def test_unknown_and_missing_roles(gateway: Served, roles: list[str]) -> None:
    refused(await hire(gateway.client(), *roles), 422, "invalid_value")


async def test_a_contact_belongs_to_one(gateway: Served) -> None:
    refused(await hire(gateway.client(), "risk", email=OPERATOR), 409, "contact_taken", "email")


async def test_unknown_staff(gateway: Served) -> None:
    http = gateway.client()
    change = {"state": "active", "roles": ["risk"]}
    unknown = await http.put("/v1/staff/stf_01jdf3q8e7f5bt2m0xk5s8yq4c", json=change, headers=keyed())
    refused(unknown, 404, "unknown_staff")
    refused(await http.put("/v1/staff/17", json=change, headers=keyed()), 422, "malformed_id", "staff_id")


@pytest.mark.parametrize("subject", ["cus_01jdf3q8e7f5bt2m0xk5s8yq4c"])
async def test_customers_see_nothing_of_staff(gateway: Served, subject: str) -> None:
    http = gateway.client(subject)
    refused(await http.get("/v1/staff"), 403, "missing_scope")
    refused(await hire(http, "operator"), 403, "missing_scope")


async def test_the_list_goes_page_by_page(gateway: Served) -> None:
    http = gateway.client()
    for number in range(3):
        await hire(http, "risk", email=f"risk{number}@sifang.example")
    first = (await http.get("/v1/staff", params={"limit": 3})).json()
    second = (await http.get("/v1/staff", params={"limit": 3, "after": first["next"]})).json()
    assert len(first["items"]) == 3
    assert len(second["items"]) == 1
    assert second["next"] is None


async def test_the_bootstrap_leaves_an_existing_one_alone(gateway: Served) -> None:
    settings = gateway.runtime.settings
    first = await ensure_staff(settings, OPERATOR, "another password 3", [Role.RISK])
    assert first == await ensure_staff(settings, OPERATOR, "another password 3", [Role.RISK])
    tokens = (await sign_in(gateway.client(), email=OPERATOR)).json()
    assert "clock:write" in tokens["scopes"]
    with pytest.raises(WeakPassword):
        await ensure_staff(settings, "new@sifang.example", "short", [Role.OPERATOR])
