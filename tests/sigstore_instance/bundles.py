"""Sigstore bundles (protobuf-specs, ``sigstore_bundle.proto``) as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict

from tests.sigstore_instance.canonical import b64, compact
from tests.sigstore_instance.log_entry import LogEntry, LogShape
from tests.sigstore_instance.signing import Signer
from tests.sigstore_instance.timestamp import StampShape

Version = Literal["0.1", "0.2", "0.3", "0.3-alternative"]
LogName = Literal["rekor1", "rekor2"]
EntryKind = Literal["dsse-0.0.1", "intoto-0.0.1", "intoto-0.0.2"]

MEDIA_TYPES: dict[str, str] = {
    "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "0.3-alternative": "application/vnd.dev.sigstore.bundle+json;version=0.3",
}


class BundleOptions(TypedDict, total=False):
    """How a bundle is made. Everything may be left out.

    ``log``: which log has the entry (default ``rekor1``), None for no entry. ``log_shape``: how it answers.
    ``entries``: these entries in place of a new one. ``entry_kind``: of a DSSE envelope on Rekor v1.
    ``stamps``: one timestamp each; default one where there is no Rekor v1 entry, none otherwise. ``chain``:
    certificates in an ``x509CertificateChain`` after the leaf (versions below 0.3 write that member anyway).
    ``edit``: changes the finished JSON.
    """

    version: Version
    log: LogName | None
    log_shape: LogShape
    entries: Sequence[LogEntry]
    entry_kind: EntryKind
    stamps: Sequence[StampShape]
    chain: Sequence[bytes]
    edit: Callable[[dict[str, Any]], None]


def assemble(
    content: dict[str, Any],
    signer: Signer,
    entries: Sequence[LogEntry],
    stamps: Sequence[bytes],
    options: BundleOptions,
) -> bytes:
    """The bundle's JSON; ``content`` is the member with the envelope or the message signature."""
    version = options.get("version", "0.3")
    material = _key_material(signer, version, options.get("chain"))
    if entries:
        material["tlogEntries"] = [entry.document() for entry in entries]
    if stamps:
        tokens = [{"signedTimestamp": b64(stamp)} for stamp in stamps]
        material["timestampVerificationData"] = {"rfc3161Timestamps": tokens}
    bundle = {"mediaType": MEDIA_TYPES[version], "verificationMaterial": material, **content}
    if edit := options.get("edit"):
        bundle = json.loads(compact(bundle))
        edit(bundle)
    return compact(bundle)


def _key_material(signer: Signer, version: str, chain: Sequence[bytes] | None) -> dict[str, Any]:
    if signer.certificate is None:
        return {"publicKey": {"hint": signer.hint}}
    leaf = {"rawBytes": b64(signer.certificate.der)}
    if chain is None and version.startswith("0.3"):
        return {"certificate": leaf}
    others = [{"rawBytes": b64(certificate)} for certificate in chain or ()]
    return {"x509CertificateChain": {"certificates": [leaf, *others]}}
