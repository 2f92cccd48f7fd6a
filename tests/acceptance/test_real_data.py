"""Real signed images and bundles, made by others: they pass, and each with one thing wrong fails as said."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import rewriting
from verifier.cli.main import run

ISSUER = "https://token.actions.githubusercontent.com"
GENERATOR = (
    "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml"
)
BEACON = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
    "extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)
VERSIONS = ["1.4.0", "1.8.0", "2.0.0"]


class Verify:
    """Runs the command line in this process."""

    def __init__(self, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        self._captured = capsysbinary
        monkeypatch.setenv("HOME", "/nonexistent")

    def __call__(self, *arguments: str) -> tuple[int, Any]:
        """Exit code, and the JSON on standard output where there is any."""
        code = run(arguments)
        out = self._captured.readouterr().out
        return code, json.loads(out) if out else None


@pytest.fixture
def verify(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Verify:
    return Verify(capsysbinary, monkeypatch)


def options(version: str, *, subject: str | None = None, issuer: str = ISSUER) -> list[str]:
    subject = subject or f"{GENERATOR}@refs/tags/v{version}"
    identity = ["--certificate-oidc-issuer", issuer, "--certificate-identity", subject]
    return [*identity, "--require", "slsa-provenance", "--offline", "-o", "json"]


def layout(real_data: Path, version: str) -> Path:
    return real_data / "oci" / f"slsa-container-v{version}"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_image_passes(verify: Verify, real_data: Path, version: str) -> None:
    code, report = verify(f"oci:{layout(real_data, version)}", *options(version))
    assert code == 0
    (image,) = report["images"]
    expected = (real_data / "oci" / f"slsa-container-v{version}.digest").read_text().strip()
    assert image["digest"] == expected
    (attestation,) = image["attestations"]
    assert attestation["subject"] == expected
    assert attestation["signer"]["subject"] == f"{GENERATOR}@refs/tags/v{version}"
    assert attestation["predicateType"] == "https://slsa.dev/provenance/v0.2"
    # Rekor's kinds as the images' own entries have them.
    kind = "dsse/0.0.1" if version == "2.0.0" else "intoto/0.0.1"
    assert (attestation["log"]["kind"], attestation["log"]["proof"]) == (kind, "promise")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("subject", "issuer"),
    [
        (f"{GENERATOR}@refs/tags/v9.9.9", ISSUER),
        (None, "https://token.actions.githubusercontent.com/"),
        (None, "https://evil.example"),
    ],
)
def test_a_real_image_of_another_signer_fails(
    verify: Verify, real_data: Path, version: str, subject: str | None, issuer: str
) -> None:
    reference = f"oci:{layout(real_data, version)}"
    code, report = verify(reference, *options(version, subject=subject, issuer=issuer))
    assert code == 3
    (check,) = report["images"][0]["platforms"][0]["checks"]
    assert (check["outcome"], check["code"]) == ("fail", "IdentityError")
    assert report["images"][0]["attestations"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_an_attestation_is_no_signature(verify: Verify, real_data: Path, version: str) -> None:
    reference = f"oci:{layout(real_data, version)}"
    code, report = verify(reference, *options(version), "--require", "signature")
    assert code == 3
    outcomes = [(c["rule"], c["code"]) for c in report["images"][0]["platforms"][0]["checks"]]
    assert outcomes == [("attestation", None), ("signature", "SignatureError")]


@pytest.mark.parametrize("version", VERSIONS)
def test_evidence_of_a_real_image_does_not_speak_for_another(
    verify: Verify, real_data: Path, tmp_path: Path, version: str
) -> None:
    copy = rewriting.copied(layout(real_data, version), tmp_path / "layout")
    kind = "image" if version == "1.4.0" else "imageindex"
    digest = rewriting.entry(copy, kind)["digest"]
    manifest = json.loads(rewriting.blob(copy, digest).read_bytes())
    manifest.setdefault("annotations", {})["changed"] = "yes"
    rewriting.replace(copy, digest, json.dumps(manifest).encode())
    code, report = verify(f"oci:{copy}", *options(version))
    assert code == 3
    assert [item["code"] for item in report["images"][0]["rejected"]] == ["SubjectError"]
    assert report["images"][0]["platforms"][0]["checks"][0]["code"] == "SubjectError"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_digest_that_is_not_there_is_not_found_out(verify: Verify, real_data: Path, version: str) -> None:
    code, report = verify(f"oci:{layout(real_data, version)}@sha256:{'ab' * 32}", *options(version))
    assert code == 4
    assert report["images"][0]["checks"][0]["code"] == "LayoutError"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_flipped_bit_in_a_blob_is_noticed_by_its_digest(
    verify: Verify, real_data: Path, tmp_path: Path, version: str
) -> None:
    copy = rewriting.copied(layout(real_data, version), tmp_path / "layout")
    manifest = json.loads(rewriting.blob(copy, rewriting.entry(copy, "atts")["digest"]).read_bytes())
    path = rewriting.blob(copy, manifest["layers"][0]["digest"])
    path.write_bytes(rewriting.flip(path.read_bytes()))
    code, report = verify(f"oci:{copy}", *options(version))
    assert code == 3
    assert [item["code"] for item in report["images"][0]["rejected"]] == ["DigestMismatch"]


def flipped_member(raw: bytes, *path: str) -> bytes:
    """An envelope with one bit of one base64 member changed."""
    envelope = json.loads(raw)
    holder = envelope["signatures"][0] if path[0] == "sig" else envelope
    holder[path[0]] = base64.b64encode(rewriting.flip(base64.b64decode(holder[path[0]]))).decode()
    return json.dumps(envelope).encode()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("member", ["payload", "sig"])
def test_a_flipped_bit_under_the_signature_is_noticed_by_it(
    verify: Verify, real_data: Path, tmp_path: Path, version: str, member: str
) -> None:
    copy = rewriting.copied(layout(real_data, version), tmp_path / "layout")
    rewriting.edit_evidence(copy, lambda raw: flipped_member(raw, member))
    code, report = verify(f"oci:{copy}", *options(version))
    assert code == 3
    assert [item["code"] for item in report["images"][0]["rejected"]] == ["SignatureError"]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_envelope_written_anew_is_not_the_one_that_was_logged(
    verify: Verify, real_data: Path, tmp_path: Path, version: str
) -> None:
    """The signature still holds; the log entry is about other bytes."""
    copy = rewriting.copied(layout(real_data, version), tmp_path / "layout")
    rewriting.edit_evidence(copy, lambda raw: raw + b"\n")
    code, report = verify(f"oci:{copy}", *options(version))
    assert code == 3
    assert [item["code"] for item in report["images"][0]["rejected"]] == ["TransparencyError"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", ["promise", "time"])
def test_a_changed_log_promise_is_noticed(
    verify: Verify, real_data: Path, tmp_path: Path, version: str, what: str
) -> None:
    def change(text: str) -> str:
        bundle = json.loads(text)
        if what == "time":
            bundle["Payload"]["integratedTime"] += 5
        else:
            promise = base64.b64decode(bundle["SignedEntryTimestamp"])
            bundle["SignedEntryTimestamp"] = base64.b64encode(rewriting.flip(promise)).decode()
        return json.dumps(bundle)

    copy = rewriting.copied(layout(real_data, version), tmp_path / "layout")
    rewriting.edit_annotation(copy, "dev.sigstore.cosign/bundle", change)
    code, report = verify(f"oci:{copy}", *options(version))
    assert code == 3
    assert [item["code"] for item in report["images"][0]["rejected"]] == ["TimeError"]


def test_buildkit_evidence_is_seen_and_not_counted(verify: Verify, real_data: Path) -> None:
    _, report = verify(f"oci:{layout(real_data, '2.0.0')}", *options("2.0.0"))
    assert [item["predicateType"] for item in report["images"][0]["unsigned"]] == [
        "https://slsa.dev/provenance/v0.2"
    ]
    assert [item["platform"] for item in report["images"][0]["platforms"]] == ["linux/amd64"]


BUNDLES = {
    "happy-path-intoto-in-dsse-v3": ("a.txt", False),
    "rekor2-dsse-happy-path": ("a.txt", True),
    "managed-key-happy-path": ("a.txt", False),
    "intoto-with-custom-trust-root": ("intoto-with-custom-trust-root/artifact", True),
}


def bundle_options(folder: Path, name: str, *, subject: str = BEACON) -> list[str]:
    root = folder / name / "trusted_root.json"
    trust = ["--trusted-root", str(root)] if root.exists() else []
    key = folder / name / "key.pub"
    signer = (
        ["--key", str(key)]
        if key.exists()
        else ["--certificate-oidc-issuer", ISSUER, "--certificate-identity", subject]
    )
    return [*trust, *signer, "--offline", "-o", "json"]


@pytest.mark.parametrize("name", BUNDLES)
def test_a_real_bundle_passes(verify: Verify, real_data: Path, name: str) -> None:
    folder = real_data / "bundles"
    artifact = folder / BUNDLES[name][0]
    path = str(folder / name / "bundle.sigstore.json")
    code, report = verify("bundle", path, "--artifact", str(artifact), *bundle_options(folder, name))
    assert code == 0
    assert report["verdict"] == "pass"


@pytest.mark.parametrize("name", BUNDLES)
def test_a_real_bundle_does_not_speak_for_another_file(verify: Verify, real_data: Path, name: str) -> None:
    folder = real_data / "bundles"
    path = str(folder / name / "bundle.sigstore.json")
    artifact = f"sha256:{'cd' * 32}"
    code, report = verify("bundle", path, "--artifact", artifact, *bundle_options(folder, name))
    assert (code, report["verdict"], report["code"]) == (3, "unverified", "SubjectError")


# A timestamp is over the signature, and of a signed file's bundle the payload is the digest.
FLIPPED = {
    "signature": {"SignatureError", "TimeError"},
    "payload": {"SignatureError", "SubjectError"},
    "body": {"TransparencyError"},
    "proof": {"TransparencyError"},
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_real_bundle_of_another_signer_fails(verify: Verify, real_data: Path, name: str) -> None:
    folder = real_data / "bundles"
    path, artifact = str(folder / name / "bundle.sigstore.json"), str(folder / BUNDLES[name][0])
    wanted = [
        *bundle_options(folder, name)[: 2 if BUNDLES[name][1] else 0],
        *("--certificate-oidc-issuer", ISSUER, "--certificate-identity", BEACON + "x", "--offline"),
    ]
    assert verify("bundle", path, "--artifact", artifact, *wanted) == (3, None)


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("what", ["signature", "payload", "body", "proof"])
def test_a_real_bundle_with_a_flipped_bit_fails(
    verify: Verify, real_data: Path, tmp_path: Path, name: str, what: str
) -> None:
    folder = real_data / "bundles"
    document = json.loads((folder / name / "bundle.sigstore.json").read_bytes())
    entry = document["verificationMaterial"]["tlogEntries"][0]
    envelope = document.get("dsseEnvelope", document.get("messageSignature"))
    holder, member = {
        "signature": (envelope["signatures"][0], "sig")
        if "signatures" in envelope
        else (envelope, "signature"),
        "payload": (envelope, "payload") if "payload" in envelope else (envelope["messageDigest"], "digest"),
        "body": (entry, "canonicalizedBody"),
        "proof": (entry["inclusionProof"], "rootHash"),
    }[what]
    holder[member] = base64.b64encode(rewriting.flip(base64.b64decode(holder[member]))).decode()
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(document))
    artifact = str(folder / BUNDLES[name][0])
    code, report = verify("bundle", str(path), "--artifact", artifact, *bundle_options(folder, name))
    assert (code, report["verdict"]) == (3, "unverified")
    assert report["code"] in FLIPPED[what]
