"""What changes while the webhook serves: policies, trust root, certificate.

The old stays in use until the new is good.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from verifier.errors import VerifierError
from verifier.limits import TRUST_ROOT_RELOAD_SECONDS
from verifier.model.trust import TrustRoot
from verifier.webhook.basis import Basis, is_same
from verifier.webhook.certificate import Certificate
from verifier.webhook.log import Log
from verifier.webhook.metrics import Metrics

_logger = logging.getLogger(__name__)

Load = Callable[[TrustRoot | None], Basis]
"""Load a basis, with the trust root that is given, or a new one."""


class Reloading:
    """Holds what decisions rest on now. ``follow`` says whether the trust root is a file to be read again."""

    def __init__(
        self,
        load: Load,
        certificate: Certificate | None,
        log: Log,
        metrics: Metrics,
        *,
        follow: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load everything. Raises `VerifierError`: a webhook never starts on what is broken."""
        self._load = load
        self._certificate = certificate
        self._log = log
        self._metrics = metrics
        self._follow = follow
        self._clock = clock
        self._problems: dict[str, str] = {}
        self._basis = load(None)
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
        due = self._clock() - self._fetched >= TRUST_ROOT_RELOAD_SECONDS
        if not self._follow and not due:
            return False
        return self._take(self._load(None), fetched=True)

    def _reload_policies(self) -> bool:
        return self._take(self._load(self._basis.trust_root), fetched=False)

    def _take(self, basis: Basis, *, fetched: bool) -> bool:
        if fetched:
            self._fetched = self._clock()
        if is_same(basis, self._basis):
            return False
        self._basis = basis
        return True

    def _reload_certificate(self) -> bool:
        if self._certificate is None or not self._certificate.reload():
            return False
        self._note_certificate()
        return True

    def _note_certificate(self) -> None:
        if self._certificate is not None and self._certificate.expires is not None:
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
