"""What an operator watches: how many requests, how long, how many connections, who listens."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from schema.serving.connections import REASONS, Connections

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

Pools = Callable[[], dict[str, tuple[int, int]]]
"""Each pool's name with how many connections it has and how many of them are idle."""


class Figures(Collector):
    """Counts in plain Python, as counting is on every request's way; formats when asked.

    One event loop counts, so nothing is locked.
    """

    def __init__(
        self,
        *,
        subscriptions: Callable[[], int],
        pools: Pools,
        connections: Connections | None = None,
    ) -> None:
        """Count from nought; what others count is asked when it is wanted."""
        self.in_flight = 0
        self._subscriptions = subscriptions
        self._pools = pools
        self._connections = connections
        self._requests: dict[tuple[str, int], int] = defaultdict(int)
        self._seconds: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._sums: dict[str, float] = defaultdict(float)

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a finished request of a known route."""
        self._requests[route, status] += 1
        self._seconds[route][bisect_left(BOUNDS, seconds)] += 1
        self._sums[route] += seconds

    def registry(self) -> CollectorRegistry:
        """Give these figures and the process's own to whoever formats them."""
        registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        registry.register(self)
        return registry

    def collect(self) -> Iterable[Metric]:
        """Put the counts into Prometheus's words."""
        yield self._requests_in_words()
        yield self._seconds_in_words()
        yield GaugeMetricFamily(
            "regulars_requests_in_flight", "Requests being answered.", value=self.in_flight
        )
        yield GaugeMetricFamily(
            "regulars_subscriptions", "Subscriptions that are open.", value=self._subscriptions()
        )
        connections = GaugeMetricFamily(
            "regulars_connections", "Connections to PostgreSQL.", labels=["pool", "state"]
        )
        for pool, (size, idle) in self._pools().items():
            connections.add_metric([pool, "busy"], size - idle)
            connections.add_metric([pool, "idle"], idle)
        yield connections
        if self._connections is not None:
            yield from self._clients_in_words(self._connections)

    def _clients_in_words(self, connections: Connections) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "regulars_clients_connected", "Connections of clients.", value=connections.open
        )
        yield GaugeMetricFamily(
            "regulars_clients_most",
            "Connections of clients there may be.",
            value=connections.limits.connections,
        )
        refused = CounterMetricFamily(
            "regulars_clients_refused",
            "Connections turned away or ended, by reason.",
            labels=["reason"],
        )
        for reason in REASONS:
            refused.add_metric([reason], connections.refused[reason])
        yield refused

    def _requests_in_words(self) -> Metric:
        words = CounterMetricFamily(
            "regulars_requests", "Requests answered.", labels=["route", "status"]
        )
        for (route, status), count in self._requests.items():
            words.add_metric([route, str(status)], count)
        return words

    def _seconds_in_words(self) -> Metric:
        words = HistogramMetricFamily(
            "regulars_request_seconds", "How long requests took.", labels=["route"]
        )
        for route, counts in self._seconds.items():
            buckets, total = [], 0
            for bound, count in zip((*BOUNDS, "+Inf"), counts, strict=True):
                total += count
                buckets.append((str(bound), float(total)))
            words.add_metric([route], buckets, self._sums[route])
        return words
