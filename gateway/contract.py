"""One OpenAPI document for the whole door: the gateway's own contract and those of the four services, merged.

`gateway/openapi.json` is written from `merged_openapi()` and committed; a running gateway serves that file, so that it needs none of
the services' code or files.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from chassis.contract import published
from chassis.settings import Settings
from gateway.routing.rules import SERVICES

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "gateway" / "openapi.json"
TITLE = "Sifang"
DESCRIPTION = (
    "The four business models of internet finance behind one door. Every writing call takes an `Idempotency-Key`; "
    "refusals are RFC 9457 documents with a stable `code`; money is `amount` in minor units with `currency`."
)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Document = dict[str, Any]


def merged_openapi() -> Document:
    """The gateway's own contract with each service's committed one under `/<service>`; a service without one is left out."""
    document = own_openapi()
    document["info"] = {"title": TITLE, "version": "1", "description": DESCRIPTION}
    document["servers"] = [{"url": "/", "description": "the gateway that serves this document"}]
    for service in SERVICES:
        file = ROOT / "services" / service / "openapi.json"
        if file.exists():
            _add(document, service, json.loads(file.read_text(encoding="utf-8")))
    return document


def own_openapi() -> Document:
    """What the gateway itself answers; made without a database or keys."""
    from gateway.app import create_app

    settings = Settings("gateway", "test", "postgresql://unused", "postgresql://unused", ROOT, {}, environment={})
    document: Document = json.loads(json.dumps(published(create_app(settings))))
    return document


@cache
def served_openapi() -> Document:
    """The committed document; the gateway's own alone where it has not been written yet."""
    if COMMITTED.exists():
        document: Document = json.loads(COMMITTED.read_text(encoding="utf-8"))
        return document
    return own_openapi()


def _add(document: Document, service: str, contract: Document) -> None:
    renamed = _prefixed(contract, service)
    for path, item in renamed.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                _name(item[method], service)
        document.setdefault("paths", {})[f"/{service}{path}"] = item
    for name, item in renamed.get("webhooks", {}).items():
        document.setdefault("webhooks", {})[name] = item
    components = document.setdefault("components", {})
    for kind, held in renamed.get("components", {}).items():
        for name, component in held.items():
            own = name if kind == "securitySchemes" else f"{service}_{name}"
            components.setdefault(kind, {})[own] = component


def _name(operation: Document, service: str) -> None:
    """Operation ids stay unique, tags say whose they are."""
    if "operationId" in operation:
        operation["operationId"] = f"{service}_{operation['operationId']}"
    operation["tags"] = [f"{service}: {tag}" for tag in operation.get("tags", ["other"])]


def _prefixed(node: Any, service: str) -> Any:
    """The same document with every reference to a component carrying the service's name."""
    if isinstance(node, dict):
        return {
            key: _reference(value, service) if key == "$ref" else _prefixed(value, service)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_prefixed(item, service) for item in node]
    if isinstance(node, str) and node.startswith("#/components/"):
        return _reference(node, service)
    return node


def _reference(reference: Any, service: str) -> Any:
    head, _, name = str(reference).rpartition("/")
    if not head.startswith("#/components/") or head.endswith("securitySchemes"):
        return reference
    return f"{head}/{service}_{name}"
