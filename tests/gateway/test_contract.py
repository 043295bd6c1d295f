"""The merged contract: whole, valid, and readable by the tools that integrators bring."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from datamodel_code_generator import generate
from datamodel_code_generator.enums import DataModelType, InputFileType
from datamodel_code_generator.format import Formatter
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.definitions import OPENAPI_31

from gateway.contract import merged_openapi
from gateway.routing.rules import SERVICES
from tests.serving import Served

ROOT = Path(__file__).resolve().parents[2]
METHODS = {"get", "put", "post", "delete", "patch", "head"}


@pytest.fixture(scope="module")
def merged() -> dict[str, Any]:
    return merged_openapi()


def contract_of(service: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "services" / service / "openapi.json").read_text(encoding="utf-8"))
    return document


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("paths", "webhooks"):
        for item in document.get(kind, {}).values():
            yield from (item[method] for method in METHODS & set(item))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


@pytest.mark.parametrize("service", SERVICES)
def test_everything_of_a_service_stands_under_its_name(merged: dict[str, Any], service: str) -> None:
    contract = contract_of(service)
    assert contract["paths"]
    for path, item in contract["paths"].items():
        assert path.startswith("/v1/")
        assert METHODS & set(merged["paths"][f"/{service}{path}"]) == METHODS & set(item)
    assert set(contract.get("webhooks", {})) <= set(merged["webhooks"])
    assert {f"{service}_{name}" for name in contract["components"]["schemas"]} <= set(merged["components"]["schemas"])


def test_it_is_valid_openapi(merged: dict[str, Any]) -> None:
    assert merged["openapi"].startswith("3.1")
    faults = jsonschema_rs.validator_for(OPENAPI_31).iter_errors(merged)
    assert [f"{fault.instance_path}: {fault.message}" for fault in faults] == []


def test_operation_ids_are_unique(merged: dict[str, Any]) -> None:
    counted = Counter(operation["operationId"] for operation in operations(merged))
    assert [name for name, times in counted.items() if times > 1] == []


def test_every_reference_leads_somewhere(merged: dict[str, Any]) -> None:
    for reference in set(references(merged)):
        node: Any = merged
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_operation_says_how_its_refusals_look(merged: dict[str, Any]) -> None:
    for path, item in merged["paths"].items():
        for method in METHODS & set(item):
            refused = item[method]["responses"]["4XX"]["content"]
            assert set(refused) == {"application/problem+json"}, (method, path)


def test_a_fuzzer_reads_it(merged: dict[str, Any]) -> None:
    read = list(schemathesis.openapi.from_dict(merged).get_all_operations())
    assert all(isinstance(found, Ok) for found in read)
    assert len(read) == sum(len(METHODS & set(item)) for item in merged["paths"].values())


def test_a_client_generator_reads_it(merged: dict[str, Any], tmp_path: Path) -> None:
    output = tmp_path / "shapes.py"
    generate(
        json.dumps(merged),
        input_file_type=InputFileType.OpenAPI,
        output=output,
        output_model_type=DataModelType.PydanticV2BaseModel,
        formatters=[Formatter.BUILTIN],
    )
    compile(output.read_text(encoding="utf-8"), str(output), "exec")


async def test_the_door_serves_what_is_committed(gateway: Served, merged: dict[str, Any]) -> None:
    http = gateway.client()
    assert (await http.get("/openapi.json")).json() == merged
    page = await http.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "cdn" not in page.text
