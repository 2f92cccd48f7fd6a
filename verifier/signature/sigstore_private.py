"""The only module that touches private parts of sigstore-python.

Its public API verifies bundles with certificate, inclusion proof and a dsse or hashedrekord entry. For
the rest (signed entry timestamps alone, intoto entries, managed keys) and to learn what it established,
the following is used; a test compares each of them with the version they were read in:

- ``Verifier._establish_time``, ``_verify_timestamp_authority``, ``_verify_signed_timestamp``,
  ``_verify_chain_at_time``, ``_verify_common_signing_cert``, ``_fulcio_certificate_chain``
- ``TransparencyLogEntry._verify``, ``_inner``; ``Bundle._inner``, ``_dsse_envelope``
- ``sigstore._internal.sct.verify_sct``, ``sigstore._internal.trust.KeyringPurpose``
- ``sigstore._internal.timestamp.TimestampVerificationResult``, ``TimestampSource``
- ``sigstore.dsse._verify``
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from rfc3161_client import TimeStampResponse
from sigstore import dsse
from sigstore._internal.sct import verify_sct
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore._internal.trust import KeyringPurpose
from sigstore._utils import KeyID
from sigstore.errors import CertValidationError, VerificationError
from sigstore.models import Bundle, TransparencyLogEntry, TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.bundle.v1 import Bundle as BundleModel
from sigstore_models.rekor.v1 import TransparencyLogEntry as TransparencyLogEntryModel
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootModel


class AnyIdentity:
    """sigstore asks for an identity while it verifies; here facts come first and policy after."""

    def verify(self, cert: Certificate) -> None:
        """Accept: see ``sigstore.verify.policy.VerificationPolicy``."""


class RecordingVerifier(Verifier):
    """sigstore's verifier, which also says what it established.

    ``established`` pairs each verified time with the issuing chain that is valid at it. One instance
    verifies one thing. Identities are not its business: facts first, policy after. ``trusted`` says whether
    a certificate (DER) of an authority in the trust root is trusted at a time.
    """

    def __init__(self, root: TrustedRoot, trusted: Callable[[bytes, datetime], bool]) -> None:
        super().__init__(trusted_root=root)
        self._authorities = [(c.public_bytes(Encoding.DER), c) for c in self._fulcio_certificate_chain]
        self._trusted = trusted
        self.established: list[tuple[datetime, list[Certificate]]] = []

    def fresh(self) -> RecordingVerifier:
        """The same verifier with nothing established yet, without reading the trust root again."""
        other = copy.copy(self)
        other.established = []
        return other

    def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        entry = bundle.log_entry._inner
        if (entry.kind_version.kind, entry.kind_version.version) != ("intoto", "0.0.2"):
            return super()._establish_time(bundle)
        # sigstore knows no intoto entries; their promise covers the time like any other's, and
        # TransparencyLogEntry._verify checks it.
        times: list[TimestampVerificationResult] = []
        if bundle.verification_material.timestamp_verification_data is not None:
            times += self._verify_timestamp_authority(bundle)
        if entry.integrated_time and entry.inclusion_promise:
            times.append(_log_time(entry.integrated_time))
        return times

    def _verify_chain_at_time(
        self, certificate: Certificate, timestamp_result: TimestampVerificationResult
    ) -> list[Certificate]:
        time = timestamp_result.time
        # The chain check would refuse this too, but not say whether time or authority is at fault.
        if not certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc:
            raise VerificationError(f"invalid signing cert: not valid at the time of signing, {time}")
        chain = self._chain(certificate, timestamp_result)
        self.established.append((time, chain))
        return chain

    def _chain(
        self, certificate: Certificate, timestamp_result: TimestampVerificationResult
    ) -> list[Certificate]:
        """The issuing chain, of authorities that were trusted at the time where there is such a one.

        A renewed authority keeps its name and key: of all, sigstore would take the first that fits. Where
        only one out of its time fits, the caller says so.
        """
        every = self._fulcio_certificate_chain
        then = [c for der, c in self._authorities if self._trusted(der, timestamp_result.time)]
        if not then or len(then) == len(every):
            return super()._verify_chain_at_time(certificate, timestamp_result)
        self._fulcio_certificate_chain = then
        try:
            return super()._verify_chain_at_time(certificate, timestamp_result)
        except CertValidationError:
            self._fulcio_certificate_chain = every
            return super()._verify_chain_at_time(certificate, timestamp_result)
        finally:
            self._fulcio_certificate_chain = every

    def verify_envelope(self, bundle: Bundle) -> None:
        """Verify a bundle with a DSSE envelope, log entry and certificate included.

        For an intoto entry its consistency with the bundle is left to the caller, as for every kind.
        """
        if bundle.log_entry._inner.kind_version.kind != "intoto":
            self.verify_dsse(bundle, AnyIdentity())
            return
        self._verify_common_signing_cert(bundle, AnyIdentity())
        envelope = bundle._dsse_envelope
        if envelope is None:
            raise VerificationError("DSSE: no envelope")
        dsse._verify(bundle.signing_certificate.public_key(), envelope)  # type: ignore[arg-type]

    def verify_certificate(self, certificate: Certificate, *, integrated_time: int) -> None:
        """Verify the chain at ``integrated_time`` (seconds since 1970) and the certificate timestamp."""
        chain = self._verify_chain_at_time(certificate, _log_time(integrated_time))
        verify_sct(certificate, chain, self._trusted_root.ct_keyring(KeyringPurpose.VERIFY))

    def verify_promise(self, *, log_id: bytes, signed: bytes, signature: bytes) -> None:
        """Verify a signed entry timestamp over ``signed``, the canonical JSON of the entry."""
        keyring = self._trusted_root.rekor_keyring(KeyringPurpose.VERIFY)
        keyring.verify(key_id=KeyID(log_id), signature=signature, data=signed)

    def verify_entry(self, entry: TransparencyLogEntry) -> None:
        """Verify inclusion proof, checkpoint and, where there is one, the promise."""
        entry._verify(self._trusted_root.rekor_keyring(KeyringPurpose.VERIFY))

    def verify_timestamp(self, response: TimeStampResponse, signature: bytes) -> datetime | None:
        """The time of an RFC 3161 timestamp over ``signature`` by a trusted authority; None otherwise."""
        result = self._verify_signed_timestamp(response, signature)
        return None if result is None else result.time


def _log_time(seconds: int) -> TimestampVerificationResult:
    return TimestampVerificationResult(
        source=TimestampSource.TRANSPARENCY_SERVICE, time=datetime.fromtimestamp(seconds, tz=UTC)
    )


def entry_model(bundle: Bundle) -> TransparencyLogEntryModel:
    """The one log entry of ``bundle``, as parsed."""
    return bundle.log_entry._inner


def bundle_model(bundle: Bundle) -> BundleModel:
    """The whole of ``bundle``, as parsed."""
    return bundle._inner


def load_trusted_root(raw: bytes) -> TrustedRootModel:
    """Parse a trusted_root.json. Raises what pydantic raises (``ValueError``)."""
    return TrustedRootModel.from_json(raw)


def restricted(model: TrustedRootModel, *, log: int | None, ct_log: int | None) -> TrustedRoot:
    """The trusted root with only the log and the CT log at these positions of its lists (None: all).

    sigstore tries every key of a list where an id is unknown to it; with one key in the list, the key
    that counts is the one whose id the material names.
    """
    update: dict[str, object] = {}
    if log is not None:
        update["tlogs"] = [model.tlogs[log]]
    if ct_log is not None:
        update["ctlogs"] = [model.ctlogs[ct_log]]
    return TrustedRoot(model.model_copy(update=update))
