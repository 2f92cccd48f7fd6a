"""How many requests one platform of one image takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.registry_server import Fault, Login, RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import Contents, Layout
from verifier.model.finding import Verdict
from verifier.model.platform import Platform
from verifier.settings import Settings, SignerOptions
from verifier.verification import verify_images

SIGSTORE = SigstoreInstance()
REPOSITORY = "org/app"


def signed_index() -> tuple[Contents, dict[str, str]]:
    """An index with two platforms, signature and provenance on the index, an SBOM on each platform."""
    layout = Layout()
    children = {name: layout.image(name) for name in ("linux/amd64", "linux/arm64")}
    index = layout.index(list(children.values()))
    layout.tag("latest", index)
    layout.signatures(index, [SIGSTORE.legacy_signature(index.digest)])
    layout.attestations(index, [SIGSTORE.legacy_attestation(SIGSTORE.statement(index.digest))])
    for child in children.values():
        package = {"SPDXID": "SPDXRef-a", "name": "a", "downloadLocation": "NOASSERTION"}
        sbom = {
            "spdxVersion": "SPDX-2.3",
            "SPDXID": "SPDXRef-DOCUMENT",
            "dataLicense": "CC0-1.0",
            "name": "sbom",
            "documentNamespace": "https://example.com/sbom",
            "creationInfo": {"created": "2026-11-01T12:00:00Z", "creators": ["Tool: test"]},
            "packages": [package],
            "documentDescribes": ["SPDXRef-a"],
        }
        statement = SIGSTORE.statement(child.digest, "https://spdx.dev/Document", sbom)
        layout.attestations(child, [SIGSTORE.legacy_attestation(statement)])
    digests = {"index": index.digest, **{name: child.digest for name, child in children.items()}}
    return layout.contents(), digests


def settings(server: RegistryServer, tmp_path: Path) -> Settings:
    root = tmp_path / "trusted_root.json"
    root.write_bytes(SIGSTORE.trusted_root())
    return Settings(
        at=datetime(2026, 11, 2, tzinfo=UTC),
        signer=SignerOptions(
            identity="https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main",
            issuer="https://token.actions.githubusercontent.com",
            require=("signature", "spdx", "slsa-provenance"),
        ),
        platforms=(Platform.parse("linux/amd64"),),
        trusted_root=root,
        allow_http=frozenset({server.address}),
    )


def test_one_platform_takes_one_resolution_and_three_parallel_rounds(tmp_path: Path) -> None:
    contents, digests = signed_index()
    with RegistryServer(contents, REPOSITORY) as server:
        report = verify_images([f"{server.address}/{REPOSITORY}"], settings(server, tmp_path))
        assert report.verdict is Verdict.PASS
        paths = server.paths()
    assert paths[0] == "manifests/latest"
    places = [
        f"{kind}{digests[name].replace(':', separator)}{suffix}"
        for name in ("index", "linux/amd64")
        for kind, separator, suffix in (
            ("referrers/", ":", ""),
            ("manifests/", "-", ""),
            ("manifests/", "-", ".sig"),
            ("manifests/", "-", ".att"),
            ("manifests/", "-", ".sbom"),
        )
    ]
    child = json.loads(contents.manifests[digests["linux/amd64"]][1])
    expected = {
        *places,
        f"manifests/{digests['linux/amd64']}",
        f"blobs/{child['config']['digest']}",
    }
    evidence = [path for path in paths[1:] if path not in expected]
    # One blob each: the signature, the provenance, and this platform's SBOM.
    assert len(evidence) == 3
    assert all(path.startswith("blobs/") for path in evidence)
    assert sorted(paths[1:]) == sorted([*expected, *evidence])
    assert len(paths) == 16


def test_a_login_adds_the_challenge_and_one_token(tmp_path: Path) -> None:
    contents, _ = signed_index()
    with RegistryServer(contents, REPOSITORY, login=Login("Bearer")) as server:
        report = verify_images([f"{server.address}/{REPOSITORY}"], settings(server, tmp_path))
        assert report.verdict is Verdict.PASS
        assert len(server.requests) == 16 + 2


def test_a_broken_place_is_no_obstacle_where_the_evidence_lies_elsewhere(tmp_path: Path) -> None:
    contents, _ = signed_index()
    with RegistryServer(contents, REPOSITORY, faults=[Fault("referrers/", 403)]) as server:
        report = verify_images([f"{server.address}/{REPOSITORY}"], settings(server, tmp_path))
        assert report.verdict is Verdict.PASS
        assert "could not look at referrers" in report.images[0].warnings[0]


def test_a_broken_place_where_evidence_may_lie_is_not_none(tmp_path: Path) -> None:
    contents, digests = signed_index()
    tag = digests["index"].replace(":", "-")
    for fault, verdict in (
        (Fault(rf"{tag}\.sig", 403), Verdict.UNAVAILABLE),
        (Fault(rf"{tag}\.sig", 404), Verdict.UNVERIFIED),
    ):
        with RegistryServer(contents, REPOSITORY, faults=[fault]) as server:
            report = verify_images([f"{server.address}/{REPOSITORY}"], settings(server, tmp_path))
        assert report.verdict is verdict
