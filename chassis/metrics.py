"""Prometheus metrics of one service process, on a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)


class Metrics:
    """`service` is a constant label of none of them: the scraper knows whom it asks."""

    def __init__(self, service: str) -> None:
        self.registry = registry = CollectorRegistry()
        Gauge("sifang_service_info", "1, with the service's name", ["service"], registry=registry).labels(service).set(
            1
        )
        route = ["method", "route"]
        self.requests = Counter("sifang_requests", "Requests answered", [*route, "status"], registry=registry)
        self.request_seconds = Histogram(
            "sifang_request_seconds", "Time to the end of the answer", route, buckets=_SECONDS, registry=registry
        )
        self.requests_in_progress = Gauge("sifang_requests_in_progress", "Requests being answered", registry=registry)
        self.jobs = Counter("sifang_jobs", "Job starts by how they ended", ["job", "outcome"], registry=registry)
        self.job_seconds = Histogram(
            "sifang_job_seconds", "Time of one start", ["job"], buckets=_SECONDS, registry=registry
        )
        self.job_loops = Counter("sifang_job_loop_starts", "Starts of the queue's loop", registry=registry)
        self.periodic = Counter(
            "sifang_periodic_runs", "Periodic runs by outcome", ["name", "outcome"], registry=registry
        )
        self.feed_events = Counter("sifang_feed_events", "Events applied", ["feed"], registry=registry)
        self.feed_failures = Counter("sifang_feed_failures", "Failed pulls or events", ["feed"], registry=registry)
        self.feed_lag_seconds = Gauge(
            "sifang_feed_lag_seconds", "Since the feed was last known to be complete", ["feed"], registry=registry
        )
        self.events_numbered = Counter("sifang_events_numbered", "Events given a position", registry=registry)
        self.lane_batch_size = Histogram(
            "sifang_lane_batch_size", "Commands decided in one commit", ["lane"], buckets=_SIZES, registry=registry
        )
        self.answered = RouteMeters(self)

    def exposition(self) -> bytes:
        """The text that `/metrics` answers, of CONTENT_TYPE."""
        return generate_latest(self.registry)


class RouteMeters:
    """Remembers the counters of each route, method and status: looking labels up costs more than counting."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[tuple[str, str], Histogram] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._metrics.requests.labels(method, route, str(status))
            self._counters[method, route, status] = counter
        counter.inc()
        histogram = self._histograms.get((method, route))
        if histogram is None:
            histogram = self._histograms[method, route] = self._metrics.request_seconds.labels(method, route)
        histogram.observe(seconds)
