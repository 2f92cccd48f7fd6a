"""Make the test data: ``python -m testdata.build``; with ``--check``, tell whether it is up to date.

Everything follows from a fixed seed and time, byte for byte.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from testdata.images import PLATFORMS, PROVENANCE, Image, add_image, add_platform, provenance
from testdata.spdx import index_sbom, platform_sbom
from tests.sigstore_instance import SIGN_V1, Signer, SigstoreInstance, github_claims
from tests.sigstore_instance.canonical import compact
from tests.sigstore_instance.layout import Descriptor, Layout

SPDX = "https://spdx.dev/Document"
STRANGER = "https://github.com/mallory/hello/.github/workflows/release.yaml@refs/heads/main"
_FOLDER = Path(__file__).resolve().parent
_GENERATED = ("bundles", "layouts", "trusted_root.json")

NewSigner = Callable[[], Signer]


def main(arguments: list[str] | None = None) -> int:
    """Make the files, or check them; gives the exit code."""
    parser = argparse.ArgumentParser(prog="testdata.build", description="Make the test data.")
    parser.add_argument("--check", action="store_true", help="only tell whether the files are up to date")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch)
        build(made)
        if options.check:
            return _report(differences(made, _FOLDER))
        for name in _GENERATED:
            _replace(made / name, _FOLDER / name)
    return 0


def build(folder: Path) -> None:
    """Make everything in ``folder``."""
    sigstore = SigstoreInstance("testdata")
    (folder / "trusted_root.json").write_bytes(sigstore.trusted_root())
    layouts = {
        "demo": demo(sigstore),
        "demo-bundles": demo_bundles(sigstore),
        "index-sbom-only": index_sbom_only(sigstore),
        "saved": saved(sigstore),
        "unsigned": unsigned(sigstore),
        "wrong-signer": wrong_signer(sigstore),
    }
    for name, layout in layouts.items():
        layout.write(folder / "layouts" / name)
    bundles = folder / "bundles"
    bundles.mkdir()
    for name, content in bundle_files(sigstore).items():
        (bundles / name).write_bytes(content)


def demo(sigstore: SigstoreInstance) -> Layout:
    """The signed image of the demonstration, in cosign's tags."""
    layout = Layout()
    image = add_image(layout)
    _sign(layout, sigstore, image.subjects, sigstore.signer)
    for subject in image.subjects:
        _attest(layout, sigstore, subject, {PROVENANCE: provenance(), SPDX: _sbom(image, subject)})
    return layout


def demo_bundles(sigstore: SigstoreInstance) -> Layout:
    """The same image as cosign 3 would sign it: bundles as referrers, the signature on the index alone."""
    layout = Layout()
    image = add_image(layout)
    signature = sigstore.cosign_v3_signature(image.index.digest, log="rekor2")
    layout.referrer(image.index, signature, predicate_type=SIGN_V1)
    for subject in image.subjects:
        # What GitHub attests is logged on Rekor v1, the rest on v2.
        statement = sigstore.statement(subject.digest, PROVENANCE, provenance())
        layout.referrer(subject, sigstore.bundle_dsse(statement), predicate_type=PROVENANCE)
        statement = sigstore.statement(subject.digest, SPDX, _sbom(image, subject))
        layout.referrer(subject, sigstore.bundle_dsse(statement, log="rekor2"), predicate_type=SPDX)
    return layout


def index_sbom_only(sigstore: SigstoreInstance) -> Layout:
    """A signed image whose only SBOM is about the index."""
    layout = Layout()
    image = add_image(layout, platforms=("linux/amd64",))
    _sign(layout, sigstore, image.subjects, sigstore.signer)
    _attest(layout, sigstore, image.index, {SPDX: _sbom(image, image.index)})
    return layout


def saved(sigstore: SigstoreInstance) -> Layout:
    """One image without an index, as ``cosign save`` writes it."""
    layout = Layout()
    subject, layer = add_platform(layout, "linux/amd64")
    layout.save(subject)
    layout.signatures(subject, [sigstore.legacy_signature(subject.digest)], saved=True)
    statement = sigstore.statement(subject.digest, SPDX, platform_sbom("linux/amd64", subject.digest, layer))
    layout.attestations(subject, [sigstore.legacy_attestation(statement, predicate_type=SPDX)], saved=True)
    return layout


def unsigned(sigstore: SigstoreInstance) -> Layout:
    """An image with what nobody signed: a BuildKit attestation and an ``.sbom`` tag."""
    layout = Layout()
    subject, layer = add_platform(layout, "linux/amd64")
    sbom = platform_sbom("linux/amd64", subject.digest, layer)
    statement = sigstore.statement(
        subject.digest, SPDX, sbom, statement_type="https://in-toto.io/Statement/v0.1"
    )
    image = add_image(layout, platforms=PLATFORMS[:1], others=(layout.buildkit(subject, [statement]),))
    layout.sbom(image.platforms["linux/amd64"], compact(sbom))
    return layout


def wrong_signer(sigstore: SigstoreInstance) -> Layout:
    """The image, genuinely signed and attested by someone else."""
    layout = Layout()
    image = add_image(layout, platforms=PLATFORMS[:1])

    def stranger() -> Signer:
        return sigstore.signer(STRANGER, claims=github_claims(repository="mallory/hello"))

    _sign(layout, sigstore, image.subjects, stranger)
    for subject in image.platforms.values():
        _attest(layout, sigstore, subject, {SPDX: _sbom(image, subject)}, stranger)
    return layout


def bundle_files(sigstore: SigstoreInstance) -> dict[str, bytes]:
    """Bundle files about one artifact, and the artifact."""
    artifact = b"The artifact that the bundles beside it are about.\n"
    managed = sigstore.managed_signer()
    layout = Layout()
    statement = sigstore.statement(
        layout.blob(artifact, "text/plain").digest, PROVENANCE, name="artifact.txt"
    )
    return {
        "artifact.txt": artifact,
        "dsse-rekor1.sigstore.json": sigstore.bundle_dsse(statement),
        "dsse-rekor2.sigstore.json": sigstore.bundle_dsse(statement, log="rekor2"),
        "message-rekor1.sigstore.json": sigstore.bundle_message(artifact),
        "message-rekor2.sigstore.json": sigstore.bundle_message(artifact, log="rekor2"),
        "message-v0.1.sigstore.json": sigstore.bundle_message(artifact, version="0.1"),
        "message-v0.2.sigstore.json": sigstore.bundle_message(artifact, version="0.2"),
        "managed-key.pub": managed.key.pem.encode(),
        "dsse-managed-key.sigstore.json": sigstore.bundle_dsse(statement, managed, log="rekor2"),
        "message-managed-key.sigstore.json": sigstore.bundle_message(artifact, managed),
    }


def differences(made: Path, present: Path) -> list[str]:
    """The generated files that are missing, different, or too many in ``present``."""
    names = sorted({*_files(made), *_files(present)})
    return [name for name in names if _content(made / name) != _content(present / name)]


def _sbom(image: Image, subject: Descriptor) -> dict[str, object]:
    for platform, child in image.platforms.items():
        if child.digest == subject.digest:
            return platform_sbom(platform, child.digest, image.layers[platform])
    children = {platform: child.digest for platform, child in image.platforms.items()}
    return index_sbom(subject.digest, children)


def _sign(
    layout: Layout, sigstore: SigstoreInstance, subjects: tuple[Descriptor, ...], new_signer: NewSigner
) -> None:
    for subject in subjects:
        layout.signatures(subject, [sigstore.legacy_signature(subject.digest, new_signer())])


def _attest(
    layout: Layout,
    sigstore: SigstoreInstance,
    subject: Descriptor,
    predicates: dict[str, dict[str, object]],
    new_signer: NewSigner | None = None,
) -> None:
    new_signer = new_signer or sigstore.signer
    layers = []
    for predicate_type, predicate in predicates.items():
        statement = sigstore.statement(subject.digest, predicate_type, predicate)
        layers.append(sigstore.legacy_attestation(statement, new_signer(), predicate_type=predicate_type))
    layout.attestations(subject, layers)


def _files(folder: Path) -> set[str]:
    roots = [folder / name for name in _GENERATED]
    files = [file for root in roots for file in (root, *root.rglob("*")) if file.is_file()]
    return {file.relative_to(folder).as_posix() for file in files}


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _replace(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _report(changed: list[str]) -> int:
    for name in changed:
        print(f"testdata/{name} is not up to date", file=sys.stderr)
    if changed:
        print("run: python -m testdata.build", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
