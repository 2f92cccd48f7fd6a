"""What looks like an image in a place where none is known: an error where it is one, told where it may be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workload import found_in_text, problems, readers, references
from verifier.workload.interface import Found

_HEX = "a" * 64
IMAGE = "registry.example/shop/worker:1"
TASK = {
    "apiVersion": "tekton.dev/v1",
    "kind": "Task",
    "spec": {"steps": [{"image": "a", "script": f"run --image={IMAGE}"}]},
}


def _found(document: dict[str, Any], kinds: str = "") -> Found:
    return found_in_text(json.dumps(document), name="file.json", using=readers(kinds=kinds))


def _custom(spec: Any, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "x/v1", "kind": "Foo", "metadata": {"name": "a"}, "spec": spec, **more}


def _pod(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    web = {"name": "web", "image": "web:1", **(container or {})}
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [web], **spec}}


def _doubts(found: Found) -> list[str]:
    assert problems(found) == []
    return [
        note.message for note in found.notes.kept if note.was_read and note.image_like and note.may_deploy
    ]


@pytest.mark.parametrize(
    "spec",
    [
        {"source": "oci://registry.example/a:1"},
        {"source": "OCI://registry.example/a:1"},
        {"source": " docker://a"},
        {"source": "docker-image://a"},
        {"module": "registry://registry.example/a:1"},
        {"module": "oras://registry.example/a:1"},
        {"config": '{"a": "oci://registry.example/a:1"}'},
        {"config": '{"a": ["x", {"b": " Docker-Image://registry.example/a"}]}'},
        {"imageOverride": IMAGE},
        {"imagesList": [IMAGE]},
        {"image": [[IMAGE]]},
        {"images": {"a": {"b": IMAGE}}},
        {"env": [{"name": "A", "value": "oci://a"}]},
        {"env": {"image": IMAGE}},
        {"args": {"image": IMAGE}},
        {"command": ["oci://a"]},
        {"imageID": IMAGE},
        {"imageRepository": "registry.example/a", "imageTag": "1"},
        {"image_repo": "shop/a", "image_tag": "1"},
        {"imageRegistry": "registry.example/a", "imageTag": "1"},
        {"sources": ["https://x.example", "oci://registry.example/a"]},
        {"deep": [[{"x": ["oci://registry.example/a"]}]]},
        {"source": f"registry.example/a@sha256:{_HEX}"},
        *(
            {key: IMAGE}
            for key in (
                "image",
                "imageURL",
                "imageUrl",
                "image_url",
                "image-uri",
                "imageURI",
                "imageRef",
                "imageReference",
                "image_reference",
                "imageName",
                "imagePath",
                "IMAGE",
                "sidecarImage",
                "sidecar_image",
                "sidecar-image",
                "SidecarImageURL",
                "images2",
            )
        ),
        {"workerImage": "busybox"},
        {"imageName": "nginx"},
        {"image": ["busybox"]},
        {"extraImages": ["a/b", "c"]},
        {"imageRefs": [{"ref": "a/b"}]},
        {"images": [{"name": "a/b", "newTag": "1"}]},
        {"options": [{"key": "image", "value": "nginx"}]},
        {"images": {"web": {"repository": "a", "tag": "1"}}},
        {"worker": {"repository": "ghcr.io/org/app", "tag": "1"}},
        {"worker": {"registry": "ghcr.io", "name": "app", "digest": f"sha256:{_HEX}"}},
        {"workerImage": {"registry": "ghcr.io", "path": "app", "tag": "1"}},
        *(
            {words: {"image": IMAGE}}
            for words in (
                "options",
                "selector",
                "requests",
                "limits",
                "labels",
                "matchLabels",
                "nodeSelector",
            )
        ),
        {"options": {"image": "busybox", "replicas": "1"}},
        {"annotations": {"image": IMAGE}},
        {"template": {"metadata": {"labels": {"image": IMAGE}}}},
        {"params": [{"name": "image", "value": IMAGE}]},
        {"params": [{"name": "image", "default": IMAGE}]},
        {"params": [{"name": "x", "value": "y", "more": {"image": IMAGE}}]},
        {"env": [{"image": IMAGE}]},
        {"args": {"more": {"image": IMAGE}}},
        {"document": json.dumps({"spec": {"image": IMAGE}})},
        {"rbd": {"disk": {"image": IMAGE}}},
    ],
    ids=json.dumps,
)
def test_an_image_at_a_place_that_is_not_known_is_an_error(spec: dict[str, Any]) -> None:
    (problem,) = problems(_found(_custom(spec)))
    assert problem.startswith("file.json:1:")
    assert "looks like an image, and the kind (x/v1) is not known" in problem


@pytest.mark.parametrize(
    "spec",
    [
        {"source": "https://registry.example/a:1"},
        {"source": "not oci://"},
        {"source": f"sha256:{_HEX}"},
        {"imageURL": "https://www.example.com/logo.png"},
        {"imagePullPolicy": "Always", "imagePullSecrets": [{"name": "a"}]},
        {"useImage": "always", "image": None, "imageName": ""},
        {"imageCount": "a/b"},
        {"image": {"size": 3}, "images": ["png"]},
        {"worker": {"repository": "https://git.example/a", "tag": "1"}},
        {"worker": {"repository": "a/b", "branch": "main"}},
        {"repository": "https://git.example/a/b"},
        *({words: {"image": "web"}} for words in ("selector", "labels", "matchLabels", "nodeSelector")),
        {"rbd": {"monitors": ["10.0.0.1:6789"], "image": "disk", "pool": "kube"}},
        {"params": [{"name": "useImage", "value": "always"}, {"name": "colour", "value": "red"}]},
        {"document": json.dumps({"spec": {"colour": "red"}})},
    ],
    ids=json.dumps,
)
def test_what_is_no_image_is_neither_an_error_nor_told(spec: dict[str, Any]) -> None:
    assert _doubts(_found(_custom(spec))) == []


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (_pod({"env": [{"name": "RELATED_IMAGE_WORKER", "value": IMAGE}]}), "env[0].value"),
        (_pod({"env": [{"name": "WORKER", "value": IMAGE}]}), "env[0].value"),
        (_pod({"env": [{"name": "CHART", "value": "oci://registry.example/a"}]}), "env[0].value"),
        (_pod({"args": ["--v=2", f"--worker-image={IMAGE}"]}), "args[1]"),
        (_pod({"args": [f"--reloader={IMAGE}"]}), "args[0]"),
        (_pod({"command": ["copy", f"docker://{IMAGE}"]}), "command[1]"),
        (_custom({"source": IMAGE}), "spec.source"),
        (_custom({"repository": "registry.example/shop/a", "version": "1"}), "spec.repository"),
        (_custom({"imageRepository": "registry.example/shop/a"}), "spec.imageRepository"),
        (_custom({"set": [{"name": "image.repository", "value": "a.example/b"}]}), "spec.set[0].value"),
        (_custom({"text": f"containers:\n- image: {IMAGE}\n"}), "spec.text"),
        (_custom({"template": {"metadata": {"annotations": {"x/worker-image": IMAGE}}}}), "worker-image"),
        (_custom({}, metadata={"annotations": {"x": "oci://registry.example/a"}}), "metadata.annotations.x"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "data": {"worker-image": IMAGE}}, "data.worker-image"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "data": {"pod.yaml": f"image: {IMAGE}"}}, "data.pod.yaml"),
        ({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": IMAGE}}, "stringData.a"),
        (TASK, "steps[0].script"),
    ],
    ids=str,
)
def test_what_a_program_may_run_as_an_image_is_told(document: dict[str, Any], where: str) -> None:
    (doubt,) = _doubts(_found(document))
    assert f"{where} looks like an image, which is not judged" in doubt


@pytest.mark.parametrize(
    "document",
    [
        _pod({"env": [{"name": "IMAGE_PULL_POLICY", "value": "Always"}]}),
        _pod({"env": [{"name": "HOST", "value": "a.example/b"}]}),
        _pod({"args": ["--listen=0.0.0.0:8080", "--url=https://a.example/b"]}),
        _custom({}, metadata={"annotations": {"x/image-policy": "strict", "note": "an image of ours"}}),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "data": {"a": "the image is a picture", "page-image": "on"},
        },
    ],
    ids=str,
)
def test_what_is_nothing_like_an_image_is_not_told(document: dict[str, Any]) -> None:
    assert _doubts(_found(document)) == []


@pytest.mark.parametrize(
    "key", ["sidecar.istio.io/proxyImage", "dapr.io/sidecar-image", "vault.hashicorp.com/agent-image"]
)
@pytest.mark.parametrize("kind", ["Pod", "Deployment"])
def test_an_image_that_an_annotation_puts_into_a_pod_is_judged(key: str, kind: str) -> None:
    annotated = {"annotations": {key: IMAGE}}
    document = {**_pod(), "metadata": annotated}
    if kind == "Deployment":
        template = {"metadata": annotated, "spec": _pod()["spec"]}
        document = {"apiVersion": "apps/v1", "kind": kind, "spec": {"template": template}}
    assert sorted(references(_found(document))) == [IMAGE, "web:1"]
    assert references(_found(json.loads(json.dumps(document).replace(key, "x/colour")))) == ["web:1"]


def test_an_object_inside_another_is_judged_as_what_it_is() -> None:
    inner = {
        "apiVersion": "extensions.istio.io/v1alpha1",
        "kind": "WasmPlugin",
        "spec": {"url": "a.example/b"},
    }
    assert references(_found(_custom({"objects": [_pod(), inner]}))) == ["web:1", "a.example/b"]
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    patch = {**reference, "metadata": {"name": "web"}, "spec": {"replicas": 3}}
    assert references(_found(_custom({"target": reference, "patch": patch}))) == []
    patch["spec"] = {"template": {"spec": {"containers": [{"name": "web"}]}}}
    assert "what will run cannot be said" in problems(_found(_custom({"patch": patch})))[0]


@pytest.mark.parametrize("kind", ["Node", "ConfigMap"])
def test_an_object_inside_in_which_nothing_is_run_hides_nothing(kind: str) -> None:
    inner: dict[str, Any] = {"apiVersion": "v1", "kind": kind, "metadata": {}, "image": IMAGE}
    assert "spec.object.image looks like" in problems(_found(_custom({"object": inner})))[0]
    inner = {"apiVersion": "v1", "kind": kind, "metadata": {}, "x": [_pod() | {"metadata": {"name": "b"}}]}
    assert references(_found(_custom({"object": inner}))) == ["web:1"]


def test_an_alias_of_what_is_no_image_is_no_way_around() -> None:
    kinds = "version: 1\nkinds:\n- {apiVersion: x/*, kind: Foo, none: [spec.output.image]}\n"
    text = "apiVersion: x/v1\nkind: Foo\nspec:\n  output: {image: &a %s}\n  %s: *a\n"
    using = readers(kinds=kinds)
    assert references(found_in_text(text % (IMAGE, "colour"), using=using)) == []
    assert (
        "spec.image looks like an image" in problems(found_in_text(text % (IMAGE, "image"), using=using))[0]
    )


def test_a_compose_service_with_an_image_elsewhere() -> None:
    text = "services:\n  web:\n    image: web:1\n    %s\n"
    found = found_in_text(text % f"environment: {{WORKER_IMAGE: '{IMAGE}'}}", name="compose.yaml")
    assert len(_doubts(found)) == 1
    assert _doubts(found_in_text(text % "environment: {COLOUR: red}", name="compose.yaml")) == []


@pytest.mark.parametrize(
    "volume", ["csi: {{driver: d, volumeAttributes: {}}}", "flexVolume: {{driver: d, options: {}}}"]
)
@pytest.mark.parametrize(
    ("attributes", "is_image"),
    [
        (f"{{example.com/reference: '{IMAGE}'}}", True),
        ("{source: 'oci://registry.example/a'}", True),
        ("{image: a}", True),
        ("{share: 'files.example:2049', path: /data}", False),
        ("{server: files.example.com, share: /a/b}", False),
    ],
)
def test_what_a_driver_of_volumes_is_told_may_name_an_image(
    volume: str, attributes: str, is_image: bool
) -> None:
    spec = f"{{containers: [{{image: c}}], volumes: [{{{volume.format(attributes)}}}]}}"
    found = found_in_text(f"apiVersion: v1\nkind: Pod\nspec: {spec}\n")
    assert len(found.problems) == is_image
    assert found.notes.kept == []


@pytest.mark.parametrize(
    ("name", "told"),
    [("x.example/objects", 1), ("kubectl.kubernetes.io/last-applied-configuration", 0)],
)
def test_an_image_in_a_document_in_an_annotation_is_told(name: str, told: int) -> None:
    document = _pod()
    document["metadata"] = {"name": "a", "annotations": {name: json.dumps({"image": IMAGE})}}
    assert len(_doubts(_found(document))) == told


def test_the_repository_and_the_tag_of_an_image_in_text_are_told() -> None:
    text = "image:\n  repository: registry.example/a\n  tag: '1'\n"
    assert len(_doubts(_found(_custom({"values": text})))) == 1
    assert _doubts(_found(_custom({"values": text.replace("tag", "branch")}))) == []
