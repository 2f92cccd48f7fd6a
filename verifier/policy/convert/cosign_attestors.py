"""The cosign attestors of Kyverno's `ImageValidatingPolicy`."""

from __future__ import annotations

from verifier.policy.convert.cip_keyless import read_matcher
from verifier.policy.convert.draft import Draft, Resolver
from verifier.policy.convert.extensions import read_extensions
from verifier.policy.convert.fields import flag, items, mapping, require_known, text
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.remarks import ANNOTATIONS, CREDENTIALS, ELSEWHERE, OTHER_HASH, OTHER_ROOT
from verifier.policy.convert.signers import public_keys

_COSIGN = (
    "key",
    "keyless",
    "certificate",
    "source",
    "ctlog",
    "tuf",
    "trustedRoot",
    "annotations",
)
_IDENTITY = ("issuer", "issuerRegExp", "subject", "subjectRegExp")
_CTLOG = ("url", "rekorPubKey", "ctLogPubKey", "tsaCertChain", "insecureIgnoreTlog", "insecureIgnoreSCT")


def read_cosign(attestor: Node, name: str, draft: Draft, resolver: Resolver) -> tuple[tuple[str, ...], bool]:
    """The signers, any of whom will do, and whether a log entry is needed. Raises `UnsayableError`."""
    require_known(attestor, ("name", "cosign", "notary"))
    node = attestor.get("cosign")
    if node is None:
        raise UnsayableError(attestor, "only attestors of cosign are read")
    require_known(node, _COSIGN)
    for refused, message in (
        ("certificate", "certificates of your own have no equal"),
        ("tuf", OTHER_ROOT),
        ("trustedRoot", OTHER_ROOT),
        ("annotations", ANNOTATIONS),
    ):
        if (other := node.get(refused)) is not None and mapping(other):
            raise UnsayableError(other, message)
    _source(node, draft)
    logged = _log(node, draft)
    key, keyless = node.get("key"), node.get("keyless")
    if key is not None and keyless is None:
        return _key(key, name, draft, resolver), logged
    if keyless is not None and key is None:
        return _keyless(keyless, name, draft), False
    raise UnsayableError(node, "it is not exactly one of key and keyless")


def _key(node: Node, name: str, draft: Draft, resolver: Resolver) -> tuple[str, ...]:
    require_known(node, ("data", "kms", "expression", "hashAlgorithm"))
    algorithm = node.get("hashAlgorithm")
    if algorithm is not None and text(algorithm) not in {"", "sha256"}:
        raise UnsayableError(algorithm, OTHER_HASH)
    if (expression := node.get("expression")) is not None and text(expression):
        raise UnsayableError(expression, "the key is made by an expression; put it under data")
    data, kms = node.get("data"), node.get("kms")
    if data is not None and text(data):
        keys = public_keys(data, text(data))
    elif kms is not None:
        keys = public_keys(kms, resolver.find([text(kms)], kms, "a key"))
    else:
        raise UnsayableError(node, "it has neither data nor kms")
    if len(keys) > 1:
        raise UnsayableError(node, "it holds several keys, of which Kyverno reads the first")
    return (draft.signers.key(name, keys[0]),)


def _keyless(node: Node, name: str, draft: Draft) -> tuple[str, ...]:
    require_known(node, ("identities", "roots", "additionalExtensions"))
    if (roots := node.get("roots")) is not None and text(roots):
        raise UnsayableError(roots, OTHER_ROOT)
    claims = None
    if (extensions := node.get("additionalExtensions")) is not None and mapping(extensions):
        draft.notes.trap(
            extensions, "not every version of Kyverno looks at it; here the certificate must have them"
        )
        claims = read_extensions(extensions)
    names: list[str] = []
    identities = items(node.get("identities"))
    for number, identity in enumerate(identities):
        hint = name if len(identities) == 1 else f"{name}-{number}"
        try:
            require_known(identity, _IDENTITY)
            issuer, subject = (
                read_matcher(identity, what, f"{what}RegExp", draft) for what in ("issuer", "subject")
            )
            names.append(draft.signers.keyless(hint, issuer, subject, claims))
        except UnsayableError as error:
            draft.notes.unsayable(error)
    if not names:
        raise UnsayableError(node, "it has no identity that could be said")
    return tuple(dict.fromkeys(names))


def _source(node: Node, draft: Draft) -> None:
    source = node.get("source")
    if source is None:
        return
    for key in mapping(source):
        child = source.get(key)
        if child is None or not child.value:
            continue
        if key in {"repository", "tagPrefix"}:
            message = ELSEWHERE
            draft.notes.unsayable(UnsayableError(child, message))
        else:
            draft.notes.trap(child, CREDENTIALS)


def _log(node: Node, draft: Draft) -> bool:
    ctlog = node.get("ctlog")
    if ctlog is None:
        return True
    require_known(ctlog, _CTLOG)
    for key in ("rekorPubKey", "ctLogPubKey", "tsaCertChain"):
        if (other := ctlog.get(key)) is not None and text(other):
            raise UnsayableError(other, OTHER_ROOT)
    if flag(ctlog.get("insecureIgnoreSCT")):
        draft.notes.trap(ctlog, "insecureIgnoreSCT accepts certificates that no log knows; verify does not")
    if flag(ctlog.get("insecureIgnoreTlog")):
        draft.notes.trap(ctlog, "insecureIgnoreTlog asks no log; here keyless signers still need an entry")
        return False
    return True
