"""No position of a pod template can hide an image, whatever stands around it.

The oracle is a second reader that knows nothing of Kubernetes: it walks the JSON and takes every text that
begins as only images do here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.workload import found_in_text, problems, references

IMAGE = "registry.example/run/"
# Every kind with a pod spec, and where that is.
KINDS = {
    ("v1", "Pod"): ("spec",),
    ("v1", "PodTemplate"): ("template", "spec"),
    ("v1", "ReplicationController"): ("spec", "template", "spec"),
    ("apps/v1", "Deployment"): ("spec", "template", "spec"),
    ("apps/v1", "ReplicaSet"): ("spec", "template", "spec"),
    ("apps/v1", "StatefulSet"): ("spec", "template", "spec"),
    ("apps/v1", "DaemonSet"): ("spec", "template", "spec"),
    ("apps/v1beta2", "Deployment"): ("spec", "template", "spec"),
    ("batch/v1", "Job"): ("spec", "template", "spec"),
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
    ("batch/v1beta1", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
    ("argoproj.io/v1alpha1", "Rollout"): ("spec", "template", "spec"),
    ("serving.knative.dev/v1", "Service"): ("spec", "template", "spec"),
}

images = st.integers(0, 10**6).map(lambda number: f"{IMAGE}app-{number}:1")
names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8)
words = st.dictionaries(names.filter(lambda name: name != "<<"), names, max_size=3)
# No value of a label has a slash or a colon (Kubernetes, "Labels and Selectors"); one that has is refused.
decoys = {"image": "registry.example_decoy-1", "containers": "none"}


def container() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"image": images, "name": names},
        optional={
            "env": st.lists(st.fixed_dictionaries({"name": names, "value": names}), max_size=2),
            "args": st.lists(names, max_size=2),
            "resources": st.just({"limits": {"image": "1"}}),
            "restartPolicy": st.just("Always"),
        },
    )


volumes = st.one_of(
    st.fixed_dictionaries({"name": names, "image": st.fixed_dictionaries({"reference": images})}),
    st.fixed_dictionaries({"name": names, "configMap": words.map(lambda labels: {"labels": labels})}),
    st.fixed_dictionaries({"name": names, "rbd": st.just({"image": "a-device"})}),
)
specs = st.fixed_dictionaries(
    {"containers": st.lists(container(), min_size=1, max_size=3)},
    optional={
        "initContainers": st.lists(container(), max_size=2),
        "ephemeralContainers": st.lists(container(), max_size=2),
        "volumes": st.lists(volumes, max_size=3),
        "nodeSelector": words.map(lambda found: {**found, "image": "a"}),
        "hostNetwork": st.booleans(),
    },
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    version, kind = draw(st.sampled_from(sorted(KINDS)))
    inner: dict[str, Any] = draw(specs)
    for key in reversed(KINDS[version, kind]):
        inner = {key: inner, **({"metadata": {"labels": decoys}} if key == "spec" else {})}
    metadata = {"name": draw(names), "labels": {"image": "a"}, "annotations": draw(words)}
    status = {"containerStatuses": [{"image": "registry.example/status:1"}]}
    document = {"apiVersion": version, "kind": kind, **inner, "metadata": metadata, "status": status}
    # The order of keys is nobody's promise.
    return {key: document[key] for key in draw(st.permutations(sorted(document)))}


def walked(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner)
    elif isinstance(value, str) and value.startswith(IMAGE):
        yield value


def _flow(document: dict[str, Any]) -> str:
    """JSON that is YAML too: no halves of characters."""
    return json.dumps(document, ensure_ascii=False)


@given(st.lists(objects(), min_size=1, max_size=3), st.sampled_from(["json", "yaml", "list", "flow"]))
def test_every_image_of_every_position_is_found(documents: list[dict[str, Any]], written: str) -> None:
    match written:
        case "json":
            text, name = "\n".join(map(json.dumps, documents)), "a.json"
        case "yaml":
            # Each value in full: PyYAML would write what Python shares as an alias.
            copies = [json.loads(json.dumps(document)) for document in documents]
            text, name = yaml.safe_dump_all(copies, allow_unicode=True), "a.yaml"
        case "list":
            items = {"apiVersion": "v1", "kind": "List", "items": documents}
            text, name = yaml.safe_dump(json.loads(json.dumps(items))), "a.yaml"
        case _:
            text = "".join(f"---\n# a comment\n{_flow(document)}\n" for document in documents)
            name = "a.yaml"
    found = found_in_text(text, name=name)
    assert Counter(references(found)) == Counter(walked(documents))
    for image in found.images:
        assert image.location.field.split("[")[0].startswith(("spec", "template"))


@given(objects(), st.data())
def test_an_image_anywhere_else_is_found_or_a_problem(document: dict[str, Any], data: st.DataObject) -> None:
    """Put a container, or an image, at any place of an object of an own kind."""
    places = list(_maps(document["spec"] if "spec" in document else document["template"]))
    place = data.draw(st.sampled_from(range(len(places))))
    key = data.draw(st.sampled_from(["image", "sidecarImage", "extraContainers"]))
    value: Any = [{"image": f"{IMAGE}hidden:1"}] if key == "extraContainers" else f"{IMAGE}hidden:1"
    places[place][key] = value
    document |= {"apiVersion": "example.com/v1", "kind": "Own"}
    found = found_in_text(json.dumps(document), name="a.json")
    assert problems(found)


def _maps(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in {"metadata", "labels", "limits", "nodeSelector", "rbd", "annotations"}:
                yield from _maps(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _maps(inner)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_read_or_a_problem(text: str) -> None:
    for name in ("a.yaml", "a.json", "Dockerfile", "images.txt", "compose.yaml", "unknown"):
        found_in_text(text, name=name)


FRAGMENTS = (
    *("apiVersion: v1\n", "kind: Pod\n", "kind: List\n", "items:\n", "- ", "  ", "spec:", "containers:"),
    *("image: a\n", "&a ", "*a ", "<<: ", "{", "}", "[", "]", "'", '"', "|\n", ">-\n", "---\n", "...\n"),
    *("# c\n", "\t", "!x ", "? ", ": ", ",", "services:\n", "${A:-", "$", "\\\n", "FROM a\n", "<<EOF\n"),
    *("ARG A=1\n", "\u2028", "\ufeff", "\x85"),
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_any_text_made_of_what_matters_is_read_or_a_problem(text: str) -> None:
    for name in ("a.yaml", "a.json", "Dockerfile", "compose.yaml", "unknown"):
        for image in found_in_text(text, name=name).images:
            if image.span is not None:
                assert text[image.span.start : image.span.end] == image.reference


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_alone(kind: tuple[str, str]) -> None:
    lists = ("initContainers", "containers", "ephemeralContainers")
    inner: Any = {name: [{"image": f"{IMAGE}{name.lower()}:{n}"} for n in range(2)] for name in lists}
    inner["volumes"] = [{"image": {"reference": f"{IMAGE}volume:1"}}]
    for key in reversed(KINDS[kind]):
        inner = {key: inner}
    document = {"apiVersion": kind[0], "kind": kind[1], **inner}
    found = references(found_in_text(json.dumps(document), name="a.json"))
    assert Counter(found) == Counter(walked(document))
    assert len(found) == 7
