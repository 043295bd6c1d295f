"""The quick way of routes that are asked thousands of times a second: an answer without a task and messages of its own.

uvicorn makes a task of every request and hands its parts on as messages, from one layer to the next; that is a third of what a small
write costs. A `QuickRoute` is asked as soon as the body is whole, and answers when its future is done. Whatever it leaves (a token that
does not hold, a body that does not fit), and what fails, goes the ordinary way, untouched; so there is one place that explains.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, Protocol

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from chassis import problems
from chassis.database import is_away
from chassis.errors import Refusal
from chassis.one_write import OneWriteProtocol
from chassis.telemetry import Telemetry, headed

JSON = (b"content-type", b"application/json")
log = structlog.get_logger(__name__)
Shaped = tuple[int, bytes]


class Pending(NamedTuple):
    """outcome: on its way; shape: what is answered then, a status and a JSON document. shape may raise a Refusal."""

    outcome: "asyncio.Future[Any]"
    shape: Callable[[Any], Shaped]


class Left(Exception):
    """Raised by a shape: this one is for the ordinary way after all, and nothing of it was written."""


class QuickRoute(Protocol):
    """Answers `POST` to one path. ask: None for whatever the ordinary way has to explain; raises what it refuses."""

    def ask(self, scope: Mapping[str, Any], body: bytes) -> Pending | None: ...


class Found(NamedTuple):
    """path: as it was declared, which is what requests are counted under."""

    path: str
    route: QuickRoute


@dataclass(frozen=True)
class QuickWay:
    """The quick routes of an application, by path, and who is told of their answers. body_limit: bytes.

    A path may have one part in braces, such as `/v1/orders/{order_id}/payments`.
    """

    routes: Mapping[str, QuickRoute]
    telemetry: Telemetry
    body_limit: int

    def route_of(self, scope: Mapping[str, Any]) -> Found | None:
        """None for what has no quick way: also a body of unknown length, or one that is too large."""
        if scope["method"] != "POST" or self.telemetry.tracer is not None:
            return None
        found = self._at(scope["path"])
        if found is None:
            return None
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        return found if announced.isdigit() and int(announced) <= self.body_limit else None

    def _at(self, path: str) -> Found | None:
        route = self.routes.get(path)
        if route is not None:
            return Found(path, route)
        for before, after, found in self._patterns:
            if path.startswith(before) and path.endswith(after):
                part = path[len(before) : len(path) - len(after)]
                if part and "/" not in part:
                    return found
        return None

    @cached_property
    def _patterns(self) -> list[tuple[str, str, Found]]:
        patterns = []
        for path, route in self.routes.items():
            before, braced, rest = path.partition("{")
            if braced:
                patterns.append((before, rest.partition("}")[2], Found(path, route)))
        return patterns


class QuickProtocol(OneWriteProtocol):
    """uvicorn's protocol, which asks quick routes itself. It starts the task of a request where uvicorn would, or never."""

    way: QuickWay
    _gathering: tuple[RequestResponseCycle, Found] | None = None
    """The request whose body is not whole yet and that is going the quick way."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # Who does not read his answers is answered the ordinary way, which waits for him.
        ordinary = app is not self.app or cycle.waiting_for_100_continue or self.flow.write_paused
        found = None if ordinary else self.way.route_of(cycle.scope)
        if found is None:
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._gathering = cycle, found
        else:
            self._ask(cycle, found)

    def on_body(self, body: bytes) -> None:
        if self._gathering is None:
            super().on_body(body)
        else:
            self._gathering[0].body += body

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._gathering is not None:
            (cycle, found), self._gathering = self._gathering, None
            self._ask(cycle, found)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gathering = None
        super().connection_lost(exc)

    def _ask(self, cycle: RequestResponseCycle, found: Found) -> None:
        began = time.perf_counter()
        try:
            pending = found.route.ask(cycle.scope, bytes(cycle.body))
        except Refusal as refusal:
            # In a step of its own: the end of an answer begins the next request that was sent without waiting.
            self.loop.call_soon(self._refuse, cycle, found.path, refusal, began)
            return
        except Exception as fault:
            _tell(cycle, fault)
            pending = None
        if pending is None:
            super()._start_asgi_task(cycle, self.app)
            return
        self.way.telemetry.metrics.requests_in_progress.inc()
        pending.outcome.add_done_callback(partial(self._answer, cycle, found.path, pending.shape, began))

    def _answer(
        self,
        cycle: RequestResponseCycle,
        path: str,
        shape: Callable[[Any], Shaped],
        began: float,
        outcome: "asyncio.Future[Any]",
    ) -> None:
        self.way.telemetry.metrics.requests_in_progress.dec()
        try:
            status, document = shape(outcome.result())
        except Refusal as refusal:
            self._refuse(cycle, path, refusal, began)
        except Left:
            super()._start_asgi_task(cycle, self.app)
        except Exception as fault:
            _tell(cycle, fault)
            # What failed may be asked again under its ids: the ordinary way tries once more before it says what is wrong.
            super()._start_asgi_task(cycle, self.app)
        else:
            self._write(cycle, path, status, [JSON], document, began)

    def _refuse(self, cycle: RequestResponseCycle, path: str, refusal: Refusal, began: float) -> None:
        told = problems.respond(refusal)
        headers = [header for header in told.raw_headers if header[0] != b"content-length"]
        self._write(cycle, path, told.status_code, headers, bytes(told.body), began)

    def _write(
        self,
        cycle: RequestResponseCycle,
        path: str,
        status: int,
        headers: list[tuple[bytes, bytes]],
        document: bytes,
        began: float,
    ) -> None:
        request_id, trace, _ = headed(cycle.scope["headers"])
        self.way.telemetry.note(cycle.scope["method"], path, status, began, request_id, trace)
        if cycle.disconnected:
            return
        parts = [STATUS_LINE[status]]
        for name, value in (*cycle.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"content-length: %d\r\nx-request-id: %b\r\n" % (len(document), request_id.encode()))
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        self.transport.write(b"".join((*parts, b"\r\n", document)))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()


def _tell(cycle: RequestResponseCycle, fault: Exception) -> None:
    """A database that is away is told of by the ordinary way."""
    if not is_away(fault):
        log.warning("quick_way_left", path=cycle.scope["path"], exc_info=fault)


def protocol_of(way: QuickWay) -> type[QuickProtocol]:
    """The protocol of one application."""
    return type("ServiceProtocol", (QuickProtocol,), {"way": way})
