"""What a service publishes of itself: FastAPI's document, put right where it would not be true here.

Refusals and failures are RFC 9457 documents, `application/problem+json`, also of input that fits no shape. Event types stand under
`webhooks` for their shapes alone: they are read from the feed, so nobody answers them. The key that a writing call needs is a header
of it (`chassis.keyed`).
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from chassis import keyed
from chassis.errors import PROBLEM_CONTENT_TYPE
from chassis.problems import Problem

RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "Refused, with a stable code"},
    "5XX": {"model": Problem, "description": "Failed; the same request under the same key may succeed later"},
}
_PROBLEM = {"$ref": f"#/components/schemas/{Problem.__name__}"}
_NEVER_SENT = ("HTTPValidationError", "ValidationError")


def published(app: FastAPI) -> dict[str, Any]:
    """The contract (OpenAPI 3.1), put together when it is first asked for: no start of a process waits for it."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    _publish_events(app, app.state.event_types)
    document = FastAPI.openapi(app)
    for item in document.get("paths", {}).values():
        for method, operation in item.items():
            keyed.publish(method, operation)
            for response in operation["responses"].values():
                _name_problem(response)
    for item in document.get("webhooks", {}).values():
        item["post"]["responses"] = {"200": {"description": "Read from the feed; there is nothing to answer"}}
    for name in _NEVER_SENT:
        document.get("components", {}).get("schemas", {}).pop(name, None)
    return document


def _publish_events(app: FastAPI, event_types: Mapping[str, type[BaseModel]]) -> None:
    """Event types appear in the contract under `webhooks`, with the shape of their `data`."""
    for name, model in sorted(event_types.items()):

        async def published(body: Any) -> None: ...

        published.__annotations__["body"] = model
        published.__doc__ = model.__doc__
        app.webhooks.post(name, name=name, operation_id=name.replace(".", "_"))(published)


def _name_problem(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if content.get("application/json", {}).get("schema") == _PROBLEM:
        response["content"] = {PROBLEM_CONTENT_TYPE: {"schema": _PROBLEM}}
