"""What is counted, in the format of Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Protocol

from verifier.webhook.answer import Outcome

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Counts(Protocol):
    """What decisions tell whoever counts."""

    def verifying(self) -> AbstractContextManager[None]:
        """Count and time one verification."""
        ...

    def looked_up(self, *, hit: bool) -> None:
        """Count one look into the cache."""
        ...


class NoCounts:
    """See `Counts`: nobody counts."""

    def verifying(self) -> AbstractContextManager[None]:
        """See `Counts.verifying`."""
        return nullcontext()

    def looked_up(self, *, hit: bool) -> None:
        """See `Counts.looked_up`."""


class Metrics:
    """See `Counts`: the counters of one webhook."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry(auto_describe=True)
        self._reviews = Counter(
            "verify_reviews", "Reviews answered.", ("endpoint", "outcome"), registry=self._registry
        )
        self._review_seconds = Histogram(
            "verify_review_seconds",
            "From the whole body of a review to its answer.",
            ("endpoint",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._under_way = Gauge(
            "verify_reviews_under_way", "Reviews not answered yet.", registry=self._registry
        )
        self._verifications = Counter(
            "verify_verifications", "Images fetched and verified.", ("result",), registry=self._registry
        )
        self._verification_seconds = Histogram(
            "verify_verification_seconds",
            "Fetching and verifying one image.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._lookups = Counter(
            "verify_cache_lookups", "Images looked up in the cache.", ("result",), registry=self._registry
        )
        self._cache = Gauge("verify_cache", "What the cache holds.", ("what",), registry=self._registry)
        self._loaded = Gauge(
            "verify_loaded",
            "Whether the newest policies, trust root and certificate are in use.",
            ("what",),
            registry=self._registry,
        )
        self._loads = Counter(
            "verify_loads",
            "Policies, trust roots and certificates read.",
            ("what", "result"),
            registry=self._registry,
        )

        self._certificate = Gauge(
            "verify_certificate_end_timestamp_seconds",
            "Until when the webhook's certificate is valid.",
            registry=self._registry,
        )

    def answered(self, endpoint: str, outcome: Outcome, seconds: float) -> None:
        """Count one review."""
        self._reviews.labels(endpoint, outcome.value).inc()
        self._review_seconds.labels(endpoint).observe(seconds)

    @contextmanager
    def reviewing(self) -> Iterator[None]:
        """Count a review as under way."""
        with self._under_way.track_inprogress():
            yield

    @contextmanager
    def verifying(self) -> Iterator[None]:
        """Count and time one verification."""
        start = time.perf_counter()
        try:
            yield
        except BaseException:
            self._verifications.labels("failed").inc()
            raise
        else:
            self._verifications.labels("done").inc()
        finally:
            self._verification_seconds.observe(time.perf_counter() - start)

    def looked_up(self, *, hit: bool) -> None:
        """Count one look into the cache."""
        self._lookups.labels("hit" if hit else "miss").inc()

    def loaded(self, what: str, *, good: bool, changed: bool) -> None:
        """Note whether ``what`` (policies, certificate) is the newest there is."""
        self._loaded.labels(what).set(1 if good else 0)
        if changed or not good:
            self._loads.labels(what, "good" if good else "bad").inc()

    def certificate_ends(self, time: datetime) -> None:
        """Note until when the certificate is valid."""
        self._certificate.set(time.timestamp())

    def render(self, sizes: Callable[[], Mapping[str, int]]) -> bytes:
        """Everything, as text; ``sizes`` are those of the cache."""
        from prometheus_client import generate_latest

        for what, size in sizes().items():
            self._cache.labels(what).set(size)
        return generate_latest(self._registry)
