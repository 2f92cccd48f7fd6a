"""Verified facts, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from verifier.model.bundle import Format, Rejection, Unreadable
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.platform import Platform
from verifier.model.sbom import DecodedSbom, ImageBinding, Package, Sbom
from verifier.model.statement import COSIGN_SIGN, SimpleSigning, Statement
from verifier.model.verified import CertificateSigner, KeySigner, Signer, VerifiedStatement

ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/org/app/.github/workflows/release.yaml@refs/heads/main"
RELEASE = CertificateSigner(ISSUER, SUBJECT, "uri", {})
MALLORY = CertificateSigner(ISSUER, SUBJECT.replace("org", "mallory"), "uri", {})
KEY = KeySigner("sha256:" + "ab" * 32)

INDEX = Digest.of(b"index")
AMD64 = Digest.of(b"amd64")
ARM64 = Digest.of(b"arm64")
SPDX = "https://spdx.dev/Document"
SLSA = "https://slsa.dev/provenance/v1"
_TIME = datetime(2026, 11, 1, tzinfo=UTC)


def _verified(
    content: Statement | SimpleSigning, about: Sequence[Digest], signer: Signer, name: str
) -> VerifiedStatement:
    return VerifiedStatement(
        content=content,
        about=tuple(about),
        signer=signer,
        log=None,
        signed_at=_TIME,
        format=Format.BUNDLE,
        evidence=Digest.of(f"{content} {signer} {name}".encode()),
        stored_at=("referrers",),
    )


def signature(*about: Digest, signer: Signer = RELEASE, name: str = "") -> VerifiedStatement:
    """A classic image signature."""
    return _verified(SimpleSigning(about[0], "", {}), about, signer, name)


def sign_statement(*about: Digest, signer: Signer = RELEASE) -> VerifiedStatement:
    """cosign 3's image signature."""
    return attestation(COSIGN_SIGN, *about, signer=signer)


def attestation(
    kind: str, *about: Digest, signer: Signer = RELEASE, name: str = "", predicate: str = ""
) -> VerifiedStatement:
    """An attestation."""
    statement = Statement("https://in-toto.io/Statement/v1", kind, tuple(about), predicate, b"", {})
    return _verified(statement, about, signer, name)


def image(
    *statements: VerifiedStatement,
    platforms: Sequence[Digest] = (AMD64,),
    index: bool = True,
    rejections: Sequence[Rejection] = (),
    unreadable: Sequence[Unreadable] = (),
    name: str = "ghcr.io/org/app",
) -> ImageEvidence:
    """An index with some of its platforms, or one manifest."""
    names = {AMD64: Platform("linux", "amd64"), ARM64: Platform("linux", "arm64")}
    return ImageEvidence(
        name=name,
        digest=INDEX if index else AMD64,
        media_type="application/vnd.oci.image.index.v1+json",
        is_index=index,
        platforms=tuple(PlatformImage(names[digest], digest, {}) for digest in platforms),
        statements=statements,
        rejections=tuple(rejections),
        unsigned=(),
        unreadable=tuple(unreadable),
        searched=("referrers of " + str(INDEX), "tag sha256-" + INDEX.hex + ".sig"),
    )


def package(name: str = "busybox") -> Package:
    """One package."""
    return Package(
        "id", name, "1", "", "", "", "", "", (), (), "", files_analyzed=False, path="$.packages[0]"
    )


def decoded(
    statement: VerifiedStatement,
    *,
    packages: int = 1,
    only_images: bool = False,
    describes: Sequence[Digest] | None = None,
) -> DecodedSbom:
    """What decoding an SBOM gives: by default one package, describing what the statement is about."""
    sbom = Sbom("SPDX-2.3", "", "", None, (), (), (package(),) * packages, (), (), 0)
    digests = statement.about if describes is None else describes
    return DecodedSbom(sbom, ImageBinding(tuple(digests), lists_only_images=only_images or not packages))
