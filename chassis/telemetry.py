"""What a process tells about itself: request and trace ids, metrics, spans; logs are in `chassis.logs`.

Every request has a W3C trace id, ours or the caller's, which goes into logs, events, jobs and calls to neighbours whether or not
anybody collects spans. Spans exist only when SIFANG_OTLP_ENDPOINT is set.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from fastapi import APIRouter, Response
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.logs import log_access
from chassis.metrics import CONTENT_TYPE, Metrics
from chassis.settings import Settings
from chassis.trace import (
    checked_request_id,
    continued,
    current_request_id,
    current_trace,
    in_request,
    in_trace,
    outgoing_headers,
)

__all__ = [
    "Telemetry",
    "TelemetryMiddleware",
    "current_request_id",
    "current_trace",
    "outgoing_headers",
    "telemetry_of",
]

# Also how long a stop waits for a collector that does not answer.
EXPORT_SECONDS = 2
_UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_propagator = TraceContextTextMapPropagator()


class Telemetry:
    """One service process's metrics and, where an exporter is configured, its tracer."""

    def __init__(self, settings: Settings) -> None:
        self.metrics = Metrics(settings.service)
        endpoint = settings.otlp_endpoint
        self._provider = None if endpoint is None else _provider_for(settings.service, endpoint)
        self.tracer: Tracer | None = None if self._provider is None else self._provider.get_tracer("sifang")

    def note(self, method: str, route: str, status: int, began: float, request_id: str, trace: str | None) -> None:
        """Count and log a request answered. began: by time.perf_counter."""
        seconds = time.perf_counter() - began
        method = method if method in _METHODS else "OTHER"
        self.metrics.answered.count(method, route, status, seconds)
        if route not in _UNLOGGED:
            log_access(method, route, status, seconds, request_id, trace)

    def close(self) -> None:
        """Send the spans that still wait."""
        if self._provider is not None:
            self._provider.shutdown()

    @property
    def router(self) -> APIRouter:
        """`GET /metrics`, for the scraper inside the installation."""
        router = APIRouter()

        @router.get("/metrics", include_in_schema=False)
        async def metrics() -> Response:
            return Response(self.metrics.exposition(), media_type=CONTENT_TYPE)

        return router

    @contextmanager
    def background(self, name: str, traceparent: str | None = None) -> Iterator[None]:
        """A job's, feed's or periodic work's place in a trace: the one that caused it, or a new one."""
        with in_trace(continued(traceparent)), self.span(name, SpanKind.CONSUMER, traceparent):
            yield

    def span(self, name: str, kind: SpanKind = SpanKind.INTERNAL, traceparent: str | None = None) -> Any:
        """Context manager of a span below `traceparent`; nothing at all when nobody collects spans."""
        return nullcontext() if self.tracer is None else _recorded(self.tracer, name, kind, traceparent)


@contextmanager
def _recorded(tracer: Tracer, name: str, kind: SpanKind, traceparent: str | None) -> Iterator[otel.Span]:
    parent = _propagator.extract({} if traceparent is None else {"traceparent": traceparent})
    with tracer.start_as_current_span(
        name, context=parent, kind=kind, record_exception=False, set_status_on_exception=False
    ) as span:
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        try:
            with in_trace(carrier.get("traceparent") or continued(traceparent)):
                yield span
        except Exception as fault:
            # The text of a fault may hold personal data; its type does not.
            span.set_status(StatusCode.ERROR, type(fault).__name__)
            raise


def _provider_for(service: str, endpoint: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"sifang-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=EXPORT_SECONDS)))
    return provider


def telemetry_of(runtime: Any) -> Telemetry:
    """The telemetry of a running process, made on first use."""
    try:
        found: Telemetry = runtime.get(Telemetry)
    except LookupError:
        found = Telemetry(runtime.settings)
        runtime.provide(found)
    return found


class TelemetryMiddleware:
    """Request id, trace, metrics and the access line of every request; a span only when an exporter is configured.

    Plain ASGI, and counted in microseconds: it stands before the ledger's hot path.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, trace, traceparent = headed(scope["headers"])
        with in_request(request_id, trace):
            if self.telemetry.tracer is None:
                await self._answer(scope, receive, send, request_id)
            else:
                await self._answer_in_span(scope, receive, send, request_id, traceparent)

    async def _answer_in_span(
        self, scope: Scope, receive: Receive, send: Send, request_id: str, traceparent: str | None
    ) -> None:
        with self.telemetry.span(scope["method"], SpanKind.SERVER, traceparent) as span:
            status = await self._answer(scope, receive, send, request_id)
            span.update_name(f"{scope['method']} {route_of(scope)}")
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(StatusCode.ERROR)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> int:
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        metrics = self.telemetry.metrics
        began = time.perf_counter()
        metrics.requests_in_progress.inc()
        try:
            await self.app(scope, receive, noting)
        finally:
            metrics.requests_in_progress.dec()
            self.telemetry.note(scope["method"], route_of(scope), status, began, request_id, current_trace())
        return status


def headed(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str, str | None]:
    """Request id and trace of a request, the caller's or new ones, and the caller's own traceparent."""
    request_id = traceparent = None
    for name, value in headers:
        if name == b"x-request-id":
            request_id = value.decode("latin-1")
        elif name == b"traceparent":
            traceparent = value.decode("latin-1")
    return checked_request_id(request_id), continued(traceparent), traceparent


def route_of(scope: Scope) -> str:
    """The route's template. Never the path itself: what callers put there is theirs to keep, and endless in number."""
    template = getattr(scope.get("route"), "path", None)
    return template if isinstance(template, str) else "unmatched"
