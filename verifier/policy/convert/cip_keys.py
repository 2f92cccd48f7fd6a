"""Authorities of a ClusterImagePolicy that are public keys."""

from __future__ import annotations

from verifier.policy.convert.draft import Draft, Resolver
from verifier.policy.convert.fields import require_known, text
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.remarks import OTHER_HASH
from verifier.policy.convert.signers import public_keys

_KEY = ("data", "secretRef", "kms", "hashAlgorithm")


def read_key(authority: Node, name: str, draft: Draft, resolver: Resolver) -> list[tuple[str, ...]]:
    """The names of the signers, one group for each key. Raises `UnsayableError`."""
    node = authority.child("key", authority.value["key"])
    require_known(node, _KEY)
    algorithm = node.get("hashAlgorithm")
    if algorithm is not None and text(algorithm) not in {"", "sha256"}:
        raise UnsayableError(algorithm, OTHER_HASH)
    given = [one for key in ("data", "secretRef", "kms") if (one := node.get(key)) is not None and one.value]
    if len(given) != 1:
        raise UnsayableError(node, "it has not exactly one of data, secretRef and kms")
    keys = public_keys(given[0], _bytes(given[0], resolver))
    if len(keys) > 1:
        draft.notes.trap(
            given[0], "of several keys any one may sign the image, and each of them must sign an attestation"
        )
    return [
        (draft.signers.key(name if len(keys) == 1 else f"{name}-{number}", key),)
        for number, key in enumerate(keys)
    ]


def _bytes(node: Node, resolver: Resolver) -> bytes | str:
    match node.path[-1]:
        case "data":
            return text(node)
        case "kms":
            return resolver.find([text(node)], node, "a key")
        case _:
            require_known(node, ("name", "namespace"))
            name, namespace = text(node.get("name")), text(node.get("namespace"))
            names = [f"{namespace}/{name}", name] if namespace else [name]
            return resolver.find(names, node, "a secret")
