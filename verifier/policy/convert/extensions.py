"""Extensions of certificates, as Kyverno names them, and the claims of policies."""

from __future__ import annotations

from verifier.policy.convert.fields import mapping, text
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.texts import Text, wildcards

_ARC = "1.3.6.1.4.1.57264.1."
# Fulcio, docs/oid-info.md
_BY_NUMBER = {
    2: "github-workflow-trigger",
    3: "github-workflow-sha",
    4: "github-workflow-name",
    5: "github-workflow-repository",
    6: "github-workflow-ref",
    9: "build-signer-uri",
    10: "build-signer-digest",
    11: "runner-environment",
    12: "source-repository-uri",
    13: "source-repository-digest",
    14: "source-repository-ref",
    15: "source-repository-identifier",
    16: "source-repository-owner-uri",
    17: "source-repository-owner-identifier",
    18: "build-config-uri",
    19: "build-config-digest",
    20: "build-trigger",
    21: "run-invocation-uri",
    22: "source-repository-visibility-at-signing",
}
# cosign, pkg/cosign/certextensions.go
_BY_NAME = {
    "githubWorkflowTrigger": "github-workflow-trigger",
    "githubWorkflowSha": "github-workflow-sha",
    "githubWorkflowName": "github-workflow-name",
    "githubWorkflowRepository": "github-workflow-repository",
    "githubWorkflowRef": "github-workflow-ref",
}
CLAIMS = {**{f"{_ARC}{number}": claim for number, claim in _BY_NUMBER.items()}, **_BY_NAME}
"""Claims of policies, by object identifier and by cosign's names."""


def read_extensions(node: Node) -> dict[str, Text]:
    """The claims that a signer must have. Raises `UnsayableError`."""
    claims: dict[str, Text] = {}
    for key, value in mapping(node).items():
        child = node.child(key, value)
        claim = CLAIMS.get(key)
        if claim is None or claim in claims:
            raise UnsayableError(child, "no claim of a signer is this extension, or one is it twice")
        if not text(child) or "{{" in text(child):
            raise UnsayableError(child, "it is empty, or needs a variable")
        claims[claim] = wildcards(child)
    return claims
