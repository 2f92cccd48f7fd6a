"""``verify policy init`` from outside: the image passes the policy that is drafted for it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from testdata.images import PROVENANCE, provenance
from tests.evidence import SPDX, SignedImage
from tests.integration.cli import LAYOUTS, TRUST, Done, layout, verify
from tests.sigstore_instance import Signer, SigstoreInstance, github_claims

GENERATOR = (
    "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml"
)
WARNING = (
    "warning: anybody can sign anything: check that the signers in this policy are those that you expect\n"
)
ISSUER = "https://token.actions.githubusercontent.com"


def init(home: Path, reference: str, *options: str) -> Done:
    return verify(home, "policy", "init", reference, *options)


def judged(home: Path, reference: str, policy: str, *options: str) -> Done:
    (home / "draft.yaml").write_text(policy)
    return verify(home, reference, "--policy", str(home / "draft.yaml"), *options)


def round_trip(home: Path, reference: str, *options: str) -> str:
    """The draft for an image, which loads, is clean, and lets the image pass."""
    done = init(home, reference, *options)
    assert (done.code, done.err) == (0, WARNING)
    result = judged(home, reference, done.out, *options)
    assert result.code == 0, (done.out, result.out, result.err)
    return done.out


def active(policy: str) -> str:
    """The policy without its comments."""
    return re.sub(r"^ *#.*\n", "", policy, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["demo", "demo-bundles", "index-sbom-only", "saved", "wrong-signer"])
def test_the_test_data_pass_their_own_drafts(tmp_path: Path, name: str) -> None:
    text = round_trip(tmp_path, layout(name), *TRUST)
    checked = verify(tmp_path, "policy", "check", "--strict", str(tmp_path / "draft.yaml"))
    assert checked.code == 0, checked.out
    assert ("mallory" in active(text)) == (name == "wrong-signer")
    other = "demo" if name == "wrong-signer" else "wrong-signer"
    assert judged(tmp_path, layout(other), text, *TRUST).code == 3


def test_a_draft_says_what_was_found(tmp_path: Path) -> None:
    text = round_trip(tmp_path, layout("demo"), *TRUST)
    assert (
        active(text.partition("images:")[2])
        == f"""
  - "image.invalid/write-its-repository-here"
signers:
  release:
    issuer: "{ISSUER}"
    subject: "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main"
    claims:
      runner-environment: "github-hosted"

require:
  - signature:
      signers: [release]
  - provenance:
      builder: "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main"
      build-type: "https://actions.github.io/buildtypes/workflow/v1"
      source: "https://github.com/example/hello"
      ref: "refs/heads/main"
      on: platform
      signers: [release]
  - attestation:
      id: spdx
      type: spdx
      on: platform
      signers: [release]
  - image-user: {{}}
"""
    )
    assert "# READ THIS FIRST. Anybody can sign anything about any image" in text
    assert '#       - "LicenseRef-tzdata-public-domain"\n' in text


def test_what_is_commented_out_can_be_taken_in(tmp_path: Path) -> None:
    text = round_trip(tmp_path, layout("demo"), *TRUST)
    before, line, after = text.partition("  # The licences that the SBOMs name")
    licenses = re.sub(r"^  # (?=  |- )", "  ", f"{line}{after}", flags=re.MULTILINE)
    claims = re.sub(r"^    # (?=  )", "    ", before, flags=re.MULTILINE)
    assert "  - licenses:\n" in licenses
    assert '      build-trigger: "push"\n' in claims
    assert judged(tmp_path, layout("demo"), claims + licenses, *TRUST).code == 0
    fewer = licenses.replace('        - "MPL-2.0"\n', "")
    assert fewer != licenses
    assert judged(tmp_path, layout("demo"), claims + fewer, *TRUST).code == 1


def test_an_image_that_says_its_name(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    shutil.copytree(LAYOUTS / "demo", saved)
    index = saved / "index.json"
    name = "demo.example/verifier/hello"
    named = index.read_text().replace('ref.name": "latest"', f'ref.name": "{name}:latest"')
    index.write_text(named)
    text = round_trip(tmp_path, f"oci:{saved}", *TRUST)
    assert f'  # The layout says that it is this image, and nobody proved it.\n  - "{name}"\n' in text
    assert "\nname: hello\n" in text
    # Whatever else it says is not taken for a pattern.
    for claim in ("demo.example/**", "demo.example/Up/per", "x y"):
        index.write_text(named.replace(f"{name}:latest", f"{claim}:latest"))
        text = init(tmp_path, f"oci:{saved}:latest", *TRUST).out
        assert '  - "image.invalid/write-its-repository-here"\n' in text


# --- other images ---


@pytest.fixture
def sigstore() -> SigstoreInstance:
    return SigstoreInstance("init")


def options(folder: Path) -> tuple[str, ...]:
    return ("--offline", "--trusted-root", str(folder / "trusted_root.json"))


def drafted(home: Path, image: SignedImage, *more: str) -> str:
    folder = image.write(home / "image")
    return round_trip(home, f"oci:{folder}", *options(folder), *more)


def workflow(sigstore: SigstoreInstance, subject: str, **claims: str) -> Callable[[], Signer]:
    return partial(sigstore.signer, subject, claims=github_claims(**claims))


def test_a_shared_workflow_is_held_to_the_repository_that_called_it(
    tmp_path: Path, sigstore: SigstoreInstance
) -> None:
    image = SignedImage(sigstore)
    image.attest(workflow(sigstore, f"{GENERATOR}@refs/tags/v2.0.0"), PROVENANCE, provenance())
    text = drafted(tmp_path, image)
    assert "    claims:\n      # The workflow belongs to another repository" in text
    assert '\n      source-repository-uri: "https://github.com/example/hello"\n' in text
    other = SignedImage(sigstore)
    theirs = workflow(sigstore, f"{GENERATOR}@refs/tags/v2.0.0", repository="mallory/hello")
    other.attest(theirs, PROVENANCE, provenance())
    folder = other.write(tmp_path / "other")
    assert judged(tmp_path, f"oci:{folder}", text, *options(folder)).code == 3


def test_a_tag_can_be_widened_to_tags_of_its_form(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    def image(ref: str, name: str) -> str:
        subject = f"https://github.com/example/hello/.github/workflows/release.yaml@{ref}"
        made = SignedImage(sigstore)
        made.sign(workflow(sigstore, subject, ref=ref))
        return f"oci:{made.write(tmp_path / name)}"

    first = image("refs/tags/v1.2.3", "first")
    trust = options(tmp_path / "first")
    text = round_trip(tmp_path, first, *trust)
    (pattern,) = re.findall(r"^    # (subject-pattern: .*)$", text, re.MULTILINE)
    wide = re.sub(r"^    subject: .*$", lambda _: f"    {pattern}", text, flags=re.MULTILINE)
    wanted = {
        "refs/tags/v1.2.3": 0,
        "refs/tags/v10.0.1": 0,
        "refs/tags/v1.2.3-rc.1": 3,
        "refs/heads/v1.2.3": 3,
    }
    for number, (ref, code) in enumerate(wanted.items()):
        reference = image(ref, f"other {number}")
        assert judged(tmp_path, reference, wide, *trust).code == code, ref
        assert judged(tmp_path, reference, text, *trust).code == (0 if number == 0 else 3)


def test_of_several_signers_each_is_wanted(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    ours, auditor = (
        sigstore.signer,
        partial(sigstore.signer, "https://audit.example/one", issuer="https://audit.example"),
    )
    image = SignedImage(sigstore)
    image.sign(ours)
    image.sign(auditor)
    text = drafted(tmp_path, image)
    assert "      signers: {all-of: [release, one]}\n" in text or "{all-of: [one, release]}" in text
    only = SignedImage(sigstore)
    only.sign(ours)
    folder = only.write(tmp_path / "only")
    assert judged(tmp_path, f"oci:{folder}", text, *options(folder)).code == 3


def test_signers_of_different_platforms(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    image = SignedImage(sigstore, platforms=("linux/amd64", "linux/arm64"))
    amd64, arm64 = image.children.values()
    image.sign(sigstore.signer, amd64)
    image.sign(
        partial(sigstore.signer, "https://other.example/builder", issuer="https://other.example"), arm64
    )
    text = drafted(tmp_path, image)
    assert "      signers: [release, builder]\n" in text or "signers: [builder, release]\n" in text
    assert "any one of them is enough" in text


def test_what_is_not_there_for_every_platform_is_no_rule(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    image = SignedImage(sigstore, platforms=("linux/amd64", "linux/arm64"))
    amd64, _ = image.children.values()
    image.sign(sigstore.signer, image.root)
    image.attest(sigstore.signer, "https://example.com/review/v1", {}, amd64)
    image.attest(sigstore.signer, SPDX, {"spdxVersion": "SPDX-2.3"}, amd64)
    text = drafted(tmp_path, image)
    assert "attestation:" not in active(text)
    assert "# - attestation of type https://example.com/review/v1 by" in text
    (folder, platform) = (tmp_path / "image", "linux/amd64")
    text = round_trip(tmp_path, f"oci:{folder}", *options(folder), "--platform", platform)
    assert '      id: v1\n      type: "https://example.com/review/v1"\n      on: platform\n' in text
    assert "# - not looked at: linux/arm64\n" in text
    assert "type: spdx" not in active(text)


def test_a_managed_key(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    managed = sigstore.managed_signer()
    image = SignedImage(sigstore)
    image.sign(lambda: managed)
    folder = image.write(tmp_path / "image")
    (tmp_path / "key.pub").write_text(managed.key.pem)
    reference = f"oci:{folder}"
    done = init(tmp_path, reference, *options(folder))
    assert (done.code, done.out) == (3, "")
    done = init(tmp_path, reference, *options(folder), "--key", str(tmp_path / "key.pub"))
    assert done.code == 0
    assert "  key:\n    key: |\n      -----BEGIN PUBLIC KEY-----\n" in done.out
    assert judged(tmp_path, reference, done.out, *options(folder)).code == 0


@pytest.mark.parametrize(
    ("user", "words", "is_rule"),
    [
        ("65532:65532", "- image-user: {}", True),
        ("nonroot", '  # - image-user:\n  #     names: ["nonroot"]', False),
        ("0", "# The image runs as root", False),
        ("", "# The image runs as root", False),
        ("root:root", "# The image runs as root", False),
        ("99999999999", "require:", False),
        ('x"]\n  - evil: {', "require:", False),
    ],
)
def test_the_user(tmp_path: Path, sigstore: SigstoreInstance, user: str, words: str, is_rule: bool) -> None:
    image = SignedImage(sigstore, config={"User": user})
    image.sign(sigstore.signer)
    text = drafted(tmp_path, image)
    assert words in text
    assert ("image-user" in active(text)) == is_rule


def test_a_provenance_that_contradicts_its_certificate_is_only_attested(
    tmp_path: Path, sigstore: SigstoreInstance
) -> None:
    image = SignedImage(sigstore)
    image.attest(
        workflow(sigstore, f"{GENERATOR}@refs/tags/v2.0.0", repository="other/hello"),
        PROVENANCE,
        provenance(),
    )
    text = drafted(tmp_path, image)
    assert "provenance:" not in active(text)
    assert "type: slsa-provenance" in active(text)
    assert "  # Not asked for, since the provenance and the certificate of its signer contradict" in text
    assert "  # - provenance:\n" in text


# --- nothing to draft from ---


def test_without_evidence_there_is_no_policy(tmp_path: Path) -> None:
    done = init(tmp_path, layout("unsigned"), *TRUST)
    assert (done.code, done.out) == (3, "")
    assert "no verified signature or attestation was found" in done.err


def test_what_is_rejected_is_no_evidence(tmp_path: Path) -> None:
    done = init(tmp_path, layout("demo"), "--offline")
    assert (done.code, done.out) == (3, "")
    assert "rejected: sha256:" in done.err


def test_an_image_that_cannot_be_had(tmp_path: Path) -> None:
    done = init(tmp_path, f"{layout('demo')}@sha256:{'ab' * 32}", *TRUST)
    assert (done.code, done.out) == (4, "")


def test_evidence_that_makes_no_rule(tmp_path: Path, sigstore: SigstoreInstance) -> None:
    image = SignedImage(sigstore, platforms=("linux/amd64", "linux/arm64"))
    image.sign(sigstore.signer, next(iter(image.children.values())))
    folder = image.write(tmp_path / "image")
    done = init(tmp_path, f"oci:{folder}", *options(folder))
    assert (done.code, done.out) == (3, "")
    assert "makes no policy: image signature: not every platform has one" in done.err
    assert init(tmp_path, f"oci:{folder}", *options(folder), "--platform", "linux/amd64").code == 0


# --- where it is written ---


def test_a_file_is_written_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    done = init(tmp_path, layout("demo"), *TRUST, "--write-policy", str(path))
    assert (done.code, done.out) == (0, "")
    written = f"{path} is written, and the image passes it; 'verify policy explain' tells what it asks\n"
    assert done.err == written + WARNING
    text = path.read_text()
    assert judged(tmp_path, layout("demo"), text, *TRUST).code == 0
    done = init(tmp_path, layout("wrong-signer"), *TRUST, "--write-policy", str(path))
    assert (done.code, done.out) == (2, "")
    assert "is there already, and is not overwritten" in done.err
    assert path.read_text() == text
    (tmp_path / "link.yaml").symlink_to(tmp_path / "nowhere.yaml")
    done = init(tmp_path, layout("demo"), *TRUST, "--write-policy", str(tmp_path / "link.yaml"))
    assert done.code != 0
    assert sorted(item.name for item in tmp_path.iterdir() if "yaml" in item.name) == [
        "draft.yaml",
        "link.yaml",
        "policy.yaml",
    ]


def test_a_file_in_no_directory(tmp_path: Path) -> None:
    done = init(tmp_path, layout("demo"), *TRUST, "--write-policy", str(tmp_path / "no" / "policy.yaml"))
    assert (done.code, done.out) == (4, "")


# --- real images ---


@pytest.mark.parametrize(
    ("version", "claim"),
    [
        ("1.4.0", 'github-workflow-repository: "slsa-framework/example-package"'),
        ("1.8.0", 'source-repository-uri: "https://github.com/slsa-framework/example-package"'),
        ("2.0.0", 'source-repository-uri: "https://github.com/slsa-framework/example-package"'),
    ],
)
def test_real_images_pass_their_own_drafts(tmp_path: Path, real_data: Path, version: str, claim: str) -> None:
    reference = f"oci:{real_data / 'oci' / f'slsa-container-v{version}'}"
    text = round_trip(tmp_path, reference, "--offline")
    assert f"\n      {claim}\n" in text
    assert f'subject: "{GENERATOR}@refs/tags/v{version}"' in text
    for other in {"1.4.0", "1.8.0", "2.0.0"} - {version}:
        reference = f"oci:{real_data / 'oci' / f'slsa-container-v{other}'}"
        assert judged(tmp_path, reference, text, "--offline").code == 3
