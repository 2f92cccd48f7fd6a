"""ImageValidatingPolicy of Kyverno (policies.kyverno.io, v1, v1beta1 and v1alpha1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verifier.errors import PolicyError
from verifier.policy.convert import expressions
from verifier.policy.convert.cosign_attestors import read_cosign
from verifier.policy.convert.draft import Draft, ImageGroup, Images, Resolver
from verifier.policy.convert.fields import items, require_known, text
from verifier.policy.convert.issues import Notes, UnsayableError
from verifier.policy.convert.kyverno_images import read_glob, read_prefix
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.predicates import about, note_sbom, predicate_type
from verifier.policy.convert.remarks import COUNTED, CREDENTIALS, NAMESPACED, UNMATCHED
from verifier.policy.convert.requirements import Requirement, Wanted, all_of, at_least
from verifier.policy.convert.signers import as_name

_SPEC = (
    "matchConstraints",
    "matchConditions",
    "matchImageReferences",
    "images",
    "attestors",
    "attestations",
    "variables",
    "validations",
    "validationActions",
    "auditAnnotations",
    "failurePolicy",
    "validationConfigurations",
    "credentials",
    "webhookConfiguration",
    "evaluation",
    "autogen",
)
_SELECTING = ("matchConstraints", "matchConditions", "autogen")
_STANDARD = ("containers", "initContainers", "ephemeralContainers")
_PREFIX = re.compile(r"\s*ref\.startsWith\((?:\"([^\"\\]+)\"|'([^'\\]+)')\)\s*")


def convert(document: Node, resolver: Resolver, _: Notes) -> Iterator[Draft]:
    """The policy that ``document`` is. Raises `PolicyError` where Kyverno would not accept it."""
    spec = document.get("spec")
    if spec is None or not isinstance(spec.value, dict):
        raise PolicyError("an ImageValidatingPolicy without a spec", place=document.place)
    label = document.label or "policy"
    draft = Draft(as_name(label, "policy"), f"{document.value['kind']} {label}", document)
    try:
        _images(spec, draft)
        _settings(spec, draft)
        require_known(spec, _SPEC)
        draft.requirement = _Validations(spec, draft, resolver).read()
    except UnsayableError as error:
        draft.refuse(error)
    if not draft.images and not draft.refused:
        draft.images.append(ImageGroup("", ("**",)))
    yield from draft.all()


def _images(spec: Node, draft: Draft) -> None:
    references = items(spec.get("matchImageReferences"))
    for node in references:
        try:
            place, found = _reference(node)
        except UnsayableError as error:
            # Whatever it is about, the policy is about it and refuses.
            draft.refuse(error)
            draft.images.append(ImageGroup(str(node.value), ("**",)))
        else:
            draft.read(place, found)
    if references and not draft.images and not draft.refused:
        raise UnsayableError(references[0], "no reference matches any image")
    draft.notes.trap(
        spec,
        UNMATCHED,
    )


def _reference(node: Node) -> tuple[Node, Images]:
    require_known(node, ("glob", "expression"))
    glob, expression = node.get("glob"), node.get("expression")
    if glob is not None and text(glob):
        return glob, read_glob(text(glob))
    if expression is not None:
        return expression, _expression(text(expression))
    raise UnsayableError(node, "it has neither a glob nor an expression")


def _expression(source: str) -> Images:
    match = _PREFIX.fullmatch(source)
    if match:
        return read_prefix(match[1] or match[2])
    return Images(("**",), traps=("it is not understood; it was read as every image, which is stricter",))


def _settings(spec: Node, draft: Draft) -> None:
    notes = draft.notes
    for key in _SELECTING:
        if (node := spec.get(key)) is not None:
            notes.trap(node, "it selects Kubernetes resources; here it applies to the images anywhere")
    if draft.origin.value["kind"].startswith("Namespaced"):
        notes.trap(draft.origin, NAMESPACED)
    if (ignore := spec.get("failurePolicy")) is not None and ignore.value == "Ignore":
        notes.trap(ignore, "with Ignore, an image is admitted when it cannot be found out")
    actions = spec.get("validationActions")
    wanted = {text(action) for action in items(actions)} or {"Deny"}
    if not wanted <= {"Deny", "Warn", "Audit"}:
        raise UnsayableError(spec, "its validationActions are not Deny, Warn or Audit")
    draft.warns = "Deny" not in wanted
    if actions is not None and draft.warns:
        notes.trap(actions, "Kyverno only warns of or reports what fails, and admits it; so here: mode: warn")
    if (credentials := spec.get("credentials")) is not None:
        notes.trap(credentials, CREDENTIALS)
    if (evaluation := spec.get("evaluation")) is not None:
        notes.trap(evaluation, "when the policy is evaluated is up to who runs verify")


class _Validations:
    def __init__(self, spec: Node, draft: Draft, resolver: Resolver) -> None:
        self._draft = draft
        self._resolver = resolver
        self._validations = items(spec.get("validations"))
        self._spec = spec
        self._attestors = _by_name(spec, "attestors")
        self._attestations = _by_name(spec, "attestations")

    def read(self) -> Requirement:
        """All validations. One that cannot be said refuses everything."""
        if not self._validations:
            raise UnsayableError(self._spec, "it has no validations, so it requires nothing")
        required: list[Requirement] = []
        looked_at: set[str] = set()
        for node in self._validations:
            try:
                for count in self._counts(node):
                    looked_at.add(count.where)
                    required.append(self._count(node, count))
            except UnsayableError as error:
                self._draft.refuse(error)
        missing = [where for where in _STANDARD if where not in looked_at]
        if missing and looked_at & set(_STANDARD):
            self._draft.notes.trap(
                self._spec,
                f"nothing is asked of images in {' and '.join(missing)}; here every image is judged",
            )
        return all_of(required)

    def _counts(self, node: Node) -> list[expressions.Count]:
        require_known(node, ("expression", "message", "messageExpression", "reason"))
        place = node.get("expression")
        try:
            return expressions.read(text(place))
        except expressions.NotReadError as error:
            message = f"an expression has no equal but for counts of attestors; it has {error}"
            raise UnsayableError(place or node, message) from None

    def _count(self, node: Node, count: expressions.Count) -> Requirement:
        if count.needed < 1:
            raise UnsayableError(node, "it is true of what nobody signed")
        if count.needed > len(count.attestors):
            raise UnsayableError(node, "it wants more attestors than it names, so that it is never true")
        if count.exactly and count.needed < len(count.attestors):
            raise UnsayableError(node, "exactly so many is not said: one signature more would be a refusal")
        uri = self._type(count.attestation)
        required = [self._attestor(node, name, uri) for name in count.attestors]
        if 1 < count.needed < len(required):
            self._draft.notes.trap(node, COUNTED)
        return at_least(count.needed, required)

    def _type(self, name: str | None) -> str:
        if name is None:
            return ""
        node = self._attestations.get(name)
        if node is None:
            raise UnsayableError(self._spec, f"it has no attestation {name!r}")
        require_known(node, ("name", "intoto", "referrer"))
        intoto = node.get("intoto")
        kind = intoto.get("type") if intoto else None
        if kind is None or not text(kind):
            raise UnsayableError(node, "only in-toto attestations are read, by their type")
        uri = predicate_type(kind, text(kind))
        note_sbom(uri, kind, self._draft.notes, "Kyverno")
        return uri

    def _attestor(self, node: Node, name: str, uri: str) -> Requirement:
        attestor = self._attestors.get(name)
        if attestor is None:
            raise UnsayableError(node, f"it names the attestor {name!r}, and there is none")
        signers, logged = read_cosign(attestor, name, self._draft, self._resolver)
        return Wanted(signers, uri, on=about(uri) if uri else "", logged=logged)


def _by_name(spec: Node, key: str) -> dict[str, Node]:
    named = {}
    for node in items(spec.get(key)):
        name = node.get("name")
        if name is None or text(name) in named:
            raise UnsayableError(node, "it has no name, or that of another")
        named[text(name)] = node
    return named
