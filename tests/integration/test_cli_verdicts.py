"""The exit codes that layouts cannot show: what a policy says of an image in a registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.integration.cli import Done, verify
from tests.registry_server import Fault, RegistryServer
from tests.sigstore_instance import GITHUB, SUBJECT, SigstoreInstance
from tests.sigstore_instance.layout import Contents, Layout
from verifier.report.json_report import report_schema

REPOSITORY = "org/app"
POLICY = f"""\
version: 1
name: POLICY
images: ["IMAGES"]
signers:
  release: {{issuer: "{GITHUB}", subject: "{SUBJECT}"}}
require:
  - signature: {{}}
"""


@pytest.fixture(scope="module")
def contents() -> Contents:
    sigstore, layout = SigstoreInstance(), Layout()
    image = layout.image()
    layout.tag("latest", image)
    layout.tag("unsigned", layout.image("linux/arm64"))
    layout.signatures(image, [sigstore.legacy_signature(image.digest)])
    return layout.contents()


@pytest.fixture
def server(contents: Contents) -> Iterator[RegistryServer]:
    with RegistryServer(contents, REPOSITORY) as running:
        yield running


def run(server: RegistryServer, tmp_path: Path, *arguments: str, tag: str = "latest") -> Done:
    """Verify the image; of ``arguments`` each is a policy as ``NAME=IMAGES`` or an option."""
    (tmp_path / "root.json").write_bytes(SigstoreInstance().trusted_root())
    options: list[str] = []
    for item in arguments:
        name, separator, images = item.partition("=")
        if not separator:
            options.append(item)
            continue
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            POLICY.replace("POLICY", name).replace("IMAGES", images.replace("HERE", server.address))
        )
        options += ["--policy", str(path)]
    image = f"{server.address}/{REPOSITORY}:{tag}"
    root = ("--trusted-root", str(tmp_path / "root.json"))
    done = verify(tmp_path, image, "--allow-http", server.address, *root, *options, "-o", "json")
    if done.code != 2:
        jsonschema.validate(done.report, report_schema())
        assert done.report["exitCode"] == done.code
    return done


def test_a_policy_about_the_image(server: RegistryServer, tmp_path: Path) -> None:
    done = run(server, tmp_path, "here=HERE/**")
    assert (done.code, done.report["verdict"]) == (0, "pass")
    assert done.report["images"][0]["digest"] == server.contents.tags["latest"]


def test_policies_about_other_images_alone_refuse(server: RegistryServer, tmp_path: Path) -> None:
    done = run(server, tmp_path, "other=ghcr.io/**")
    assert (done.code, done.report["verdict"]) == (1, "fail")
    (check,) = done.report["images"][0]["checks"]
    assert (check["outcome"], check["code"]) == ("fail", "PolicyError")
    assert check["hint"]


def test_policies_about_other_images_do_no_harm(server: RegistryServer, tmp_path: Path) -> None:
    assert run(server, tmp_path, "other=ghcr.io/**", "here=HERE/**").code == 0


def test_what_is_unsigned(server: RegistryServer, tmp_path: Path) -> None:
    done = run(server, tmp_path, "here=HERE/**", tag="unsigned")
    assert (done.code, done.report["verdict"]) == (3, "unverified")


def test_the_worst_of_several_counts(server: RegistryServer, tmp_path: Path) -> None:
    image = f"{server.address}/{REPOSITORY}"
    (tmp_path / "root.json").write_bytes(SigstoreInstance().trusted_root())
    options = (
        *("--allow-http", server.address, "--trusted-root", str(tmp_path / "root.json")),
        *("--certificate-oidc-issuer", GITHUB, "--certificate-identity", SUBJECT, "-o", "json"),
    )
    for tags, code in (
        (["latest", "latest"], 0),
        (["latest", "unsigned"], 3),
        (["unsigned", "absent", "latest"], 4),
    ):
        done = verify(tmp_path, *(f"{image}:{tag}" for tag in tags), *options)
        assert done.code == code, tags
        assert len(done.report["images"]) == len(tags)


def test_what_could_not_be_looked_at_is_not_called_unsigned(contents: Contents, tmp_path: Path) -> None:
    fault = Fault(path=r"\.sig$", status=403)
    with RegistryServer(contents, REPOSITORY, faults=[fault]) as server:
        done = run(server, tmp_path, "here=HERE/**")
    assert (done.code, done.report["verdict"]) == (4, "unavailable")


def test_nothing_is_fetched_when_the_usage_is_wrong(server: RegistryServer, tmp_path: Path) -> None:
    for arguments in (["--nope"], ["--platform", "x"], ["--at", "x"], []):
        assert run(server, tmp_path, *arguments).code == 2
    (tmp_path / "broken.yaml").write_text("version: 2\n")
    assert run(server, tmp_path, "--policy", str(tmp_path / "broken.yaml")).code == 2
    assert server.requests == []
