"""What is written is read back as it was; whatever stands in an original, a policy that refuses what nobody
signed comes out, or an error.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy.factory import image
from tests.unit.policy.judging import judge
from verifier.errors import PolicyError
from verifier.model.finding import Verdict
from verifier.policy.convert import convert
from verifier.policy.convert.writer import written
from verifier.policy.document import load_policy
from verifier.policy.yaml_loader import load

# Keys cannot be "<<", and no text can have half of a character.
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
WORDS = TEXTS | st.sampled_from(
    ["true", "no", "1.10", "null", "- a", "a: b", "# x", "'", "a\n\nb\n", "*", "&a", "on"]
)
KEYS = WORDS.filter(lambda text: text != "<<")
SCALARS = WORDS | st.booleans() | st.integers(-(10**15), 10**15)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(WORDS, max_size=3)
        | st.lists(st.dictionaries(KEYS, inner, min_size=1, max_size=2), max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    assert load(written(data).encode(), source="p.yaml").data == data


ISSUER = "https://token.actions.githubusercontent.com"
FIELDS = st.sampled_from(
    [
        "spec", "images", "glob", "authorities", "keyless", "identities", "issuer", "subject", "key",
        "subjectRegExp", "data", "kms", "static", "action", "attestations", "predicateType", "policy", "type",
        "mode", "rules", "verifyImages", "imageReferences", "attestors", "entries", "count", "keys",
        "publicKeys", "validations", "expression", "matchImageReferences", "cosign", "name", "ctlog", "url",
        "trustRootRef",
    ]
)  # fmt: skip
PLAIN = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["pass", "cue", "**", "a*", ISSUER, ""])
)
NOISE = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=20,
)
KINDS = st.sampled_from(
    [
        ("ClusterImagePolicy", "policy.sigstore.dev/v1beta1"),
        ("ClusterPolicy", "kyverno.io/v1"),
        ("ImageValidatingPolicy", "policies.kyverno.io/v1"),
    ]
)


def replaced(data: Any, at: int, value: Any) -> Any:
    """``data`` with its node number ``at``, in the order of reading, replaced."""
    count = -1

    def walk(node: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            return value
        if isinstance(node, dict):
            return {key: walk(inner) for key, inner in node.items()}
        return [walk(inner) for inner in node] if isinstance(node, list) else node

    return walk(data)


KEYLESS = {"issuer": ISSUER, "subject": "https://github.com/org/app"}
GOOD: dict[str, dict[str, Any]] = {
    "ClusterImagePolicy": {
        "images": [{"glob": "ghcr.io/org/**"}],
        "mode": "enforce",
        "authorities": [
            {
                "name": "a",
                "keyless": {"identities": [KEYLESS]},
                "ctlog": {"url": "https://rekor.sigstore.dev"},
                "source": [{"oci": "ghcr.io/x"}],
                "attestations": [
                    {"name": "r", "predicateType": "custom", "policy": {"type": "cue", "data": ""}}
                ],
            },
            {"key": {"data": "x", "hashAlgorithm": "sha256"}},
            {"static": {"action": "fail", "message": "m"}},
        ],
    },
    "ClusterPolicy": {
        "validationFailureAction": "Enforce",
        "rules": [
            {
                "name": "r",
                "match": {},
                "verifyImages": [
                    {
                        "imageReferences": ["ghcr.io/org/*"],
                        "attestors": [
                            {"count": 1, "entries": [{"keyless": KEYLESS}, {"keys": {"publicKeys": "x"}}]}
                        ],
                        "attestations": [
                            {"type": "https://x/y", "attestors": [{"entries": [{"keyless": KEYLESS}]}]}
                        ],
                    }
                ],
            }
        ],
    },
    "ImageValidatingPolicy": {
        "matchImageReferences": [{"glob": "ghcr.io/org/*"}],
        "validationActions": ["Deny"],
        "attestors": [{"name": "a", "cosign": {"keyless": {"identities": [KEYLESS]}}}],
        "attestations": [{"name": "t", "intoto": {"type": "https://x/y"}}],
        "validations": [
            {"expression": "images.containers.all(i, verifyImageSignatures(i, [attestors.a]) > 0)"}
        ],
    },
}


@given(KINDS, st.integers(0, 60), NOISE)
def test_a_policy_comes_out_or_an_error(kind: tuple[str, str], at: int, noise: Any) -> None:
    name, version = kind
    original = {"kind": name, "apiVersion": version, "spec": replaced(GOOD[name], at, noise)}
    try:
        conversion = convert(json.dumps(original).encode(), "original.json")
    except PolicyError:
        return
    for policy in conversion.policies:
        loaded = load_policy(policy.text.encode(), source=policy.name)
        if "\nmode: warn\n" not in policy.text:
            assert judge(image(), policies=[loaded], name_matters=False).verdict is not Verdict.PASS
