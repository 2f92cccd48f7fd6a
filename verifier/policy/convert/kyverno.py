"""``verifyImages`` rules of Kyverno: ClusterPolicy and Policy (kyverno.io, v1 and v2beta1)."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.errors import PolicyError
from verifier.policy.convert.draft import Draft, ImageGroup, Resolver
from verifier.policy.convert.fields import flag, items, mapping, require_known, text
from verifier.policy.convert.issues import Notes, UnsayableError
from verifier.policy.convert.kyverno_attestors import Attestors
from verifier.policy.convert.kyverno_images import read_wildcard
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.predicates import about, note_sbom, predicate_type
from verifier.policy.convert.remarks import ANNOTATIONS, DOTS, ELSEWHERE, NAMESPACED, UNMATCHED
from verifier.policy.convert.requirements import NEVER, Requirement, Wanted, all_of
from verifier.policy.convert.signers import as_name

_SELECTING = ("match", "exclude", "preconditions", "celPreconditions", "context", "imageExtractors")
_ITEM = (
    "type",
    "image",
    "imageReferences",
    "skipImageReferences",
    "attestors",
    "attestations",
    "annotations",
    "repository",
    "cosignOCI11",
    "mutateDigest",
    "verifyDigest",
    "required",
    "imageRegistryCredentials",
    "useCache",
    "validate",
    "failureAction",
)
_OLD = ("key", "roots", "subject", "issuer", "additionalExtensions")


def convert(document: Node, resolver: Resolver, notes: Notes) -> Iterator[Draft]:
    """A policy for each item of each ``verifyImages``: all of them must hold.

    Raises `PolicyError` where it is nothing that Kyverno would accept.
    """
    spec = document.get("spec")
    rules = spec.get("rules") if spec else None
    if spec is None or rules is None or not isinstance(rules.value, list) or not rules.value:
        raise PolicyError("a policy of Kyverno without rules", place=document.place)
    label = document.label or "policy"
    kind = f"{document.value['kind']} {label} of Kyverno"
    for rule in rules.items():
        images = rule.get("verifyImages")
        if images is None:
            notes.unsayable(UnsayableError(rule, "it verifies no image, and was left out"))
            continue
        title = str(rule.value.get("name", "rule"))
        for item in _items(images):
            draft = Draft(as_name(f"{label}-{title}", "policy"), kind, item)
            _surroundings(document, spec, rule, draft)
            _images(item, draft)
            _read(item, spec, draft, resolver)
            yield from draft.all()


def _items(images: Node) -> list[Node]:
    found = list(images.items())
    if not found:
        raise PolicyError("verifyImages lists nothing", place=images.place)
    return found


def _surroundings(document: Node, spec: Node, rule: Node, draft: Draft) -> None:
    """What decides about resources, and about whether the policy is heard at all."""
    notes = draft.notes
    selecting = [node for key in _SELECTING if (node := rule.get(key)) is not None]
    if document.value["kind"] == "Policy":
        notes.trap(document, NAMESPACED)
    for node in selecting:
        notes.trap(
            node,
            "it selects Kubernetes resources or prepares for that; here it applies to the images anywhere",
        )
    if (ignore := spec.get("failurePolicy")) is not None and ignore.value == "Ignore":
        notes.trap(ignore, "with Ignore, an image is admitted when Kyverno does not answer")
    if (one := spec.get("applyRules")) is not None and one.value == "One":
        notes.trap(one, "with One, only the first rule that matches is applied; here all of them are")


def _images(item: Node, draft: Draft) -> None:
    nodes = [node for node in [item.get("image")] if node is not None]
    references = item.get("imageReferences")
    nodes += list(references.items()) if references else []
    if not nodes:
        raise PolicyError("verifyImages without imageReferences", place=item.place)
    for node in nodes:
        if not isinstance(node.value, str) or "{{" in node.value:
            draft.refuse(UnsayableError(node, "it is no text, or needs a variable"))
            draft.images.append(ImageGroup(str(node.value), ("**",)))
            continue
        draft.read(node, read_wildcard(node.value))
        if "." in node.value:
            draft.notes.trap_once(node, DOTS)
    if not draft.images and not draft.refused:
        draft.refuse(UnsayableError(item, "none of its imageReferences matches any image"))
        draft.images.append(ImageGroup("", ("**",)))
    skipped = item.get("skipImageReferences")
    if skipped is not None:
        message = (
            "there are no exceptions from images: those that it skips are judged as well, which is stricter"
        )
        draft.notes.unsayable(UnsayableError(skipped, message))
    draft.notes.trap(
        item,
        UNMATCHED,
    )


def _read(item: Node, spec: Node, draft: Draft, resolver: Resolver) -> None:
    try:
        _action(item, spec, draft)
        require_known(item, (*_ITEM, *_OLD))
        _options(item, draft)
        draft.requirement = _requirement(item, draft, resolver)
    except UnsayableError as error:
        draft.refuse(error)


def _action(item: Node, spec: Node, draft: Draft) -> None:
    """Audit, the default, reports what fails and admits it."""
    node = item.get("failureAction") or spec.get("validationFailureAction")
    draft.warns = (text(node) or "Audit").lower() == "audit"
    if node is not None and text(node).lower() not in {"audit", "enforce"}:
        raise UnsayableError(node, "it is neither Audit nor Enforce")
    overrides = spec.get("validationFailureActionOverrides")
    if overrides is not None and item.get("failureAction") is None:
        actions = {text(override.get("action")).lower() for override in items(overrides)}
        draft.warns = draft.warns and actions <= {"audit"}
        draft.notes.trap(overrides, "it differs by namespace; here the strictest of them counts everywhere")
    if draft.warns:
        draft.notes.trap(
            node or item,
            "Kyverno only reports what fails (Audit, the default), and admits it; so here: mode: warn",
        )


def _options(item: Node, draft: Draft) -> None:
    kind = text(item.get("type"))
    if kind not in {"", "Cosign", "SigstoreBundle"}:
        raise UnsayableError(
            item.child("type", item.value["type"]), "verify reads no signatures of this kind"
        )
    if kind == "SigstoreBundle":
        draft.notes.trap(
            item,
            "Kyverno takes any verified bundle, such as an SBOM, for an image signature; here it must be one",
        )
    for key in _OLD:
        if (old := item.get(key)) is not None and old.value:
            raise UnsayableError(old, "it is the way of Kyverno before 1.7; write it under attestors")
    annotations = item.get("annotations")
    if annotations is not None and mapping(annotations):
        raise UnsayableError(annotations, ANNOTATIONS)
    repository = item.get("repository")
    if repository is not None and text(repository):
        message = ELSEWHERE
        draft.notes.unsayable(UnsayableError(repository, message))
    if (validate := item.get("validate")) is not None:
        draft.refuse(UnsayableError(validate, "its conditions have no equal, and only take away"))
    if flag(item.get("verifyDigest"), default=True) and not flag(item.get("mutateDigest"), default=True):
        draft.notes.trap(
            item,
            "Kyverno refuses an image without a digest; verify resolves the tag, and says which digest it is",
        )
    if not flag(item.get("required"), default=True):
        draft.notes.trap(
            item, "required: false lets images pass that were never looked at; here they are judged"
        )


def _requirement(item: Node, draft: Draft, resolver: Resolver) -> Requirement:
    """Each set of attestors must have signed, and each attestation be there."""
    required: list[Requirement] = []
    sets = items(item.get("attestors"))
    attestations = items(item.get("attestations"))
    if not sets and not attestations:
        raise UnsayableError(item, "it verifies nothing: there are neither attestors nor attestations")
    attestors = Attestors(draft, resolver, Wanted(()))
    required += [attestors.read(node) for node in sets]
    required += [_attestation(node, draft, resolver) for node in attestations]
    result = all_of(required)
    if result == NEVER:
        draft.refusals.append(f"nothing can satisfy {draft.kind}")
    return result


def _attestation(node: Node, draft: Draft, resolver: Resolver) -> Requirement:
    """One attestation; where it cannot be said, nothing meets it, which is stricter."""
    try:
        return _attested(node, draft, resolver)
    except UnsayableError as error:
        draft.notes.unsayable(error)
        return NEVER


def _attested(node: Node, draft: Draft, resolver: Resolver) -> Requirement:
    require_known(node, ("type", "name", "predicateType", "attestors", "conditions"))
    kind = node.get("type") or node.get("predicateType")
    if kind is None or not text(kind):
        raise UnsayableError(node, "it has no type")
    uri = predicate_type(kind, text(kind))
    sets = items(node.get("attestors"))
    if not sets:
        raise UnsayableError(node, "without attestors of its own, Kyverno takes anybody's attestation")
    conditions = node.get("conditions")
    if conditions is not None and conditions.value:
        raise UnsayableError(conditions, "conditions in JMESPath have no equal; write them as rules")
    note_sbom(uri, kind, draft.notes, "Kyverno")
    attestors = Attestors(draft, resolver, Wanted((), uri, on=about(uri)))
    return all_of([attestors.read(one) for one in sets])
