"""What the shipped policies say of images: cases over generated, stored and real evidence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from testdata.images import PROVENANCE, provenance
from tests.conftest import ROOT
from tests.evidence import SignedImage
from tests.integration.cli import Done, verify
from tests.sigstore_instance import Signer, SigstoreInstance, github_claims
from tests.sigstore_instance.authority import email
from tests.sigstore_instance.identity import SUBJECT
from verifier.policy.shipped import names

APKO = "https://apko.dev/image-configuration"
V02 = "https://slsa.dev/provenance/v0.2"
GITHUB = "https://token.actions.githubusercontent.com"
CHAINGUARD = "https://github.com/chainguard-images/images/.github/workflows/release.yaml@refs/heads/main"
GENERATOR = (
    "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml"
)
GENERATOR_TYPE = "https://github.com/slsa-framework/slsa-github-generator/container@v1"
ENFORCE = "https://issuer.enforce.dev"
AT = "2026-11-24"


def case(name: str, image: str | None, verdict: str, **expect: Any) -> dict[str, Any]:
    typed = {} if image is None else {"image": image}
    return {"name": name, "evidence": name, **typed, "at": AT, "expect": {"verdict": verdict, **expect}}


def run(folder: Path, policy: str, *cases: dict[str, Any]) -> Done:
    # JSON is YAML, so that the test needs no writer of it.
    (folder / "policy.test.yaml").write_text(json.dumps({"policy": policy, "cases": cases}))
    return verify(folder, "policy", "test", str(folder))


def as_expected(done: Done) -> bool:
    print(done.out, done.err)
    return done.code == 0 and "all as expected" in done.out


@pytest.fixture
def sigstore() -> SigstoreInstance:
    return SigstoreInstance("shipped")


def workflow(sigstore: SigstoreInstance, subject: str, **claims: str) -> Callable[[], Signer]:
    return lambda: sigstore.signer(subject, claims=github_claims(**claims))


def test_the_stored_cases_come_out_as_expected(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "test", str(ROOT / "testdata"))
    assert as_expected(done)
    assert "(policy sample)" in done.out


def chainguard_image(sigstore: SigstoreInstance, subject: str, *kinds: str) -> SignedImage:
    signer = workflow(sigstore, subject, repository="chainguard-images/images")
    image = SignedImage(sigstore, platforms=("linux/amd64", "linux/arm64"))
    if "signature" in kinds:
        image.sign(signer, image.root)
    if "spdx" in kinds:
        image.attest_sboms(signer)
    if "provenance" in kinds:
        image.attest(signer, PROVENANCE, {"buildDefinition": {}}, image.root)
    if "apko" in kinds:
        image.attest(signer, APKO, {"contents": {}})
    return image


WHOLE = ("signature", "spdx", "provenance", "apko")


def test_chainguard(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    nginx = "cgr.dev/chainguard/nginx"
    chainguard_image(sigstore, CHAINGUARD, *WHOLE).write(tmp_path / "whole")
    chainguard_image(sigstore, CHAINGUARD.replace("heads/main", "pull/7/merge"), *WHOLE).write(
        tmp_path / "pull request"
    )
    cases = [
        case("whole", nginx, "pass", checks={"signature": "pass", "attestation": "pass"}),
        {**case("whole", "docker.io/library/nginx", "fail"), "name": "elsewhere"},
        case("pull request", nginx, "unverified", codes={"signature": "IdentityError"}),
    ]
    for absent in WHOLE:
        kinds = [kind for kind in WHOLE if kind != absent]
        chainguard_image(sigstore, CHAINGUARD, *kinds).write(tmp_path / f"no {absent}")
        failing = "signature" if absent == "signature" else "attestation"
        cases.append(case(f"no {absent}", nginx, "unverified", checks={failing: "fail"}))
    assert as_expected(run(tmp_path, "chainguard", *cases))


def test_chainguard_private(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    for name, identity in (("own", "ours/builder"), ("others", "theirs/builder")):
        signer = partial(sigstore.signer, f"{ENFORCE}/{identity}", issuer=ENFORCE)
        image = SignedImage(sigstore, index=False)
        image.sign(signer)
        image.attest_sboms(signer)
        image.attest(signer, PROVENANCE, {"buildDefinition": {}})
        image.attest(signer, APKO, {})
        image.write(tmp_path / name)
    (tmp_path / "policy.yaml").write_text(
        "version: 1\nname: ours\nextends:\n  - policy: chainguard-private\n    with:\n"
        f"      image-syncer: {ENFORCE}/ours/syncer\n      image-builder: {ENFORCE}/ours/builder\n"
        "images: [cgr.dev/ours.example/**]\n"
    )
    nginx = "cgr.dev/ours.example/nginx"
    done = run(
        tmp_path,
        "policy.yaml",
        case("own", nginx, "pass"),
        case("others", nginx, "unverified", codes={"signature": "IdentityError"}),
    )
    assert as_expected(done)


def test_distroless(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    for name, address, issuer in (
        ("google", "keyless@distroless.iam.gserviceaccount.com", "https://accounts.google.com"),
        ("other issuer", "keyless@distroless.iam.gserviceaccount.com", "https://accounts.example"),
        ("other account", "keyless@other.iam.gserviceaccount.com", "https://accounts.google.com"),
    ):
        image = SignedImage(sigstore)
        image.sign(partial(sigstore.signer, email(address), issuer=issuer, claims={}))
        image.write(tmp_path / name)
    static = "gcr.io/distroless/static"
    done = run(
        tmp_path,
        "distroless",
        case("google", static, "pass", checks={"signature": "pass"}),
        case("other issuer", static, "unverified", codes={"signature": "IdentityError"}),
        case("other account", static, "unverified", codes={"signature": "IdentityError"}),
    )
    assert as_expected(done)


SLSA_3 = """\
version: 1
name: ours
extends:
  - policy: slsa-level-3
    with: {{repository: https://github.com/{repository}}}
images: [ghcr.io/org/app]
"""


def built(builder: str, build_type: str) -> dict[str, Any]:
    """Provenance by another builder, of another type."""
    document = provenance()
    document["runDetails"]["builder"]["id"] = builder
    document["buildDefinition"]["buildType"] = build_type
    return document


def test_slsa_level_3(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    release, container = f"{GENERATOR}@refs/tags/v2.0.0", GENERATOR_TYPE
    hello = "example/hello"
    images = {
        "ours": (release, hello, release, container, "pass"),
        "of another repository": (release, "mallory/hello", release, container, "unverified"),
        "signed from a branch": (f"{GENERATOR}@refs/heads/main", hello, release, container, "unverified"),
        "built from a branch": (release, hello, f"{GENERATOR}@refs/heads/main", container, "fail"),
        "of another type": (release, hello, release, f"{container}.1", "fail"),
    }
    cases = []
    for name, (subject, repository, builder, build_type, verdict) in images.items():
        image = SignedImage(sigstore)
        signer = workflow(sigstore, subject, repository=repository)
        image.attest(signer, PROVENANCE, built(builder, build_type))
        image.write(tmp_path / name)
        outcome = "pass" if verdict == "pass" else "fail"
        cases.append(case(name, "ghcr.io/org/app:1.2", verdict, checks={"provenance": outcome}))
    (tmp_path / "policy.yaml").write_text(SLSA_3.format(repository=hello))
    assert as_expected(run(tmp_path, "policy.yaml", *cases))


def test_github_actions(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    workflow_type = "https://actions.github.io/buildtypes/workflow/v1"
    self_hosted = workflow(sigstore, SUBJECT, runner="self-hosted")
    images = {
        "ours": (sigstore.signer, workflow_type, "pass"),
        "of another type": (sigstore.signer, "https://actions.github.io/buildtypes/workflow/v2", "fail"),
        "on a runner of its own": (self_hosted, workflow_type, "unverified"),
    }
    cases = []
    for name, (signer, build_type, verdict) in images.items():
        image = SignedImage(sigstore)
        image.attest(signer, PROVENANCE, built(SUBJECT, build_type))
        image.write(tmp_path / name)
        cases.append(case(name, "demo.example/verifier/hello", verdict))
    shutil.copyfile(ROOT / "testdata" / "policies" / "github-actions.yaml", tmp_path / "policy.yaml")
    assert as_expected(run(tmp_path, "policy.yaml", *cases))


def busybox(document: dict[str, Any]) -> dict[str, Any]:
    """One package of an SBOM."""
    (package,) = [p for p in document["packages"] if p["name"] == "busybox"]
    return cast(dict[str, Any], package)


BASELINE: dict[str, tuple[str, Callable[[dict[str, Any]], object] | None, str | None]] = {
    "good": ("65532", None, None),
    "root": ("0", None, "image-user"),
    "no user": ("", None, "image-user"),
    "network copyleft": (
        "65532",
        lambda sbom: busybox(sbom).update(licenseDeclared="AGPL-3.0-only"),
        "licenses",
    ),
    "a choice": ("65532", lambda sbom: busybox(sbom).update(licenseDeclared="MIT OR AGPL-3.0-only"), None),
    "no supplier": ("65532", lambda sbom: busybox(sbom).pop("supplier"), "ntia"),
    "no licence": ("65532", lambda sbom: busybox(sbom).update(licenseDeclared="NOASSERTION"), None),
}


def test_baseline(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    shutil.copyfile(ROOT / "testdata" / "policies" / "baseline.yaml", tmp_path / "policy.yaml")
    cases = []
    for name, (user, change, failing) in BASELINE.items():
        image = SignedImage(sigstore, config={"User": user})
        image.sign(sigstore.signer)
        image.attest_sboms(sigstore.signer, change)
        image.write(tmp_path / name)
        rules = ("signature", "image-age", "image-user", "ntia", "licenses")
        checks = {rule: "fail" if rule == failing else "pass" for rule in rules}
        cases.append(case(name, "demo.example/verifier/hello", "fail" if failing else "pass", checks=checks))
    assert as_expected(run(tmp_path, "policy.yaml", *cases))


def test_real_images(tmp_path: Path, real_data: Path) -> None:
    (tmp_path / "policy.yaml").write_text(SLSA_3.format(repository="slsa-framework/example-package"))
    (tmp_path / "other.yaml").write_text(SLSA_3.format(repository="slsa-framework/other"))
    layouts = {f"slsa-container-v{version}": version for version in ("1.4.0", "1.8.0", "2.0.0")}
    for layout in layouts:
        shutil.copytree(real_data / "oci" / layout, tmp_path / layout)
    app = "ghcr.io/org/app"
    # The certificate of 1.4.0 is older than the claim that the policy asks for.
    ours = [case(name, app, "unverified" if v == "1.4.0" else "pass") for name, v in layouts.items()]
    assert as_expected(run(tmp_path, "policy.yaml", *ours))
    others = [case(name, app, "unverified", checks={"provenance": "fail"}) for name in layouts]
    assert as_expected(run(tmp_path, "other.yaml", *others))
    nginx = "cgr.dev/chainguard/nginx"
    public = [case(name, nginx, "unverified", codes={"signature": "SignatureError"}) for name in layouts]
    assert as_expected(run(tmp_path, "chainguard", *public))


def test_every_shipped_policy_has_cases() -> None:
    text = Path(__file__).read_text("utf-8") + "".join(
        path.read_text("utf-8") for path in (ROOT / "testdata").glob("*.test.yaml")
    )
    for name in names():
        assert f'"{name}"' in text or f"policy: {name}" in text or f"policies/{name}.yaml" in text, name
