"""Compose files: the images of all services, whatever their profiles.

Compose specification, spec.md. Several files are not merged: each is read as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from verifier.errors import InputError, ManifestError
from verifier.limits import GATE_INCLUDES
from verifier.model.platform import Platform
from verifier.model.report import Location
from verifier.text import safe
from verifier.workload.compose_build import BuildReader
from verifier.workload.compose_files import RENDER, ComposeFile, ComposeFiles, Value
from verifier.workload.interface import Built, Found
from verifier.workload.leftovers import leftovers
from verifier.workload.nodes import Document, Kind, MapNode, Node, Scalar, is_null, items_of, text_of
from verifier.workload.source import Source

_VOLUMES = "volumes"
_BUILD = "build"
# The user's own words, and what is read otherwise.
_NO_IMAGES = frozenset({"image", "build", "labels", "annotations", "sysctls", "extra_hosts"})


def is_compose(root: Node, *, named: bool) -> bool:
    """Whether this is a Compose file; ``named`` where its name says so."""
    if not isinstance(root, MapNode):
        return False
    services = root.get("services")
    if named:
        return isinstance(services, MapNode) or "include" in root.entries
    return isinstance(services, MapNode) and any(
        isinstance(service, MapNode) and not {"image", "build", "extends"}.isdisjoint(service.entries)
        for _, service in services.items()
    )


@dataclass(frozen=True, slots=True)
class ComposeReader:
    """Reads Compose files, and what their services are built from."""

    files: ComposeFiles
    builds: BuildReader

    def read(self, source: Source, document: Document, found: Found) -> None:
        """Note every image of one document; see `Reader`."""
        for index, tag in document.tags:
            found.wrong(source, index, f"the tag {safe(tag, limit=80)} is for merging files", hint=RENDER)
        if isinstance(document.root, MapNode) and not document.tags:
            self._file(self.files.first(source, document.root), found)

    def _file(self, file: ComposeFile, found: Found) -> None:
        for node in items_of(file.root.get("include")):
            with _noting(found, file.source, node.start):
                for included in self.files.included(file, node):
                    self._file(included, found)
        services = file.root.get("services")
        if isinstance(services, MapNode):
            for name, (key, service) in services.entries.items():
                with _noting(found, file.source, key.start):
                    self._service(file, name, service, found)
        elif services is not None:
            found.wrong(file.source, file.root.start, "'services' is no mapping")
        if isinstance(models := file.root.get("models"), MapNode):
            for name, (key, _) in models.entries.items():
                found.overlooked(file.source, key.start, f"the model {safe(name, limit=80)}")

    def _service(self, file: ComposeFile, name: str, node: Node, found: Found) -> None:
        if not isinstance(node, MapNode):
            raise ManifestError(f"the service {safe(name, limit=80)} is no mapping")
        values = self._values(file, name, 0)
        where = f"services.{name}"
        image, build = values.get("image"), values.get("build")
        if image is not None and (build is None or not _is_always_built(values.get("pull_policy"))):
            _image(image, name, f"{where}.image", _platforms(values.get("platform")), found)
        elif build is not None:
            source, index = build.file.source, build.node.start
            location = Location(source.name, *source.position(index), f"service {name}", f"{where}.build")
            found.built.append(Built(name, location))
        elif "provider" not in values:
            _without_image(file, name, node, found)
        if build is not None:
            self._build(values, name, found)
        taken: set[int] = set()
        for key, value in values.items():
            if key.startswith(_VOLUMES):
                for volume, at in _image_volumes(value):
                    _image(volume, name, f"{where}.{at}", (), found)
                    taken.add(id(volume.node))
        _leftovers(file, name, node, taken, found)

    def _build(self, values: Mapping[str, Value], name: str, found: Found) -> None:
        parts = [values[key] for key in sorted(values, key=len, reverse=True) if key.rstrip("+") == _BUILD]
        with _noting(found, parts[-1].file.source, parts[-1].node.start):
            platforms = _platforms(values.get("platform"))
            self.builds.read(parts, name, platforms, has_image="image" in values, found=found)

    def _values(self, file: ComposeFile, name: str, depth: int) -> dict[str, Value]:
        """What the service has, with what it takes over from the one that it extends."""
        service = file.service(name)
        if service is None:
            raise ManifestError(f"{safe(file.source.name)} has no service {safe(name, limit=80)}")
        if depth > GATE_INCLUDES:
            raise ManifestError(f"more than {GATE_INCLUDES} services extend one another")
        own = {key: Value(file, value) for key, value in service.items() if not is_null(value)}
        if "extends" not in own:
            return own
        extends = own["extends"].node
        base = text_of(extends.get("service")) if isinstance(extends, MapNode) else text_of(extends)
        if base is None:
            raise ManifestError(f"the service {safe(name, limit=80)} extends something that it does not name")
        path = extends.get("file") if isinstance(extends, MapNode) else None
        other = file
        if path is not None and not is_null(path):
            other = self.files.extended(file, file.text(text_of(path) or ""))
        taken = self._values(other, base, depth + 1)
        # These are put together, where all else is replaced.
        merged = own.keys() & {_VOLUMES, _BUILD}
        taken = {f"{key}+" if key.rstrip("+") in merged else key: value for key, value in taken.items()}
        return {**taken, **own}


@contextmanager
def _noting(found: Found, source: Source, index: int) -> Iterator[None]:
    """Note what is raised as a problem at this place."""
    try:
        yield
    except ManifestError as error:
        found.wrong(source, index, error.message, hint=error.hint)


def _image(value: Value, service: str, path: str, platforms: tuple[Platform, ...], found: Found) -> None:
    source, node = value.file.source, value.node
    object_ = f"service {service}"
    if not isinstance(node, Scalar):
        raise ManifestError(f"{safe(path, limit=200)} is no text")
    if node.kind is Kind.TEXT and "$" in node.text:
        text = value.file.text(node.text)
        found.named(source, node.start, text, object_, path, platforms)
    else:
        found.image(source, node, object_, path, platforms)


def _platforms(value: Value | None) -> tuple[Platform, ...]:
    if value is None:
        return ()
    try:
        return (Platform.parse(value.file.text(text_of(value.node) or "")),)
    except ManifestError:
        raise
    except InputError as error:
        raise ManifestError(error.message, hint=error.hint) from None


def _is_always_built(policy: Value | None) -> bool:
    """Whether an image of this name in a registry is never used."""
    return policy is not None and policy.file.text(text_of(policy.node) or "") == "build"


def _image_volumes(value: Value) -> Iterator[tuple[Value, str]]:
    """Volumes of the type "image": their source is one."""
    for number, volume in enumerate(items_of(value.node)):
        type_ = text_of(volume.get("type")) if isinstance(volume, MapNode) else None
        if isinstance(volume, MapNode) and value.file.text(type_ or "") == "image":
            yield Value(value.file, volume.get("source") or volume), f"volumes[{number}].source"


def _without_image(file: ComposeFile, name: str, node: MapNode, found: Found) -> None:
    shown = safe(name, limit=80)
    if "override" not in Path(file.source.name).name:
        raise ManifestError(f"the service {shown} has neither an image nor a build", hint=RENDER)
    found.overlooked(file.source, node.start, f"the service {shown} changes one of another file")


def _leftovers(file: ComposeFile, name: str, node: MapNode, taken: set[int], found: Found) -> None:
    rest = {
        key: entry
        for key, entry in node.entries.items()
        if key not in _NO_IMAGES and not key.startswith("x-")
    }
    for left in leftovers(MapNode(rest, node.start, node.size), taken, unknown=False):
        at = safe(f"services.{name}.{left.path}", limit=200)
        if left.sure:
            found.wrong(
                file.source, left.index, f"{at} looks like an image, where none is expected", hint=RENDER
            )
        else:
            found.doubtful(file.source, left.index, f"{at} looks like an image, which is not judged")
