"""From the bytes of foreign policies to the text of policy files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verifier.errors import PolicyError
from verifier.limits import CONVERTED_DOCUMENTS, POLICY_BYTES
from verifier.policy.convert import cip, image_validating, kyverno
from verifier.policy.convert.draft import Draft, Resolver
from verifier.policy.convert.issues import Issue, Notes, UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.signers import unique
from verifier.policy.convert.writer import write
from verifier.policy.document import load_policy
from verifier.policy.yaml_loader import Document, load_all
from verifier.strict_json import StrictJsonError, loads
from verifier.text import safe

_CONVERTERS = {
    "ClusterImagePolicy": (cip.convert, r"policy\.sigstore\.dev/(?:v1beta1|v1alpha1)"),
    "ClusterPolicy": (kyverno.convert, r"kyverno\.io/(?:v1|v2beta1)"),
    "Policy": (kyverno.convert, r"kyverno\.io/(?:v1|v2beta1)"),
    "ImageValidatingPolicy": (
        image_validating.convert,
        r"policies\.kyverno\.io/(?:v1|v1beta1|v1alpha1)",
    ),
    "NamespacedImageValidatingPolicy": (
        image_validating.convert,
        r"policies\.kyverno\.io/(?:v1|v1beta1|v1alpha1)",
    ),
}
_TOOLS = re.compile(r"(?:.*\.)?(?:sigstore\.dev|kyverno\.io)/.*")


@dataclass(frozen=True, slots=True)
class Converted:
    """One policy file: the name of the policy, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """``policies`` in the order of the originals.

    ``unsupported`` is what could not be said, and made a policy refuse more than the original; ``traps`` are
    where the original does otherwise than it seems to, and where its equal differs in favour of refusing.
    ``resolved`` are the names that were asked for and given.
    """

    policies: tuple[Converted, ...]
    unsupported: tuple[Issue, ...]
    traps: tuple[Issue, ...]
    resolved: frozenset[str] = frozenset()


def convert(
    raw: bytes, source: str, resolve: Mapping[str, bytes] | None = None, *, taken: Iterable[str] = ()
) -> Conversion:
    """Convert all policies in ``raw``, YAML or JSON: several documents, and lists.

    ``resolve`` holds what policies refer to by name: keys in secrets and in the cloud, policies in config
    maps. ``taken`` are names that policies must not have. Raises `PolicyError` where ``raw`` cannot be read,
    holds no such policy, or holds one that its own tool would not accept.
    """
    resolver = Resolver(resolve or {}, set())
    names: dict[str, None] = dict.fromkeys(taken)
    policies, notes = [], Notes()
    for document in _documents(raw, source):
        for draft in _drafts(document, resolver, notes):
            draft.name = unique(draft.name, names)
            names[draft.name] = None
            policies.append(Converted(draft.name, _checked(draft)))
            notes.unsupported += draft.notes.unsupported
            notes.traps += draft.notes.traps
    if not policies:
        raise PolicyError(
            "there is no policy in it that can be converted",
            place=safe(source),
            hint="read are ClusterImagePolicy of sigstore's policy-controller, and ClusterPolicy, Policy and"
            " ImageValidatingPolicy of Kyverno",
        )
    return Conversion(tuple(policies), tuple(notes.unsupported), tuple(notes.traps), frozenset(resolver.used))


def _drafts(document: Node, resolver: Resolver, notes: Notes) -> Iterator[Draft]:
    kind, version = (str(document.value.get(key)) for key in ("kind", "apiVersion"))
    read, versions = _CONVERTERS.get(kind, (None, ""))
    if read is not None and re.fullmatch(versions, version):
        yield from read(document, resolver, notes)
    elif read is not None and _TOOLS.fullmatch(version):
        raise PolicyError(f"{kind} of {safe(version, limit=60)} is not read", place=document.place)
    elif _TOOLS.fullmatch(version):
        message = (
            f"a {safe(kind, limit=60)} is not converted, whatever it adds to policies or takes from them"
        )
        notes.unsayable(UnsayableError(document, message))
    else:
        what = f"a {safe(kind, limit=60)} of {safe(version, limit=60)}"
        notes.trap(document, f"{what} is none of the policies that are read, and was left out")


def _checked(draft: Draft) -> str:
    """The text, or that of a policy that refuses, where it would be none."""
    text = write(draft)
    try:
        load_policy(text.encode("utf-8"), source=draft.name)
    except PolicyError as error:
        draft.refuse(UnsayableError(draft.origin, f"what it says is no policy: {error.message}"))
        refused = Draft(draft.name, draft.kind, draft.origin, warns=draft.warns, notes=draft.notes)
        refused.refusals = draft.refusals[-1:]
        refused.images = draft.images
        text = write(refused)
        load_policy(text.encode("utf-8"), source=draft.name)
    return text


def _documents(raw: bytes, source: str) -> Iterator[Node]:
    count = 0
    for document in _read(raw, source):
        for node in _items(Node(document.data, (), document)):
            count += 1
            if count > CONVERTED_DOCUMENTS:
                raise PolicyError(f"more than {CONVERTED_DOCUMENTS} documents", place=safe(source))
            yield node


def _read(raw: bytes, source: str) -> Iterator[Document]:
    # JSON may have tabs, which YAML does not take for white space.
    if raw.lstrip()[:1] == b"{":
        try:
            yield Document(loads(raw, limit=POLICY_BYTES), {}, source)
            return
        except StrictJsonError:
            pass  # one mapping of YAML in braces, or nothing at all: then the other reader says where
    yield from load_all(raw, source=source)


def _items(node: Node) -> Iterator[Node]:
    """The documents in a document: of a list, its items."""
    data: Any = node.value
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        raise PolicyError(
            "a document without a kind is no Kubernetes manifest",
            place=node.place,
            hint="what is read has 'apiVersion' and 'kind'; a policy of verify needs no conversion",
        )
    if not data["kind"].endswith("List") or not isinstance(data.get("items"), list):
        yield node.rooted()
        return
    kind, version = data["kind"].removesuffix("List"), data.get("apiVersion")
    for item in node.child("items", data["items"]).items():
        value = item.value
        if kind and isinstance(value, dict) and "kind" not in value:
            value = {"kind": kind, "apiVersion": version, **value}
        yield from _items(Node(value, item.path, item.document))
