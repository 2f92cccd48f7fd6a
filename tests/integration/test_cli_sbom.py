"""Two SBOMs side by side, and an SBOM chosen from several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Done, layout, verify
from tests.sigstore_instance import SUBJECT, SigstoreInstance
from tests.sigstore_instance.layout import Layout

SIGSTORE = SigstoreInstance()
STRANGER = "https://github.com/mallory/hello/.github/workflows/release.yaml@refs/heads/main"


def package(name: str, version: str, licence: str = "MIT") -> dict[str, Any]:
    return {
        "SPDXID": f"SPDXRef-{name}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "licenseDeclared": licence,
        "licenseConcluded": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:apk/wolfi/{name}@{version}",
            }
        ],
    }


def sbom(*packages: dict[str, Any]) -> dict[str, Any]:
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "dataLicense": "CC0-1.0",
        "name": "sbom",
        "documentNamespace": "https://example.com/sbom",
        "creationInfo": {"created": "2026-11-01T12:00:00Z", "creators": ["Tool: test"]},
        "packages": list(packages),
        "documentDescribes": [packages[0]["SPDXID"]],
    }


def image(
    folder: Path, *signed: tuple[str, object], predicate_type: str = "https://spdx.dev/Document"
) -> str:
    """A layout whose one image has these predicates, each signed by the subject before it."""
    made = Layout()
    manifest = made.image()
    made.tag("latest", manifest)
    statements = [(SIGSTORE.statement(manifest.digest, predicate_type, item), by) for by, item in signed]
    made.attestations(
        manifest, [SIGSTORE.legacy_attestation(item, SIGSTORE.signer(by)) for item, by in statements]
    )
    return f"oci:{made.write(folder)}"


def run(tmp_path: Path, *arguments: str) -> Done:
    (tmp_path / "root.json").write_bytes(SIGSTORE.trusted_root())
    return verify(tmp_path, *arguments, "--trusted-root", str(tmp_path / "root.json"), "--offline")


WANTED = (
    *("--certificate-oidc-issuer", "https://token.actions.githubusercontent.com"),
    *("--certificate-identity", SUBJECT),
)
OLD = sbom(package("app", "1"), package("busybox", "1.36"), package("gone", "2"), package("zlib", "1.3"))
NEW = sbom(
    package("app", "1"), package("busybox", "1.37"), package("fresh", "3"), package("zlib", "1.3", "Zlib")
)


def test_every_kind_of_difference_is_one_line(tmp_path: Path) -> None:
    old, new = image(tmp_path / "old", (SUBJECT, OLD)), image(tmp_path / "new", (SUBJECT, NEW))
    done = run(tmp_path, "sbom", "diff", old, new, *WANTED)
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        "+ fresh 3",
        "- gone 2",
        "~ busybox 1.36 -> 1.37",
        "~ zlib 1.3 licence MIT -> Zlib",
    ]
    same = run(tmp_path, "sbom", "diff", new, new, *WANTED)
    assert (same.code, same.out) == (0, "no difference in packages\n")


def test_only_what_a_wanted_signer_attested_is_compared(tmp_path: Path) -> None:
    old, new = image(tmp_path / "old", (SUBJECT, OLD)), image(tmp_path / "new", (STRANGER, NEW))
    done = run(tmp_path, "sbom", "diff", old, new, *WANTED)
    assert (done.code, done.out) == (3, "")
    assert "mallory" in done.err
    anybody = run(tmp_path, "sbom", "diff", old, new, "--any-signer")
    assert anybody.code == 0
    assert anybody.err.count("(signer not judged)") == 2


def test_a_strangers_sbom_beside_it_is_not_shown(tmp_path: Path) -> None:
    both = image(tmp_path / "both", (STRANGER, NEW), (SUBJECT, OLD))
    done = run(tmp_path, "sbom", "show", both, *WANTED, "-o", "purl")
    assert done.code == 0
    assert "pkg:apk/wolfi/gone@2" in done.out
    assert "fresh" not in done.out


def test_an_sbom_that_cannot_be_decoded_beside_it_does_no_harm(tmp_path: Path) -> None:
    both = image(tmp_path / "both", (SUBJECT, {"spdxVersion": "SPDX-9"}), (SUBJECT, OLD))
    assert run(tmp_path, "sbom", "show", both, *WANTED).code == 0
    broken = image(tmp_path / "broken", (SUBJECT, {"spdxVersion": "SPDX-9"}))
    done = run(tmp_path, "sbom", "show", broken, *WANTED)
    assert (done.code, done.out) == (3, "")
    assert "SPDX-9" in done.err


@pytest.mark.parametrize(
    "predicate",
    [OLD, json.dumps(OLD, indent=1), {"Data": OLD, "Timestamp": "x"}, {"Data": json.dumps(OLD)}],
    ids=["object", "text", "data", "text in data"],
)
def test_however_it_is_wrapped_it_is_the_same_document(tmp_path: Path, predicate: object) -> None:
    wrapped = image(tmp_path / "image", (SUBJECT, predicate))
    done = run(tmp_path, "sbom", "show", wrapped, *WANTED, "-o", "spdx-json")
    assert done.code == 0, done.err
    assert json.loads(done.out) == OLD


def test_cyclonedx_is_shown_but_is_no_spdx(tmp_path: Path) -> None:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [{"type": "library", "name": "a", "version": "1", "purl": "pkg:a/a@1"}],
    }
    made = image(tmp_path / "image", (SUBJECT, document), predicate_type="https://cyclonedx.org/bom")
    assert run(tmp_path, "sbom", "show", made, *WANTED, "-o", "purl").out == "pkg:a/a@1\n"
    done = run(tmp_path, "sbom", "show", made, *WANTED, "-o", "spdx-json")
    assert (done.code, done.out) == (3, "")
    assert "SPDX" in done.err


@pytest.mark.parametrize(
    ("name", "verified", "unsigned"),
    [
        ("demo", 12, 0),
        ("demo-bundles", 9, 0),
        ("saved", 2, 0),
        ("index-sbom-only", 3, 0),
        ("wrong-signer", 3, 0),
        ("unsigned", 0, 2),
    ],
)
def test_a_tree_of_every_layout(
    tmp_path: Path, testdata: Path, name: str, verified: int, unsigned: int
) -> None:
    root = ("--trusted-root", str(testdata / "trusted_root.json"))
    done = verify(tmp_path, "tree", layout(name), *root, "--offline")
    assert done.code == 0
    assert (done.out.count(" verified "), done.out.count("UNSIGNED")) == (verified, unsigned)
    # Whoever is not trusted has verified nothing.
    strange = verify(tmp_path, "tree", layout(name), "--offline")
    assert strange.code == 0
    assert " verified " not in strange.out
    assert strange.out.count("REJECTED") == verified
