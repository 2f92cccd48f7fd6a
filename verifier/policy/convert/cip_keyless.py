"""Keyless authorities of a ClusterImagePolicy."""

from __future__ import annotations

from verifier.policy.convert.draft import Draft
from verifier.policy.convert.fields import flag, items, require_known, text
from verifier.policy.convert.issues import UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.remarks import ANYWHERE, OTHER_ROOT
from verifier.policy.convert.texts import Text, exact, is_loose, searched

_KEYLESS = ("url", "identities", "ca-cert", "trustRootRef", "insecureIgnoreSCT")
_IDENTITY = ("issuer", "issuerRegExp", "subject", "subjectRegExp")
_FULCIO = "https://fulcio.sigstore.dev"


def read_keyless(authority: Node, name: str, draft: Draft) -> list[tuple[str, ...]]:
    """The names of the signers, any of whom will do. Raises `UnsayableError`."""
    node = authority.child("keyless", authority.value["keyless"])
    require_known(node, _KEYLESS)
    for key, message in (
        ("ca-cert", "policy-controller accepts it and then fails: it never passes"),
        ("trustRootRef", OTHER_ROOT),
    ):
        other = node.get(key)
        if other is not None and other.value:
            raise UnsayableError(other, message)
    url = node.get("url")
    if url is not None and text(url).rstrip("/") not in {"", _FULCIO}:
        draft.notes.trap(url, "the URL is not asked and has no effect: the public instance is trusted")
    if flag(node.get("insecureIgnoreSCT")):
        draft.notes.trap(
            node, "insecureIgnoreSCT accepts certificates that no transparency log knows; verify does not"
        )
    identities = items(node.get("identities"))
    if not identities:
        raise UnsayableError(node, "without identities anybody's certificate is accepted")
    names = []
    for number, identity in enumerate(identities):
        hint = name if len(identities) == 1 else f"{name}-{number}"
        try:
            names.append(_identity(identity, hint, draft))
        except UnsayableError as error:
            draft.notes.unsayable(error)
    return [tuple(dict.fromkeys(names))] if names else []


def _identity(node: Node, hint: str, draft: Draft) -> str:
    require_known(node, _IDENTITY)
    issuer, subject = (read_matcher(node, what, f"{what}RegExp", draft) for what in ("issuer", "subject"))
    return draft.signers.keyless(hint, issuer, subject)


def read_matcher(node: Node, plain: str, expression: str, draft: Draft) -> Text:
    """Issuer or subject: exact, or an expression that is found anywhere in it. Raises `UnsayableError`."""
    value, pattern = node.get(plain), node.get(expression)
    given = [one for one in (value, pattern) if one is not None and text(one)]
    if len(given) != 1:
        problem = "both" if given else "neither"
        raise UnsayableError(node, f"it has {problem} of {plain} and {expression}")
    if given[0] is value:
        if "*" in text(value):
            draft.notes.trap(
                given[0], "it is compared exactly: a * in it stands for itself and for nothing else"
            )
        return exact(given[0])
    wanted = searched(given[0])
    if is_loose(text(pattern)):
        draft.notes.trap(
            given[0],
            ANYWHERE,
        )
    return wanted
