"""A webhook out of its configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from verifier.assembly import NO_POLICY
from verifier.errors import UsageError
from verifier.settings import Settings, SignerOptions, registry_names
from verifier.webhook.access import PullSecrets
from verifier.webhook.basis import Basis
from verifier.webhook.configuration import Configuration
from verifier.webhook.decisions import Bounds, Decisions
from verifier.webhook.facts import FactsCache
from verifier.webhook.gathering import Gatherer
from verifier.webhook.images import read_images
from verifier.webhook.log import Log
from verifier.webhook.metrics import Counts
from verifier.webhook.service import Service
from verifier.webhook.shared import SharedEvidence


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a webhook has around it. ``basis`` and ``at_hand`` as in `Service`; ``shared`` may be None."""

    basis: Callable[[], Basis]
    at_hand: Callable[[], Basis | None]
    pull_secrets: PullSecrets
    counts: Counts
    shared: SharedEvidence | None
    log: Log
    now: Callable[[], datetime]


def webhook_settings(configuration: Configuration, base: Settings) -> Settings:
    """Those of one verification: what the configuration says, and ``base`` where that says more.

    Raises `UsageError` where nobody says who must have signed.
    """
    policies = base.policies or configuration.policies
    if not policies and base.signer == SignerOptions():
        raise UsageError("no policy is given", hint=NO_POLICY)
    return replace(
        base,
        policies=policies,
        platforms=base.platforms or configuration.platforms,
        trusted_root=base.trusted_root or configuration.trusted_root,
        allow_http=base.allow_http | configuration.plain_http,
        private_registries=configuration.private_registries,
        timeout=configuration.timeouts.verification,
        evidence=configuration.evidence,
    )


def build_service(
    configuration: Configuration, settings: Settings, cache: FactsCache, around: Surroundings
) -> Service:
    """Put the webhook together. Raises `InputError`."""
    gatherer = Gatherer(
        settings,
        resolve_seconds=configuration.timeouts.review,
        now=around.now,
        shared=around.shared,
    )
    registries = registry_names(configuration.registries)
    bounds = Bounds(configuration.verifications, registries, settings.allow_http)
    return Service(
        rules=configuration.rules,
        images=read_images(configuration.kinds),
        decisions=Decisions(bounds, gatherer, cache, around.counts, now=around.now),
        pull_secrets=around.pull_secrets,
        basis=around.basis,
        at_hand=around.at_hand,
        log=around.log,
        seconds=configuration.timeouts.review,
        platforms=settings.platforms,
        now=around.now,
    )
