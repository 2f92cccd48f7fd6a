"""Kustomizations: whether the manifests beside one are what it deploys.

Kustomize reference, kustomization.yaml. One that may change images, or takes manifests from elsewhere, must
be built first.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from verifier.text import safe
from verifier.workload.interface import Found
from verifier.workload.nodes import MapNode, Node, items_of, text_of
from verifier.workload.source import Source
from verifier.workload.trees import Tree

NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_HARMLESS = frozenset(
    {
        "apiVersion",
        "buildMetadata",
        "commonAnnotations",
        "commonLabels",
        "configMapGenerator",
        "generatorOptions",
        "kind",
        "labels",
        "metadata",
        "namePrefix",
        "nameSuffix",
        "namespace",
        "resources",
        "secretGenerator",
        "sortOptions",
    }
)
_FLUX = "kustomize.toolkit.fluxcd.io"
_OBJECT = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})
_IN_FILES = (".yaml", ".yml", ".json")
# kustomize takes "github.com/a/b", "gh:a/b" and "a?ref=b" for repositories far away, whatever is here.
_NEAR = re.compile(r"(?:\./)?[\w-]+(?:/[\w-][\w.-]*)*/?")
_OF_LABELS = frozenset({"pairs", "includeSelectors", "includeTemplates"})
_BUILD = "judge what is deployed: kustomize build DIRECTORY | verify gate -"


def is_kustomization(root: Node, name: str) -> bool:
    """Whether this is one, by its kind or by its file's name, which is what kustomize goes by."""
    if not isinstance(root, MapNode):
        return False
    group = (text_of(root.get("apiVersion")) or "").partition("/")[0]
    kind = text_of(root.get("kind"))
    if kind in {"Kustomization", "Component"} and group == "kustomize.config.k8s.io":
        return True
    # Flux has a kind of the same name, which may be in a file of any name.
    is_flux = group == _FLUX and _OBJECT.issuperset(root.entries)
    return Path(name).name in NAMES and kind in {"Kustomization", "Component", "", None} and not is_flux


def read_kustomization(source: Source, root: MapNode, tree: Tree, found: Found, *, given: bool) -> None:
    """Note as a problem whatever makes the manifests beside it something else than what is deployed.

    ``given``: it was named itself, so nothing beside it is read.
    """
    if given or text_of(root.get("kind")) == "Component":
        what = "a kustomization by itself" if given else "a component changes manifests of others"
        found.wrong(source, root.start, what, hint=_BUILD)
        return
    for key, (name, _) in root.entries.items():
        if key not in _HARMLESS:
            what = f"'{safe(key, limit=80)}' can change images: the manifests are not what is deployed"
            found.wrong(source, name.start, what, hint=_BUILD)
    for labels in items_of(root.get("labels")):
        # With "fields" they are written anywhere, into references of image volumes too.
        if not isinstance(labels, MapNode) or not _OF_LABELS.issuperset(labels.entries):
            found.wrong(source, labels.start, "labels in fields of their own can change images", hint=_BUILD)
    for item in items_of(root.get("resources")):
        text = text_of(item)
        if text is None or not _is_read_here(PurePosixPath(text), text):
            what = "a resource that is not read with the kustomization"
            found.wrong(source, item.start, f"{what}: {safe(text, limit=200)}", hint=_BUILD)
        elif not _is_there(source, text, tree):
            found.wrong(source, item.start, f"there is no {safe(text, limit=200)} here", hint=_BUILD)


def _is_read_here(path: PurePosixPath, text: str) -> bool:
    """Whether kustomize takes it from where the search for files does, if it is there."""
    if path.is_absolute() or any(part.startswith(".") or part == "node_modules" for part in path.parts):
        return False
    return path.suffix in _IN_FILES or (_NEAR.fullmatch(text) is not None and not text.endswith(".git"))


def _is_there(source: Source, text: str, tree: Tree) -> bool:
    path = Path(source.name).parent / text
    if path.suffix in _IN_FILES:
        return tree.read(path) is not None
    return any(tree.read(path / name) is not None for name in sorted(NAMES))
