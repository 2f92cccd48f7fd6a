"""The other commands from outside."""

from __future__ import annotations

import base64
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import LAYOUTS, SAMPLE, TESTDATA, TRUST, layout, verify
from verifier.limits import JSON_VALUES

AMD64 = ("--platform", "linux/amd64")
BUNDLES = TESTDATA / "bundles"
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main"
IDENTITY = ("--certificate-oidc-issuer", ISSUER, "--certificate-identity", SUBJECT)


def predicates(name: str, predicate_type: str) -> list[bytes]:
    """The predicates of a type in a layout's classic attestations, cut out of the payloads by hand."""
    found = []
    for path in (LAYOUTS / name / "blobs" / "sha256").iterdir():
        raw = path.read_bytes()
        if raw.startswith(b'{"payload') and b"signatures" in raw:
            payload = base64.b64decode(json.loads(raw)["payload"])
            start = payload.find(b'"predicate":') + len(b'"predicate":')
            if json.loads(payload)["predicateType"] == predicate_type:
                # The predicate is the last member of the test data's statements.
                assert payload.endswith(b"}}")
                found.append(payload[start:-1])
    return found


def test_the_sbom_is_printed_as_it_was_signed(tmp_path: Path) -> None:
    done = verify(tmp_path, "sbom", "show", layout("demo"), *AMD64, *SAMPLE, "-o", "spdx-json")
    assert done.code == 0
    assert done.out.encode().rstrip(b"\n") in predicates("demo", "https://spdx.dev/Document")
    assert len(json.loads(done.out)["packages"]) == 18


def test_what_is_missing_beside_what_is_shown_is_told(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(LAYOUTS / "demo", copy)
    whole = verify(tmp_path, "attestations", f"oci:{copy}", *AMD64, *SAMPLE)
    assert (whole.code, "could not look at" in whole.err) == (0, False)
    lost = next(
        path
        for path in sorted((copy / "blobs" / "sha256").iterdir())
        if path.read_bytes().startswith(b'{"payload')
    )
    lost.unlink()
    done = verify(tmp_path, "attestations", f"oci:{copy}", *SAMPLE)
    assert f"could not look at sha256:{lost.name}" in done.err


def test_the_sbom_as_a_table_and_as_package_urls(tmp_path: Path) -> None:
    table = verify(tmp_path, "sbom", "show", layout("demo"), *AMD64, *SAMPLE)
    assert table.out.startswith("NAME")
    assert any(line.split()[:2] == ["busybox", "1.37.0-r50"] for line in table.out.splitlines())
    purls = verify(tmp_path, "sbom", "show", layout("demo"), *AMD64, *SAMPLE, "-o", "purl")
    assert "pkg:apk/wolfi/busybox@1.37.0-r50?arch=x86_64&distro=wolfi" in purls.out.splitlines()


SBOM_REFUSALS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "several platforms": ((layout("demo"), *SAMPLE), 2, "choose one with --platform"),
    "only the index has one": (
        (layout("index-sbom-only"), *AMD64, *SAMPLE),
        3,
        "says nothing of the contents",
    ),
    "somebody else's": ((layout("wrong-signer"), *AMD64, *SAMPLE), 3, "mallory"),
    "nobody wanted": ((layout("demo"), *AMD64, *TRUST), 2, "--any-signer"),
    "nothing there": ((layout("unsigned"), *SAMPLE), 3, "no verified signature or attestation"),
    "unknown format": ((layout("demo"), *AMD64, *SAMPLE, "-o", "xml"), 2, "known are"),
}


@pytest.mark.parametrize("name", SBOM_REFUSALS)
def test_an_sbom_that_cannot_be_shown(tmp_path: Path, name: str) -> None:
    arguments, code, words = SBOM_REFUSALS[name]
    done = verify(tmp_path, "sbom", "show", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_anybodys_sbom_only_when_asked(tmp_path: Path) -> None:
    arguments = ("sbom", "show", layout("wrong-signer"), *AMD64, *TRUST)
    done = verify(tmp_path, *arguments, "--any-signer")
    assert done.code == 0
    assert "mallory" in done.err
    assert "(signer not judged)" in done.err
    assert verify(tmp_path, *arguments).code == 2
    wanted = verify(tmp_path, "sbom", "show", layout("demo"), *AMD64, *SAMPLE)
    assert "(accepted as release)" in wanted.err


def test_boms_are_compared(tmp_path: Path) -> None:
    arguments = ("sbom", "diff", layout("demo"))
    same = verify(tmp_path, *arguments, layout("demo-bundles"), *AMD64, *SAMPLE)
    assert (same.code, same.out) == (0, "no difference in packages\n")
    other = verify(tmp_path, *arguments, layout("saved"), *AMD64, *SAMPLE)
    assert other.code == 0


def test_real_documents_are_checked(tmp_path: Path, real_data: Path) -> None:
    path = real_data / "sbom" / "apko-golden-x86_64.spdx.json"
    done = verify(tmp_path, "sbom", "check", str(path))
    assert (done.code, done.out) == (0, f"{path}: SPDX-2.3, 7 packages, 0 problems\n")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda d: d.update(spdxVersion="SPDX-9.9"), 3, "SPDX-9.9"),
        (lambda d: d.pop("packages"), 1, "0 packages"),
        (lambda d: d.update(packages=None), 1, "0 packages"),
        (lambda d: d["packages"][0].update(downloadLocation="no location"), 1, "problem"),
        (lambda d: d.update(packages=[{"name": 1}]), 3, "$.packages[0]"),
    ],
)
def test_broken_documents_are_checked(
    tmp_path: Path, real_data: Path, change: Any, code: int, words: str
) -> None:
    document = json.loads((real_data / "sbom" / "apko-golden-x86_64.spdx.json").read_text())
    change(document)
    path = tmp_path / "sbom.spdx.json"
    path.write_text(json.dumps(document))
    done = verify(tmp_path, "sbom", "check", str(path))
    assert done.code == code, done
    assert words in done.out + done.err


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"{", 3), (b"nothing of the kind", 3), (b"[" + b"{}," * JSON_VALUES + b"{}]", 4)],
)
def test_an_error_names_the_document_that_was_checked(tmp_path: Path, content: bytes, code: int) -> None:
    path = tmp_path / "sbom"
    path.write_bytes(content)
    done = verify(tmp_path, "sbom", "check", str(path))
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"error: {path}: ")


def test_attestations_are_listed(tmp_path: Path) -> None:
    done = verify(tmp_path, "attestations", layout("demo"), *SAMPLE)
    assert done.code == 0
    assert done.out.count("https://slsa.dev/provenance/v1\n") == 4
    assert done.out.count("accepted as release") == 8
    one = verify(tmp_path, "attestations", layout("demo"), *AMD64, *SAMPLE, "--type", "spdx")
    assert one.out.count("https://spdx.dev/Document\n") == 2
    assert "about     index" in one.out
    assert "about     linux/amd64" in one.out


def test_one_predicate_is_printed_as_it_was_signed(tmp_path: Path) -> None:
    arguments = ("attestations", layout("demo"), *SAMPLE, "--type", "slsa-provenance", "--predicate")
    done = verify(tmp_path, *arguments, *AMD64)
    assert done.code == 0
    assert done.out.encode().rstrip(b"\n") in predicates("demo", "https://slsa.dev/provenance/v1")
    several = verify(tmp_path, *arguments)
    assert (several.code, several.out) == (2, "")


def test_attestations_that_cannot_be_listed(tmp_path: Path) -> None:
    absent = verify(tmp_path, "attestations", layout("demo"), *SAMPLE, "--type", "vuln")
    assert (absent.code, absent.out) == (3, "")
    assert "there are https://slsa.dev/provenance/v1, https://spdx.dev/Document" in absent.err
    assert verify(tmp_path, "attestations", layout("demo"), *SAMPLE, "--predicate").code == 2
    assert verify(tmp_path, "attestations", layout("demo"), *SAMPLE, "--type", "spxd").code == 2


def test_strangers_attestations_are_marked(tmp_path: Path) -> None:
    refused = verify(tmp_path, "attestations", layout("wrong-signer"), *SAMPLE)
    assert (refused.code, refused.out) == (3, "")
    done = verify(tmp_path, "attestations", layout("wrong-signer"), *SAMPLE, "--any-signer")
    assert done.code == 0
    assert "accepted" not in done.out
    assert done.out.count("signer not wanted") == 1
    unjudged = verify(tmp_path, "attestations", layout("wrong-signer"), *TRUST, "--any-signer")
    assert unjudged.out.count("signer not judged") == 1


def test_a_tree_marks_everything(tmp_path: Path) -> None:
    unjudged = verify(tmp_path, "tree", layout("demo"), *TRUST).out
    assert unjudged.count("signer not judged") == 12
    judged = verify(tmp_path, "tree", layout("demo"), *SAMPLE).out
    assert judged.count("accepted as release") == 12
    strangers = verify(tmp_path, "tree", layout("wrong-signer"), *SAMPLE).out
    assert strangers.count("signer not wanted") == 3
    unsigned = verify(tmp_path, "tree", layout("unsigned"), *TRUST)
    assert unsigned.code == 0
    assert unsigned.out.count("UNSIGNED") == 2
    assert "verified" not in unsigned.out


BUNDLE_RUNS: dict[str, tuple[tuple[str, ...], int]] = {
    "dsse-rekor1": (IDENTITY, 0),
    "dsse-rekor2": (IDENTITY, 0),
    "message-rekor1": (IDENTITY, 0),
    "message-rekor2": (IDENTITY, 0),
    "message-v0.1": (IDENTITY, 0),
    "message-v0.2": (IDENTITY, 0),
    "dsse-managed-key": (("--key", str(BUNDLES / "managed-key.pub")), 0),
    "message-managed-key": (("--key", str(BUNDLES / "managed-key.pub")), 0),
}


@pytest.mark.parametrize("name", BUNDLE_RUNS)
def test_a_bundle_about_a_file(tmp_path: Path, name: str) -> None:
    signer, code = BUNDLE_RUNS[name]
    bundle = str(BUNDLES / f"{name}.sigstore.json")
    good = ("--artifact", str(BUNDLES / "artifact.txt"))
    done = verify(tmp_path, "bundle", bundle, *good, *signer, *TRUST)
    assert done.code == code, done.err
    assert done.out.startswith("PASS")
    other = verify(tmp_path, "bundle", bundle, "--artifact", f"sha256:{'ab' * 32}", *signer, *TRUST)
    assert (other.code, other.out) == (3, "")
    stranger = ("--certificate-oidc-issuer", ISSUER, "--certificate-identity", SUBJECT + "x")
    refused = verify(tmp_path, "bundle", bundle, *good, *stranger, *TRUST)
    assert (refused.code, refused.out) == (3, "")


@pytest.mark.parametrize(("artifact", "code"), [("pipe", 4), ("/dev/zero", 4), (".", 2), ("none", 2)])
def test_an_artifact_that_never_ends_does_not_keep_it_waiting(
    tmp_path: Path, artifact: str, code: int
) -> None:
    os.mkfifo(tmp_path / "pipe")
    bundle, key = BUNDLES / "dsse-managed-key.sigstore.json", BUNDLES / "managed-key.pub"
    options = ("--key", str(key), "--timeout", "2", *TRUST)
    done = verify(tmp_path, "bundle", str(bundle), "--artifact", artifact, *options)
    assert done.code == code


def test_an_artifact_may_come_through_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    raw = (BUNDLES / "artifact.txt").read_bytes()
    writer = threading.Thread(target=pipe.write_bytes, args=[raw])
    writer.start()
    bundle, key = BUNDLES / "dsse-managed-key.sigstore.json", BUNDLES / "managed-key.pub"
    done = verify(tmp_path, "bundle", str(bundle), "--artifact", str(pipe), "--key", str(key), *TRUST)
    writer.join()
    assert done.code == 0


def test_a_bundle_that_is_refused_is_a_document_too(tmp_path: Path) -> None:
    bundle, artifact = str(BUNDLES / "dsse-rekor1.sigstore.json"), str(BUNDLES / "artifact.txt")
    options = (*IDENTITY, *TRUST, "-o", "json")
    good = verify(tmp_path, "bundle", bundle, "--artifact", artifact, *options)
    assert (good.code, good.report["verdict"]) == (0, "pass")
    bad = verify(tmp_path, "bundle", bundle, "--artifact", f"sha256:{'ab' * 32}", *options)
    assert (bad.code, bad.report["verdict"], bad.report["code"]) == (3, "unverified", "SubjectError")
    assert bad.report["message"]


def test_a_bundle_needs_somebody_wanted(tmp_path: Path) -> None:
    bundle, artifact = str(BUNDLES / "dsse-rekor1.sigstore.json"), str(BUNDLES / "artifact.txt")
    assert verify(tmp_path, "bundle", bundle, "--artifact", artifact, *TRUST).code == 2
    assert verify(tmp_path, "bundle", bundle, "--artifact", "absent", *IDENTITY, *TRUST).code == 2
    assert verify(tmp_path, "bundle", "absent", "--artifact", artifact, *IDENTITY, *TRUST).code == 2
    assert verify(tmp_path, "bundle", artifact, "--artifact", artifact, *IDENTITY, *TRUST).code == 3


def test_trust_is_shown(tmp_path: Path) -> None:
    shipped = verify(tmp_path, "trust", "show", "--offline")
    assert "Sigstore public good instance (copy shipped with sigstore)" in shipped.out
    assert "https://rekor.sigstore.dev" in shipped.out
    staging = verify(tmp_path, "trust", "show", "--offline", "--staging")
    assert "Sigstore staging instance" in staging.out
    assert "https://rekor.sigstore.test" in verify(tmp_path, "trust", "show", *TRUST).out
    refused = verify(tmp_path, "trust", "update", "--offline")
    assert refused.code == 4


def test_the_cache_is_shown_and_cleared(tmp_path: Path) -> None:
    assert verify(tmp_path, "cache", "info").out.startswith("content:  0 entries, 0 bytes, in ")
    folder = tmp_path / "cache"
    (folder / "content").mkdir(parents=True)
    other = folder / "evidence" / "not-ours"
    other.mkdir(parents=True)
    assert verify(tmp_path, "cache", "clear", "--cache-dir", str(folder)).code == 0
    assert other.exists()
    assert verify(tmp_path, "cache", "info", "--no-cache").code == 2


def test_policies_are_checked_listed_and_described(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("version: 1\nname: a\nimages: [b]\nsigners: {}\nrequire: []\n")
    good = verify(tmp_path, "policy", "check", "sample", "chainguard")
    assert good.code == 0
    assert good.out.count("is well-formed") == 2
    bad = verify(tmp_path, "policy", "check", "bad.yaml")
    assert bad.code == 2
    assert "bad.yaml:4:10: signers is empty" in bad.err
    assert "chainguard" in verify(tmp_path, "policy", "list").out
    assert json.loads(verify(tmp_path, "policy", "schema").out)["title"] == "verify policy, version 1"


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("image",),
        ("sbom",),
        ("sbom", "show"),
        ("sbom", "diff"),
        ("sbom", "check"),
        ("attestations",),
        ("tree",),
        ("bundle",),
        ("policy",),
        ("trust",),
        ("cache",),
    ],
)
def test_help_teaches(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = verify(tmp_path, *command, "--help")
    assert done.code == 0
    assert "Usage: verify" in done.out


def test_the_version(tmp_path: Path) -> None:
    assert verify(tmp_path, "--version").out.startswith("verify 0.")


@pytest.mark.parametrize(
    ("words", "number", "expected"),
    [
        ("verify po", "1", "policy"),
        ("verify image --policy sa", "3", "sample"),
        ("verify image --platform linux/am", "3", "linux/amd64"),
        ("verify image --require slsa", "3", "slsa-provenance"),
    ],
)
def test_shells_can_complete(tmp_path: Path, words: str, number: str, expected: str) -> None:
    environment = {"_VERIFY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": number}
    assert verify(tmp_path, env=environment).out.split() == [expected]
