"""Real registries: Debian's docker-registry has no referrers API, go-containerregistry's has it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.push import push_layout
from tests.interop.servers import docker_registry, go_registry

POLICY = """\
version: 1
name: here
images: ["{address}/**"]
signers:
  release:
    issuer: https://token.actions.githubusercontent.com
    subject: https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main
require:
  - signature: {{}}
  - attestation: {{type: spdx}}
  - attestation: {{type: slsa-provenance}}
"""


@pytest.fixture(scope="module")
def without_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not shutil.which("docker-registry") and not Path("/usr/bin/docker-registry").exists():
        pytest.skip("docker-registry is not installed")
    with docker_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(scope="module")
def with_api() -> Iterator[str]:
    if not shutil.which("go"):
        pytest.skip("Go is not on this machine")
    with go_registry() as address:
        yield address


def verify(address: str, image: str, tmp_path: Path, testdata: Path, *options: str) -> tuple[int, Any]:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY.format(address=address))
    command = [
        *(sys.executable, "-m", "verifier", f"{address}/{image}", "--allow-http", address, "-o", "json"),
        *("--policy", str(policy), "--trusted-root", str(testdata / "trusted_root.json"), *options),
    ]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, check=False, capture_output=True, env=environment)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr.decode()


def places(report: Any) -> set[str]:
    image = report["images"][0]
    found = (item["storedAt"] for item in (*image["signatures"], *image["attestations"]))
    return {place.split(" ")[0] for text in found for place in text.split(", ")}


@pytest.mark.parametrize(
    ("layout", "expected"),
    [("demo", {"tag"}), ("demo-bundles", {"fallback"})],
)
def test_a_registry_without_the_referrers_api(
    without_api: str, tmp_path: Path, testdata: Path, layout: str, expected: set[str]
) -> None:
    digest = push_layout(testdata / "layouts" / layout, without_api, layout)
    code, report = verify(without_api, layout, tmp_path, testdata)
    assert code == 0, report
    assert report["images"][0]["digest"] == digest
    assert places(report) == expected
    assert verify(without_api, f"{layout}@{digest}", tmp_path, testdata)[0] == 0


@pytest.mark.parametrize(
    ("layout", "expected"),
    [("demo", {"tag"}), ("demo-bundles", {"referrers", "fallback"})],
)
def test_a_registry_with_the_referrers_api(
    with_api: str, tmp_path: Path, testdata: Path, layout: str, expected: set[str]
) -> None:
    push_layout(testdata / "layouts" / layout, with_api, layout)
    code, report = verify(with_api, layout, tmp_path, testdata)
    assert code == 0, report
    assert places(report) == expected


@pytest.mark.parametrize(
    ("layout", "code", "reason"),
    [
        ("unsigned", 3, "SignatureError"),
        ("wrong-signer", 3, "IdentityError"),
        ("index-sbom-only", 3, "SbomError"),
    ],
)
def test_what_lacks_something(
    without_api: str, tmp_path: Path, testdata: Path, layout: str, code: int, reason: str
) -> None:
    push_layout(testdata / "layouts" / layout, without_api, layout)
    actual, report = verify(without_api, layout, tmp_path, testdata)
    assert actual == code
    codes = [check["code"] for item in report["images"][0]["platforms"] for check in item["checks"]]
    assert reason in codes


def test_what_is_not_there(without_api: str, tmp_path: Path, testdata: Path) -> None:
    code, report = verify(without_api, "absent:v1", tmp_path, testdata)
    assert code == 4
    assert report["images"][0]["checks"][0]["code"] == "RegistryError"


def test_evidence_saved_from_a_registry_gives_the_same_verdict_offline(
    without_api: str, tmp_path: Path, testdata: Path
) -> None:
    push_layout(testdata / "layouts" / "demo", without_api, "saved")
    saved = tmp_path / "evidence"
    code, online = verify(without_api, "saved", tmp_path, testdata, "--save-evidence", str(saved))
    assert code == 0
    command = [
        *(sys.executable, "-m", "verifier", f"oci:{saved}", "--offline", "-o", "json"),
        *("--policy", str(tmp_path / "policy.yaml"), "--trusted-root", str(saved / "trusted_root.json")),
    ]
    done = subprocess.run(command, check=False, capture_output=True, env={"HOME": str(tmp_path)})
    offline = json.loads(done.stdout)
    assert done.returncode == 0
    ours, theirs = online["images"][0], offline["images"][0]
    assert ours["digest"] == theirs["digest"]
    assert ours["platforms"] == theirs["platforms"]


def test_the_cache_gives_the_same_verdict_offline(without_api: str, tmp_path: Path, testdata: Path) -> None:
    digest = push_layout(testdata / "layouts" / "demo", without_api, "cached")
    assert verify(without_api, f"cached@{digest}", tmp_path, testdata, "--offline")[0] == 4
    assert verify(without_api, "cached", tmp_path, testdata)[0] == 0
    assert verify(without_api, f"cached@{digest}", tmp_path, testdata, "--offline")[0] == 0
    # A tag may have moved since: which image it names now cannot be known.
    assert verify(without_api, "cached", tmp_path, testdata, "--offline")[0] == 4
    no_cache = verify(without_api, f"cached@{digest}", tmp_path, testdata, "--offline", "--no-cache")
    assert no_cache[0] == 4
