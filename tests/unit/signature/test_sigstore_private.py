"""Notice when a new version of sigstore changes the private parts that are used.

A failure here is no defect: read the changes of the named functions, adapt
`verifier.signature.sigstore_private` where needed, and record the new fingerprints.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable

import pytest
from sigstore import dsse
from sigstore._internal import merkle
from sigstore._internal.rekor import checkpoint
from sigstore._internal.sct import verify_sct
from sigstore._internal.timestamp import TimestampVerificationResult
from sigstore._internal.trust import Keyring
from sigstore.models import Bundle, TransparencyLogEntry, TrustedRoot
from sigstore.verify import Verifier

FINGERPRINTS: list[tuple[Callable[..., object], str]] = [
    (Verifier.__init__, "a8e565355164a3e2"),
    (Verifier._establish_time, "c3fed360b59b0361"),
    (Verifier._verify_timestamp_authority, "4600db7a0d13f275"),
    (Verifier._verify_signed_timestamp, "3b2fd529f2a637f4"),
    (Verifier._verify_chain_at_time, "13010caf018baa09"),
    (Verifier._verify_common_signing_cert, "16b63434286ce627"),
    (Verifier.verify_dsse, "61918155afdbbafa"),
    (Verifier.verify_artifact, "b1eb20381e544759"),
    (TransparencyLogEntry._verify, "965aa6db40093d10"),
    (TransparencyLogEntry._verify_set, "f7139f22a44535ee"),
    (Bundle._verify, "a389c7234b4ec088"),
    (TrustedRoot.rekor_keyring, "d2d61cba65c28b95"),
    (TrustedRoot.ct_keyring, "2965fe76db142451"),
    (TrustedRoot.get_fulcio_certs, "32f482425bcc672d"),
    (Keyring.verify, "a92578c1e7317a8d"),
    (TimestampVerificationResult, "a7bd4ae435145f44"),
    (verify_sct, "8ba3bc0d722492d7"),
    (checkpoint.verify_checkpoint, "52ed4d0a6c7f24aa"),
    (merkle.verify_merkle_inclusion, "86c19b1813def1bf"),
    (dsse._verify, "c0c2eb77f25df5bb"),
]


@pytest.mark.parametrize(
    ("function", "fingerprint"), FINGERPRINTS, ids=lambda value: getattr(value, "__qualname__", "")
)
def test_the_source_is_the_one_that_was_read(function: Callable[..., object], fingerprint: str) -> None:
    assert hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16] == fingerprint
