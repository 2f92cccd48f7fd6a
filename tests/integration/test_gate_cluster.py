"""``verify gate --from-cluster``: what a cluster runs, from its API to the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api_server import TOKEN, ApiServer
from tests.integration.cli import Done, verify
from tests.registry_server import RegistryServer
from tests.registry_server.authority import Authority
from tests.webhook_server import POLICY, REPOSITORY, Images, signed_and_unsigned

PODS, DEPLOYMENTS = "/api/v1/pods", "/apis/apps/v1/deployments"


@pytest.fixture(scope="module")
def images() -> Images:
    return signed_and_unsigned()


@dataclass(frozen=True)
class Fleet:
    """A registry, and a folder with all that the command needs to ask for it."""

    folder: Path
    registry: RegistryServer
    images: Images
    authority: Authority

    def image(self, tag: str) -> str:
        return f"{self.registry.address}/{REPOSITORY}:{tag}"

    def pod(self, tag: str, name: str = "web", **more: Any) -> dict[str, Any]:
        spec = {"containers": [{"name": "app", "image": self.image(tag)}]}
        return {"metadata": {"namespace": "shop", "name": name}, "spec": spec, **more}

    def gate(
        self,
        objects: Mapping[str, Sequence[Any]],
        *options: str,
        token: str = TOKEN,
        answers: Mapping[tuple[str, int], tuple[int, bytes]] | None = None,
    ) -> Done:
        with ApiServer(objects, self.authority.server("127.0.0.1"), answers=answers) as server:
            config = {
                "current-context": "c",
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                "clusters": [
                    {
                        "name": "c",
                        "cluster": {"server": server.url, "certificate-authority": self.authority.file},
                    }
                ],
                "users": [{"name": "u", "user": {"token": token}}],
            }
            (self.folder / "kubeconfig").write_text(json.dumps(config))
            return verify(
                self.folder,
                *("gate", "--from-cluster", "--policy", "policy.yaml", "--trusted-root", "root.json"),
                *("--allow-http", self.registry.address, "--no-cache", "-o", "json", *options),
                env={"KUBECONFIG": str(self.folder / "kubeconfig")},
            )


@pytest.fixture
def fleet(tmp_path: Path, images: Images) -> Iterator[Fleet]:
    with RegistryServer(images.contents, REPOSITORY) as registry:
        (tmp_path / "policy.yaml").write_text(POLICY.format(name="app", address=registry.address))
        (tmp_path / "root.json").write_bytes(images.trusted_root)
        yield Fleet(tmp_path, registry, images, Authority(tmp_path))


def test_a_fleet_of_signed_images_passes(fleet: Fleet) -> None:
    template = {"template": {"spec": fleet.pod("other")["spec"]}}
    deployment = {"metadata": {"namespace": "shop", "name": "api"}, "spec": template}
    done = fleet.gate({PODS: [fleet.pod("signed")], DEPLOYMENTS: [deployment]})
    assert done.code == 0, done
    assert [image["reference"] for image in done.report["images"]] == [
        fleet.image("signed"),
        fleet.image("other"),
    ]


def test_an_unsigned_image_is_found_and_its_pod_named(fleet: Fleet) -> None:
    done = fleet.gate({PODS: [fleet.pod("signed"), fleet.pod("unsigned", "bad")]})
    assert done.code == 3
    (bad,) = [image for image in done.report["images"] if image["verdict"] != "pass"]
    assert bad["reference"] == fleet.image("unsigned")
    assert "Pod shop/bad" in done.out


def test_what_a_node_has_pulled_is_judged_and_not_what_the_tag_says_now(fleet: Fleet) -> None:
    """The tag is the signed image by now; the pod still runs what it was before."""
    before = fleet.images.digests["unsigned"]
    status = {"containerStatuses": [{"name": "app", "imageID": f"{fleet.registry.address}/x@{before}"}]}
    assert fleet.gate({PODS: [fleet.pod("signed")]}).code == 0
    done = fleet.gate({PODS: [fleet.pod("signed", status=status)]})
    assert done.code == 3
    assert [image["digest"] for image in done.report["images"]] == [before]


def test_an_object_that_cannot_be_read_keeps_no_other_from_being_judged(fleet: Fleet) -> None:
    bad = {"metadata": {"namespace": "shop", "name": "bad"}}
    bad["spec"] = {"containers": [{"name": "app", "image": "Not An Image"}]}  # type: ignore[dict-item]
    done = fleet.gate({PODS: [fleet.pod("signed"), bad]})
    assert done.code == 3
    assert {image["reference"]: image["verdict"] for image in done.report["images"]} == {
        fleet.image("signed"): "pass",
        "image of Pod shop/bad": "unverified",
    }


def test_shares_are_merged_to_the_whole(fleet: Fleet) -> None:
    objects = {PODS: [fleet.pod(tag, tag) for tag in ("signed", "unsigned", "other")]}
    whole = fleet.gate(objects)
    names = []
    for index in range(2):
        done = fleet.gate(objects, "--share", f"{index}/2", "--allow-empty")
        if done.out:
            (fleet.folder / f"share-{index}.json").write_text(done.out)
            names.append(f"share-{index}.json")
    merged = verify(fleet.folder, "report", "merge", *names, "-o", "json", "--exit-code")
    assert merged.code == whole.code == 3
    assert sorted(image["reference"] for image in merged.report["images"]) == sorted(
        image["reference"] for image in whole.report["images"]
    )


def test_an_empty_share_is_no_pass(fleet: Fleet) -> None:
    objects = {PODS: [fleet.pod("signed")]}
    ends = sorted(fleet.gate(objects, "--share", f"{index}/2").code for index in range(2))
    assert ends == [0, 2]


def test_an_empty_cluster_is_no_pass(fleet: Fleet) -> None:
    done = fleet.gate({})
    assert done.code == 2
    assert "nothing was judged" in done.err


@pytest.mark.parametrize("status", [403, 500])
def test_a_collection_that_cannot_be_listed_is_no_pass(fleet: Fleet, status: int) -> None:
    done = fleet.gate({PODS: [fleet.pod("signed")]}, answers={(DEPLOYMENTS, 1): (status, b"{}")})
    assert done.code == 4
    assert done.out == ""
    assert DEPLOYMENTS in done.err


def test_another_token_is_no_pass(fleet: Fleet) -> None:
    done = fleet.gate({PODS: [fleet.pod("signed")]}, token="another")
    assert done.code == 4
    assert "another" not in done.err


@pytest.mark.parametrize(
    "options",
    [
        ("gate", "--from-cluster", "deploy/"),
        ("gate", "--from-cluster", "--write"),
        ("gate", "--from-cluster", "--patch", "x.patch"),
        ("gate", "--from-cluster", "--changed-since", "HEAD"),
        ("gate", "--from-cluster", "--share", "8/8"),
        ("gate", "--share", "0/8", "deploy/"),
        ("gate", "--from-cluster"),
        ("gate", "--require-digest"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert verify(tmp_path, *options).code == 2
