"""The server out of its configuration; what is wrong is said before it serves."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from verifier.errors import UsageError
from verifier.settings import Settings
from verifier.webhook.access import NoPullSecrets, PullSecrets
from verifier.webhook.assembled import Surroundings, build_service, webhook_settings
from verifier.webhook.basis import load_basis, load_trust_root
from verifier.webhook.certificate import Certificate
from verifier.webhook.cluster import ClusterPullSecrets, InCluster
from verifier.webhook.configuration import Configuration
from verifier.webhook.facts import FactsCache
from verifier.webhook.log import JsonLog, Log
from verifier.webhook.metrics import Metrics
from verifier.webhook.reloading import Loading, Reloading
from verifier.webhook.server import Parts, Server, listen
from verifier.webhook.shared import RedisEvidence, SharedEvidence


def build_server(
    configuration: Configuration,
    settings: Settings,
    *,
    certificate: Path,
    key: Path,
    place: str,
    log: Log | None = None,
) -> Server:
    """Load everything and listen on ``place``. Raises `VerifierError`."""
    log = log or JsonLog()
    metrics = Metrics()
    chosen = webhook_settings(configuration, settings)
    pair = Certificate(certificate, key)

    loading = Loading(
        trust_root=lambda: load_trust_root(
            replace(chosen, at=_now()), warn=lambda text: log.event("warning", text)
        ),
        basis=lambda root, policies: load_basis(chosen, root, policies),
    )
    reloading = Reloading(loading, pair, log, metrics, follow=chosen.trusted_root is not None)
    cache = FactsCache(configuration.cache)
    around = Surroundings(
        reloading.basis,
        reloading.basis,
        _pull_secrets(configuration, settings),
        metrics,
        _shared(configuration, settings, log),
        log,
        _now,
    )
    # The cache on disk is the trust root's alone: that of content would grow without end.
    service = build_service(configuration, replace(chosen, cache=None), cache, around)
    parts = Parts(service, reloading, metrics, log, configuration.timeouts, cache.sizes)
    return Server(parts, pair, listen(place))


def _pull_secrets(configuration: Configuration, settings: Settings) -> PullSecrets:
    if not configuration.pull_secrets:
        return NoPullSecrets()
    return ClusterPullSecrets(InCluster.read(settings.environment))


def _shared(configuration: Configuration, settings: Settings, log: Log) -> SharedEvidence | None:
    bounds = configuration.cache
    if bounds.redis is None or bounds.seconds <= 0:
        return None
    if importlib.util.find_spec("redis") is None:
        raise UsageError(
            "the configuration names a Redis, and the library redis is not installed",
            hint="pip install 'verifier[admission,redis]'",
        )
    return RedisEvidence(
        bounds.redis,
        password=settings.environment.get("VERIFY_REDIS_PASSWORD"),
        seconds=bounds.seconds,
        warn=lambda text: log.event("warning", text),
    )


def _now() -> datetime:
    return datetime.now(UTC)
