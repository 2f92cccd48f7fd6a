"""Which images a cluster runs, and whose share each is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import UsageError
from verifier.strict_json import Json
from verifier.workload.cluster import Share, read_cluster
from verifier.workload.cluster_client import JsonObject
from verifier.workload.interface import Found
from verifier.workload.kinds import known_kinds
from verifier.workload.kubernetes import KubernetesReader

PODS = "/api/v1/pods"
DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32


T = TypeVar("T")


class Cluster:
    """See `verifier.workload.cluster_client.Lister`: objects out of a dict."""

    def __init__(self, **collections: list[JsonObject]) -> None:
        self.collections = collections

    def objects(self, path: str, read: Callable[[JsonObject], T]) -> list[T]:
        return [read(item) for item in self.collections.get(path.rpartition("/")[2], [])]


def read(share: Share | None = None, **collections: list[Any]) -> Found:
    return read_cluster(Cluster(**collections), KubernetesReader(known_kinds()), share)


def thing(name: str, spec: Json, **more: Json) -> JsonObject:
    return {"metadata": {"namespace": "shop", "name": name}, "spec": spec, **more}


def pod(image: str = "app:1", **more: Json) -> JsonObject:
    return thing("web", {"containers": [{"name": "app", "image": image}]}, **more)


def templated(image: str, name: str = "web", **spec: Json) -> JsonObject:
    return thing(name, {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}, **spec})


def ran(image_id: str, name: str = "app", status: str = "containerStatuses", **more: Json) -> JsonObject:
    return {status: [{"name": name, "imageID": image_id, "image": "whatever:1"}], **more}


def references(found: Found) -> list[str]:
    assert found.problems == []
    return [image.reference for image in found.images]


def test_every_kind_that_runs_images_is_read() -> None:
    found = read(
        pods=[pod("pod:1")],
        replicationcontrollers=[templated("rc:1")],
        podtemplates=[{"metadata": {}, "template": {"spec": {"containers": [{"image": "pt:1"}]}}}],
        deployments=[templated("deploy:1")],
        replicasets=[templated("rs:1", replicas=1)],
        statefulsets=[templated("sts:1")],
        daemonsets=[templated("ds:1")],
        jobs=[templated("job:1")],
        cronjobs=[thing("tick", {"jobTemplate": {"spec": templated("cron:1")["spec"]}})],
    )
    assert references(found) == [
        "pod:1", "rc:1", "pt:1", "deploy:1", "rs:1", "sts:1", "ds:1", "job:1", "cron:1",
    ]  # fmt: skip


def test_the_place_of_an_image_is_its_path_in_the_api() -> None:
    location = read(deployments=[templated("app:1")]).images[0].location
    assert location.file == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert location.object == "Deployment shop/web"
    assert location.field == "spec.template.spec.containers[0].image"


@pytest.mark.parametrize(
    ("image_id", "reference"),
    [
        (f"docker.io/library/app@{DIGEST}", f"app:1@{DIGEST}"),
        (f"docker-pullable://app@{DIGEST}", f"app:1@{DIGEST}"),
        # The digest of a configuration is that of no image; and what is not pulled yet has none.
        (DIGEST, "app:1"),
        ("", "app:1"),
        (f"docker.io/library/app@{DIGEST}\n", "app:1"),
    ],
)
def test_a_pod_is_judged_by_what_its_node_has_pulled(image_id: str, reference: str) -> None:
    assert references(read(pods=[pod("app:1", status=ran(image_id))])) == [reference]


def test_a_digest_in_the_spec_stays() -> None:
    running = pod(f"app@{OTHER}", status=ran(f"app@{DIGEST}"))
    assert references(read(pods=[running])) == [f"app@{OTHER}"]


def test_the_status_of_another_container_says_nothing() -> None:
    assert references(read(pods=[pod("app:1", status=ran(f"app@{DIGEST}", name="other"))])) == ["app:1"]


@pytest.mark.parametrize(
    ("containers", "status"),
    [
        ("initContainers", "initContainerStatuses"),
        ("ephemeralContainers", "ephemeralContainerStatuses"),
    ],
)
def test_other_containers_of_a_pod_have_statuses_of_their_own(containers: str, status: str) -> None:
    spec: JsonObject = {
        "containers": [{"name": "app", "image": "app:1"}],
        containers: [{"name": "other", "image": "other:1"}],
    }
    found = read(pods=[thing("web", spec, status=ran(f"other@{DIGEST}", "other", status))])
    assert sorted(references(found)) == ["app:1", f"other:1@{DIGEST}"]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_is_left_out_and_counted(phase: str) -> None:
    found = read(pods=[pod("old:1", status={"phase": phase}), pod("new:1", status={"phase": "Running"})])
    assert references(found) == ["new:1"]
    assert found.unseen == [f"{PODS}: 1 that run nothing (any more) are left out"]


def test_a_replica_set_scaled_to_nothing_is_left_out_and_a_deployment_is_not() -> None:
    found = read(replicasets=[templated("old:1", replicas=0)], deployments=[templated("app:1", replicas=0)])
    assert references(found) == ["app:1"]


def test_an_object_that_cannot_be_read_is_told_beside_what_can() -> None:
    found = read(pods=[pod("app:1"), pod("not an image")])
    assert references(found) == ["app:1"]
    (unreadable,) = found.unreadable
    assert unreadable.name == "Pod shop/web"
    assert unreadable.location.file == "/api/v1/namespaces/shop/pods/web"
    assert "'not an image'" in unreadable.error.message
    assert ":1:1" not in unreadable.error.message


@given(st.lists(st.text(), unique=True, max_size=40), st.integers(1, 12))
def test_each_image_is_in_exactly_one_share(names: list[str], count: int) -> None:
    shares = [Share(index, count) for index in range(count)]
    assert all(sum(share.has(name) for share in shares) == 1 for name in names)


def test_a_share_does_not_depend_on_who_computes_it() -> None:
    # echo -n cgr.dev/chainguard/nginx:latest | sha256sum | cut -c1-16, modulo 8
    assert Share(4, 8).has("cgr.dev/chainguard/nginx:latest")


def test_shares_together_are_the_whole() -> None:
    pods = [pod(f"app:{number}") for number in range(50)]
    parts = [references(read(Share(index, 4), pods=pods)) for index in range(4)]
    assert sorted(name for part in parts for name in part) == sorted(references(read(pods=pods)))
    assert all(parts)


def test_two_ways_to_name_one_image_are_in_one_share() -> None:
    names = ["nginx", "nginx:latest", "docker.io/library/nginx"]
    pods = [pod(name) for name in names]
    assert sorted(len(read(Share(index, 5), pods=pods).images) for index in range(5)) == [0, 0, 0, 0, 3]


def test_an_object_that_cannot_be_read_is_told_by_one_share() -> None:
    told = [read(Share(index, 4), pods=[pod("not an image")]).unreadable for index in range(4)]
    assert sorted(map(len, told)) == [0, 0, 0, 1]


@pytest.mark.parametrize("text", ["0/1", "7/8", "0/10000"])
def test_shares_are_counted_from_0(text: str) -> None:
    share = Share.parse(text)
    assert f"{share.index}/{share.count}" == text


@pytest.mark.parametrize(
    "text", ["", "1", "8/8", "1/0", "0/0", "-1/8", "a/8", "1/8/2", "0/10001", "0/8\n", "٣/8"]
)
def test_other_shares_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--share"):
        Share.parse(text)
