"""What changes while the webhook serves: policies, trust root, certificate.

The old stays in use until the new is good.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verifier.errors import VerifierError
from verifier.limits import TRUST_ROOT_RELOAD_SECONDS
from verifier.model.trust import TrustRoot
from verifier.policy.values import Policy
from verifier.webhook.basis import Basis, is_same
from verifier.webhook.certificate import Certificate
from verifier.webhook.log import Log
from verifier.webhook.metrics import Metrics

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loading:
    """How things are loaded; both raise `VerifierError`.

    ``basis`` takes a trust root and, where they are not to be read, policies.
    """

    trust_root: Callable[[], TrustRoot]
    basis: Callable[[TrustRoot, tuple[Policy, ...] | None], Basis]


class Reloading:
    """Holds what decisions rest on now. ``follow`` says that the trust root is a file to be read again."""

    def __init__(
        self,
        loading: Loading,
        certificate: Certificate,
        log: Log,
        metrics: Metrics,
        *,
        follow: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load everything. Raises `VerifierError`: a webhook never starts on what is broken."""
        self._loading = loading
        self._certificate = certificate
        self._log = log
        self._metrics = metrics
        self._follow = follow
        self._clock = clock
        self._problems: dict[str, str] = {}
        self._basis = loading.basis(loading.trust_root(), None)
        self._fetched = clock()
        for what in ("policies", "trust-root", "certificate"):
            metrics.loaded(what, good=True, changed=True)
        self._note_certificate()

    def basis(self) -> Basis:
        """The newest that is good."""
        return self._basis

    def problems(self) -> Mapping[str, str]:
        """What could not be loaded, and why; what was in use before is still in use."""
        return dict(self._problems)

    def reload(self) -> None:
        """Look whether anything changed. Raises nothing; not for two threads at once."""
        self._try("trust-root", self._reload_trust_root)
        self._try("policies", self._reload_policies)
        self._try("certificate", self._reload_certificate)

    def _reload_trust_root(self) -> bool:
        if not self._follow and self._clock() - self._fetched < TRUST_ROOT_RELOAD_SECONDS:
            return False
        root = self._loading.trust_root()
        self._fetched = self._clock()
        # With the policies that are in use: whether new ones can be read is another matter.
        return self._take(self._loading.basis(root, self._basis.policies))

    def _reload_policies(self) -> bool:
        return self._take(self._loading.basis(self._basis.trust_root, None))

    def _take(self, basis: Basis) -> bool:
        if is_same(basis, self._basis):
            return False
        self._basis = basis
        return True

    def _reload_certificate(self) -> bool:
        if not self._certificate.reload():
            return False
        self._note_certificate()
        return True

    def _note_certificate(self) -> None:
        if self._certificate.expires is not None:
            self._metrics.certificate_ends(self._certificate.expires)

    def _try(self, what: str, reload: Callable[[], bool]) -> None:
        try:
            changed = reload()
        except VerifierError as error:
            self._failed(what, error.message)
            return
        except Exception as error:
            _logger.exception("defect while loading the %s", what)
            self._failed(what, f"internal error: {type(error).__name__}")
            return
        if self._problems.pop(what, None) is not None or changed:
            digests = {"policies": self._basis.policies_digest, "trustRoot": self._basis.trust_root_digest}
            self._log.event("info", f"{what}: the newest is in use", **digests)
        self._metrics.loaded(what, good=True, changed=changed)

    def _failed(self, what: str, reason: str) -> None:
        if self._problems.get(what) != reason:
            self._log.event("error", f"{what}: the new one cannot be used, the old one stays", reason=reason)
        self._problems[what] = reason
        self._metrics.loaded(what, good=False, changed=True)
