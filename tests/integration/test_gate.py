"""The gate, end to end: manifests, a registry, verdicts, pins."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli import Done, verify
from tests.registry_server import Fault, RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import Descriptor, Layout

SIGSTORE = SigstoreInstance()
REPOSITORY = "org/app"
GOOD = ("web", "init", "sidecar", "job")
SIGNER = (
    "--certificate-identity",
    "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main",
    "--certificate-oidc-issuer",
    "https://token.actions.githubusercontent.com",
)
DEPLOYMENT = """\
# what runs
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: prod
spec:
  template:
    spec:
      initContainers:
        - name: init
          image: {registry}/org/app:init   # first
      containers:
        - name: web
          image: "{registry}/org/app:web"
        - name: sidecar
          image: '{registry}/org/app:sidecar'
"""
JOB = """\
{{"apiVersion": "batch/v1", "kind": "Job", "metadata": {{"name": "once"}},
 "spec": {{"template": {{"spec": {{"containers": [{{"name": "j", "image": "{registry}/org/app:job"}}]}}}}}}}}
"""
BAD = """\
apiVersion: v1
kind: Pod
metadata: {{name: stray, namespace: prod}}
spec:
  containers:
    - name: bad
      image: {registry}/org/app:bad
"""


def _images() -> tuple[Layout, dict[str, Descriptor]]:
    layout = Layout()
    images: dict[str, Descriptor] = {}
    for name in (*GOOD, "bad"):
        children = [
            layout.image(platform, layers=(f"{name} {platform}".encode(),))
            for platform in ("linux/amd64", "linux/arm64")
        ]
        images[name] = layout.index(children)
        layout.tag(name, images[name])
        if name != "bad":
            layout.signatures(images[name], [SIGSTORE.legacy_signature(images[name].digest)])
    return layout, images


LAYOUT, IMAGES = _images()


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer(LAYOUT.contents(), REPOSITORY) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "root.json").write_bytes(SIGSTORE.trusted_root())
    return tmp_path


def deploy(home: Path, registry: RegistryServer, *, bad: bool = False) -> Path:
    """A directory of manifests that name images of the registry."""
    folder = home / "deploy"
    folder.mkdir()
    (folder / "web.yaml").write_text(DEPLOYMENT.format(registry=registry.address))
    (folder / "job.json").write_text(JOB.format(registry=registry.address))
    if bad:
        (folder / "stray.yaml").write_text(BAD.format(registry=registry.address))
    return folder


def gate(home: Path, registry: RegistryServer, *arguments: str) -> Done:
    trust = ("--trusted-root", str(home / "root.json"), "--allow-http", registry.address)
    return verify(home, "gate", *arguments, *SIGNER, *trust)


def test_signed_images_pass(home: Path, registry: RegistryServer) -> None:
    deploy(home, registry)
    done = gate(home, registry, "deploy", "-o", "json")
    assert done.code == 0, done.err
    assert sorted(image["reference"].rpartition(":")[2] for image in done.report["images"]) == sorted(GOOD)
    assert {image["verdict"] for image in done.report["images"]} == {"pass"}


def test_one_bad_image_of_five_fails_and_is_named_with_its_place(
    home: Path, registry: RegistryServer
) -> None:
    deploy(home, registry, bad=True)
    done = gate(home, registry, "deploy", "-o", "json")
    assert (done.code, done.report["verdict"]) == (3, "unverified")
    verdicts = {image["reference"].rpartition(":")[2]: image["verdict"] for image in done.report["images"]}
    assert verdicts == {**dict.fromkeys(GOOD, "pass"), "bad": "unverified"}
    (bad,) = (image for image in done.report["images"] if image["verdict"] != "pass")
    assert bad["namedAt"] == [
        {
            "file": "deploy/stray.yaml",
            "line": 7,
            "column": 14,
            "object": "Pod prod/stray",
            "field": "spec.containers[0].image",
        }
    ]
    text = gate(home, registry, "deploy")
    assert text.code == 3
    table = [line for line in text.out.splitlines() if line.startswith("  ") and "org/app:" in line]
    assert "UNVERIFIED" in table[0]
    assert "deploy/stray.yaml:7 Pod prod/stray" in table[0]
    assert len(table) >= 5


def test_every_format_names_the_place(home: Path, registry: RegistryServer) -> None:
    deploy(home, registry, bad=True)
    kinds = ("sarif", "junit", "markdown", "html", "github")
    reports = [f"--report={kind}=report.{kind}" for kind in kinds]
    assert gate(home, registry, "deploy", *reports).code == 3
    for kind in kinds:
        assert "deploy/stray.yaml" in (home / f"report.{kind}").read_text(), kind


def test_an_image_is_verified_once_however_often_it_is_named(home: Path, registry: RegistryServer) -> None:
    name = f"{registry.address}/org/app:web"
    (home / "images.txt").write_text(f"{name}\n" * 20)
    done = gate(home, registry, "images.txt", "-o", "json")
    assert done.code == 0
    assert len(done.report["images"]) == 1
    assert len(done.report["images"][0]["namedAt"]) == 20
    assert registry.paths().count("manifests/web") == 1


def test_only_the_platforms_that_a_selector_allows_are_judged(home: Path, registry: RegistryServer) -> None:
    pod = BAD.replace(":bad", ":web").replace(
        "containers:", "nodeSelector: {{kubernetes.io/arch: arm64}}\n  containers:"
    )
    (home / "pod.yaml").write_text(pod.format(registry=registry.address))
    done = gate(home, registry, "pod.yaml", "-o", "json", "--platform", "linux/amd64")
    assert done.code == 0, done.err
    (image,) = done.report["images"]
    assert [platform["platform"] for platform in image["platforms"]] == ["linux/arm64"]
    everywhere = gate(home, registry, "deploy-nothing", "pod.yaml", "-o", "json")
    assert everywhere.code == 2


def test_a_registry_that_is_down_is_unavailable(home: Path, registry: RegistryServer) -> None:
    deploy(home, registry)
    registry.faults.append(Fault("manifests/web", 404))
    assert gate(home, registry, "deploy").code == 4


def test_the_registry_of_a_manifest_may_not_be_inside_the_network_unless_named(
    home: Path, registry: RegistryServer
) -> None:
    deploy(home, registry)
    done = verify(home, "gate", "deploy", *SIGNER, "--trusted-root", str(home / "root.json"), "--no-cache")
    assert done.code == 4
    assert "inside a network" in done.out
    assert "--allow-private-registry" in done.out
    assert registry.requests == []


# --- digests ---


def test_a_tag_is_a_failure_where_digests_are_asked_for(home: Path, registry: RegistryServer) -> None:
    deploy(home, registry)
    done = gate(home, registry, "deploy", "--require-digest", "-o", "json")
    assert done.code == 1
    for image in done.report["images"]:
        (check,) = (check for check in image["checks"] if check["rule"] == "digest")
        assert (check["outcome"], check["code"]) == ("fail", "ManifestError")
    without = gate(home, registry, "deploy", "-o", "json")
    assert without.code == 0
    outcomes = {c["outcome"] for i in without.report["images"] for c in i["checks"] if c["rule"] == "digest"}
    assert outcomes == {"warn"}


def test_pinning_keeps_all_but_what_it_adds(home: Path, registry: RegistryServer) -> None:
    folder = deploy(home, registry, bad=True)
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert gate(home, registry, "deploy", "--write").code == 3
    for name, text in before.items():
        expected = text
        for good in GOOD:
            reference = f"{registry.address}/org/app:{good}"
            expected = expected.replace(reference, f"{reference}@{IMAGES[good].digest}")
        assert (folder / name).read_text() == expected
    assert "@sha256" not in (folder / "stray.yaml").read_text()
    (folder / "stray.yaml").unlink()
    again = gate(home, registry, "deploy", "--require-digest")
    assert again.code == 0, again.out


def test_a_patch_can_be_applied_by_git_and_is_what_write_does(home: Path, registry: RegistryServer) -> None:
    folder = deploy(home, registry)
    original = {path.name: path.read_text() for path in folder.iterdir()}
    git(home, "init", "-q")
    assert gate(home, registry, "deploy", "--patch", "pins.patch").code == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == original
    git(home, "apply", "--check", "pins.patch")
    git(home, "apply", "pins.patch")
    patched = {path.name: path.read_text() for path in folder.iterdir()}
    for name, text in original.items():
        (folder / name).write_text(text)
    assert gate(home, registry, "deploy", "--write").code == 0
    assert patched == {path.name: path.read_text() for path in folder.iterdir()}
    assert patched != original


# --- what has changed ---


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_only_images_that_changed_are_judged(home: Path, registry: RegistryServer) -> None:
    folder = deploy(home, registry, bad=True)
    git(home, "init", "-q")
    git(home, "add", "deploy")
    git(home, "commit", "-q", "-m", "before")
    unchanged = gate(home, registry, "deploy", "--changed-since", "HEAD")
    assert unchanged.code == 2
    assert "no image has changed" in unchanged.err
    allowed = gate(home, registry, "deploy", "--changed-since", "HEAD", "--allow-empty")
    assert (allowed.code, allowed.out) == (0, "")
    web = folder / "web.yaml"
    web.write_text(web.read_text().replace("org/app:sidecar", "org/app:job"))
    done = gate(home, registry, "deploy", "--changed-since", "HEAD", "-o", "json")
    assert done.code == 0
    assert [image["reference"].rpartition(":")[2] for image in done.report["images"]] == ["job"]
    assert "left out: 4 places that name the same image as at HEAD" in done.err
    assert gate(home, registry, "deploy").code == 3


@pytest.mark.parametrize("revision", ["no-such-revision", "--all", "-h", "HEAD:deploy", ""])
def test_a_revision_that_is_none_is_a_usage_error(
    home: Path, registry: RegistryServer, revision: str
) -> None:
    deploy(home, registry)
    git(home, "init", "-q")
    git(home, "commit", "-q", "--allow-empty", "-m", "before")
    done = gate(home, registry, "deploy", f"--changed-since={revision}")
    assert done.code == 2
    assert "there is no commit" in done.err
    assert registry.requests == []


# --- what is known ---


def test_a_baseline_accepts_what_it_lists_and_nothing_else(home: Path, registry: RegistryServer) -> None:
    deploy(home, registry, bad=True)
    assert gate(home, registry, "deploy", "--write-baseline", "known.json").code == 3
    done = gate(home, registry, "deploy", "--baseline", "known.json", "-o", "json")
    assert done.code == 0, done.err
    (bad,) = (image for image in done.report["images"] if image["reference"].endswith(":bad"))
    outcomes = {check["outcome"] for platform in bad["platforms"] for check in platform["checks"]}
    assert outcomes == {"waived"}
    strict = gate(home, registry, "deploy", "--baseline", "known.json", "--require-digest")
    assert strict.code == 1
    baseline = json.loads((home / "known.json").read_text())
    for entry in baseline["accepted"]:
        del entry["fingerprint"]
        entry["image"] += "-other"
    (home / "known.json").write_text(json.dumps(baseline))
    assert gate(home, registry, "deploy", "--baseline", "known.json").code == 3


def test_what_only_a_baseline_accepts_is_not_pinned(home: Path, registry: RegistryServer) -> None:
    folder = deploy(home, registry, bad=True)
    gate(home, registry, "deploy", "--write-baseline", "known.json")
    assert gate(home, registry, "deploy", "--baseline", "known.json", "--write").code == 0
    assert "@sha256" not in (folder / "stray.yaml").read_text()
    assert "@sha256" in (folder / "web.yaml").read_text()


def test_an_exception_that_has_ended_is_an_error(home: Path, registry: RegistryServer) -> None:
    deploy(home, registry, bad=True)
    gate(home, registry, "deploy", "--write-baseline", "known.json")
    registry.requests.clear()
    done = gate(home, registry, "deploy", "--baseline", "known.json", "--at", "2099-01-01T00:00:00Z")
    assert done.code == 2
    assert "was accepted until" in done.err
    assert registry.requests == []
