"""ClusterImagePolicy of sigstore's policy-controller (policy.sigstore.dev, v1beta1 and v1alpha1)."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.errors import InputError, PolicyError
from verifier.policy.convert.cip_authority import Authorities
from verifier.policy.convert.cip_images import meant_by, read_glob
from verifier.policy.convert.draft import Draft, ImageGroup, Resolver
from verifier.policy.convert.fields import items, require_known, text
from verifier.policy.convert.issues import Notes, UnsayableError
from verifier.policy.convert.nodes import Node
from verifier.policy.convert.signers import as_name

KIND = "ClusterImagePolicy"
_SPEC = ("images", "authorities", "policy", "mode", "match")
_MATCH = ("group", "version", "resource", "selector")


def convert(document: Node, resolver: Resolver, _: Notes) -> Iterator[Draft]:
    """The policies that ``document`` is: one, and one more for images that no pattern means exactly.

    Raises `PolicyError` where it is nothing that policy-controller would accept.
    """
    spec = document.get("spec")
    if spec is None or not isinstance(spec.value, dict):
        raise PolicyError(f"a {KIND} without a spec", place=document.place)
    draft = Draft(as_name(document.label, "policy"), f"{KIND} {document.label}".strip(), document)
    _images(spec, draft)
    _settings(spec, draft)
    try:
        require_known(document, ("apiVersion", "kind", "metadata", "spec", "status"))
        require_known(spec, _SPEC)
        draft.requirement = Authorities(draft, resolver).read(spec)
    except UnsayableError as error:
        draft.refuse(error)
    yield from draft.all()


def _images(spec: Node, draft: Draft) -> None:
    """Set the images of ``draft``."""
    images = spec.get("images")
    if images is None or not isinstance(images.value, list) or not images.value:
        raise PolicyError(f"a {KIND} without images", place=spec.place)
    dead = []
    for item in images.items():
        glob = item.get("glob")
        if glob is None or not isinstance(glob.value, str) or set(item.value) != {"glob"}:
            raise PolicyError("an image without a glob, or with more than one", place=item.place)
        try:
            found = read_glob(glob.value)
        except InputError as error:
            raise PolicyError(f"{glob.value!r} is no glob: {error.message}", place=glob.place) from None
        draft.read(glob, found)
        if not found.patterns and not found.refused:
            dead.append(glob)
    if dead and not draft.images and not draft.refused:
        _meant(dead, draft)


def _meant(dead: list[Node], draft: Draft) -> None:
    """A policy about no image does not exist: refuse those that are probably meant."""
    for glob in dead:
        draft.images.append(ImageGroup(glob.value, meant_by(glob.value)))
    globs = ", ".join(str(glob.value) for glob in dead)
    message = (
        f"{globs}: no glob of the policy matches any image in a cluster, so it decides about none; the images"
        " that are probably meant are refused until the patterns say what is meant"
    )
    draft.refuse(UnsayableError(dead[0], message))


def _settings(spec: Node, draft: Draft) -> None:
    mode = spec.get("mode")
    if mode is not None and mode.value not in ("enforce", "warn"):
        raise PolicyError(f"{mode.value!r} is no mode", place=mode.place)
    draft.warns = mode is not None and mode.value == "warn"
    if mode is not None and draft.warns:
        draft.notes.trap(mode, "in the mode warn nothing is refused; what fails is a warning, as here")
    match = spec.get("match")
    if match is not None:
        try:
            for item in items(match):
                require_known(item, _MATCH)
                text(item.get("resource"))
        except UnsayableError as error:
            draft.refuse(error)
        draft.notes.trap(
            match,
            "it selects Kubernetes resources, and a policy is about images: it applies wherever they"
            " are used. In the original, resources that it does not select are judged without this policy",
        )
