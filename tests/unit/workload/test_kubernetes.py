"""Kubernetes objects: every image, no other, and whatever cannot be judged is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workload import found_in_stdin, found_in_text, problems, readers, references

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - name: a
      image: %s
"""


def pod(image: str) -> str:
    return POD % image


@pytest.mark.parametrize(
    "image",
    [
        "nginx:1.2",
        '"nginx:1.2"',
        "'nginx:1.2'",
        ">-\n        nginx:1.2",
        "!!str nginx:1.2",
        '"ngin\\x78:1.2"',
    ],
)
def test_one_image_however_it_is_written(image: str) -> None:
    assert references(found_in_text(pod(image))) == ["nginx:1.2"]


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("1.10", "is a number"),
        ("yes", "a truth value"),
        ("1:30", "is a number"),
        ("0x10", "is a number"),
        ("2026-11-24", "a date"),
        ("!!int nginx", "is a number"),
        ("{name: nginx}", "is no text"),
        ("[nginx]", "is no text"),
        ("''", "is empty"),
        ("null", "what will run cannot be said"),
        ("", "what will run cannot be said"),
        ("!!binary bmdpbng=", "the tag"),
        ("!reset nginx", "the tag"),
        ('"{{ .Values.image }}"', "not final: '{{'"),
        ("nginx:${TAG}", "not final: '${'"),
        ("nginx:$TAG", "not final: '$T'"),
        ("$(params.image)", "not final: '$('"),
        ("nginx:<version>", "not final: '<version>'"),
        ("'nginx:%TAG%'", "not final: '%TAG%'"),
        ("'nginx:1 '", "white space"),
        ("|\n        nginx", "white space"),
        ("Nginx", "lower case"),
        ('"nginx\\u202e:1"', "white space or characters"),
        ("https://ghcr.io/a/b", "a scheme"),
    ],
)
def test_an_image_that_is_not_final_or_no_text_is_a_problem(image: str, problem: str) -> None:
    (found,) = problems(found_in_text(pod(image)))
    assert found.startswith("file.yaml:")
    assert problem in found


def test_a_cluster_takes_oci_for_a_name_on_docker_hub() -> None:
    assert references(found_in_text(pod("oci:latest"))) == ["docker.io/library/oci:latest"]
    assert "not an image reference" in problems(found_in_text(pod("oci:./layout")))[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (pod("nginx") + "      image: evil\n", 8),
        (pod("nginx").replace("metadata:", "spec: {}\nmetadata:"), 5),
        (pod("nginx").replace("kind: Pod", "kind: Pod\nkind: ConfigMap"), 3),
        (pod("nginx").replace("image: nginx", '"image": nginx\n      "im\\x61ge": evil'), 8),
    ],
)
def test_a_key_that_is_there_twice_is_a_problem(text: str, line: int) -> None:
    (problem,) = problems(found_in_text(text))
    assert problem.startswith(f"file.yaml:{line}:")
    assert "duplicate key" in problem


def test_a_key_that_is_there_twice_in_json_is_a_problem() -> None:
    text = '{"apiVersion": "v1", "kind": "Pod",\n "spec": {"containers": [{"image": "a", "image": "b"}]}}'
    (problem,) = problems(found_in_text(text, name="file.json"))
    assert problem.startswith("file.json:2:")
    assert "duplicate key 'image'" in problem


def test_a_bad_document_behind_a_good_one_fails_the_file() -> None:
    found = found_in_text(pod("nginx") + "---\na: [\n")
    assert "not YAML" in problems(found)[0]


def test_every_document_is_read() -> None:
    text = "---\n" + pod("a") + "...\n---\n" + pod("b") + "---\n\n---\n# nothing\n--- # c\n" + pod("c")
    assert references(found_in_text(text)) == ["a", "b", "c"]


@pytest.mark.parametrize("line", ["---#x: 1", "---\u00a0", "---#"])
def test_a_line_that_only_kubectl_takes_for_a_separator_is_a_problem(line: str) -> None:
    (problem,) = problems(found_in_text(pod("a") + f"{line}\n" + pod("b")))
    assert "kubectl ends a document here" in problem


# What unicode.IsSpace knows beside tab, line feed, carriage return and blank; libyaml refuses the first two.
ODD_BLANKS = "\v\f\x85\u00a0\u1680\u2000\u2006\u200a\u2028\u2029\u202f\u205f\u3000"


@pytest.mark.parametrize("before", ["---", "--- ", "---\t \t", "---\r"])
@pytest.mark.parametrize("blank", ODD_BLANKS, ids=lambda blank: f"{ord(blank):04x}")
def test_odd_white_space_behind_a_separator_is_a_problem(before: str, blank: str) -> None:
    # apimachinery, util/yaml: strings.TrimSpace of what follows the dashes. YAML reads on in the same text.
    hidden = json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "evil"}]}})
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n%s\n%s\n"
    (problem,) = problems(found_in_text(text % (before + blank, hidden)))
    assert ":4:1: kubectl ends a document here" in problem or "not YAML" in problem
    assert references(found_in_text(text % (f"{before} # c", hidden.replace("evil", "b")))) == ["b"]


def test_text_in_a_block_is_no_object_of_its_own() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  pod.yaml: |\n"
        + "".join(f"    {line}\n" for line in pod("evil").splitlines())
        + "---\n"
        + pod("nginx")
    )
    assert references(found_in_text(text)) == ["nginx"]


# --- anchors and merges ---

MERGED = """\
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec:
  containers:
    - &base {{name: a, image: base}}
    - {merge}
"""


@pytest.mark.parametrize(
    ("merge", "image"),
    [
        ("*base", "base"),
        ("{<<: *base, name: b}", "base"),
        ("{<<: *base, image: own}", "own"),
        ("{<<: [{image: first}, *base]}", "first"),
        ("{<<: {<<: *base}, name: b}", "base"),
    ],
)
def test_aliases_and_merges_mean_what_they_mean_to_kubernetes(merge: str, image: str) -> None:
    assert references(found_in_text(MERGED.format(merge=merge))) == ["base", image]


@pytest.mark.parametrize(
    ("merge", "problem"),
    [
        ("{image: own, <<: *base}", "which programs read differently"),
        ("{<<: *base, <<: *base}", "duplicate key '<<'"),
        ("{<<: nothing}", "no mapping"),
        ('{image: own, ! "<<": *base}', "the tag !"),
        ('{image: own, !!merge "<<": *base}', "the tag tag:yaml.org,2002:merge"),
        ("*none", "no anchor &none"),
        ("&loop {name: *loop}", "no anchor &loop"),
    ],
)
def test_what_parsers_disagree_about_is_a_problem(merge: str, problem: str) -> None:
    assert problem in problems(found_in_text(MERGED.format(merge=merge)))[0]


@pytest.mark.parametrize(
    "merge", ['! "<<"', "! '<<'", "! <<", '!!merge "<<"', "!!binary PDw= : 1\n!!merge <<"]
)
def test_a_kind_that_go_alone_merges_in_is_a_problem(merge: str) -> None:
    spec = "spec: {containers: [{image: a}]}\n"
    hidden = f"{merge}: {{kind: Pod, apiVersion: v1}}\n{spec}"
    assert problems(found_in_text(hidden))
    assert problems(found_in_text(f"apiVersion: v1\nkind: ConfigMap\n{hidden}"))
    assert references(found_in_text(f"<<: {{kind: Pod, apiVersion: v1}}\n{spec}")) == ["a"]


def test_aliases_that_grow_without_end_are_a_problem() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (problem,) = problems(found_in_text("\n".join(lines)))
    assert "values" in problem


def test_merges_that_grow_without_end_are_a_problem() -> None:
    base = ", ".join(f"k{number}: 1" for number in range(3000))
    text = f"a: &a {{{base}}}\n" + "".join(f"b{number}: {{<<: *a}}\n" for number in range(1100))
    assert "more than 3000000 values" in problems(found_in_text(text))[0]
    fewer = "".join(text.splitlines(keepends=True)[:900]) + "---\n" + pod("a")
    assert references(found_in_text("kind: Foo\napiVersion: x/v1\n" + fewer)) == ["a"]


def test_deep_nesting_is_a_problem() -> None:
    for text in ("[" * 5000 + "]" * 5000, "{a: " * 5000, "- " * 5000):
        (problem,) = problems(found_in_text(text))
        assert "nested deeper" in problem or "not YAML" in problem


# --- encodings ---


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    raw = ("\ufeff" + pod("nginx").replace("\n", "\r\n")).encode()
    found = found_in_stdin(raw)
    assert references(found) == ["nginx"]
    assert (found.images[0].location.line, found.images[0].location.column) == (7, 14)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "latin-1"])
def test_another_encoding_is_a_problem(encoding: str) -> None:
    (problem,) = problems(found_in_stdin(pod("nginx # é").encode(encoding)))
    assert "not UTF-8" in problem or "zero byte" in problem


def test_a_tab_for_indentation_is_a_problem() -> None:
    assert "not YAML" in problems(found_in_text(pod("nginx").replace("    - name", "\t- name")))[0]


# --- lists and kinds ---


def test_lists_are_read_whatever_their_kind() -> None:
    one = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "one"}]}}
    bare = {"spec": {"containers": [{"image": "two"}]}}
    inner = {"apiVersion": "v1", "kind": "List", "items": [one]}
    for document, expected in (
        ({"apiVersion": "v1", "kind": "List", "items": [one, one]}, ["one", "one"]),
        ({"apiVersion": "v1", "kind": "List", "items": [inner]}, ["one"]),
        ({"apiVersion": "v1", "kind": "PodList", "items": [bare]}, ["two"]),
        ({"apiVersion": "v1", "kind": "List", "items": []}, []),
    ):
        assert references(found_in_text(json.dumps(document), name="file.json")) == expected


@pytest.mark.parametrize(
    "document",
    [
        {"apiVersion": "v1", "kind": "List"},
        {"apiVersion": "v1", "kind": "List", "items": [{"spec": {"containers": [{"image": "a"}]}}]},
        {"apiVersion": "v1", "kind": "List", "items": ["a"]},
        {"apiVersion": "v1", "kind": "ConfigMap", "items": [{"apiVersion": "v1", "kind": "Pod"}]},
        {"kind": "Pod", "spec": {"containers": [{"image": "a"}]}},
        {"apiVersion": "v1", "spec": {"containers": [{"image": "a"}]}},
        {"apiVersion": "v1", "kind": "Pod"},
        {"apiVersion": "v1", "kind": "Pod", "spec": {}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": {"image": "a"}}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": ["a"]}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"Image": "a"}]}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 3}},
        {"apiVersion": "v1", "kind": 7, "spec": {"image": "a"}},
        {"apiVersion": "v1", "kind": "pod", "spec": {"containers": [{"image": "a"}]}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"image": "a"}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"a": [{"sidecarImage": "ghcr.io/a/b"}]}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"image": {"repository": "a", "tag": "1"}}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"pod": {"containers": [{"name": "a"}]}}},
        {"apiVersion": "x/v1", "kind": "Foo", "image": "a"},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"image": ["ghcr.io/a/b"]}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"images": {"web": "ghcr.io/a/b"}}},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": {"podSpecPatch": "image: a"}},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"canary": {"image": "a"}}},
    ],
    ids=json.dumps,
)
def test_what_may_run_and_cannot_be_judged_is_a_problem(document: dict[str, Any]) -> None:
    assert problems(found_in_text(json.dumps(document), name="file.json"))


@pytest.mark.parametrize(
    "document",
    [
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"replicas": 3}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"images": ["png", {"size": 3}], "image": {"size": 3}}},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": {"podSpecPatch": "priority: 1"}},
        {"apiVersion": "x/v1", "kind": "Foo", "metadata": {"labels": {"image": "a"}}},
        {"apiVersion": "x/v1", "kind": "Foo", "status": {"image": "a", "containers": [{"image": "b"}]}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"selector": {"image": "a"}}},
        {"apiVersion": "x/v1", "kind": "Foo", "spec": {"useImage": "always", "image": None}},
        {"apiVersion": "v1", "kind": "ConfigMap", "data": {"image": "a"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "items": [{"key": "a"}]},
        {"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "spec": {"containers": [{"image": "*:*"}]}},
    ],
    ids=json.dumps,
)
def test_what_runs_no_image_is_no_problem(document: dict[str, Any]) -> None:
    assert references(found_in_text(json.dumps(document), name="file.json")) == []


def test_a_kind_of_the_users_own_is_read_where_its_paths_say() -> None:
    kinds = "version: 1\nkinds:\n- {apiVersion: x/*, kind: Foo, images: ['spec.runners[].image']}\n"
    document = {"apiVersion": "x/v2", "kind": "Foo", "spec": {"runners": [{"image": "a"}, {"image": "b"}]}}
    using = readers(kinds=kinds)
    assert references(found_in_text(json.dumps(document), name="f.json", using=using)) == ["a", "b"]
    document["spec"] = {"runners": [{"image": "a"}], "debug": {"image": "hidden"}}
    (problem,) = problems(found_in_text(json.dumps(document), name="f.json", using=using))
    assert "spec.debug.image looks like an image, where none is expected" in problem


# --- platforms ---


def platforms(spec: dict[str, Any]) -> list[str]:
    document = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "a"}], **spec}}
    (image,) = found_in_text(json.dumps(document), name="file.json").images
    return [str(platform) for platform in image.platforms]


def affinity(*terms: dict[str, Any]) -> dict[str, Any]:
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"affinity": {"nodeAffinity": rule}}


def is_in(key: str, *values: str, operator: str = "In") -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


ARCH, OS = "kubernetes.io/arch", "kubernetes.io/os"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, []),
        ({"nodeSelector": {"disk": "ssd"}}, []),
        ({"nodeSelector": {ARCH: "arm64"}}, ["linux/arm64"]),
        ({"nodeSelector": {f"beta.{ARCH}": "arm64"}}, ["linux/arm64"]),
        ({"nodeSelector": {OS: "windows", ARCH: "amd64"}}, ["windows/amd64"]),
        ({"nodeSelector": {ARCH: "amd64"}, "os": {"name": "windows"}}, ["windows/amd64"]),
        ({"nodeSelector": {OS: "linux"}}, []),
        ({"nodeSelector": {ARCH: "arm"}}, []),
        (affinity(is_in(ARCH, "amd64", "arm64")), ["linux/amd64", "linux/arm64"]),
        (affinity(is_in(ARCH, "amd64"), is_in(ARCH, "arm64")), ["linux/amd64", "linux/arm64"]),
        (affinity(is_in(ARCH, "amd64"), is_in("disk", "ssd")), []),
        (affinity(is_in(ARCH, "amd64", operator="NotIn")), []),
        (affinity(), []),
        ({**affinity(is_in(ARCH, "amd64", "arm64")), "nodeSelector": {ARCH: "arm64"}}, ["linux/arm64"]),
        (
            {
                "affinity": {
                    "nodeAffinity": {
                        "preferredDuringSchedulingIgnoredDuringExecution": [
                            {"weight": 1, "preference": is_in(ARCH, "amd64")}
                        ]
                    }
                }
            },
            [],
        ),
    ],
)
def test_platforms_are_those_that_the_pod_can_only_run_on(spec: dict[str, Any], expected: list[str]) -> None:
    assert platforms(spec) == expected
