"""/metrics for Prometheus: how many requests, how long they took, what was refused – nothing of who asked, or what."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest
from prometheus_client.metrics_core import Metric
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kb.errors import NoIndex
from kb.serving import Library
from web.site import site_of

__all__ = ["Metrics", "router"]

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds
REASONS: Final = ("length", "load", "rate", "time")
_FORWARDED: Final = ("forwarded", "via", "x-forwarded-for", "x-real-ip")

router = APIRouter()


class Metrics:
    """What one process counts of itself. Labels are templates of routes, statuses and words of ours only.

    Every series carries the process that counted it: of several workers the one that takes the request answers for
    itself, so what is read is true of that worker, and a sum over `worker` is made where it is asked for.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._registry = registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "kb_requests", "Requests answered, by template of the route.", ("route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "kb_request_seconds", "Seconds until an answer was sent.", ("route",), registry=registry, buckets=BUCKETS
        )
        self.running = Gauge("kb_searches_running", "Searches that run.", registry=registry)
        self.waiting = Gauge("kb_searches_waiting", "Searches that wait for their turn.", registry=registry)
        self.refused = Counter(
            "kb_refused",
            "Requests turned away: too long a query string, too many searches at once, too many of one address, "
            "too slow a search.",
            ("reason",),
            registry=registry,
        )
        for reason in REASONS:
            self.refused.labels(reason)
        self._workers = Gauge("kb_workers", "Processes that serve, by the settings.", registry=registry)
        self._workers.set(library.settings.workers)
        registry.register(_Served(library))

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def collect(self) -> Iterable[Metric]:
        """Every series, with this process as its worker."""
        worker = str(os.getpid())
        for metric in self._registry.collect():
            metric.samples = [sample._replace(labels={**sample.labels, "worker": worker}) for sample in metric.samples]
            yield metric

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self)


class _Served:
    """The generation in use and its age; 0 for `kb_ready` where there is none."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def collect(self) -> Iterable[Metric]:
        ready = Metric("kb_ready", "Whether a verified generation is served.", "gauge")
        try:
            searcher = self._library.searcher()
        except NoIndex:
            ready.add_sample("kb_ready", {}, 0)
            yield ready
            return
        ready.add_sample("kb_ready", {}, 1)
        yield ready
        named = Metric("kb_generation_info", "The generation that is served.", "gauge")
        named.add_sample("kb_generation_info", {"generation": searcher.generation}, 1)
        yield named
        built = datetime.fromisoformat(searcher.manifest["created"])
        age = Metric("kb_generation_age_seconds", "Seconds since the generation that is served was built.", "gauge")
        age.add_sample("kb_generation_age_seconds", {}, (datetime.now(UTC) - built).total_seconds())
        yield age
        warned = Metric("kb_generation_damaged", "Whether an older one is served, the current one damaged.", "gauge")
        warned.add_sample("kb_generation_damaged", {}, int(bool(self._library.warning)))
        yield warned


@router.get("/metrics", include_in_schema=False)
def read(request: Request) -> Response:
    """The metrics, for this machine, or for all where the setting says so; to others nothing is here."""
    if not site_of(request).settings.metrics and not _from_here(request):
        raise HTTPException(404)
    metrics: Metrics = request.app.state.metrics
    headers = {"Content-Type": CONTENT_TYPE_PLAIN_1_0_0, "Cache-Control": "no-store"}
    return Response(metrics.text(), headers=headers)


def _from_here(request: Request) -> bool:
    """Whether a program on this machine asks, and not a proxy on it for someone else."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
