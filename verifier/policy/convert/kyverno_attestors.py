"""The attestors of Kyverno's ``verifyImages``: sets of entries, of which so many must be satisfied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from verifier.policy.convert.draft import Draft, Resolver
from verifier.policy.convert.extensions import read_extensions
from verifier.policy.convert.fields import flag, items, mapping, number, require_known, text
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.remarks import ANNOTATIONS, ANYWHERE, COUNTED, ELSEWHERE, OTHER_HASH, OTHER_ROOT
from verifier.policy.convert.requirements import NEVER, Requirement, Wanted, all_of, at_least
from verifier.policy.convert.signers import public_keys
from verifier.policy.convert.texts import Text, is_loose, searched, wildcards

_ENTRY = ("keys", "keyless", "certificates", "attestor", "annotations", "repository")
_KEYS = ("publicKeys", "secret", "kms", "signatureAlgorithm", "rekor", "ctlog")
_KEYLESS = (
    "issuer",
    "issuerRegExp",
    "subject",
    "subjectRegExp",
    "roots",
    "additionalExtensions",
    "rekor",
    "ctlog",
)
_REKOR = "https://rekor.sigstore.dev"
_DEPTH = 8  # of sets within sets


class Attestors:
    """Reads sets of attestors into ``draft``; ``evidence`` says what their entries must have made."""

    def __init__(self, draft: Draft, resolver: Resolver, evidence: Wanted) -> None:
        self._draft = draft
        self._notes = draft.notes
        self._resolver = resolver
        self._evidence = evidence

    def read(self, node: Node, depth: int = 0) -> Requirement:
        """What a set requires; `NEVER` where that cannot be said."""
        try:
            return self._set(node, depth)
        except UnsayableError as error:
            self._notes.unsayable(error)
            return NEVER

    def _set(self, node: Node, depth: int) -> Requirement:
        require_known(node, ("count", "entries"))
        if depth > _DEPTH:
            raise UnsayableError(node, "it is nested too deep")
        entries = items(node.get("entries"))
        required = [one for entry in entries for one in self._entry(entry, depth)]
        count = number(node.get("count")) or len(required)
        if not entries or count > len(required):
            raise UnsayableError(node, "it counts more entries than there are")
        if 1 < count < len(required):
            self._notes.trap(node, COUNTED)
        if self._evidence.type and count < len(required):
            self._notes.trap(
                node,
                "Kyverno asks for the attestations of its entries in their order, and some versions refuse at"
                " the first that fails; here any of them will do, as its documentation says",
            )
        return all_of(required) if count == len(required) else at_least(count, required)

    def _entry(self, entry: Node, depth: int) -> list[Requirement]:
        """The entries that one stands for: several public keys are as many."""
        try:
            require_known(entry, _ENTRY)
            kinds = [key for key in _ENTRY[:4] if entry.get(key) is not None]
            self._surroundings(entry, kinds)
            inner = entry.child(kinds[0], entry.value[kinds[0]])
            match kinds[0]:
                case "attestor":
                    return [self.read(inner, depth + 1)]
                case "keys":
                    return self._keys(inner)
                case "keyless":
                    return [self._keyless(inner)]
                case _:
                    self._notes.unsayable(UnsayableError(inner, "certificates of your own have no equal"))
        except UnsayableError as error:
            self._notes.unsayable(error)
        return [NEVER]

    def _surroundings(self, entry: Node, kinds: list[str]) -> None:
        if len(kinds) != 1:
            raise UnsayableError(entry, "it is not exactly one of keys, keyless, certificates and attestor")
        if (annotations := entry.get("annotations")) is not None and mapping(annotations):
            raise UnsayableError(annotations, ANNOTATIONS)
        repository = entry.get("repository")
        if repository is not None and text(repository):
            message = ELSEWHERE
            self._notes.unsayable(UnsayableError(repository, message))

    def _keys(self, node: Node) -> list[Requirement]:
        require_known(node, _KEYS)
        algorithm = node.get("signatureAlgorithm")
        if algorithm is not None and text(algorithm) not in {"", "sha256"}:
            raise UnsayableError(algorithm, OTHER_HASH)
        logged = self._log(node)
        given = [one for key in ("publicKeys", "secret", "kms") if (one := node.get(key)) and one.value]
        if len(given) != 1:
            raise UnsayableError(node, "it has not exactly one of publicKeys, secret and kms")
        keys = public_keys(given[0], self._key_bytes(given[0]))
        names = [self._draft.signers.key("key", key) for key in keys]
        return [replace(self._evidence, signers=(name,), logged=logged) for name in names]

    def _key_bytes(self, node: Node) -> bytes | str:
        if node.path[-1] == "secret":
            require_known(node, ("name", "namespace"))
            name, namespace = text(node.get("name")), text(node.get("namespace"))
            return self._resolver.find([f"{namespace}/{name}", name], node, "a secret")
        value = text(node)
        if "{{" in value:
            raise UnsayableError(node, "it needs a variable")
        if node.path[-1] == "publicKeys" and "-----BEGIN" in value:
            return value
        return self._resolver.find([value, value.removeprefix("k8s://")], node, "a key")

    def _keyless(self, node: Node) -> Requirement:
        require_known(node, _KEYLESS)
        self._log(node)
        if (roots := node.get("roots")) is not None and text(roots):
            raise UnsayableError(roots, OTHER_ROOT)
        issuer = self._matcher(node, "issuer")
        subject = self._matcher(node, "subject")
        claims: Mapping[str, Text] = {}
        if (extensions := node.get("additionalExtensions")) is not None:
            claims = read_extensions(extensions)
        name = self._draft.signers.keyless("signer", issuer, subject, claims)
        return replace(self._evidence, signers=(name,))

    def _matcher(self, node: Node, what: str) -> Text:
        value, expression = node.get(what), node.get(f"{what}RegExp")
        given = [one for one in (value, expression) if one is not None and text(one)]
        if not given:
            raise UnsayableError(node, f"without {what}, Kyverno takes anybody's")
        if len(given) > 1:
            raise UnsayableError(node, f"it has both {what} and {what}RegExp")
        if "{{" in text(given[0]):
            raise UnsayableError(given[0], "it needs a variable")
        if given[0] is value:
            self._notes.trap_once(
                value,
                "Kyverno compares it with wildcards, of which some versions have a dot too: it stands for any"
                " character there; here it is a dot",
            )
            return wildcards(value)
        if is_loose(text(given[0])):
            self._notes.trap(
                given[0],
                ANYWHERE,
            )
        return searched(given[0])

    def _log(self, node: Node) -> bool:
        """Whether a log entry is needed. Raises `UnsayableError` for logs and clocks of others."""
        rekor, ctlog = node.get("rekor"), node.get("ctlog")
        for place, key in ((rekor, "pubkey"), (ctlog, "pubkey"), (ctlog, "tsaCertChain")):
            other: Any = place.get(key) if place else None
            if other is not None and text(other):
                raise UnsayableError(other, OTHER_ROOT)
        if rekor is not None:
            require_known(rekor, ("url", "pubkey", "ignoreTlog"))
            if text(rekor.get("url")).rstrip("/") not in {"", _REKOR}:
                self._notes.trap(rekor, "entries of the public log are needed here, whatever the URL")
            if flag(rekor.get("ignoreTlog")):
                self._notes.trap(rekor, "ignoreTlog asks no log; here keyless signers still need an entry")
                return False
        if ctlog is not None:
            require_known(ctlog, ("url", "pubkey", "ignoreSCT", "tsaCertChain"))
            if flag(ctlog.get("ignoreSCT")):
                self._notes.trap(ctlog, "ignoreSCT accepts certificates that no log knows; verify does not")
        return True
