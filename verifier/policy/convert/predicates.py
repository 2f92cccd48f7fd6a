"""The short names of predicate types in sigstore's policy-controller and in cosign."""

from __future__ import annotations

from verifier.errors import InputError
from verifier.model.predicate import parse_predicate_type
from verifier.policy.convert.issues import Notes, UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.rules.evidence import is_sbom

# cosign, pkg/cosign/attestation and cmd/cosign/cli/options/predicate.go
SHORT_NAMES = {
    "custom": "https://cosign.sigstore.dev/attestation/v1",
    "slsaprovenance": "https://slsa.dev/provenance/v0.2",
    "slsaprovenance02": "https://slsa.dev/provenance/v0.2",
    "slsaprovenance1": "https://slsa.dev/provenance/v1",
    "spdx": "https://spdx.dev/Document",
    "spdxjson": "https://spdx.dev/Document",
    "cyclonedx": "https://cyclonedx.org/bom",
    "link": "https://in-toto.io/Link/v1",
    "vuln": "https://cosign.sigstore.dev/attestation/vuln/v1",
    "openvex": "https://openvex.dev/ns",
}


def predicate_type(node: Node, text: str) -> str:
    """The URI that ``text``, which stands at ``node``, means. Raises `UnsayableError`."""
    uri = SHORT_NAMES.get(text, text)
    try:
        # An alias of policies may stand for several types, and the original means one.
        return parse_predicate_type(uri if ":" in uri else f"{uri} ")
    except InputError:
        raise UnsayableError(node, "it is no predicate type: neither a URI nor a short name") from None


def note_sbom(uri: str, node: Node, notes: Notes, tool: str) -> None:
    """Note how the SBOM differs that ``node`` asks for, where it does."""
    if is_sbom(uri):
        notes.trap(
            node,
            f"{tool} looks at the SBOM of the digest that is deployed, of an index therefore, and at nothing"
            " in it; here each platform needs one of its own, with at least one package",
        )


def about(uri: str) -> str:
    """What an attestation of the type ``uri`` must be about, as ``on`` says it; ``""`` for its default.

    The original looks at the digest that a reference resolves to, so at the index where there is one. An
    SBOM of an index says nothing of the contents of a platform, and cannot be asked for.
    """
    return "" if is_sbom(uri) else "index"
