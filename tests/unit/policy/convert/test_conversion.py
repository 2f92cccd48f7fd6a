"""Files with policies of other tools: several documents, lists, JSON, and what else may be in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.policy.factory import ISSUER, SUBJECT
from verifier.errors import PolicyError
from verifier.policy.convert import convert
from verifier.policy.document import load_policy


def cip(name: str = "app", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy.sigstore.dev/v1beta1",
        "kind": "ClusterImagePolicy",
        "metadata": {"name": name},
        "spec": {
            "images": [{"glob": "ghcr.io/org/**"}],
            "authorities": [{"keyless": {"identities": [{"issuer": ISSUER, "subject": SUBJECT}]}}],
            **spec,
        },
    }


def names(raw: bytes) -> list[str]:
    return [policy.name for policy in convert(raw, "original").policies]


def test_json_and_yaml_say_the_same() -> None:
    raw = json.dumps(cip(), indent="\t").encode()
    as_yaml = json.dumps(cip(), indent=2).encode() + b"\n# YAML\n"

    assert (
        convert(raw, "p").policies[0].text.split("\n", 1)[1]
        == (convert(as_yaml, "p").policies[0].text.split("\n", 1)[1])
    )


@pytest.mark.parametrize(
    "document",
    [
        {"apiVersion": "v1", "kind": "List", "items": [cip("a"), cip("b")]},
        {"apiVersion": "v1", "kind": "List", "items": [{"kind": "List", "items": [cip("a")]}, cip("b")]},
        {
            "apiVersion": "policy.sigstore.dev/v1beta1",
            "kind": "ClusterImagePolicyList",
            "items": [{key: cip(name)[key] for key in ("metadata", "spec")} for name in ("a", "b")],
        },
    ],
)
def test_lists_hold_several(document: dict[str, Any]) -> None:
    assert names(json.dumps(document).encode()) == ["a", "b"]


def test_paths_are_told_from_the_document_and_places_from_the_file() -> None:
    text = """\
kind: ConfigMap
apiVersion: v1
---
kind: List
items:
- apiVersion: policy.sigstore.dev/v1beta1
  kind: ClusterImagePolicy
  metadata: {name: app}
  spec:
    images: [{glob: '**'}]
    authorities:
    - key: {kms: 'awskms:///k'}
"""
    conversion = convert(text.encode(), "p.yaml")
    (issue,) = conversion.unsupported
    assert (issue.path, issue.place) == ("spec.authorities[0].key.kms", "p.yaml:12:18")
    assert str(conversion.traps[0]) == (
        "p.yaml:1:1: the document: a ConfigMap of v1 is none of the policies that are read, and was left out"
    )


def test_what_belongs_to_the_tools_and_is_not_converted_is_listed() -> None:
    exception = {"apiVersion": "kyverno.io/v2", "kind": "PolicyException", "spec": {}}
    raw = "---\n".join(json.dumps(one) + "\n" for one in (exception, cip())).encode()
    conversion = convert(raw, "p")
    assert [issue.message for issue in conversion.unsupported] == [
        "a PolicyException is not converted, whatever it adds to policies or takes from them"
    ]


def test_policies_of_one_name_get_different_ones() -> None:
    raw = "---\n".join(json.dumps(cip()) + "\n" for _ in range(3)).encode()
    assert names(raw) == ["app", "app-2", "app-3"]
    assert [one.name for one in convert(raw, "p", taken=["app", "app-2"]).policies] == [
        "app-3",
        "app-4",
        "app-5",
    ]


@pytest.mark.parametrize(
    ("given", "name"),
    [("App One", "app-one"), ("..", "policy"), ("x" * 253, "x" * 60), ("", "policy"), (["a"], "policy")],
)
def test_names_are_those_of_policies(given: Any, name: str) -> None:
    assert names(json.dumps(cip(given)).encode()) == [name]


def test_the_text_says_where_it_comes_from_and_what_it_could_not_say() -> None:
    spec = cip(match=[{"resource": "pods"}], colour="blue")
    text = convert(json.dumps(spec).encode(), "p.json").policies[0].text
    lines = text.split("\n")
    assert lines[:3] == [
        "# Converted from ClusterImagePolicy app (p.json:1:1).",
        "#",
        "# What could not be said, and fails closed:",
    ]
    assert lines[3].startswith("# - spec.colour: unknown field 'colour'")
    assert "# Traps of the original, and what differs:" in lines


def test_the_same_original_gives_the_same_text() -> None:
    raw = json.dumps(cip()).encode()
    assert convert(raw, "p") == convert(raw, "p")


HOSTILE = [
    "x\nversion: 2",
    "\x1b[31m",
    "\u202e",
    "\u200b",
    "\ufffe",
    "\ud800",
    "# x: 'y' \" {",
    "- a",
    "💥" * 1000,
    "::add-mask::x",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(text: str) -> None:
    """Whatever stands in the original, what comes out is a policy that says the same or refuses."""
    authorities = [
        {"name": text, "keyless": {"identities": [{"issuer": ISSUER, "subject": f"https://x/{text}"}]}},
        {"static": {"action": "fail", "message": text}},
        {"keyless": {"identities": [{"issuer": text, text: text}]}},
        {
            "keyless": {"identities": [{"issuer": ISSUER, "subject": SUBJECT}]},
            "attestations": [{"name": "a", "predicateType": text}],
        },
    ]
    for raw in (
        json.dumps(cip(text, authorities=authorities)).encode(),
        json.dumps(cip(text, authorities=authorities[1:2])).encode(),
    ):
        conversion = convert(raw, text)
        for policy in conversion.policies:
            load_policy(policy.text.encode(), source="p")
            assert all(c.isprintable() or c == "\n" for c in policy.text)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "there is no policy in it"),
        (b"# nothing\n", "there is no policy in it"),
        (b"kind: ConfigMap\n", "there is no policy in it"),
        (b"- a\n", "without a kind"),
        (b"text\n", "without a kind"),
        (b"{", "not YAML"),
        (b"\xff", "not UTF-8"),
        (b'{"kind": "ClusterImagePolicy", "kind": "x"}', "duplicate key"),
        (b"kind: &a ClusterImagePolicy\n", "anchors (&) are not allowed"),
        (b"kind: ClusterImagePolicy\napiVersion: policy.sigstore.dev/v2\n", "is not read"),
        (b"kind: ClusterPolicy\napiVersion: kyverno.io/v3\n", "is not read"),
    ],
)
def test_what_cannot_be_read_is_an_error(raw: bytes, message: str) -> None:
    with pytest.raises(PolicyError) as error:
        convert(raw, "p.yaml")
    assert message in error.value.message


def test_a_policy_of_another_tool_by_the_same_name_is_left_out() -> None:
    other = {"kind": "ClusterImagePolicy", "apiVersion": "config.openshift.io/v1", "spec": {}}
    raw = "---\n".join(json.dumps(one) + "\n" for one in (other, cip())).encode()
    conversion = convert(raw, "p")
    assert [policy.name for policy in conversion.policies] == ["app"]
    assert "a ClusterImagePolicy of config.openshift.io/v1 is none" in conversion.traps[0].message


def test_a_subject_that_is_too_long_for_a_policy_refuses() -> None:
    authorities = [{"keyless": {"identities": [{"issuer": ISSUER, "subject": "https://x/" + "y" * 5000}]}}]
    conversion = convert(json.dumps(cip(authorities=authorities)).encode(), "p")
    assert "what it says is no policy" in conversion.unsupported[0].message
    assert "nobody" in conversion.policies[0].text
