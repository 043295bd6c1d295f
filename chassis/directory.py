"""Where a request goes, found by the beginning of its path: a service has hundreds of routes, and the framework tries one after another.

Routes are kept in parts by the first two segments of their paths, each part in the framework's order, so that what is found is the same.
"""

from collections.abc import Iterable, Iterator
from copy import copy

from fastapi import APIRouter
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

SEGMENTS = 2
Head = tuple[str, ...]
"""Segments that every path of a route begins with, at most so many."""


class Directory:
    """A router's innermost application. Routes may be added until the first request."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._parts: dict[Head, APIRouter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("root_path"):
            await self._router.app(scope, receive, send)
            return
        scope.setdefault("router", self._router)
        await self.part(scope["path"]).app(scope, receive, send)

    def part(self, path: str) -> APIRouter:
        """A router with those routes alone that the path, with or without a slash at its end, may be for."""
        if not self._parts:
            self._parts = _parts(self._router)
        head = tuple(path.split("/", SEGMENTS + 1)[1 : SEGMENTS + 1])
        return self._parts.get(head) or self._parts.get(head[:1]) or self._parts[()]


def _parts(router: APIRouter) -> dict[Head, APIRouter]:
    heads = [(route, frozenset(_heads(route))) for route in router.routes]
    known = {head[:size] for _, own in heads for head in own for size in range(len(head) + 1)} | {()}
    parts = {}
    for begun in known:
        part = copy(router)
        part.routes = [route for route, own in heads if any(head == begun[: len(head)] for head in own)]
        parts[begun] = part
    return parts


def _heads(route: BaseRoute, prefix: str = "") -> Iterator[Head]:
    """Of all that a route leads to; () where it does not tell. prefix: under which routers around it were included."""
    included = getattr(route, "original_router", None)
    if isinstance(included, APIRouter):
        for inner in included.routes:
            yield from _heads(inner, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
    else:
        path = getattr(route, "path", None)
        yield () if path is None else tuple(_fixed((prefix + path).split("/")[1 : SEGMENTS + 1]))


def _fixed(segments: Iterable[str]) -> Iterator[str]:
    for segment in segments:
        if not segment or "{" in segment:
            return
        yield segment
