"""Trusted keys, chosen by exact id and judged at the time of signing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from sigstore.errors import Error as SigstoreError

from verifier.errors import TrustRootError, UntrustedTimeWindowError
from verifier.model.trust import TrustRoot
from verifier.signature.sigstore_private import RecordingVerifier, load_trusted_root, restricted
from verifier.text import rfc3339, safe
from verifier.trustroot.authorities import Log, Window, read_authorities

_OLD = "the trust root may be older than the signature, or the signature of another Sigstore instance"


class Trust:
    """One trust root. Safe to use from several threads."""

    def __init__(self, root: TrustRoot) -> None:
        self._root = root
        self._authorities = read_authorities(root)
        self._verifiers: dict[tuple[int, int | None], RecordingVerifier] = {}
        self._logs = {log.log_id: log for log in self._authorities.logs}
        self._ct_logs = {log.log_id: log for log in self._authorities.ct_logs}
        with self._usable():
            self._model = load_trusted_root(root.raw)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        # pydantic's errors are ValueErrors; a certificate may be one that is not trusted by the clock here.
        except (SigstoreError, ValueError, TypeError, OverflowError) as error:
            raise TrustRootError(f"{self._root.source} cannot be used: {safe(error)}") from error

    def log(self, log_id: bytes) -> Log:
        """The transparency log with exactly this id, or raise `UntrustedTimeWindowError`."""
        return _find(self._logs, log_id, "transparency log")

    def ct_log(self, log_id: bytes) -> Log:
        """The certificate transparency log with exactly this id, or raise `UntrustedTimeWindowError`."""
        return _find(self._ct_logs, log_id, "certificate transparency log")

    def verifier(self, log: Log, ct_log: Log | None = None) -> RecordingVerifier:
        """A verifier that knows no log but these."""
        positions = (log.position, None if ct_log is None else ct_log.position)
        verifier = self._verifiers.get(positions)
        if verifier is None:
            with self._usable():
                root = restricted(self._model, log=positions[0], ct_log=positions[1])
                verifier = self._verifiers[positions] = RecordingVerifier(root, self._is_trusted)
        return verifier.fresh()

    def require_valid(self, log: Log, time: datetime, *, what: str = "transparency log") -> None:
        """Raise `UntrustedTimeWindowError` unless ``log`` was trusted at ``time``."""
        if not log.window.contains(time):
            raise UntrustedTimeWindowError(
                f"the {what} {safe(log.url)} was trusted {log.window}, this was signed at {rfc3339(time)}"
            )

    def require_valid_issuer(self, chain: Sequence[Certificate], time: datetime) -> None:
        """Raise `UntrustedTimeWindowError` unless the authority that issued was trusted at ``time``."""
        issuer = chain[0].public_bytes(Encoding.DER)
        if not self._is_trusted(issuer, time):
            windows = self._windows(issuer)
            trusted = " and ".join(str(window) for window in windows) or "never"
            raise UntrustedTimeWindowError(
                f"the certificate authority was trusted {trusted}, this was signed at {rfc3339(time)}"
            )

    def _is_trusted(self, certificate: bytes, time: datetime) -> bool:
        return any(window.contains(time) for window in self._windows(certificate))

    def _windows(self, certificate: bytes) -> list[Window]:
        authorities = self._authorities.certificate_authorities
        return [authority.window for authority in authorities if certificate in authority.certificates]


def _find(logs: dict[bytes, Log], log_id: bytes, what: str) -> Log:
    log = logs.get(log_id)
    if log is None:
        raise UntrustedTimeWindowError(f"the trust root knows no {what} {log_id.hex()}", hint=_OLD)
    return log
