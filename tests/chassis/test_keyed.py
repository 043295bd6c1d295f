"""What the contract says of the Idempotency-Key is what every writing call of every service asks for."""

import json
import re
from typing import Any

import pytest

from chassis.contract import published
from chassis.idempotency import LONGEST_KEY
from chassis.keyed import HEADER, WRITING
from tests.conftest import Serve
from tests.databases import PACKAGES

CODES = {"idempotency_key_required", "idempotency_key_too_long"}
NOBODY_SIGNED_IN = {"/v1/customers": {"email": "lin@example.org", "password": "a long enough sentence"}}
"""Bodies of calls without a token, whose key is looked at when the body has been read."""


def _key_parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in operation.get("parameters", []) if one["name"] == HEADER]


@pytest.mark.parametrize("service", sorted(PACKAGES))
async def test_the_contract_says_where_a_key_is_needed(serve: Serve, service: str) -> None:
    served = await serve(service)
    http = served.client()
    told: dict[str, bool] = {}
    asked: dict[str, bool] = {}
    for path, item in published(served.app)["paths"].items():
        for method, operation in item.items():
            parameters = _key_parameters(operation)
            if method.upper() not in WRITING:
                assert parameters == []
                continue
            for parameter in parameters:
                assert (parameter["in"], parameter["required"]) == ("header", True)
                assert parameter["schema"]["maxLength"] == LONGEST_KEY
            name, target, body = f"{method} {path}", re.sub(r"{[^}]*}", "x", path), NOBODY_SIGNED_IN.get(path, {})
            without = await http.request(method, target, json=body)
            too_long = await http.request(method, target, json=body, headers={HEADER: "k" * (LONGEST_KEY + 1)})
            codes = [_code(without.text), _code(too_long.text)]
            told[name] = bool(parameters)
            asked[name] = bool(CODES & set(codes))
            if asked[name]:
                assert codes == ["idempotency_key_required", "idempotency_key_too_long"], name
                assert (without.status_code, without.json()["field"]) == (400, HEADER)
    assert told == asked
    assert len(told) > 1


def _code(text: str) -> str | None:
    found = re.search(r'"code":"(\w+)"', text)
    return found[1] if found else None


async def test_who_may_not_ask_hears_that_first(serve: Serve) -> None:
    served = await serve("payments")
    anybody = await served.client("cus_01h455vb4pex5vsknk084sn02q", ["payments:read"]).post("/v1/wallets", json={})
    assert anybody.json()["code"] == "missing_scope"
    strangers = await served.client().post("/v1/wallets", json={}, headers={"Authorization": ""})
    assert strangers.status_code == 401


async def test_a_contract_asked_for_twice_says_the_same(serve: Serve) -> None:
    served = await serve("sandbox")
    first = json.dumps(published(served.app))
    assert json.dumps(published(served.app)) == first
    assert "x-keyless" not in first
