"""Signing up and in, as front-ends and browsers do."""

from typing import Any
from uuid import uuid4

import httpx

from tests.serving import Served

OPERATOR = "operator@sifang.example"
PASSWORD = "quiet river 12"


async def sign_up(http: httpx.AsyncClient, *, key: str | None = None, **body: Any) -> httpx.Response:
    """POST /v1/customers; an e-mail address and a password unless told."""
    if "email" not in body and "mobile" not in body:
        body["email"] = "lin@example.org"
    return await http.post(
        "/v1/customers", json={"password": PASSWORD} | body, headers={"Idempotency-Key": key or str(uuid4())}
    )


async def sign_in(http: httpx.AsyncClient, **body: Any) -> httpx.Response:
    """POST /v1/sessions with the same defaults."""
    if "email" not in body and "mobile" not in body:
        body["email"] = "lin@example.org"
    return await http.post("/v1/sessions", json={"password": PASSWORD} | body)


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/v1/sessions/refresh", json={"refresh_token": token})


def visitor(gateway: Served, language: str = "en") -> httpx.AsyncClient:
    """Sends what a browser sends from a page of the gateway's own."""
    headers = {"Origin": gateway.url, "Sec-Fetch-Site": "same-origin", "Accept-Language": language}
    return httpx.AsyncClient(verify=False, base_url=gateway.url, headers=headers)


async def enter(client: httpx.AsyncClient, contact: str = OPERATOR, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/console/sign-in", data={"contact": contact, "password": password})


def refused(response: httpx.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The problem document of a refusal, checked."""
    document: dict[str, Any] = response.json()
    assert (response.status_code, document["code"]) == (status, code), document
    assert response.headers["content-type"] == "application/problem+json"
    if field is not None:
        assert document["field"] == field
    return document
