"""Whatever an image's evidence says, it cannot speak to the terminal or the build server (OUT-01, OUT-02)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Done, verify
from tests.sigstore_instance import SigstoreInstance, email
from tests.sigstore_instance.layout import Descriptor, Layout

SPDX = "https://spdx.dev/Document"
# One canary of each kind; none may come out as it went in.
EVIL = (
    "\x1b[2J\x1b]0;PASS\x07\r\b\x9b31m\u202egnp\u2028\n::error::x\n##vso[task.complete]y ##[add-mask]z \x00"
)
ASCII_EVIL = EVIL.encode("ascii", "ignore").decode()


@dataclass(frozen=True, slots=True)
class Evil:
    """An image whose evidence is full of canaries, and who signed it."""

    layout: Path
    options: tuple[str, ...]


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Evil:
    folder = tmp_path_factory.mktemp("evil")
    sigstore = SigstoreInstance()
    (folder / "root.json").write_bytes(sigstore.trusted_root())
    signer = sigstore.signer(email("a@example.com"), issuer="https://issuer.example")
    stranger = sigstore.signer(email(f"{ASCII_EVIL}@b"), issuer=f"https://{EVIL}".replace("\x00", ""))
    layout = Layout()
    child = layout.image()
    statements: list[dict[str, Any]] = [
        {"predicateType": EVIL},
        {"predicateType": SPDX, "subject": [{"name": EVIL}]},
    ]
    buildkit = layout.buildkit(child, [json.dumps(item).encode() for item in statements])
    index = layout.index([child, buildkit], annotations={EVIL: EVIL})
    layout.tag("latest", index)
    about = (index, child)
    for subject in about:
        layout.signatures(
            subject, [sigstore.legacy_signature(subject.digest, by) for by in (signer, stranger)]
        )
    documents = [
        sigstore.statement(child.digest, SPDX, sbom(child)),
        sigstore.statement(child.digest, f"https://example.com/{EVIL}", {EVIL: EVIL}),
        sigstore.statement(child.digest, SPDX, {"spdxVersion": EVIL}),
        sigstore.statement(child.digest, "https://example.com/text", EVIL),
    ]
    layout.attestations(
        child, [sigstore.legacy_attestation(item, by) for item in documents for by in (signer, stranger)]
    )
    layout.sbom(child, EVIL.encode("utf-8"), media_type="text/spdx")
    layout.write(folder / "layout")
    return Evil(folder / "layout", ("--trusted-root", str(folder / "root.json"), "--offline"))


def sbom(image: Descriptor) -> dict[str, Any]:
    """A valid SBOM of the image in which every text is a canary."""
    package = {
        "SPDXID": "SPDXRef-a",
        "name": EVIL,
        "versionInfo": EVIL,
        "supplier": f"Organization: {EVIL}",
        "downloadLocation": "NOASSERTION",
        "licenseDeclared": EVIL,
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:a/{EVIL}",
            }
        ],
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "dataLicense": "CC0-1.0",
        "name": EVIL,
        "documentNamespace": f"https://example.com/{EVIL}",
        "creationInfo": {"created": "2026-11-01T12:00:00Z", "creators": [f"Tool: {EVIL}"]},
        "packages": [package],
        "documentDescribes": ["SPDXRef-a"],
    }


def harmless(done: Done) -> bool:
    """Whether neither stream can do anything but be read."""
    text = done.out + done.err
    controls = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} - {"\n"}
    return not (
        controls & set(text)
        or re.search("[\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)
        or re.search(r"^\s*::|##\w*\[", text, re.MULTILINE)
    )


WANTED = ("--certificate-oidc-issuer", "https://issuer.example", "--certificate-identity", "a@example.com")
AMD64 = ("--platform", "linux/amd64")
ANYBODY = ("--any-signer", "--platform", "linux/amd64")
RUNS: dict[str, tuple[Sequence[str], Sequence[str], set[int]]] = {
    "image": (["image"], [*WANTED, "--require", "spdx"], {0}),
    "image, verbose": (["image"], [*WANTED, "--require", "spdx", "-v"], {0}),
    "image, wide": (["image"], [*WANTED, "--require", "vuln", "-v"], {3}),
    "image, refused": (
        ["image"],
        ["--certificate-oidc-issuer", "https://other.example", "--certificate-identity", "b@example.com"],
        {3},
    ),
    "image, json": (["image"], [*WANTED, "-o", "json"], {0}),
    "tree": (["tree"], [], {0}),
    "attestations": (["attestations"], ANYBODY, {0}),
    "attestations, refused": (["attestations"], [*WANTED, "--type", "vuln"], {3}),
    "sbom": (["sbom", "show"], [*WANTED, "--platform", "linux/amd64"], {0}),
    "sbom as package URLs": (["sbom", "show"], [*WANTED, "-o", "purl", "--platform", "linux/amd64"], {0}),
    "sbom as it was signed": (["sbom", "show"], [*WANTED, "-o", "spdx-json", *AMD64], {0}),
    "predicate": (["attestations"], [*WANTED, "--type", SPDX, "--predicate", *AMD64], {0}),
    "predicate that is text": (
        ["attestations"],
        [*WANTED, "--type", "https://example.com/text", "--predicate", *AMD64],
        {0},
    ),
    "sbom, refused": (["sbom", "show"], ["--key", "{key}", "--platform", "linux/amd64"], {3}),
}


@pytest.mark.parametrize("name", RUNS)
def test_evidence_cannot_speak(tmp_path: Path, evil: Evil, testdata: Path, name: str) -> None:
    command, options, codes = RUNS[name]
    key = str(testdata / "bundles" / "managed-key.pub")
    filled = [key if item == "{key}" else item for item in options]
    done = verify(tmp_path, *command, f"oci:{evil.layout}", *evil.options, *filled)
    assert done.code in codes, done
    assert harmless(done)
    # It is shown nevertheless, so that a person can see what was tried.
    assert "\\x1b[2J" in done.out + done.err or "\\u001b[2J" in done.out


def test_arguments_cannot_speak_either(tmp_path: Path) -> None:
    evil = EVIL.replace("\x00", "")
    for arguments in (
        [evil],
        [f"oci:{evil}"],
        ["nginx", "--policy", evil],
        ["nginx", "--platform", evil],
        ["nginx", "--at", evil],
        ["nginx", f"--{evil}"],
        ["nginx", "-o", evil],
        ["nginx", "--key", evil],
        ["nginx", "--trusted-root", evil],
        ["sbom", "check", evil],
        ["policy", "check", evil],
        ["bundle", evil, "--artifact", evil, "--policy", "sample"],
    ):
        done = verify(tmp_path, *arguments)
        assert done.code == 2, (arguments, done)
        assert harmless(done), arguments
