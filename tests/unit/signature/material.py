"""Verify material of the private Sigstore."""

from __future__ import annotations

from collections.abc import Sequence

from tests.sigstore_instance import Key, Layer, SigstoreInstance
from verifier.attestation.statement import parse_simple_signing, parse_statement
from verifier.model.bundle import Bundle, Format
from verifier.model.digest import Digest
from verifier.model.trust import PublicKey, TrustRoot
from verifier.model.verified import VerifiedStatement
from verifier.signature.verifier import SigstoreVerifier

IMAGE = Digest.of(b"the image's manifest")
OTHER = Digest.of(b"another manifest")
ARTIFACT = b"an artifact"

SIGSTORE = SigstoreInstance()
STATEMENT = SIGSTORE.statement(str(IMAGE), "https://slsa.dev/provenance/v1", {"buildDefinition": {}})
ROOT = SIGSTORE.trusted_root()


def verifier(root: bytes = ROOT, keys: Sequence[Key] = ()) -> SigstoreVerifier:
    """A verifier with this trusted root that knows these managed keys."""
    return SigstoreVerifier(
        TrustRoot(root, "test"),
        keys=[PublicKey(key.spki, key.seed) for key in keys],
        parse_statement=parse_statement,
        parse_simple_signing=parse_simple_signing,
    )


def bundle(raw: bytes) -> Bundle:
    """A Sigstore bundle as discovery hands it over."""
    return Bundle(Format.BUNDLE, raw, Digest.of(raw), ("referrers",))


def signature(layer: Layer) -> Bundle:
    """A ``.sig`` layer as discovery hands it over."""
    return Bundle(Format.SIMPLE_SIGNING, layer.blob, Digest.of(layer.blob), ("tag",), layer.annotations)


def attestation(layer: Layer) -> Bundle:
    """An ``.att`` layer as discovery hands it over."""
    return Bundle(Format.DSSE, layer.blob, Digest.of(layer.blob), ("tag",), layer.annotations)


def verify(
    material: Bundle, *, root: bytes = ROOT, keys: Sequence[Key] = (), about: Digest = IMAGE
) -> VerifiedStatement:
    """Verify ``material`` about ``about``."""
    return verifier(root, keys).verify(material, about=(about,))


def verify_artifact(
    raw: bytes, *, root: bytes = ROOT, keys: Sequence[Key] = (), artifact: bytes = ARTIFACT
) -> VerifiedStatement:
    """Verify a bundle about a file."""
    return verifier(root, keys).verify_artifact(bundle(raw), Digest.of(artifact))
