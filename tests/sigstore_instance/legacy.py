"""The layers of cosign's ``.sig`` and ``.att`` manifests.

https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tests.sigstore_instance.canonical import b64, compact
from tests.sigstore_instance.log_entry import LogEntry
from tests.sigstore_instance.rekor1 import cosign_bundle
from tests.sigstore_instance.signing import Signer

SIGNATURE = "dev.cosignproject.cosign/signature"
CERTIFICATE = "dev.sigstore.cosign/certificate"
CHAIN = "dev.sigstore.cosign/chain"
BUNDLE = "dev.sigstore.cosign/bundle"
TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp"
PREDICATE_TYPE = "predicateType"


class Layer(NamedTuple):
    """A blob, and the annotations of its descriptor."""

    blob: bytes
    annotations: dict[str, str]


def simple_signing(digest: str, *, repository: str, optional: Mapping[str, object] | None = None) -> bytes:
    """What cosign signs for an image with ``digest`` (``sha256:…``)."""
    return compact(
        {
            "critical": {
                "identity": {"docker-reference": repository},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": optional,
        }
    )


def layer_annotations(
    signer: Signer, *, signature: bytes, entry: LogEntry | None, chain: str, stamp: bytes | None
) -> dict[str, str]:
    """The annotations that cosign writes; an attestation's ``signature`` is empty."""
    result = {SIGNATURE: b64(signature)}
    if entry is not None:
        result[BUNDLE] = cosign_bundle(entry)
    if signer.certificate is not None:
        result[CERTIFICATE] = signer.certificate.pem
        result[CHAIN] = chain
    if stamp is not None:
        result[TIMESTAMP] = compact({"SignedRFC3161Timestamp": b64(stamp)}).decode()
    return result
